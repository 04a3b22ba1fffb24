import { randomInt } from 'node:crypto'
import type { Officer } from '../cases/case.ts'
import type { Audit } from './audit.ts'
import type { TryCounter, TryLimit } from './people/ports.ts'
import { hashOf } from './people/secrets.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** A Zalo account that belongs to an officer for as long as they are in this unit. */
export type OfficerLink = { login: string; unitCode: string; citizenKey: string; userId: string; linkedAt: number }

/** A code that was given out and not yet typed. */
export type LinkCode = { login: string; unitCode: string; hash: Buffer; expiresAt: number }

/** What is kept about officers' own Zalo accounts. */
export type OfficerLinkStore = {
  /** Takes the place of every earlier code of this person. */
  saveCode(code: LinkCode): Promise<void>
  /**
   * Uses a code for the event in which it was typed; the same event gets the same answer again. Null where there is no such
   * code, or it has ended, or another event has used it.
   */
  useCode(hash: Buffer, eventId: string, now: number): Promise<Pick<LinkCode, 'login' | 'unitCode'> | null>
  /** Takes the place of every earlier link of this person and of this Zalo account. */
  save(link: OfficerLink): Promise<void>
  find(login: string): Promise<OfficerLink | null>
  /** Whose Zalo account this is, and in which unit it was linked. */
  ofCitizen(citizenKey: string): Promise<Pick<OfficerLink, 'login' | 'unitCode'> | null>
  /** Which of these people are linked, and in which unit they did it. */
  linkedUnits(logins: readonly string[]): Promise<Map<string, string>>
  /** Ends a link; false where there is none. */
  end(login: string): Promise<boolean>
  /** Ends the link of a Zalo account; answers whose it was. */
  endOf(citizenKey: string): Promise<string | null>
}

export type OfficerLinks = ReturnType<typeof createOfficerLinks>

export type OfficerLinksDeps = {
  store: OfficerLinkStore
  tries: TryCounter
  /** An officer whose account is in use, or null. */
  officerOf(login: string, now: number): Promise<Officer | null>
  audit: Audit
}

/**
 * Officers link their own Zalo account by typing a code to the Official Account: who types it is proven by Zalo's signed id,
 * whose code it is by the session that asked for it. Times are real.
 */
export function createOfficerLinks(deps: OfficerLinksDeps) {
  const { store, audit } = deps

  async function issue(officer: Officer, by: Officer | 'operator', now: number): Promise<IssuedCode> {
    const letters = newCode()
    const { login, unitCode } = officer
    const expiresAt = now + codeLifeMs
    await audit.record({ actor: by, act: 'zaloLinkAsked', data: { login } })
    await store.saveCode({ login, unitCode, hash: hashOf(letters), expiresAt })
    return { words: `${WORD} ${letters.slice(0, 4)}-${letters.slice(4)}`, expiresAt }
  }

  async function end(login: string, by: Officer | 'operator'): Promise<boolean> {
    const isEnded = await store.end(login)
    if (isEnded) await audit.record({ actor: by, act: 'zaloUnlinked', data: { login } })
    return isEnded
  }

  return {
    /** What the officer is to type to the Official Account, good for ten minutes. */
    ask(officer: Officer, now: number): Promise<IssuedCode> {
      requireScope(officer, 'write')
      return issue(officer, officer, now)
    },

    /** The same by the operator's tool, for an account in use. */
    async askFor(login: string, now: number): Promise<IssuedCode> {
      const officer = await deps.officerOf(login, now)
      if (officer === null) throw new RefusedError('person_unknown')
      return issue(officer, 'operator', now)
    },

    /** Since when the officer's own Zalo account is linked; null where it is not. */
    async linkedAt(officer: Officer): Promise<number | null> {
      requireScope(officer, 'read')
      const link = await store.find(officer.login)
      return link?.unitCode === officer.unitCode ? link.linkedAt : null
    },

    async unlink(officer: Officer): Promise<void> {
      requireScope(officer, 'write')
      await end(officer.login, officer)
    },

    /** By the operator's tool; false where nothing was linked. */
    unlinkFor: (login: string) => end(login, 'operator'),

    /** The officer whose own Zalo account this is; null for everybody else, and for whoever has left the unit since then. */
    async officerOf(citizenKey: string, now: number): Promise<Officer | null> {
      const link = await store.ofCitizen(citizenKey)
      const officer = link === null ? null : await deps.officerOf(link.login, now)
      return officer !== null && officer.unitCode === link?.unitCode ? officer : null
    },

    /** Somebody typed a code in the chat. `tooMany`: this Zalo account has typed too many wrong ones. */
    async typed(
      letters: string,
      from: { citizenKey: string; userId: string; eventId: string },
      now: number,
    ): Promise<{ outcome: 'linked'; login: string } | { outcome: 'wrong' | 'tooMany' }> {
      const key = `zaloLink:${from.citizenKey}`
      if ((await deps.tries.take(key, tryLimit, now)) !== null) return { outcome: 'tooMany' }
      const code = await store.useCode(hashOf(letters), from.eventId, now)
      const officer = code === null ? null : await deps.officerOf(code.login, now)
      // Whoever has left the unit since then asks again.
      if (code === null || officer === null || officer.unitCode !== code.unitCode) return { outcome: 'wrong' }
      const { login, unitCode } = officer
      const { citizenKey, userId } = from
      await audit.record({ actor: officer, act: 'zaloLinked', data: { login } })
      await store.save({ login, unitCode, citizenKey, userId, linkedAt: now })
      await deps.tries.clear([key])
      return { outcome: 'linked', login }
    },

    /** Somebody ended the link in the chat; null where this Zalo account was not linked. */
    async typedEnd(citizenKey: string): Promise<string | null> {
      const login = await store.endOf(citizenKey)
      if (login !== null) await audit.record({ actor: login, act: 'zaloUnlinked', data: { login } })
      return login
    },
  }
}

/** `words` is what is typed. */
export type IssuedCode = { words: string; expiresAt: number }

const WORD = 'LK'
const codeLifeMs = 10 * 60_000
/** Guessing a code of forty bits within ten minutes is hopeless already; this keeps the log readable. */
const tryLimit: TryLimit = { free: 5, firstMs: 10 * 60_000, maxMs: 24 * 3_600_000, forgetMs: 24 * 3_600_000 }

/** Nothing that looks like something else when it is read from a screen and typed on a phone. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const CODE_LENGTH = 8

function newCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')
}

/** What words in the chat mean for the link: a code, its end, or nothing. */
export function readLinkWords(text: string): { code: string } | 'end' | null {
  const words = text.normalize('NFC').trim().toUpperCase()
  const [, first, second] = /^#?LK[\s:.-]*([A-Z0-9]{4})[\s.-]*([A-Z0-9]{4})$/.exec(words) ?? []
  if (first !== undefined && second !== undefined) return { code: first + second }
  return /^#?LK[\s:.-]+(HUY|HỦY|HUỶ|OFF)$/.test(words) ? 'end' : null
}
