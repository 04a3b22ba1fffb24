import type { Officer, Role } from '../../cases/case.ts'
import { type Day, dayOf } from '../../cases/days.ts'
import type { HandBackReason } from '../../cases/hand-back.ts'
import type { Audit } from '../audit.ts'
import { RefusedError } from '../refused-error.ts'
import type { AccountChange, PeopleStore, Person } from './ports.ts'
import { hashOf, newSecret } from './secrets.ts'

export type AccountsDeps = {
  store: PeopleStore
  units: { isActive(unitCode: string, day: Day): boolean }
  publicUrl: string
  audit: Audit
  /** Relieves a person of the open cases; what is left when it fails is done by the service later. */
  handBack(login: string): Promise<number>
}

/** Who changes an account: an officer, or the operator's tool. */
export type By = Officer | 'operator' | 'system'

export type NewPerson = Pick<Person, 'login' | 'name' | 'unitCode' | 'roles' | 'email'> &
  Partial<Pick<Person, 'validFrom' | 'validTo'>>

/** Accounts of officers. Every change stands in the audit log; rights end with it at once (R7-12). */
export function createAccounts(deps: AccountsDeps) {
  const { store, units, audit } = deps

  async function activePerson(login: string, now: number): Promise<Person> {
    const person = await store.find(login)
    if (person === null) throw new RefusedError('person_unknown')
    if (!isActive(person, now)) throw new RefusedError('person_disabled')
    return person
  }

  async function makeLink(login: string, now: number): Promise<string> {
    const secret = newSecret()
    await store.saveSignInLink({ login, hash: hashOf(secret), expiresAt: now + linkLifeMs })
    return `${deps.publicUrl}/staff/sign-in?login=${encodeURIComponent(login)}&code=${secret}`
  }

  /** Changes the account first and hands cases back then: the rights are gone whatever becomes of the rest. */
  async function change(by: By, login: string, asked: AccountChange, now: number): Promise<number> {
    const act = asked.set.disabledAt == null ? 'accountChanged' : 'accountDisabled'
    const { unitCode, roles, validFrom, validTo } = asked.set
    // A line too many is harmless, a change without one is not.
    await audit.record({
      actor: by,
      act,
      data: { login, ...without({ unitCode, roles: roles && [...roles], validFrom, validTo }) },
    })
    if ((await store.change(login, asked, now)) === null) throw new RefusedError('person_unknown')
    return asked.handingBack === null ? 0 : deps.handBack(login)
  }

  return {
    /** Opens an account and answers with the link with which its person signs in for the first time. */
    async addPerson(asked: NewPerson, now: number, by: By = 'operator'): Promise<{ signInUrl: string }> {
      const { login, validFrom = null, validTo = null } = asked
      // The history and the audit log name those who are no officers by these words.
      if (RESERVED.has(login)) throw new RefusedError('login_reserved')
      if (!units.isActive(asked.unitCode, dayOf(now))) throw new RefusedError('unit_unknown')
      refuseBackwards(validFrom, validTo)
      const roles = [...new Set(asked.roles)]
      const person = { ...asked, roles, validFrom, validTo, createdAt: now, disabledAt: null, epoch: 1 }
      if (!(await store.add(person))) throw new RefusedError('login_taken')
      await audit.record({ actor: by, act: 'accountAdded', data: { login, unitCode: asked.unitCode, roles } })
      return { signInUrl: await makeLink(login, now) }
    },

    /** A new one-time link; every earlier one ends. */
    async resetSignIn(login: string, now: number, by: By = 'operator'): Promise<{ signInUrl: string }> {
      await activePerson(login, now)
      await audit.record({ actor: by, act: 'signInReset', data: { login } })
      return { signInUrl: await makeLink(login, now) }
    },

    /** Ends the account at once, with everything that was given out for it; open cases go back to the coordinator. */
    disablePerson: (login: string, now: number, by: By = 'operator'): Promise<number> =>
      change(by, login, { set: { disabledAt: now }, endsAccess: true, handingBack: 'accountEnded' }, now),

    /** Another unit: the rights in the former one end at once, with tokens and sessions; open cases stay with that unit. */
    async movePerson(
      login: string,
      asked: { unitCode: string; roles: readonly Role[] },
      now: number,
      by: By = 'operator',
    ): Promise<number> {
      await activePerson(login, now)
      if (!units.isActive(asked.unitCode, dayOf(now))) throw new RefusedError('unit_unknown')
      const set = { unitCode: asked.unitCode, roles: [...new Set(asked.roles)] }
      return change(by, login, { set, endsAccess: true, handingBack: 'leftUnit' }, now)
    },

    /** Other roles in the same unit; who can handle no case any more is relieved of them. */
    async setRoles(login: string, roles: readonly Role[], now: number, by: By = 'operator'): Promise<number> {
      await activePerson(login, now)
      const handingBack: HandBackReason | null = roles.some((role) => HANDLING_ROLES.has(role)) ? null : 'roleEnded'
      return change(by, login, { set: { roles: [...new Set(roles)] }, endsAccess: false, handingBack }, now)
    },

    /** Between which days the account is good; null for without an end. */
    async setValidity(
      login: string,
      asked: { validFrom: Day | null; validTo: Day | null },
      now: number,
      by: By = 'operator',
    ): Promise<number> {
      refuseBackwards(asked.validFrom, asked.validTo)
      const isOver = asked.validTo !== null && asked.validTo < dayOf(now)
      return change(by, login, { set: asked, endsAccess: isOver, handingBack: isOver ? 'accountEnded' : null }, now)
    },

    findPerson: (login: string): Promise<Person | null> => store.find(login),
    listPeople: (asked: Parameters<PeopleStore['list']>[0]): Promise<Person[]> => store.list(asked),

    /** An officer whose account is in use, or null. */
    async officerOf(login: string, now: number = Date.now()): Promise<Officer | null> {
      const person = await store.find(login)
      return person === null || !isActive(person, now) ? null : toOfficer(person)
    },
  }
}

const linkLifeMs = 3 * 86_400_000
const RESERVED: ReadonlySet<string> = new Set(['citizen', 'system', 'operator', 'nobody'])
const HANDLING_ROLES: ReadonlySet<Role> = new Set<Role>([
  'handler',
  'agencyCoordinator',
  'agencyLeader',
  'intakeOfficer',
])

/** Whether an account is in use at this moment. */
export function isActive(person: Person, now: number): boolean {
  const today = dayOf(now)
  return (
    person.disabledAt === null &&
    (person.validFrom === null || person.validFrom <= today) &&
    (person.validTo === null || today <= person.validTo)
  )
}

export function toOfficer({ login, name, unitCode, roles }: Person): Officer {
  return { type: 'officer', login, name, unitCode, roles }
}

function refuseBackwards(from: Day | null, to: Day | null): void {
  if (from === null || to === null || from <= to) return
  throw new RefusedError('invalid_fields', [{ path: 'validTo', key: 'fault.endBeforeStart', params: {} }])
}

function without<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]: NonNullable<Fields[Name]> | null } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
