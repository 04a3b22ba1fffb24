import type { mongo } from 'mongoose'
import type { Role } from '../cases/case.ts'
import { dayOf } from '../cases/days.ts'
import type { OfficerLinkStore } from '../usecases/officer-links.ts'
import type { StaffMember, StaffStore } from '../usecases/staff-ports.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { emailContext } from './people.ts'
import { bytesOf, type PersonDocument } from './people-documents.ts'

type StaffDocument = Pick<PersonDocument, '_id' | 'name' | 'unitCode' | 'roles'> & { hasEmail: boolean }

/** People of a unit as notices look for them, by the index of the units. */
export function createStaffStore(deps: {
  database: Database
  cipher: FieldCipher
  /** Absent: nobody is told in Zalo. */
  links?: Pick<OfficerLinkStore, 'linkedUnits'>
}): StaffStore {
  const people = deps.database.collection<PersonDocument>('people')
  // The address itself is read only by whoever writes to it.
  const projection = { name: 1, unitCode: 1, roles: 1, hasEmail: { $eq: [{ $type: '$email' }, 'binData'] } }

  async function toMembers(found: readonly StaffDocument[]): Promise<StaffMember[]> {
    const linked = (await deps.links?.linkedUnits(found.map(({ _id }) => _id))) ?? new Map<string, string>()
    return found.map(({ _id, name, unitCode, roles, hasEmail }) => ({
      type: 'officer',
      login: _id,
      name,
      unitCode,
      roles: roles as Role[],
      hasEmail,
      hasZalo: linked.get(_id) === unitCode,
    }))
  }

  return {
    async activeIn(unitCodes) {
      const found = await people
        .find<StaffDocument>({ unitCode: { $in: [...unitCodes] }, ...inUse() }, { projection })
        .toArray()
      return toMembers(found)
    },
    async activeWith(role) {
      const found = await people
        .find<StaffDocument>({ roles: role, ...inUse() }, { projection, limit: WITH_ROLE_MAX, hint: 'roles' })
        .toArray()
      return toMembers(found)
    },
    async activeBy(login) {
      const found = await people.findOne<StaffDocument>({ _id: login, ...inUse() }, { projection })
      const [member] = found === null ? [] : await toMembers([found])
      return member ?? null
    },
    async emailOf(login) {
      const found = await people.findOne({ _id: login, ...inUse() }, { projection: { email: 1 } })
      return found?.email == null ? null : deps.cipher.decryptText(bytesOf(found.email), emailContext(login))
    },
  }
}

const WITH_ROLE_MAX = 1_000

/** Accounts that are good now (see `isActive`): by the real clock, as signing in is. */
function inUse(): mongo.Filter<PersonDocument> {
  const today = dayOf(Date.now())
  return {
    disabledAt: null,
    $and: [
      { $or: [{ validFrom: null }, { validFrom: { $lte: today } }] },
      { $or: [{ validTo: null }, { validTo: { $gte: today } }] },
    ],
  }
}
