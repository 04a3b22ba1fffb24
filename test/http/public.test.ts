import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import supertest from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { type AddressLimit, createAddressLimit } from '../../src/http/address-limit.ts'
import { createPublicRouter } from '../../src/http/public/router.ts'
import { createServer } from '../../src/http/server.ts'
import { createLogger } from '../../src/logger.ts'
import { defaultConversationSettings, openConversation } from '../../src/open-conversation.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { createPublishedCases } from '../../src/store/published-cases.ts'
import { createReadPublicCases } from '../../src/usecases/public-cases.ts'
import { testDatabase } from '../support/database.ts'
import { type House, openHouse, receivedAt } from './api/support.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
const publishedAt = Date.parse('2026-12-10T08:00:00+07:00')
class AwayError extends Error {}

let house: House
let server: ReturnType<typeof supertest>
let limit: AddressLimit
let isAway = false

beforeAll(async () => {
  house = await openHouse(uri, dataKeys)
  const conversation = await openConversation({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    model: '2025',
    codePrefix: 'PAKN',
    settings: defaultConversationSettings,
    facts: {
      tenTinh: 'tỉnh Quảng Ngãi',
      tenDonViDauMoi: 'Văn phòng UBND tỉnh Quảng Ngãi',
      soDienThoaiHoTro: '0255 3 000 000',
      lienHeDuLieuCaNhan: 'Tổ bảo vệ dữ liệu, 0255 3 000 001',
      gioHanhChinh: '7:00–11:30',
    },
  })
  const { units } = conversation.engine
  const router = createPublicRouter({
    texts: conversation.texts,
    cases: createReadPublicCases({
      cases: {
        find(code) {
          if (isAway) throw new AwayError('marked words of a citizen')
          return house.cases.find(code)
        },
        findNational: (code) => house.cases.findNational(code),
      },
      published: createPublishedCases({
        database: house.database,
        cipher: createFieldCipher(parseDataKeys(dataKeys)),
        hash: house.hash,
      }),
      unitName: (code) => units.byCode(code)?.name ?? code,
      answerBy: () => ({ day: '2026-12-15', isPast: false }),
    }),
    readCaseCode: conversation.engine.readCaseCode,
    openFile: async (code, id) =>
      id !== 'chosen-file'
        ? null
        : {
            id,
            name: `Kết luận "${code}".pdf`,
            mediaType: 'application/pdf',
            owner: 'officer:thu',
            sizeBytes: 4,
            sha256: '',
            content: Readable.from([Buffer.from('%PDF')]),
          },
    printOwnCopy: async (_code, proof) => (proof === 'good' ? Buffer.from('%PDF-1.3') : null),
    limit: (address) => limit(address),
    privacy: {
      retention: { draftDays: 31, chatDays: 177, eventDays: 29, accessDays: 1826, caseYears: 11 },
      sendsSms: true,
      sendsMail: false,
    },
    units: [{ code: 'QN-C23527', name: 'UBND xã Sa Thầy' }],
    isUnit: (code) => units.byCode(code) !== undefined,
    chatUrl: 'https://zalo.me/4318072690155387264',
    isDatabaseAway: (error) => error instanceof AwayError,
    now: () => receivedAt,
    logger: createLogger({ level: 'silent' }),
  })
  const app = createServer({
    logger: createLogger({ level: 'silent' }),
    mounts: [{ path: '/', router }],
    trustedProxies: 'loopback',
    isSecure: false,
    isDatabaseAway: () => false,
  })
  server = supertest(app)
})
afterAll(() => house.close())
beforeEach(() => {
  limit = () => ({ ok: true })
  isAway = false
})

const get = (path: string, language = 'vi') =>
  server.get(path).set('Accept', 'text/html').set('Accept-Language', language)

async function change(code: string, fields: Partial<Case>): Promise<void> {
  const current = await house.cases.find(code)
  if (current === null) throw new Error(`no case ${code}`)
  const next = { ...current, ...fields, version: current.version + 1 }
  const entry = { at: receivedAt, actor: 'thu', act: 'publish', from: current.state, to: next.state, data: {} }
  await house.cases.storeMoves({ moves: [{ next, entry }], messages: [], mark: null, now: receivedAt })
}

