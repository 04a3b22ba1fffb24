import type { Role } from '../cases/case.ts'
import type { People } from '../usecases/people.ts'
import { RefusedError } from '../usecases/refused-error.ts'

/** Invented people, one for each kind of work, so that a stranger can take a case the whole way. */
export const demonstrationPeople: readonly { login: string; name: string; unitCode: string; roles: readonly Role[] }[] =
  [
    { login: 'lan', name: 'Nguyễn Thị Lan', unitCode: 'QN-VP', roles: ['intakeOfficer'] },
    { login: 'hung', name: 'Trần Quốc Hùng', unitCode: 'QN-VP', roles: ['officeLeader'] },
    { login: 'thu', name: 'Lê Minh Thư', unitCode: 'QN-VP', roles: ['publisher'] },
    { login: 'a.thang', name: 'A Thăng', unitCode: 'QN-C23527', roles: ['agencyCoordinator'] },
    { login: 'y.ha', name: 'Y Hà', unitCode: 'QN-C23527', roles: ['handler'] },
    { login: 'siu.blin', name: "Siu H'Blin", unitCode: 'QN-C23527', roles: ['agencyLeader'] },
    { login: 'phuc', name: 'Phạm Văn Phúc', unitCode: 'QN-SNNMT', roles: ['agencyCoordinator', 'handler'] },
    { login: 'mai', name: 'Võ Thị Mai', unitCode: 'QN-SNNMT', roles: ['agencyLeader'] },
    { login: 'kiem', name: 'Đinh Công Kiểm', unitCode: 'QN-VP', roles: ['auditor'] },
    { login: 'bao', name: 'Bùi Gia Bảo', unitCode: 'QN-VP', roles: ['dataProtectionOfficer'] },
    { login: 'quantri', name: 'Hồ Quản Trị', unitCode: 'QN-VP', roles: ['administrator'] },
  ]

/** Makes the demonstration people that are not there yet; those that are stay as they are. */
export async function addDemonstrationPeople(people: People, now: number): Promise<string[]> {
  const added = await Promise.all(
    demonstrationPeople.map(async (person) => {
      try {
        await people.addPerson({ ...person, email: null }, now)
        return [person.login]
      } catch (error) {
        if (!(error instanceof RefusedError) || error.code !== 'login_taken') throw error
        return []
      }
    }),
  )
  return added.flat()
}
