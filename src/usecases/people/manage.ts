import type { Officer, Role } from '../../cases/case.ts'
import type { Day } from '../../cases/days.ts'
import { rightOver } from '../../cases/rights.ts'
import type { Units } from '../case-ports.ts'
import type { People } from '../people.ts'
import { type RefusalCode, RefusedError } from '../refused-error.ts'
import { requireScope } from '../require-scope.ts'
import type { NewPerson } from './accounts.ts'
import type { ApiToken, Person } from './ports.ts'

export type AccountAct =
  | { act: 'reset' }
  | { act: 'disable' }
  | { act: 'move'; unitCode: string; roles: readonly Role[] }
  | { act: 'setRoles'; roles: readonly Role[] }
  | { act: 'setValidity'; validFrom: Day | null; validTo: Day | null }

/** Roles that a coordinator may give in the own unit; all others are an administrator's to give. */
const UNIT_ROLES: ReadonlySet<Role> = new Set<Role>(['agencyCoordinator', 'handler', 'agencyLeader'])

export type ManagePeople = ReturnType<typeof createManagePeople>

/**
 * Accounts as officers manage them (§7.2 "Users"): an administrator everybody's, a coordinator those of the own unit and below
 * as far as they hold no other roles than those of a unit. Nobody changes the own account. Tokens are seen and ended by their
 * owner, too.
 */
export function createManagePeople(deps: { people: People; units: Units }) {
  const { people, units } = deps

  /** Which units this officer manages; throws `forbidden`. */
  function managed(officer: Officer, scope: 'read' | 'admin'): 'all' | readonly string[] {
    requireScope(officer, scope)
    const over = rightOver('managePeople', officer, units)
    if (over === null) throw new RefusedError('forbidden')
    return over === 'all' ? 'all' : units.codesWithin(over.unitCode)
  }

  function refuseOutside(unitCodes: 'all' | readonly string[], unitCode: string, roles: readonly Role[]): void {
    if (unitCodes === 'all') return
    const isInside = unitCodes.includes(unitCode) && roles.every((role) => UNIT_ROLES.has(role))
    if (!isInside) throw new RefusedError('forbidden')
  }

  /** The account, where this officer may change it; one they may not know of is not there. */
  async function own(
    officer: Officer,
    login: string,
  ): Promise<{ person: Person; unitCodes: 'all' | readonly string[] }> {
    const unitCodes = managed(officer, 'admin')
    const person = await people.findPerson(login)
    if (person === null || (unitCodes !== 'all' && !unitCodes.includes(person.unitCode))) {
      throw new RefusedError('not_found')
    }
    refuseOutside(unitCodes, person.unitCode, person.roles)
    if (person.login === officer.login) throw new RefusedError('forbidden')
    return { person, unitCodes }
  }

  return {
    async list(
      officer: Officer,
      after: string | null,
      limit: number,
    ): Promise<{ items: Person[]; next: string | null }> {
      const unitCodes = managed(officer, 'read')
      const found = await people.listPeople({ ...(unitCodes === 'all' ? {} : { unitCodes }), after, limit: limit + 1 })
      const items = found.slice(0, limit)
      return { items, next: found.length > limit ? (items.at(-1)?.login ?? null) : null }
    },

    /** `read` gives what is asked for: it is looked at when the right to ask is clear. */
    async add(officer: Officer, read: () => NewPerson, now: number): Promise<{ person: Person; signInUrl: string }> {
      const unitCodes = managed(officer, 'admin')
      const asked = read()
      refuseOutside(unitCodes, asked.unitCode, asked.roles)
      const { signInUrl } = await byField(people.addPerson(asked, now, officer))
      return { person: await present(asked.login), signInUrl }
    },

    async act(
      officer: Officer,
      login: string,
      read: () => AccountAct,
      now: number,
    ): Promise<{ person: Person; signInUrl?: string; casesHandedBack?: number }> {
      const { person, unitCodes } = await own(officer, login)
      const asked = read()
      const handedBack = async (work: Promise<number>) => ({
        casesHandedBack: await byField(work),
        person: await present(login),
      })
      switch (asked.act) {
        case 'reset':
          return { ...(await byField(people.resetSignIn(login, now, officer))), person }
        case 'disable':
          return handedBack(people.disablePerson(login, now, officer))
        case 'move':
          refuseOutside(unitCodes, asked.unitCode, asked.roles)
          return handedBack(people.movePerson(login, asked, now, officer))
        case 'setRoles':
          refuseOutside(unitCodes, person.unitCode, asked.roles)
          return handedBack(people.setRoles(login, asked.roles, now, officer))
        case 'setValidity':
          return handedBack(people.setValidity(login, asked, now, officer))
        default:
          return asked satisfies never
      }
    },

    /** The own tokens, or those of anybody for an administrator; newest first. */
    async listTokens(officer: Officer, asked: { login?: string; before?: number; limit: number }): Promise<ApiToken[]> {
      requireScope(officer, 'read')
      const login = asked.login ?? officer.login
      if (login !== officer.login) refuseUnlessAdministrator(officer)
      return people.listTokens({ ...asked, login })
    },

    /** Ends a token: the own one, or anybody's for an administrator; another's is not there for anybody else. */
    async revokeToken(officer: Officer, id: string, now: number): Promise<ApiToken> {
      requireScope(officer, 'write')
      const token = await people.findToken(id)
      const isOwn = token?.login === officer.login
      if (token === null || (!isOwn && rightOver('administer', officer, units) === null))
        throw new RefusedError('not_found')
      if (!isOwn) requireScope(officer, 'admin')
      return people.revokeToken(id, now, officer)
    },
  }

  function refuseUnlessAdministrator(officer: Officer): void {
    requireScope(officer, 'admin')
    if (rightOver('administer', officer, units) === null) throw new RefusedError('forbidden')
  }

  async function present(login: string): Promise<Person> {
    const person = await people.findPerson(login)
    if (person === null) throw new RefusedError('not_found')
    return person
  }
}

/** What the operator is told in a sentence of its own is a fault of a field here. */
async function byField<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const fault = error instanceof RefusedError ? FIELD_FAULTS[error.code] : undefined
    throw fault === undefined ? error : new RefusedError('invalid_fields', [{ ...fault, params: {} }])
  }
}

const FIELD_FAULTS: Partial<Record<RefusalCode, { path: string; key: string }>> = {
  login_taken: { path: 'login', key: 'fault.loginTaken' },
  login_reserved: { path: 'login', key: 'fault.loginTaken' },
  unit_unknown: { path: 'unitCode', key: 'fault.unknownUnit' },
  person_disabled: { path: 'act', key: 'fault.accountEnded' },
}