/** Files a case and publishes it; the redacted words are others than the original ones. */
async function publish(
  fields: Partial<NonNullable<Case['publication']>> = {},
  other: Partial<Case> = {},
): Promise<string> {
  const code = await house.file()
  const publication = {
    title: 'Chậm trả kết quả đất đai tại một xã',
    content: 'Hồ sơ nộp từ tháng 8 chưa có kết quả.\n\nĐã hỏi hai lần.',
    answer: 'Đã trả kết quả ngày 08/12/2026. Xin lỗi Ông/Bà <b>vì chậm trễ</b>.',
    attachments: [],
    publishedBy: 'thu',
    publishedAt,
    correctedAt: null,
    ...fields,
  }
  await change(code, { state: 'PUBLISHED', publication, leadUnitCode: 'QN-C23527', closedAt: publishedAt, ...other })
  return code
}

const personal = ['Y Hà', 'Niê', '905000012', 'yha@example.vn', 'Thôn 2', 'cấp sổ đất']

describe('the look-up', () => {
  test('shows state, days and unit of an open case and nothing that the sender wrote', async () => {
    const code = await house.file()
    const { text, status, headers } = await get(`/tra-cuu?code=${code.toLowerCase().replaceAll('.', '%20')}`)
    expect(status).toBe(200)
    expect(text).toContain(code)
    expect(text).toContain('Chờ tiếp nhận')
    expect(text).toContain('23/11/2026')
    expect(text).toContain('15/12/2026')
    expect(text).toContain('Văn phòng UBND tỉnh Quảng Ngãi')
    for (const words of [...personal, 'Chậm trả']) expect(text).not.toContain(words)
    expect(headers['cache-control']).toBe('no-store')
    expect(text).toContain('noindex')
  })

  test('finds a case by the code of the national system, and both where that code is ours as well', async () => {
    const code = await house.file()
    const other = await house.file()
    await change(code, { nationalCode: 'H40.26-000317' })
    const { text, status } = await get('/tra-cuu?code=h40.26-000317')
    expect(status).toBe(200)
    expect(text).toContain(`<h2>${code}</h2>`)
    expect(text).toContain('H40.26-000317')
    expect((await get('/tra-cuu?code=H40.26-000318')).status).toBe(404)
    await change(code, { nationalCode: other })
    const both = await get(`/tra-cuu?code=${other}`)
    expect(both.text).toContain(`<h2>${code}</h2>`)
    expect(both.text).toContain(`<h2>${other}</h2>`)
    await change(code, { denunciationSuspected: true })
    expect((await get(`/tra-cuu?code=${other}`)).text).not.toContain(code)
  })

  test('shows the published words, never the original ones', async () => {
    const { text } = await get(`/tra-cuu?code=${await publish()}`)
    expect(text).toContain('Đã trả kết quả ngày 08/12/2026')
    for (const words of personal) expect(text).not.toContain(words)
  })

  test('answers an unknown code kindly, and a suspected denunciation exactly like it', async () => {
    const hidden = await house.file()
    await change(hidden, { denunciationSuspected: true })
    const hinted = await house.file({ hints: ['denunciationSuspected'] })
    const unknown = 'PAKN.20261123.9999'
    const expected = await get(`/tra-cuu?code=${unknown}`)
    expect(expected.status).toBe(404)
    expect(expected.text).toContain('Chưa tìm thấy mã này')
    const comparable = ({ headers }: supertest.Response) => {
      const { date: _date, 'x-request-id': _id, ...others } = headers
      return others
    }
    for (const code of [hidden, hinted]) {
      const answer = await get(`/tra-cuu?code=${code}`)
      expect(answer.status).toBe(404)
      expect(answer.text.replaceAll(code, unknown)).toBe(expected.text)
      expect(comparable(answer)).toEqual(comparable(expected))
    }
  })

  test('shows what was typed literally and takes any text without harm', async () => {
    const typed = '"><script>alert(1)</script>'
    const { text, status } = await get(`/tra-cuu?code=${encodeURIComponent(typed)}`)
    expect(status).toBe(404)
    expect(text).not.toContain('<script')
    expect(text).toContain('&quot;&gt;&lt;script&gt;')
    for (const query of ['code=', 'code=a&code=b', 'code[x]=1', '', `code=${'x'.repeat(5_000)}`]) {
      expect([200, 404]).toContain((await get(`/tra-cuu?${query}`)).status)
    }
  })

  test('holds back whoever tries one code after another, in a page with a time to come back', async () => {
    limit = createAddressLimit({ perMinute: 2 })
    for (const status of [404, 404, 429]) {
      expect((await get('/tra-cuu?code=PAKN.20261123.9999')).status).toBe(status)
    }
    const held = await get('/p/PAKN.20261123.9999')
    expect(held.status).toBe(429)
    expect(Number(held.headers['retry-after'])).toBeGreaterThan(0)
    expect(held.text).toContain('Xin chờ một phút')
    expect((await get('/tra-cuu')).status).toBe(200)
  })

  test('says in a page that the database is away, without a word of the fault', async () => {
    isAway = true
    const { status, text, headers } = await get('/tra-cuu?code=PAKN.20261123.9999')
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('5')
    expect(text).toContain('tạm gián đoạn')
    expect(text).not.toContain('marked')
  })
})

