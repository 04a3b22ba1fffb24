import { type Audience, isOfUnit } from '../cases/audience.ts'
import type { Case, Role } from '../cases/case.ts'
import { view } from '../cases/rights.ts'
import type { Units } from './case-ports.ts'
import type { StaffMember, StaffStore } from './staff-ports.ts'

export type StaffDirectory = ReturnType<typeof createStaffDirectory>

/** Whom a notice reaches. `isUnitEmpty`: it was for a unit in which nobody is active, so the Office gets it. */
export type Found = { people: StaffMember[]; isUnitEmpty: boolean }

/**
 * Finds the people behind an audience. Nobody hears of a case that they may not know of (R2-30), and nothing is said to nobody:
 * what a unit cannot hear goes to the Office. Answers are remembered for `freshMs`, for a run asks for the same units again
 * and again.
 */
export function createStaffDirectory(deps: {
  store: StaffStore
  units: Units
  /** @default 10000 */
  freshMs?: number
}) {
  const { store, units } = deps
  const remember = createMemory(deps.freshMs ?? 10_000)
  const officeCodes = units
    .all()
    .map(({ code }) => code)
    .filter((code) => units.isOffice(code))

  const of = (unitCodes: readonly string[]) => remember(unitCodes.join(','), () => store.activeIn(unitCodes))
  const withRole = async (unitCodes: readonly string[], ...roles: Role[]) =>
    (await of(unitCodes)).filter((person) => roles.some((role) => person.roles.includes(role)))
  const by = async (login: string | null) => {
    if (login === null) return []
    const found = await remember(`login:${login}`, () => store.activeBy(login))
    return found === null ? [] : [found]
  }

  const officeLeaders = () => withRole(officeCodes, 'officeLeader')
  const codesWithin = new Map<string, string[]>()
  const within = (unitCode: string) => {
    const codes = codesWithin.get(unitCode) ?? units.codesWithin(unitCode)
    codesWithin.set(unitCode, codes)
    return codes
  }

  async function intakeOf(current: Case): Promise<StaffMember[]> {
    const assigned = (await by(current.intakeOfficer)).filter((person) => person.roles.includes('intakeOfficer'))
    if (assigned.length > 0) return assigned
    const unitCode = current.intakeUnitCode
    const own = units.isOffice(unitCode)
      ? await withRole(within(unitCode), 'intakeOfficer')
      : await withRole([unitCode], 'intakeOfficer', 'agencyCoordinator')
    return own.length > 0 ? own : withRole(officeCodes, 'intakeOfficer')
  }

  async function find(audience: Audience, current: Case): Promise<StaffMember[]> {
    switch (audience.to) {
      case 'person':
        return by(audience.login)
      case 'handler':
        return by(current.handler)
      case 'coordinators':
        return withRole([audience.unitCode], units.isOffice(audience.unitCode) ? 'intakeOfficer' : 'agencyCoordinator')
      case 'leaders':
        return withRole([audience.unitCode], units.isOffice(audience.unitCode) ? 'officeLeader' : 'agencyLeader')
      case 'intake':
        return intakeOf(current)
      case 'officeLeaders':
        return officeLeaders()
      case 'publishers':
        return withRole(officeCodes, 'publisher')
    }
  }

  async function all(audiences: readonly Audience[], current: Case): Promise<StaffMember[]> {
    return (await Promise.all(audiences.map((audience) => find(audience, current)))).flat()
  }

  return {
    /** People of the Office with a role, for what is about no case. */
    ofOffice: (role: Role): Promise<StaffMember[]> => withRole(officeCodes, role),

    /** People of any unit with a role that is for the whole province. */
    everywhere: (role: Role): Promise<StaffMember[]> => remember(`role:${role}`, () => store.activeWith(role)),

    async find(audiences: readonly Audience[], current: Case): Promise<Found> {
      const ofUnit = audiences.filter(isOfUnit)
      let inUnit = await all(ofUnit, current)
      if (inUnit.length === 0 && ofUnit.length > 0) inUnit = await all(everybodyOf(ofUnit), current)
      const elsewhere = await all(
        audiences.filter((audience) => !isOfUnit(audience)),
        current,
      )
      const isUnitEmpty = ofUnit.length > 0 && inUnit.length === 0
      const maySee = (person: StaffMember) => view(current, person, units) !== 'none'
      const wanted = [...inUnit, ...elsewhere, ...(isUnitEmpty ? await intakeOf(current) : [])].filter(maySee)
      // What was for one person alone concerns nobody else.
      const isForOne = audiences.every(({ to }) => to === 'person')
      const people = wanted.length > 0 || isForOne ? wanted : (await officeLeaders()).filter(maySee)
      return { people: [...new Map(people.map((person) => [person.login, person])).values()], isUnitEmpty }
    },
  }
}

/** Where those who were meant are not there: anybody of their units who could see to it. */
function everybodyOf(audiences: readonly { unitCode: string }[]): Audience[] {
  return [...new Set(audiences.map(({ unitCode }) => unitCode))].flatMap((unitCode): Audience[] => [
    { to: 'coordinators', unitCode },
    { to: 'leaders', unitCode },
  ])
}

const rememberedMax = 20_000

function createMemory(freshMs: number) {
  const known = new Map<string, { until: number; answer: Promise<unknown> }>()
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const now = performance.now()
    const found = known.get(key)
    if (found !== undefined && found.until > now) return found.answer as Promise<T>
    if (known.size >= rememberedMax) known.clear()
    const answer = ask()
    known.set(key, { until: now + freshMs, answer })
    answer.catch(() => known.delete(key))
    return answer
  }
}
