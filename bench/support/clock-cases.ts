import type { Case, Role } from '../../src/cases/case.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { fileCase } from '../../src/cases/file-case.ts'
import { listDaysOf } from '../../src/cases/flags.ts'
import { caseFields, chainLine } from '../../src/store/case-documents.ts'
import { partitionOf } from '../../src/usecases/road.ts'
import type { ClockHouse } from './clock-house.ts'

const dayMs = 86_400_000
const batch = 1_000
/** Cases come from so many days: a third of the answers is late then, as after a hard month. */
const daysBack = 32

/** Officers of the Office and of every unit that handles cases, as a province has them. */
export async function addOfficers(house: ClockHouse): Promise<string[]> {
  const unitCodes = house.units.all().flatMap(({ code, model }) => (model === '2025' && code !== 'QN-VP' ? [code] : []))
  const person = (login: string, unitCode: string, ...roles: Role[]) => ({
    _id: login,
    name: login,
    unitCode,
    roles,
    email: null,
    validFrom: null,
    validTo: null,
    createdAt: new Date(),
    disabledAt: null,
  })
  const office = [1, 2, 3, 4, 5].map((number) => person(`intake${number}`, 'QN-VP', 'intakeOfficer'))
  const people = [
    ...office,
    person('leader', 'QN-VP', 'officeLeader'),
    person('publisher', 'QN-VP', 'publisher'),
    ...unitCodes.flatMap((code) => [
      person(`c.${code}`, code, 'agencyCoordinator'),
      person(`h.${code}`, code, 'handler'),
      person(`l.${code}`, code, 'agencyLeader'),
    ]),
  ]
  await house.database.collection<(typeof people)[number]>('people').insertMany(people)
  return unitCodes
}

/** Open cases of the last weeks: one in ten at the intake, one in ten waiting to be published, the others with a unit. */
export async function addOpenCases(house: ClockHouse, count: number, now: number, unitCodes: string[]): Promise<void> {
  const conversations = house.database.collections.conversations
  for (let start = 0; start < count; start += batch) {
    const numbers = Array.from({ length: Math.min(batch, count - start) }, (_, index) => start + index)
    const made = numbers.map((number) => openCase(house, number, now, unitCodes))
    await house.collections.cases.insertMany(made.map(({ document }) => document))
    await house.collections.history.insertMany(made.map(({ line }) => line))
    await conversations.insertMany(
      made.map(({ citizenKey }) => ({
        _id: citizenKey,
        partition: partitionOf(citizenKey),
        version: 1,
        schemaVersion: 1 as const,
        state: Buffer.alloc(0),
        userId: Buffer.alloc(0),
        outboxSequence: 0,
        noticeSequence: 0,
        wakeAt: null,
        lastInteractionAt: null,
        following: true,
        unreachable: null,
        handoff: null,
        floodToldAt: null,
        createdAt: new Date(),
        updatedAt: new Date(),
      })),
    )
  }
}

function openCase(house: ClockHouse, number: number, now: number, unitCodes: string[]) {
  const citizenKey = `bench-${number}`
  const receivedAt = now - (1 + (number % daysBack)) * dayMs
  const law = { calendar: house.law.calendar(), ruleSet: house.law.ruleSet('qd29-2026') }
  const code = `PAKN.20260901.${String(number).padStart(6, '0')}`
  const filed = fileCase(
    {
      draftId: `bench-${number}`,
      citizenKey,
      channel: 'zalo',
      receivedAt,
      identityLevel: 2,
      submitterType: 'citizen',
      name: 'Nguyễn Văn Mẫu',
      phone: '+84905000012',
      address: {
        model: '2025',
        provinceCode: '51',
        districtCode: null,
        communeCode: '23527',
        detail: '',
        text: 'Sa Thầy',
      },
      title: 'Chậm trả kết quả hồ sơ đất đai',
      content: 'Tôi nộp hồ sơ tách thửa từ tháng trước đến nay chưa có kết quả, hỏi thì được bảo chờ. '.repeat(8),
      consents: [{ purpose: 'handling', given: true, textVersion: '1', at: receivedAt }],
    },
    {
      ...law,
      code,
      now: receivedAt,
      lawRevision: house.law.revision(),
      intakeUnitCode: 'QN-VP',
      intakeNumber: number,
    },
  )
  if (!filed.ok) throw new Error(`a case of the measurement cannot be filed: ${JSON.stringify(filed.faults)}`)
  const next: Case = { ...filed.next, ...standing(number, receivedAt, unitCodes[number % unitCodes.length] ?? '') }
  const { document: line, head } = chainLine(house.cipher, code, null, filed.entry)
  const days = listDaysOf(next, clocksOf(next, { ...law, now }))
  return { citizenKey, line, document: { _id: code, ...caseFields(house, next, days), words: [], head } }
}

function standing(number: number, receivedAt: number, unitCode: string): Partial<Case> {
  const intakeOfficer = `intake${1 + (number % 5)}`
  if (number % 10 === 0) return {}
  const withUnit = {
    intakeOfficer,
    contentKind: 'conduct' as const,
    kpiClass: 'conduct' as const,
    field: 'land' as const,
    leadUnitCode: unitCode,
    handler: `h.${unitCode}`,
    arrivedAt: receivedAt + dayMs,
    acceptedAt: receivedAt + 2 * dayMs,
  }
  if (number % 10 === 1) return { ...withUnit, state: 'PENDING_PUBLICATION', resultAt: receivedAt + 5 * dayMs }
  return { ...withUnit, state: 'PROCESSING' }
}
