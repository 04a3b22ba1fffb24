import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Officer, Role } from '../cases/case.ts'
import { RefusedError } from './refused-error.ts'

/** A person with an account (R7-12). */
export type Person = {
  login: string
  name: string
  unitCode: string
  roles: readonly Role[]
  email: string | null
  createdAt: number
  /** Null while the account is in use. */
  disabledAt: number | null
}

/** A token of one person; the secret itself is nowhere. */
export type ApiToken = {
  id: string
  login: string
  name: string
  hash: Buffer
  createdAt: number
  expiresAt: number
  lastUsedAt: number | null
  revokedAt: number | null
}

/** A one-time link with which a person sets up their sign-in. */
export type SignInLink = { login: string; hash: Buffer; expiresAt: number }

/** What is kept about people. Every write is a majority write. */
export type PeopleStore = {
  /** False where the login is taken; nothing is written then. */
  add(person: Person): Promise<boolean>
  find(login: string): Promise<Person | null>
  list(): Promise<Person[]>
  /** Ends the account with its tokens and links; false where there is no such person. */
  disable(login: string, now: number): Promise<boolean>
  /** Takes the place of every earlier link of this person. */
  saveSignInLink(link: SignInLink): Promise<void>
  addToken(token: ApiToken): Promise<void>
  findToken(id: string): Promise<ApiToken | null>
  listTokens(login?: string): Promise<ApiToken[]>
  revokeToken(id: string, now: number): Promise<boolean>
  markTokenUsed(id: string, now: number): Promise<void>
}

export type People = ReturnType<typeof createPeople>

/** Accounts, one-time sign-in links and API tokens. Secrets are 256 random bits, given out once and kept as SHA-256. */
export function createPeople(deps: {
  store: PeopleStore
  units: { exists(unitCode: string): boolean }
  publicUrl: string
}) {
  const { store, units } = deps

  async function activePerson(login: string): Promise<Person> {
    const person = await store.find(login)
    if (person === null) throw new RefusedError('person_unknown')
    if (person.disabledAt !== null) throw new RefusedError('person_disabled')
    return person
  }

  async function makeLink(login: string, now: number): Promise<string> {
    const secret = randomBytes(32).toString('base64url')
    await store.saveSignInLink({ login, hash: hashOf(secret), expiresAt: now + linkLifeMs })
    return `${deps.publicUrl}/staff/sign-in?login=${encodeURIComponent(login)}&code=${secret}`
  }

  return {
    /** Opens an account and answers with the link with which its person signs in for the first time. */
    async addPerson(
      asked: { login: string; name: string; unitCode: string; roles: readonly Role[]; email: string | null },
      now: number,
    ): Promise<{ signInUrl: string }> {
      // The history names those who are no officers by these words.
      if (asked.login === 'citizen' || asked.login === 'system') throw new RefusedError('login_reserved')
      if (!units.exists(asked.unitCode)) throw new RefusedError('unit_unknown')
      const added = await store.add({ ...asked, roles: [...new Set(asked.roles)], createdAt: now, disabledAt: null })
      if (!added) throw new RefusedError('login_taken')
      return { signInUrl: await makeLink(asked.login, now) }
    },

    /** A new one-time link; every earlier one ends. */
    async resetSignIn(login: string, now: number): Promise<{ signInUrl: string }> {
      await activePerson(login)
      return { signInUrl: await makeLink(login, now) }
    },

    /** Ends the account at once, with its tokens and links (R7-12). */
    async disablePerson(login: string, now: number): Promise<void> {
      if (!(await store.disable(login, now))) throw new RefusedError('person_unknown')
    },

    listPeople: (): Promise<Person[]> => store.list(),

    /** A new token with the rights of its person; it is told here and never again. */
    async addToken(
      login: string,
      asked: { name: string; days: number },
      now: number,
    ): Promise<{ token: string; id: string }> {
      await activePerson(login)
      const id = randomBytes(9).toString('base64url')
      const secret = randomBytes(32).toString('base64url')
      await store.addToken({
        id,
        login,
        name: asked.name,
        hash: hashOf(secret),
        createdAt: now,
        expiresAt: now + asked.days * dayMs,
        lastUsedAt: null,
        revokedAt: null,
      })
      return { token: `${tokenPrefix}${id}.${secret}`, id }
    },

    listTokens: (login?: string): Promise<ApiToken[]> => store.listTokens(login),

    async revokeToken(id: string, now: number): Promise<void> {
      if (!(await store.revokeToken(id, now))) throw new RefusedError('token_unknown')
    },

    /** An officer whose account is in use, or null. */
    async officerOf(login: string): Promise<Officer | null> {
      const person = await store.find(login)
      return person === null || person.disabledAt !== null ? null : toOfficer(person)
    },

    /** The person behind a token that is good now, or null: unknown, changed, expired, revoked or of an ended account. */
    async personOf(presented: string, now: number): Promise<Officer | null> {
      const parts = readToken(presented)
      if (parts === null) return null
      const token = await store.findToken(parts.id)
      // The comparison takes place for an unknown id too, so that the time taken tells nothing about which ids exist.
      const matches = timingSafeEqual(hashOf(parts.secret), token?.hash ?? noHash)
      if (token === null || !matches || token.revokedAt !== null || token.expiresAt <= now) return null
      const person = await store.find(token.login)
      if (person === null || person.disabledAt !== null) return null
      if (token.lastUsedAt === null || now - token.lastUsedAt >= useMarkedEveryMs)
        await store.markTokenUsed(token.id, now)
      return toOfficer(person)
    },
  }
}

const dayMs = 86_400_000
const linkLifeMs = 3 * dayMs
/** The last use is for people to look at; a write per request would be waste. */
const useMarkedEveryMs = 60_000
/** Lets scanners for leaked secrets recognise ours. */
const tokenPrefix = 'pakn_'
const noHash = Buffer.alloc(32)

function toOfficer({ login, name, unitCode, roles }: Person): Officer {
  return { type: 'officer', login, name, unitCode, roles }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function readToken(presented: string): { id: string; secret: string } | null {
  const match = /^pakn_([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})$/.exec(presented)
  return match?.[1] === undefined || match[2] === undefined ? null : { id: match[1], secret: match[2] }
}