describe('a published case', () => {
  test('shows title, redacted content, answer, unit, days and the masked name', async () => {
    const { text, status } = await get(`/p/${await publish({ correctedAt: publishedAt + 86_400_000 })}`)
    expect(status).toBe(200)
    for (const words of [
      'Chậm trả kết quả đất đai tại một xã',
      'Đã hỏi hai lần.',
      'Y H** N**',
      'UBND xã Sa Thầy',
      '10/12/2026',
    ])
      expect(text).toContain(words)
    expect(text).toMatch(/đã được điều chỉnh .*11\/12\/2026/)
    expect(text).toContain('&lt;b&gt;vì chậm trễ&lt;/b&gt;')
    for (const words of personal) expect(text).not.toContain(words)
  })

  test('keeps what the sender did not agree to publish', async () => {
    const code = await publish({ content: null }, { publicChoice: { content: false, name: 'hidden' } })
    const { text } = await get(`/p/${code}`)
    expect(text).toContain('chỉ đồng ý công khai câu trả lời')
    expect(text).not.toContain('Y H')
  })

  test('offers the files that were chosen, as downloads that cannot act as a page', async () => {
    const attachments = [
      {
        id: 'chosen-file',
        name: 'Kết luận.pdf',
        mediaType: 'application/pdf',
        sizeBytes: 2_100,
        sha256: '',
        kind: 'pdf',
      },
    ]
    const code = await publish({ attachments })
    const { text } = await get(`/p/${code}`)
    expect(text).toContain(`href="/p/${code}/files/chosen-file"`)
    expect(text).toContain('Kết luận.pdf')
    const file = await get(`/p/${code}/files/chosen-file`)
    expect(file.status).toBe(200)
    expect(file.headers['content-disposition']).toMatch(/^attachment/)
    expect(file.headers['content-security-policy']).toContain('sandbox')
    expect((await get(`/p/${code}/files/another`)).status).toBe(404)
    expect((await get('/p/x/files/chosen-file')).status).toBe(404)
  })

  test('is not there before its publication, for a denunciation, and for what is no code', async () => {
    const open = await house.file()
    const secret = await publish({}, { denunciationSuspected: true })
    for (const code of [open, secret, 'PAKN.20261123.9999', 'x', '..%2F..%2Fetc', '%00']) {
      const { status, text } = await get(`/p/${code}`)
      expect(status).toBe(404)
      expect(text).toContain('chưa được công khai')
    }
  })
})

describe('the first page', () => {
  test('lists what was published, newest first, page by page, each case once', async () => {
    await house.database.collection('cases').deleteMany({})
    expect((await get('/')).text).toContain('Chưa có câu trả lời nào được công khai')
    const codes: string[] = []
    for (let index = 0; index < 23; index++)
      codes.push(await publish({ publishedAt: publishedAt + Math.floor(index / 2) * 1000 }))
    await publish({ publishedAt: publishedAt + 3_500 }, { denunciationSuspected: true })
    const seen: string[] = []
    const lengths: number[] = []
    for (let path: string | undefined = '/'; path !== undefined; ) {
      const { text } = await get(path)
      const found = [...text.matchAll(/href="\/p\/([^"?]+)"/g)].map(([, code]) => code ?? '')
      lengths.push(found.length)
      seen.push(...found)
      path = /rel="next" href="([^"]+)"/.exec(text)?.[1]
    }
    expect(lengths).toEqual([10, 10, 3])
    expect(seen).toEqual([...codes].reverse())
  })

  test('says what this is, where to write and where to look up; a wrong cursor shows the beginning', async () => {
    const first = await get('/')
    expect(first.text).toContain('href="https://zalo.me/4318072690155387264"')
    expect(first.text).toContain('action="/tra-cuu"')
    for (const cursor of ['x', '1-PAKN', '%00', 'zzzzzzzzzzz-PAKN.20261123.0001'])
      expect((await get(`/?cursor=${cursor}`)).text.match(/<h1>.*<\/h1>/)?.[0]).toBe(
        first.text.match(/<h1>.*<\/h1>/)?.[0],
      )
  })
})

