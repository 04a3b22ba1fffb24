import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createStaffMailer } from '../../src/delivery/staff-mail.ts'
import type { StaffMessage } from '../../src/usecases/staff-ports.ts'
import { freePort } from '../support/app.ts'
import { type MailServer, startMailServer } from '../support/smtp.ts'

let server: MailServer
const mailers: { close(): void }[] = []

beforeAll(async () => {
  server = await startMailServer()
})
afterEach(() => {
  server.letters.length = 0
  server.refuseWith = null
  for (const mailer of mailers.splice(0)) mailer.close()
})
afterAll(() => server.stop())

function mailer(smtpUrl = server.url, from = 'PAKN tỉnh <pakn@example.vn>') {
  const made = createStaffMailer({ smtpUrl, from, timeoutMs: 2_000 })
  mailers.push(made)
  return made
}

const message: StaffMessage = {
  login: 'handler',
  subject: 'Nhắc việc thứ Ba, 8/12/2026: 2 phản ánh, kiến nghị',
  lines: [
    {
      heading: 'Đã quá hạn',
      items: [
        {
          text: 'PAKN.20261123.0001: Ủy ban nhân dân xã <Sa Thầy> cần trả lời.',
          link: 'https://pakn.example/staff/cases/1?a=1&b=2',
        },
      ],
    },
    {
      heading: 'Việc mới',
      items: [{ text: 'PAKN.20261123.0002: phản ánh mới.', link: 'https://pakn.example/staff/cases/2' }],
    },
  ],
  closing: 'Toàn bộ việc đang chờ: https://pakn.example/staff\nThư tự động.',
  reference: '0123456789abcdef',
  more: (count) => `… và ${count} việc khác.`,
  isRepeat: false,
}

test('a letter says the same in text and in HTML, in whole Vietnamese, to one person', async () => {
  expect(await mailer().send('can.bo@example.vn', message)).toEqual({ ok: true })
  const [letter] = server.letters
  expect(letter?.to).toEqual(['can.bo@example.vn'])
  expect(letter?.headers.subject).toBe(message.subject)
  expect(letter?.headers.from).toContain('<pakn@example.vn>')
  expect(letter?.headers['auto-submitted']).toBe('auto-generated')
  expect(letter?.headers['message-id']).toBe('<0123456789abcdef@example.vn>')
  const { 'text/plain': text = '', 'text/html': page = '' } = letter?.parts ?? {}
  expect(text.replaceAll('\r', '')).toContain(
    'Đã quá hạn\n- PAKN.20261123.0001: Ủy ban nhân dân xã <Sa Thầy> cần trả lời.\n  https://pakn.example/staff/cases/1?a=1&b=2',
  )
  expect(page).toContain('xã &lt;Sa Thầy&gt;')
  expect(page).toContain('href="https://pakn.example/staff/cases/1?a=1&amp;b=2"')
  expect(page).toContain('<h2>Việc mới</h2>')
})

test.each([
  [
    { code: 550, text: 'no such user' },
    { ok: false, class: 'drop', code: '550' },
  ],
  [
    { code: 451, text: 'try later' },
    { ok: false, class: 'retry', code: '451' },
  ],
])('%o is told apart', async (refusal, expected) => {
  server.refuseWith = refusal
  expect(await mailer().send('can.bo@example.vn', message)).toEqual(expected)
  expect(server.letters).toEqual([])
})

test('a server that is away is tried again later, and the letter goes when it is back', async () => {
  const result = await mailer(`smtp://127.0.0.1:${await freePort()}`).send('can.bo@example.vn', message)
  expect(result).toMatchObject({ ok: false, class: 'retry' })
})

test('an address cannot add a header or another recipient', async () => {
  const crafted = 'a@example.vn>\r\nBcc: b@example.vn'
  await mailer().send(crafted, message)
  for (const letter of server.letters) expect(JSON.stringify(letter.headers)).not.toContain('bcc')
  await mailer().send('a@example.vn, b@example.vn', message)
  expect(server.letters.flatMap(({ to }) => to).filter((to) => to === 'b@example.vn')).toEqual([])
})
