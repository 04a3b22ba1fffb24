import type { Role, TokenScope } from '../../cases/case.ts'
import type { Day } from '../../cases/days.ts'
import type { HandBackReason } from '../../cases/hand-back.ts'

/** A person with an account (R7-12): several roles in one unit, for a time. */
export type Person = {
  login: string
  name: string
  unitCode: string
  roles: readonly Role[]
  email: string | null
  /** First and last day in Vietnam on which the account is good; null without an end. */
  validFrom: Day | null
  validTo: Day | null
  createdAt: number
  /** Null while the account is in use. */
  disabledAt: number | null
  /** Raised whenever everything that was given out must end: a web session bears the number it was opened under. */
  epoch: number
}

/** Open cases that a person has still to be relieved of; kept until it is done, whatever dies. */
export type HandingBack = { login: string; reason: HandBackReason; since: number }

/** A token of one person; the secret itself is nowhere. */
export type ApiToken = {
  id: string
  login: string
  name: string
  hash: Buffer
  scopes: readonly TokenScope[]
  createdAt: number
  expiresAt: number
  lastUsedAt: number | null
  revokedAt: number | null
}

/** A one-time link with which a person sets the own password. */
export type SignInLink = { login: string; hash: Buffer; expiresAt: number }

/** A browser from which a person has signed in before. */
export type KnownDevice = { id: string; login: string; hash: Buffer; expiresAt: number }

/** What a change of an account takes with it. */
export type AccountChange = {
  set: Partial<Pick<Person, 'unitCode' | 'roles' | 'validFrom' | 'validTo' | 'disabledAt'>>
  /** Tokens, links, known devices and web sessions end. */
  endsAccess: boolean
  handingBack: HandBackReason | null
}

/** What is kept about people. Every write is a majority write. */
export type PeopleStore = {
  /** False where the login is taken; nothing is written then. */
  add(person: Person): Promise<boolean>
  find(login: string): Promise<Person | null>
  /** By login, strictly after `after`; of these units, or of all. */
  list(asked: { unitCodes?: readonly string[]; after: string | null; limit: number }): Promise<Person[]>
  /** All of it together; null where there is no such person. */
  change(login: string, change: AccountChange, now: number): Promise<Person | null>

  handingBack(asked: { login?: string; limit: number }): Promise<HandingBack[]>
  handedBack(done: HandingBack): Promise<void>
  /** Marks accounts whose last day has passed, each once; gives how many. */
  endExpired(today: Day, now: number, limit: number): Promise<number>

  /** Takes the place of every earlier link of this person. */
  saveSignInLink(link: SignInLink): Promise<void>
  findSignInLink(login: string): Promise<SignInLink | null>
  /** Keeps the password and ends link, sessions and known devices; false where the link is gone or another one. */
  usePasswordLink(link: SignInLink, password: string, now: number): Promise<boolean>
  passwordOf(login: string): Promise<string | null>
  /** `epoch` is raised with it, unless only the cost of guessing has changed. */
  savePassword(login: string, password: string, asked: { raisesEpoch: boolean; now: number }): Promise<void>

  addDevice(device: KnownDevice): Promise<void>
  findDevice(id: string): Promise<KnownDevice | null>

  addToken(token: ApiToken): Promise<void>
  findToken(id: string): Promise<ApiToken | null>
  /** Newest first. */
  listTokens(asked: { login?: string; before?: number; limit: number }): Promise<ApiToken[]>
  /** Null where there is none; a revoked one stays as it is. */
  revokeToken(id: string, now: number): Promise<ApiToken | null>
  markTokenUsed(id: string, now: number): Promise<void>
}

/** Turns a password into what is kept of it, and compares. Both take a while, away from the main thread. */
export type PasswordHasher = {
  hash(password: string): Promise<string>
  /** With null as what is kept: takes the same time and is false. */
  verify(password: string, kept: string | null): Promise<{ matches: boolean; isOutdated: boolean }>
}

/** Counts failures; a try is counted before it is made, so that many at once are no way around it. */
export type TryCounter = {
  /** Null where the try may be made; else until when none may. */
  take(key: string, limit: TryLimit, now: number): Promise<number | null>
  clear(keys: readonly string[]): Promise<void>
}
/** After `free` failures each further one makes wait: `firstMs`, doubled each time, at most `maxMs`. Forgotten after `forgetMs`. */
export type TryLimit = { free: number; firstMs: number; maxMs: number; forgetMs: number }
