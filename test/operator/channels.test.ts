import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answering, startAnsweringServer } from '../support/answering-server.ts'
import { zaloEnvironment } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type MailServer, startMailServer } from '../support/smtp.ts'
import { runTool } from './support.ts'

const { uri } = testDatabase()
const base = { MONGODB_URI: uri, DATA_KEYS: `k1:${randomBytes(32).toString('base64')}` }
let zalo: FakeZalo
let mail: MailServer
let provider: Awaited<ReturnType<typeof startAnsweringServer>>
let answer: Answering
let env: Record<string, string>

beforeAll(async () => {
  zalo = await startFakeZalo()
  mail = await startMailServer()
  provider = await startAnsweringServer(() => answer)
  env = {
    ...base,
    ...zaloEnvironment(zalo),
    ZALO_BUSINESS_URL: provider.url,
    ZBS_TEMPLATES: fileURLToPath(new URL('../../data/zbs-templates.json', import.meta.url)),
    SMS_URL: `${provider.url}/sms`,
    SMS_TOKEN: 'sms-token-of-tests',
    SMTP_URL: mail.url,
    MAIL_FROM: 'pakn@example.vn',
    PUBLIC_URL: 'https://pakn.example.vn',
  }
})
afterAll(async () => {
  await Promise.all([zalo.stop(), mail.stop(), provider.stop()])
})
beforeEach(() => {
  provider.asked.length = 0
  mail.letters.length = 0
  answer = { json: { id: 'sms-1', error: 0, data: { msg_id: 'zbs-1', status: 'ENABLE', templateQuality: 'HIGH' } } }
})

describe('channel test', () => {
  test('sends what says of itself that it is a trial, and prints what came of it', async () => {
    const ran = await runTool(['channel', 'test', '--sms', '0905 000 123', '--email', 'a@example.vn'], env)
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^sms\taccepted\t0\tsms-1\nemail\taccepted\t0\t<test-\w+@example\.vn>$/),
    })
    expect(provider.asked[0]?.body).toMatchObject({
      to: '84905000123',
      text: 'Tin thu cua dich vu phan anh, kien nghi. Ong/Ba khong can lam gi. https://pakn.example.vn/tra-cuu',
    })
    expect(mail.letters[0]?.headers.subject).toBe('Tin thử của dịch vụ phản ánh, kiến nghị')
  })

  test('sends a template by number, and names Zalo’s number when it refuses', async () => {
    const sent = await runTool(['channel', 'test', '--template', '84905000123', '--notice', 'N2'], env)
    expect(sent).toMatchObject({ code: 0, out: 'template\taccepted\t0\tzbs-1' })
    expect(provider.asked[0]?.body).toMatchObject({
      phone: '84905000123',
      template_id: '418202',
      template_data: { ma_phan_anh: 'PAKN.00000000.0000', han_bo_sung: expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/) },
    })
    answer = { json: { error: -118, message: 'no' } }
    const refused = await runTool(['channel', 'test', '--template', '84905000123'], env)
    expect(refused).toMatchObject({ code: 1, out: 'template\tuser\t-118\t-' })
  })

  test('a number that no SMS can reach is refused before anything is sent', async () => {
    const ran = await runTool(['channel', 'test', '--sms', '0260 3 797 799'], env)
    expect(ran).toMatchObject({ code: 1, out: 'sms\thindered\tnotMobile\t-' })
    expect(provider.asked).toEqual([])
  })

  test.each([
    [['--sms', '0905000123'], 'SMS_URL'],
    [['--email', 'a@example.vn'], 'SMTP_URL'],
    [['--template', '0905000123'], 'ZBS_TEMPLATES'],
    [[], '--sms, --email hoặc --template'],
    [['--sms', 'nobody'], 'chưa phải số điện thoại'],
    [['--email', 'nobody'], 'chưa phải địa chỉ thư'],
  ])('%j without what it needs says so', async (args, said) => {
    const ran = await runTool(['channel', 'test', ...args], base)
    expect([ran.code, ran.out]).toEqual([1, ''])
    expect(ran.err).toContain(said)
  })
})

describe('channel list', () => {
  test('says which ways there are, and what Zalo says of each template', async () => {
    const ran = await runTool(['channel', 'list'], env)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('Kênh báo tin: chat Zalo, mẫu tin ZBS (N1, N2, N3, N3b, N4, N7, N10), SMS, thư điện tử.')
    expect(ran.out.split('\n').slice(0, 3)).toEqual([
      'sms\tconfigured',
      'email\tconfigured',
      'template\tN1\t418201\tenabled\thigh',
    ])
    answer = { json: { error: -117, message: 'no' } }
    expect((await runTool(['channel', 'list'], env)).out).toContain('template\tN1\t418201\t-117\t-')
  })

  test('a file with faults is refused with all of them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pakn-zbs-'))
    const file = join(folder, 'zbs.json')
    await writeFile(
      file,
      '{"N1": {"template_id": "1", "parameters": {"a": "name"}}, "N77": {"template_id": "1", "parameters": {}}}',
    )
    const ran = await runTool(['channel', 'list'], { ...env, ZBS_TEMPLATES: file })
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('có 2 lỗi')
    await rm(folder, { recursive: true })
  })
})
