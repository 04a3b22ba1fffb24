import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { Case } from '../../src/cases/case.ts'
import { addDays, type Day } from '../../src/cases/days.ts'
import { CHANNELS, CONTENT_KINDS, FIELDS, STATES } from '../../src/cases/words.ts'
import { caseFields, openCase } from '../../src/store/case-documents.ts'
import { keysOf, wordKeys } from '../../src/store/case-keys.ts'
import { createCaseStore, openCaseCollections } from '../../src/store/case-store.ts'
import { createFieldCipher, createKeyedHash, parseDataKeys } from '../../src/store/crypto.ts'
import type { Database } from '../../src/store/database.ts'
import { createPublishedCases } from '../../src/store/published-cases.ts'
import { at, caseIn } from '../cases/fixtures.ts'

export const FIRST_DAY: Day = '2026-03-02'
/** Units of the shipped master data: the Office, its centre, a department, communes, a district with communes of old. */
export const UNIT_CODES = [
  'QN-VP',
  'QN-TTPVHCC',
  'QN-SXD',
  'QN-C23527',
  'QN-C23530',
  'KT-D616',
  'KT-C23527',
  'KT-C23530',
]
export const LOGINS = ['lan', 'hung', 'binh']
export const PHONES = ['+84905000001', '+84905000002', '+84260379799']
/** Some in every second text, some in hardly any. */
export const WORDS = [
  'hồ sơ',
  'đất',
  'Chậm trả',
  'giấy phép',
  'SỔ ĐỎ',
  'tách thửa',
  'đường',
  'khai sinh',
  'nghĩa trang',
]
const NAMES = ['Y Hà Niê', 'Nguyễn Văn Đất', 'Trần Thị Sổ', 'Công ty Đỏ']

export type Listed = { current: Case; dueBy: Day | null }

const someCase = fc.record({
  state: fc.constantFrom(...STATES),
  daysLater: fc.nat(30),
  second: fc.nat(3),
  intakeUnitCode: fc.constantFrom('QN-VP', 'QN-SXD'),
  intakeOfficer: fc.option(fc.constantFrom(...LOGINS)),
  leadUnitCode: fc.option(fc.constantFrom(...UNIT_CODES), { freq: 4 }),
  coordinatingUnitCodes: fc.uniqueArray(fc.constantFrom(...UNIT_CODES), { maxLength: 2 }),
  handler: fc.option(fc.constantFrom(...LOGINS)),
  denunciationSuspected: fc.nat(9).map((number) => number === 0),
  concernedUnitCodes: fc.uniqueArray(fc.constantFrom(...UNIT_CODES), { maxLength: 1 }),
  field: fc.option(fc.constantFrom(...FIELDS.slice(0, 4))),
  channel: fc.constantFrom(...CHANNELS.slice(0, 4)),
  contentKind: fc.option(fc.constantFrom(...CONTENT_KINDS.slice(0, 3))),
  submitterType: fc.constantFrom('citizen' as const, 'citizen' as const, 'enterprise' as const),
  name: fc.constantFrom(...NAMES),
  phone: fc.constantFrom(...PHONES),
  words: fc.array(fc.nat(99), { minLength: 1, maxLength: 4 }),
  dueLater: fc.option(fc.nat(12), { freq: 6 }),
  national: fc.nat(9),
})

/** Random cases with codes of their days of receipt. */
export function sampleCases(count: number, seed: number): Listed[] {
  const numbers = new Map<Day, number>()
  return fc
    .sample(someCase, { numRuns: count, seed })
    .map(({ daysLater, second, words, dueLater, national, ...change }) => {
      const day = addDays(FIRST_DAY, daysLater)
      const number = (numbers.get(day) ?? 0) + 1
      numbers.set(day, number)
      // The earlier words come oftener.
      const texts = words.map((word) => WORDS[Math.floor(((word * word) / 10_000) * WORDS.length)] ?? '')
      const code = `PAKN.${day.replaceAll('-', '')}.${String(number).padStart(4, '0')}`
      const current: Case = {
        ...caseIn(change.state),
        ...change,
        code,
        draftId: null,
        receivedAt: at(day) + second * 1000,
        title: `Về việc ${texts[0]}`,
        content: `Tôi xin hỏi về ${texts.join(', ')} ở xã.`,
        contactPerson: change.submitterType === 'citizen' ? null : 'Lê Thị Giấy',
        nationalCode: national === 0 ? `H51.${code}` : null,
      }
      return { current, dueBy: dueLater === null ? null : addDays('2026-03-14', dueLater) }
    })
}

/** Stores cases as the service does and opens the store of their lists. */
export async function storeListed(database: Database, listed: readonly Listed[]) {
  const cipher = createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`))
  const hash = createKeyedHash(randomBytes(32))
  const collections = await openCaseCollections(database)
  const dueDays = new Map(listed.map(({ current, dueBy }) => [current.code, dueBy]))
  const store = createCaseStore({
    database,
    collections,
    cipher,
    hash,
    queueMessages: () => Promise.reject(new Error('nobody is told anything here')),
    listDays: (current) => ({
      answerBy: null,
      dueBy: dueDays.get(current.code) ?? null,
      provisional: false,
    }),
  })
  await collections.cases.insertMany(
    listed.map(({ current, dueBy }) => ({
      _id: current.code,
      ...caseFields({ cipher, hash }, current, { answerBy: null, dueBy, provisional: false }),
      words: wordKeys(keysOf(hash), current),
      head: { seq: 0, hash: '' },
    })),
  )
  return {
    cipher,
    hash,
    collections,
    store,
    published: createPublishedCases({ database, cipher, hash }),
    /** What is stored of each case, in clear. */
    documents: () => collections.cases.find().toArray(),
    open: (document: Parameters<typeof openCase>[1]) => openCase(cipher, document),
  }
}
