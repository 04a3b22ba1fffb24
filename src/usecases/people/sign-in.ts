import { timingSafeEqual } from 'node:crypto'
import type { Officer } from '../../cases/case.ts'
import type { Audit } from '../audit.ts'
import { RefusedError } from '../refused-error.ts'
import { isActive, toOfficer } from './accounts.ts'
import { passwordFaults } from './password-rules.ts'
import type { PasswordHasher, PeopleStore, TryCounter, TryLimit } from './ports.ts'
import { hashOf, NO_HASH, newId, newSecret } from './secrets.ts'

export type SignInDeps = {
  store: PeopleStore
  hasher: PasswordHasher
  tries: TryCounter
  /** A keyed hash: logins and addresses that somebody tried are not kept in clear. */
  keyOf(purpose: string, value: string): string
  audit: Audit
}

/** What a person is after signing in; a web session keeps `login` and `epoch` and ends when the account's is another. */
export type SignedIn = {
  ok: true
  officer: Officer
  epoch: number
  /** For the browser to keep: it is known from now on. Null where it was known already. */
  device: string | null
}
export type NotSignedIn = { ok: false; reason: 'wrong' } | { ok: false; reason: 'wait'; until: number }

export type SignIn = ReturnType<typeof createSignIn>

/** From one place against one account; the place pays, not the account. */
const FROM_PLACE: TryLimit = { free: 5, firstMs: 15_000, maxMs: 15 * 60_000, forgetMs: 60 * 60_000 }
/** From anywhere unknown against one account: slows many places together, and never for long. */
const FROM_ANYWHERE: TryLimit = { free: 30, firstMs: 5_000, maxMs: 60_000, forgetMs: 15 * 60_000 }
/** From a browser in which this person has signed in before; nobody else can use its tries up. */
const FROM_KNOWN: TryLimit = { free: 10, firstMs: 15_000, maxMs: 15 * 60_000, forgetMs: 60 * 60_000 }

/**
 * Passwords: set through the one-time link, checked at the sign-in. Guessing is slowed by place and by account, but a browser
 * that is known has tries of its own, and a new link brings one: an officer cannot be locked out by others. An unknown login, a
 * wrong password and an ended account look and last the same.
 */
export function createSignIn(deps: SignInDeps) {
  const { store, hasher, tries, audit } = deps

  /** Whether this browser has been this person's before. */
  async function knownDevice(login: string, presented: string | null, now: number): Promise<string | null> {
    const [, id, secret] = /^([\w-]{12})\.([\w-]{43})$/.exec(presented ?? '') ?? []
    if (id === undefined || secret === undefined) return null
    const device = await store.findDevice(id)
    const matches = timingSafeEqual(hashOf(secret), device?.hash ?? NO_HASH)
    return device !== null && matches && device.login === login && device.expiresAt > now ? id : null
  }

  async function rememberDevice(login: string, now: number): Promise<string> {
    const id = newId()
    const secret = newSecret()
    await store.addDevice({ id, login, hash: hashOf(secret), expiresAt: now + DEVICE_LIFE_MS })
    return `${id}.${secret}`
  }

  /** Counts the try before it is made; null where it may be made. */
  async function countTry(login: string, place: string, deviceId: string | null, now: number) {
    const keys =
      deviceId === null
        ? ([
            [deps.keyOf('signInPlace', `${login} ${place}`), FROM_PLACE],
            [deps.keyOf('signInLogin', login), FROM_ANYWHERE],
          ] as const)
        : ([[deps.keyOf('signInDevice', deviceId), FROM_KNOWN]] as const)
    for (const [key, limit] of keys) {
      const until = await tries.take(key, limit, now)
      if (until !== null) return { until, keys: [] }
    }
    return { until: null, keys: keys.map(([key]) => key) }
  }

  async function signIn(
    asked: { login: string; password: string; place: string; device: string | null },
    now: number,
  ): Promise<SignedIn | NotSignedIn> {
    const { login } = asked
    const deviceId = await knownDevice(login, asked.device, now)
    const { until, keys } = await countTry(login, asked.place, deviceId, now)
    if (until !== null) return { ok: false, reason: 'wait', until }
    const person = await store.find(login)
    const kept = person === null ? null : await store.passwordOf(login)
    const password = asked.password.slice(0, LENGTH_READ_MAX)
    const { matches, isOutdated } = await hasher.verify(password, kept)
    if (person === null) return { ok: false, reason: 'wrong' }
    if (!matches || !isActive(person, now)) {
      await audit.record({ actor: login, act: 'signInRefused', data: { why: matches ? 'accountEnded' : 'password' } })
      return { ok: false, reason: 'wrong' }
    }
    const officer = toOfficer(person)
    await audit.record({ actor: officer, act: 'signIn' })
    await tries.clear(keys)
    if (isOutdated) {
      await store.savePassword(login, await hasher.hash(password), { raisesEpoch: false, now })
    }
    const device = deviceId === null ? await rememberDevice(login, now) : null
    return { ok: true, officer, epoch: person.epoch, device }
  }

  return {
    /** `place` is the address of the browser, `device` what an earlier sign-in gave it. */
    signIn,

    /** The first password, or a new one where the old one is lost. The link works once; sessions of before end. */
    async setPassword(asked: { login: string; code: string; password: string }, now: number): Promise<SignedIn> {
      const { login } = asked
      const link = await store.findSignInLink(login)
      const matches = timingSafeEqual(hashOf(asked.code), link?.hash ?? NO_HASH)
      const person = await store.find(login)
      if (link === null || !matches || link.expiresAt <= now || person === null || !isActive(person, now)) {
        throw new RefusedError('link_invalid')
      }
      const faults = passwordFaults(asked.password, person)
      if (faults.length > 0) throw new RefusedError('invalid_fields', faults)
      const kept = await hasher.hash(asked.password)
      await audit.record({ actor: login, act: 'passwordSet' })
      if (!(await store.usePasswordLink(link, kept, now))) throw new RefusedError('link_invalid')
      // Whoever holds the link is the person: what others have tried meanwhile is nothing to them.
      return { ok: true, officer: toOfficer(person), epoch: person.epoch + 1, device: await rememberDevice(login, now) }
    },

    /** A new password for somebody who is signed in and knows the old one. Every other session ends. */
    async changePassword(
      officer: Officer,
      asked: { password: string; next: string; place: string; device: string | null },
      now: number,
    ): Promise<NotSignedIn | { ok: true; epoch: number }> {
      const proven = await signIn({ login: officer.login, ...asked }, now)
      if (!proven.ok) return proven
      const faults = passwordFaults(asked.next, officer)
      if (faults.length > 0) throw new RefusedError('invalid_fields', faults)
      const kept = await hasher.hash(asked.next)
      await audit.record({ actor: officer, act: 'passwordSet' })
      await store.savePassword(officer.login, kept, { raisesEpoch: true, now })
      return { ok: true, epoch: proven.epoch + 1 }
    },

    /** Whoever a session belongs to, or null once it has ended: disabled, moved, another password. */
    async officerOfSession(session: { login: string; epoch: number }, now: number): Promise<Officer | null> {
      const person = await store.find(session.login)
      return person === null || person.epoch !== session.epoch || !isActive(person, now) ? null : toOfficer(person)
    },
  }
}

const DEVICE_LIFE_MS = 180 * 86_400_000
/** More is nobody's password, and costs time to hash. */
const LENGTH_READ_MAX = 1_000
