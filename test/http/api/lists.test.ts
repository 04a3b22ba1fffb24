import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageOf, summarySchema } from '../../../src/http/api/schemas.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse, receivedAt } from './support.ts'

const { uri } = testDatabase()
const DAY_MS = 86_400_000
let house: House
const tokens: Record<string, string> = {}
/** By what each is about. */
const codes: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.handler = await house.tokenOf('handler', 'QN-C23527', 'handler')
  tokens.other = await house.tokenOf('other', 'QN-C23530', 'agencyCoordinator')
  codes.land = await house.file()
  codes.school = await house.file({
    receivedAt: receivedAt - 3 * DAY_MS,
    name: 'Đinh Thị Bưởi',
    phone: '+84905000077',
    title: 'Nhà trường thu các khoản đầu năm',
    content: 'Trường tiểu học thu nhiều khoản đầu năm mà không niêm yết công khai.',
  })
  codes.secret = await house.file({
    hints: ['denunciationSuspected'],
    name: 'Lò Văn Mít',
    phone: '+84905000088',
    title: 'Cán bộ đòi thêm tiền khi làm giấy tờ',
    content: 'Cán bộ địa chính đòi thêm tiền bồi dưỡng ngoài lệ phí khi làm sổ.',
  })
  await act('intake', codes.land, 1, {
    act: 'forward',
    contentKind: 'conduct',
    field: 'land',
    leadUnitCode: 'QN-C23527',
    coordinatingUnitCodes: ['QN-C23530'],
    note: 'Chuyển xã.',
  })
  await act('coordinator', codes.land, 2, { act: 'accept', handler: 'handler' })
})
afterAll(() => house.close())

const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)

async function act(who: string, code: string | undefined, version: number, body: object): Promise<void> {
  const { status, text } = await supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set('If-Match', `"${version}"`)
    .send(body)
  expect(status, text).toBe(200)
}

/** What the cases that were found are about. */
async function found(who: string, query: Record<string, string> | string): Promise<string[]> {
  const { status, body } = await get(who, `/cases?${typeof query === 'string' ? query : new URLSearchParams(query)}`)
  expect(status, JSON.stringify(body)).toBe(200)
  expect(() => pageOf(summarySchema).parse(body)).not.toThrow()
  return body.items.map(({ code }: { code: string }) => Object.keys(codes).find((name) => codes[name] === code) ?? code)
}

describe('filters', () => {
  test.each([
    [{}, ['land', 'school']],
    ['state=PENDING_INTAKE', ['school']],
    ['state=PENDING_INTAKE,PROCESSING', ['land', 'school']],
    ['state=PENDING_INTAKE&state=PROCESSING', ['land', 'school']],
    [{ unit: 'QN-C23527' }, ['land']],
    [{ unit: 'QN-C23530' }, ['land']],
    [{ unit: 'QN-SXD' }, []],
    [{ handler: 'handler' }, ['land']],
    [{ handler: 'none' }, ['school']],
    [{ handler: 'me' }, []],
    [{ field: 'land' }, ['land']],
    [{ channel: 'zalo' }, ['land', 'school']],
    [{ channel: 'phone' }, []],
    [{ contentKind: 'conduct', state: 'PROCESSING', field: 'land', unit: 'QN-C23527' }, ['land']],
    [{ contentKind: 'regulation', state: 'PROCESSING', field: 'land' }, []],
    [{ receivedFrom: '2026-11-21' }, ['land']],
    [{ receivedTo: '2026-11-22' }, ['school']],
    [{ receivedFrom: '2026-11-20', receivedTo: '2026-11-20' }, ['school']],
    // B of Friday 20 November, C of Monday 23 November.
    [{ sort: 'dueAt' }, ['school', 'land']],
    [{ due: '3wd' }, []],
  ])('%o', async (query, expected) => {
    expect(await found('intake', query as Record<string, string>)).toEqual(expected)
  })

  test("what is due follows the service's clock", async () => {
    const at = async (moment: string) => {
      house.setNow(Date.parse(moment))
      const due = (filter: string) => found('intake', { due: filter })
      const all = { overdue: await due('overdue'), today: await due('today'), soon: await due('3wd') }
      house.setNow(receivedAt + 60_000)
      return all
    }
    const { forwardBy } = (await get('intake', `/cases/${codes.school}`)).body.clocks
    // Friday 20 November; the 24th is a holiday.
    expect(forwardBy).toBe('2026-11-30')
    expect(await at('2026-11-30T23:59:00+07:00')).toEqual({ overdue: [], today: ['school'], soon: ['school'] })
    expect(await at('2026-12-01T00:00:00+07:00')).toEqual({ overdue: ['school'], today: [], soon: [] })
    expect(await at('2026-12-10T10:00:00+07:00')).toEqual({ overdue: ['school'], today: [], soon: ['land'] })
  })

  test.each([
    'state=LOST',
    'state=',
    'handler=',
    'field=x',
    'channel=x',
    'contentKind=x',
    'due=soon',
    'receivedFrom=23/11/2026',
    'receivedTo=2026-02-30',
    'sort=name',
    'q=',
    `q=${'x'.repeat(201)}`,
    'phone=abc',
    'phone=0905',
  ])('%s is refused', async (query) => {
    const answer = await get('intake', `/cases?${query}`)
    expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([
      422,
      'invalid_fields',
      query.slice(0, query.indexOf('=')),
    ])
  })

  test('a cursor goes on in the list it came from and in no other', async () => {
    const { body } = await get('intake', '/cases?sort=dueAt&limit=1')
    expect(await found('intake', { sort: 'dueAt', cursor: body.next })).toEqual(['land'])
    expect((await get('intake', `/cases?cursor=${body.next}`)).status).toBe(422)
  })
})