describe('the search in what is published', () => {
  const codes: Record<string, string> = {}
  beforeAll(async () => {
    await house.database.collection('cases').deleteMany({})
    codes.land = await publish({}, { field: 'land' })
    codes.school = await publish(
      {
        title: 'Thu các khoản đầu năm học',
        content: 'Nhà trường thu nhiều khoản không niêm yết.',
        publishedAt: publishedAt + 5 * 86_400_000,
      },
      { field: 'education', leadUnitCode: 'QN-C23530' },
    )
    codes.nameless = await publish(
      { content: null, answer: 'Đã nạo vét kênh thủy lợi.' },
      { publicChoice: { content: false, name: 'hidden' } },
    )
    codes.secret = await publish({}, { denunciationSuspected: true, field: 'land' })
  })

  async function found(query: Record<string, string>): Promise<string[]> {
    const { status, text, headers } = await get(`/?${new URLSearchParams(query)}`)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(text).toContain('noindex')
    return [...text.matchAll(/href="\/p\/([^"?]+)"/g)].map(
      ([, code]) => Object.keys(codes).find((name) => codes[name] === code) ?? String(code),
    )
  }

  test.each([
    [{ q: 'chậm trả' }, ['nameless', 'land']],
    [{ q: 'TRA cham' }, ['nameless', 'land']],
    [{ q: 'hỏi hai lần' }, ['land']],
    [{ q: 'nao vet kenh' }, ['nameless']],
    [{ q: 'niêm yết hồ sơ' }, []],
    // Words of the sender that were taken out before the publication.
    [{ q: 'cấp sổ' }, []],
    [{ q: 'Niê' }, []],
    [{ name: 'Y Hà Niê' }, ['school', 'land']],
    [{ name: 'y ha nie' }, ['school', 'land']],
    [{ name: 'Y Hà' }, []],
    [{ name: 'Niê Y Hà' }, []],
    [{ name: 'Y Hà Niê', field: 'land' }, ['land']],
    [{ from: '2026-12-11' }, ['school']],
    [{ to: '2026-12-10' }, ['nameless', 'land']],
    [{ from: '2026-12-10', to: '2026-12-10', q: 'hai lần' }, ['land']],
    [{ unit: 'QN-C23530' }, ['school']],
    [{ field: 'land' }, ['land']],
    [{ field: 'education', unit: 'QN-C23527' }, []],
  ] as [Record<string, string>, string[]][])('%o', async (query, expected) => {
    expect(await found(query)).toEqual(expected)
  })

  test('a code in any spelling leads to its answer, any other one to the look-up', async () => {
    expect(await found({ code: String(codes.land).toLowerCase().replaceAll('.', ' ') })).toEqual(['land'])
    for (const code of [String(codes.secret), 'PAKN.20261123.9999', 'x']) {
      const { text } = await get(`/?code=${encodeURIComponent(code)}`)
      expect(text).toContain('Chưa có câu trả lời được công khai với mã này')
      expect(text).toContain(`href="/tra-cuu?code=${encodeURIComponent(code)}"`)
    }
  })

  test('names stay masked, and what was typed is shown literally', async () => {
    const { text } = await get('/?name=y+ha+nie')
    expect(text).toContain('value="y ha nie"')
    expect(text).not.toMatch(/Y Hà|Niê/)
    const typed = '"><script>alert(1)</script>'
    const odd = await get(`/?q=${encodeURIComponent(typed)}&unit=${encodeURIComponent(typed)}`)
    expect(odd.status).toBe(200)
    expect(odd.text).not.toContain('<script')
  })

  test.each([
    ['name=Hà', 'ít nhất hai chữ'],
    ['q=!!!', 'ít nhất một từ'],
    ['from=hôm qua', 'Ngày chưa đúng'],
    ['unit=X', 'Không có cơ quan này'],
    ['field=x', 'Không có lĩnh vực này'],
  ])('%s is answered with what to write otherwise', async (query, words) => {
    const { status, text } = await get(`/?${query}`)
    expect(status).toBe(200)
    expect(text).toContain(words)
    expect(text).not.toContain('href="/p/')
  })

  test('the pages of a search go on in it, in the language that was chosen', async () => {
    for (let index = 0; index < 11; index++)
      await publish({ title: 'Kênh thủy lợi bồi lấp', publishedAt: publishedAt + index })
    const first = await get('/?q=kenh&lang=en')
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first.text) ?? []
    const parts = new URLSearchParams(next.replaceAll('&amp;', '&').slice(2))
    expect([parts.get('q'), parts.get('lang')]).toEqual(['kenh', 'en'])
    const second = await get(next.replaceAll('&amp;', '&'))
    expect(first.text.match(/href="\/p\//g)).toHaveLength(10)
    expect(second.text.match(/href="\/p\//g)).toHaveLength(2)
    expect(second.text).toContain('See all answers')
  })

  test('whoever searches again and again is held back; whoever only turns pages is not', async () => {
    limit = createAddressLimit({ perMinute: 1 })
    expect((await get('/?name=y+ha+nie')).status).toBe(200)
    expect((await get('/?name=y+ha+nie')).status).toBe(429)
    expect((await get('/')).status).toBe(200)
  })
})

describe('the privacy notice', () => {
  test('says who, why, what, who sees it, how long by the configuration, rights and contact', async () => {
    const { text, status } = await get('/quyen-rieng-tu')
    expect(status).toBe(200)
    for (const words of [
      'Văn phòng UBND tỉnh Quảng Ngãi',
      'trợ lý tự động',
      'Zalo:',
      'Nhà cung cấp tin nhắn SMS',
      'Đơn vị vận hành máy chủ',
      'máy chủ đặt tại Việt Nam',
      '31 ngày',
      '177 ngày',
      '29 ngày',
      '5 năm',
      '11 năm',
      'Dữ liệu của tôi',
      'Tổ bảo vệ dữ liệu, 0255 3 000 001',
      'Bản 1',
    ])
      expect(text).toContain(words)
    expect(text).not.toContain('Máy chủ thư điện tử')
    expect(text).toMatch(/mã văn bản [0-9a-f]{8}/)
    expect(text).not.toContain('{{')
  })
})

describe('every page', () => {
  const paths = ['/', '/tra-cuu', '/tra-cuu?code=PAKN.20261123.9999', '/quyen-rieng-tu', '/p/x', '/no/such/page']

  test.each(paths)('%s is Vietnamese, English on request, and works under the strict policy', async (path) => {
    const vietnamese = await get(path)
    expect(vietnamese.text).toMatch(/^<!doctype html>\n<html lang="vi">/)
    expect(vietnamese.headers['content-language']).toBe('vi')
    expect(vietnamese.headers['content-security-policy']).not.toContain('unsafe')
    const english = await get(path, 'en-GB,en;q=0.9')
    expect(english.text).toContain('<html lang="en">')
    expect(english.headers.vary).toMatch(/Accept-Language/)
    const chosen = await get(`${path}${path.includes('?') ? '&' : '?'}lang=vi`, 'en')
    expect(chosen.text).toContain('<html lang="vi">')
    expect(chosen.text).toContain('href="/quyen-rieng-tu?lang=vi"')
    for (const text of [vietnamese.text, english.text]) {
      expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|web\.\w+\./)
      expect(text).toMatch(/<main id="main"/)
    }
  })

  test('programs get a problem where nothing is, browsers a page', async () => {
    const program = await server.get('/no/such/page')
    expect(program.status).toBe(404)
    expect(program.headers['content-type']).toMatch(/problem\+json/)
    expect((await get('/no/such/page')).text).toContain('Không có trang này')
  })
})

describe('assets', () => {
  test('the style comes from a file whose address changes with it', async () => {
    const [, path = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec((await get('/')).text) ?? []
    const { status, headers } = await server.get(path)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/css; charset=utf-8')
    expect(headers['cache-control']).toContain('immutable')
    expect((await server.get('/assets/public.css')).headers['cache-control']).toBe('public, max-age=3600')
  })

  test('the card of the phone request is a picture of under 60 KB that Zalo may show', async () => {
    const { status, headers, body } = await server.get('/assets/contact-card.png')
    expect(status).toBe(200)
    expect(headers['cross-origin-resource-policy']).toBe('cross-origin')
    expect(body.length).toBeLessThan(60 * 1024)
    expect(await sharp(body).metadata()).toMatchObject({ format: 'png', width: 1280, height: 720 })
  })

  test('nothing else can be read there', async () => {
    for (const name of ['contact-card.svg', '..%2frouter.ts', '']) {
      expect((await server.get(`/assets/${name}`)).status).toBe(404)
    }
  })
})

describe('the own copy of the sender', () => {
  test('is a PDF that nobody keeps, and a page that says how to get a new one once it has ended', async () => {
    const copy = await server.get('/ban-sao/PAKN.20261123.0001/good')
    expect(copy.status).toBe(200)
    expect(copy.headers['content-type']).toBe('application/pdf')
    expect(copy.headers['cache-control']).toBe('private, no-store')
    const ended = await server.get('/ban-sao/PAKN.20261123.0001/old').set('Accept', 'text/html')
    expect(ended.status).toBe(404)
    expect(ended.text).toContain('chỉ dùng được trong 24 giờ')
    expect((await server.get('/ban-sao/x/good')).status).toBe(404)
  })
})
