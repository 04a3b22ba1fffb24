import { addDays, dayOf } from '../../src/cases/days.ts'
import type { Random } from './random.ts'

/** One question that people ask of the lists; `path` differs from one asking to the next, so that nothing is only remembered. */
export type ListQuery = { name: string; who: string | null; path(random: Random): string }

const office = (name: string, path: ListQuery['path']): ListQuery => ({ name, who: 'io', path })
const unit = (name: string, path: ListQuery['path']): ListQuery => ({ name, who: 'commune', path })
const department = (name: string, path: ListQuery['path']): ListQuery => ({ name, who: 'department', path })
const anybody = (name: string, path: ListQuery['path']): ListQuery => ({ name, who: null, path })

const cases = (query: Record<string, string>) => `/api/v1/cases?${new URLSearchParams(query)}`
const board = (query: Record<string, string>) => `/?${new URLSearchParams(query)}`
const someDay = (random: Random) => addDays(dayOf(Date.now()), -random.below(1_400))

const STATES = ['PENDING_INTAKE', 'FORWARDED', 'PROCESSING', 'PENDING_PUBLICATION', 'PUBLISHED', 'REFUSED']
const FIELDS = ['land', 'civil_status', 'transport', 'health', 'tax_fee', 'other']
const UNITS = ['QN-SNNMT', 'QN-SXD', 'QN-STC', 'QN-C23527', 'QN-C23530']
const COMMON = ['hồ sơ', 'ho so', 'gia đình tôi', 'một cửa', 'kết quả', 'quy định']
const TOGETHER = [
  'hồ sơ đất đai',
  'trả kết quả tách thửa',
  'giấy phép lái xe',
  'bảo hiểm y tế trẻ em',
  'nạo vét kênh thủy lợi',
]
const NEVER_TOGETHER = ['heo khai sinh', 'lái xe thủy lợi nạo', 'viện phí ranh giới', 'mùi hôi giấy phép lái']
const NAMES = ['Nguyễn Văn An', 'Trần Thị Hà', 'Lê Minh Tuấn', 'Phạm Ngọc Lan', 'Đinh Kim Brôl', 'Y Xuân Niê']

export const LIST_QUERIES: readonly ListQuery[] = [
  office('inbox', () => cases({})),
  office('inbox by due day', () => cases({ sort: 'dueAt' })),
  office('inbox, a deep page', (random) => cases({ receivedTo: someDay(random), limit: '100' })),
  office('state', (random) => cases({ state: random.pick(STATES) })),
  office('several states', () => cases({ state: 'PENDING_INTAKE,RETURNED_TO_INTAKE', sort: 'dueAt' })),
  office('unit', (random) => cases({ unit: random.pick(UNITS) })),
  office('handler', (random) => cases({ handler: `${random.pick(UNITS).toLowerCase()}.0` })),
  office('handler none', () => cases({ handler: 'none' })),
  office('field', (random) => cases({ field: random.pick(FIELDS) })),
  office('channel', (random) => cases({ channel: random.pick(['zalo', 'phone', 'letter', 'fax']) })),
  office('content kind', (random) => cases({ contentKind: random.pick(['conduct', 'regulation', 'initiative']) })),
  office('due overdue', (random) => cases({ due: 'overdue', sort: random.pick(['dueAt', '-receivedAt']) })),
  office('due today', (random) => cases({ due: 'today', sort: random.pick(['dueAt', '-receivedAt']) })),
  office('due 3wd', (random) => cases({ due: '3wd', sort: random.pick(['dueAt', '-receivedAt']) })),
  office('received from to', (random) => {
    const from = someDay(random)
    return cases({ receivedFrom: from, receivedTo: addDays(from, 7) })
  }),
  office('four filters', (random) =>
    cases({ state: random.pick(STATES), field: random.pick(FIELDS), unit: random.pick(UNITS), channel: 'phone' }),
  ),
  office('phone', (random) => cases({ phone: `090${String(random.below(10_000_000)).padStart(7, '0')}` })),
  office('search code', (random) => cases({ q: `pakn ${someDay(random).replaceAll('-', '')} ${1 + random.below(9)}` })),
  office('search common', (random) => cases({ q: random.pick(COMMON) })),
  office('search common, old', (random) => cases({ q: random.pick(COMMON), receivedTo: someDay(random) })),
  office('search several', (random) => cases({ q: random.pick(TOGETHER) })),
  office('search filtered', (random) =>
    cases({ q: random.pick(COMMON), state: random.pick(STATES), field: random.pick(FIELDS), unit: random.pick(UNITS) }),
  ),
  office('search by due day', (random) => cases({ q: random.pick(TOGETHER), sort: 'dueAt' })),
  office('search rare', (random) => cases({ q: `H48 ${random.below(1_000_000)}` })),
  office('search never there', (random) => cases({ q: `zzzq${random.below(1_000_000)}` })),
  office('search never together', (random) => cases({ q: random.pick(NEVER_TOGETHER) })),
  office('search name', (random) => cases({ q: random.pick(NAMES) })),
  office('counts', () => '/api/v1/cases/counts'),
  unit('commune inbox', () => cases({})),
  unit('commune by due day', () => cases({ sort: 'dueAt' })),
  unit('commune state', (random) => cases({ state: random.pick(STATES) })),
  unit('commune search', (random) => cases({ q: random.pick(TOGETHER) })),
  unit('commune counts', () => '/api/v1/cases/counts'),
  department('department inbox', () => cases({})),
  department('department overdue', () => cases({ due: 'overdue' })),
  department('department filtered', (random) => cases({ field: random.pick(FIELDS), state: random.pick(STATES) })),
  department('department search', (random) => cases({ q: random.pick([...COMMON, ...TOGETHER]) })),
  department('department counts', () => '/api/v1/cases/counts'),
  anybody('public list', () => board({})),
  anybody('public from to', (random) => {
    const from = someDay(random)
    return board({ from, to: addDays(from, 14) })
  }),
  anybody('public unit, field', (random) => board({ unit: random.pick(UNITS), field: random.pick(FIELDS) })),
  anybody('public words', (random) => board({ q: random.pick([...COMMON, ...TOGETHER]) })),
  anybody('public rare words', (random) => board({ q: `H48 ${random.below(1_000_000)}` })),
  anybody('public never together', (random) => board({ q: random.pick(NEVER_TOGETHER) })),
  anybody('public name', (random) => board({ name: random.pick(NAMES) })),
  anybody('public look-up', (random) => `/tra-cuu?code=PAKN.${someDay(random).replaceAll('-', '')}.0001`),
]