describe('search', () => {
  test.each([
    ['pakn {day} 0001', ['land']],
    ['PAKN-{day}-0001', ['land']],
    ['{day}.1', ['land']],
    ['PAKN.{day}.OOO1', ['land']],
    ['mã PAKN.{day}.0001 ạ', ['land']],
    ['Chậm trả', ['land']],
    ['cham tra', ['land']],
    ['ĐẤT kết QUẢ', ['land']],
    ['quả kết', ['land']],
    ['tiểu học công khai', ['school']],
    ['truong thu dau nam', ['school']],
    ['tiểu học sổ đất', []],
    ['Y Hà Niê', ['land']],
    ['bưởi', ['school']],
    ['Buoi truong', ['school']],
    ['đòi thêm tiền', []],
    ['!!!', []],
    ['không từ nào như vậy', []],
  ])('%s', async (typed, expected) => {
    const day = String(codes.land).split('.')[1] ?? ''
    expect(await found('intake', { q: typed.replace('{day}', day) })).toEqual(expected)
  })

  test('a code that no case bears is looked for as words', async () => {
    expect(await found('intake', { q: 'PAKN.20261123.9999' })).toEqual([])
    expect(await found('intake', { q: 'PAKN.20261123.0001', state: 'REFUSED' })).toEqual([])
    expect(await found('intake', { q: 'PAKN.20261123.0001', unit: 'QN-C23530' })).toEqual(['land'])
  })

  test.each(['0905000077', '0905 000 077', '+84 905 000 077', '84905000077', 'O9O5.OOO.O77'])(
    'the telephone number %s in any spelling',
    async (phone) => {
      expect(await found('intake', { phone })).toEqual(['school'])
    },
  )

  test('words and filters go together', async () => {
    expect(await found('intake', { q: 'không', handler: 'none' })).toEqual(['school'])
    expect(await found('intake', { q: 'trả', handler: 'none' })).toEqual([])
    expect(await found('intake', { q: 'trả', sort: 'dueAt' })).toEqual(['land'])
  })
})

