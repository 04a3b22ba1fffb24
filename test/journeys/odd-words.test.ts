import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type SmsProvider, startSmsProvider } from '../support/hosts.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let app: TestApp
let zalo: FakeZalo
let sms: SmsProvider
let officers: Officers

beforeAll(async () => {
  zalo = await startFakeZalo()
  sms = await startSmsProvider()
  app = await startTestApp({ uri, zalo, env: { SMS_URL: sms.url, SMS_TOKEN: sms.token } })
  officers = await openOfficers(app.env, app.url)
})
afterAll(async () => {
  await app.stop()
  await Promise.all([zalo.stop(), sms.stop()])
})

const start = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả'
/** What the writer typed, and how it must stand in the case where that is not the very same. */
const oddities: [string, string, string?][] = [
  ['markup', `${start} <script>alert(1)</script> <b>đậm</b> &amp; <img src=x onerror=alert(1)>`],
  ['a formula', `=HYPERLINK("http://example.vn";"bấm") ${start}`],
  ['places for our own words', `${start} {{x}} {{code}} $t(menu.text) {{- tenTinh}} %s \${1}`],
  ['a mention and a command in the middle', `${start} [@8461027395518840011] #submit @all`],
  ['quotes and paths', `${start} ' OR 1=1; -- {"$gt":""} ../../etc/passwd \\u0000`],
  ['right-to-left marks', `${start} \u202Egnp.exe\u202C \u2066x\u2069`],
  ['several writings', `${start} 你好 مرحبا ខ្មែរ 👨‍👩‍👧‍👦🇻🇳`],
  ['control characters', `${start}\u0007\u001b[31m\u0000\u0085 xong`],
  ['half a letter', `${start} \ud83d xong`, `${start} \ufffd xong`],
  ['as many letters as there may be', `${start} ${'hồ sơ đất đai '.repeat(700)}`.slice(0, 4_999).trim()],
  ['letters in parts', `${start} tiếng Việt`.normalize('NFD'), `${start} tiếng Việt`],
]

describe.concurrent.each(oddities)('a matter with %s', (what, words, stored = words) => {
  test('is shown literally and kept whole', async () => {
    const number = `8490511${String(oddities.findIndex(([one]) => one === what)).padStart(4, '0')}`
    const me = createCitizen(zalo, `846102739551887${number.slice(-4)}`)
    await me.say('Gửi phản ánh')
    let summary = await fillForm(me, {
      content: words,
      phone: `0${number.slice(2)}`,
      code: async () => {
        await until('a code comes', () => sms.codeFor(number) !== undefined)
        return sms.codeFor(number) ?? ''
      },
    })
    if (me.buttons().includes('Để nguyên')) summary = await me.tap('Để nguyên')
    expect(summary.normalize('NFC')).toContain(stored.slice(0, 40).normalize('NFC'))
    const filed = await me.tap('GỬI PHẢN ÁNH')
    const code = /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0] ?? ''
    const { body } = await officers.get('intake', `/cases/${code}`)
    expect(body.content).toBe(stored)
    for (const heard of me.heard()) expect(heard).not.toContain('undefined')
  })
})

test('9,000 letters are answered with what is possible; nothing of them is lost or goes wrong', async () => {
  const me = createCitizen(zalo, '8461027395518879999')
  const long = `${start} ${'hồ sơ đất đai '.repeat(700)}`.slice(0, 9_000).trim()
  await me.say(long)
  expect(await me.tap('Đồng ý, tiếp tục')).toContain(String(long.length))
  expect(await me.tap('Viết lại')).toContain('Bước 1/6')
  expect(await me.say(start)).toContain('Bước 2/6')
  for (const heard of me.heard()) expect([...heard].length).toBeLessThanOrEqual(2_000)
})

test('odd words where a short answer is asked are answered, never with silence or a fault of ours', async () => {
  const me = createCitizen(zalo, '8461027395518879998')
  await me.say('menu')
  for (const words of [
    '\u0000',
    '\ud800',
    '{{x}}',
    '$t(menu.text)',
    '[@1]',
    '=1+1',
    '<b>',
    '#',
    '#submit.x.y.z',
    '.'.repeat(9_000),
  ]) {
    const answer = await me.say(words)
    expect(answer).not.toMatch(/undefined|\[object|\{\{x\}\}.*\{\{/)
    expect(answer).not.toContain('trục trặc')
  }
  expect(await app.metric('pakn_dead_events_total')).toBe(0)
  expect(app.logged()).not.toContain('turn failed')
})