describe('who may not see a name or a number finds nobody by it', () => {
  test('the auditor and the publisher find words and neither name nor telephone', async () => {
    for (const who of ['auditor', 'publisher']) {
      expect(await found(who, { q: 'kết quả đất' })).toEqual(['land'])
      expect(await found(who, { q: 'Y Hà Niê' })).toEqual([])
      expect(await found(who, { q: 'niê' })).toEqual([])
      expect(await found(who, { phone: '0905000012' })).toEqual([])
    }
  })

  test('a unit that only coordinates finds words and neither name nor telephone, the one that leads all of it', async () => {
    expect(await found('other', {})).toEqual(['land'])
    expect(await found('other', { q: 'đất' })).toEqual(['land'])
    expect(await found('other', { q: 'niê' })).toEqual([])
    expect(await found('other', { phone: '0905000012' })).toEqual([])
    for (const who of ['coordinator', 'handler']) {
      expect(await found(who, { q: 'niê đất' })).toEqual(['land'])
      expect(await found(who, { phone: '0905000012' })).toEqual(['land'])
      expect(await found(who, { phone: '0905000077' })).toEqual([])
    }
  })

  test('a unit finds nothing of what is not its own', async () => {
    for (const query of [
      { q: 'trường' },
      { q: String(codes.school) },
      { state: 'PENDING_INTAKE' },
      { handler: 'none' },
    ])
      expect(await found('coordinator', query)).toEqual([])
  })
})

describe('a suspected denunciation', () => {
  const ways: Record<string, string>[] = [
    {},
    { sort: 'dueAt' },
    { state: 'PENDING_INTAKE' },
    { channel: 'zalo', handler: 'none' },
    { q: 'đòi thêm tiền' },
    { q: 'Lò Văn Mít' },
    { phone: '0905000088' },
  ]
  test.each(ways)('is in no list of an intake officer, an auditor or a publisher: %o', async (query) => {
    for (const who of ['intake', 'auditor', 'publisher', 'coordinator'])
      expect(await found(who, query)).not.toContain('secret')
    for (const who of ['intake', 'auditor']) expect(await found(who, { q: String(codes.secret) })).toEqual([])
  })
  test.each(ways)('is in the lists of the leader of the Office: %o', async (query) => {
    expect(await found('leader', query)).toContain('secret')
    expect(await found('leader', { q: String(codes.secret) })).toEqual(['secret'])
  })
})

describe('counts', () => {
  const numbers = (counts: { value: string | null; count: number }[]) =>
    Object.fromEntries(counts.filter(({ count }) => count > 0).map(({ value, count }) => [String(value), count]))

  test('stand beside the lists, without the denunciation for anybody', async () => {
    for (const who of ['intake', 'leader']) {
      const { body } = await get(who, '/cases/counts')
      expect(body.exactUpTo).toBe(1_000)
      expect(numbers(body.state)).toEqual({ PENDING_INTAKE: 1, PROCESSING: 1 })
      expect(numbers(body.unit)).toEqual({ 'QN-C23527': 1 })
      expect(numbers(body.handler)).toEqual({ handler: 1, null: 1 })
      expect(numbers(body.field)).toEqual({ land: 1 })
      expect(numbers(body.channel)).toEqual({ zalo: 2 })
      expect(body.due.map(({ value }: { value: string }) => value)).toEqual(['overdue', 'today', '3wd'])
    }
  })

  test('hold only what the reader may know of', async () => {
    expect(numbers((await get('coordinator', '/cases/counts')).body.state)).toEqual({ PROCESSING: 1 })
    expect(numbers((await get('other', '/cases/counts')).body.state)).toEqual({ PROCESSING: 1 })
    tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
    const { body } = await get('admin', '/cases/counts')
    expect(body).toMatchObject({ state: [], due: [], unit: [], handler: [], field: [], channel: [] })
  })
})

test('a case changes its place in every list with its state, its handler and its suspicion', async () => {
  const code = await house.file({
    title: 'Đường vào thôn hư hỏng nặng',
    content: 'Đoạn đường vào thôn sụt lún từ mùa mưa.',
  })
  codes.road = code
  expect(await found('intake', { q: 'sụt lún' })).toEqual(['road'])
  tokens.colleague = await house.tokenOf('colleague', 'QN-VP', 'intakeOfficer')
  // Whoever took the case in goes on knowing of it (R2-30).
  await act('colleague', code, 1, { act: 'markDenunciation', reason: 'Nêu tên người bị tố cáo.' })
  expect(await found('intake', { q: 'sụt lún' })).toEqual([])
  for (const who of ['leader', 'colleague']) expect(await found(who, { q: 'sụt lún' })).toEqual(['road'])
  await act('leader', code, 2, { act: 'clearDenunciation', reason: 'Không phải tố cáo.' })
  expect(await found('intake', { q: 'sụt lún', state: 'PENDING_INTAKE' })).toEqual(['road'])
  delete codes.road
})
