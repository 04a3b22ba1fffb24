import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMailChannel } from '../../src/delivery/citizen-mail.ts'
import { createSmtpSender, needsTls } from '../../src/delivery/smtp.ts'
import { createTrouble } from '../../src/delivery/trouble.ts'
import { freePort } from '../support/app.ts'
import { channelMessage } from '../support/channel-message.ts'
import { sentences } from '../support/sentences.ts'
import { type MailServer, startMailServer } from '../support/smtp.ts'

let server: MailServer
const closes: (() => void)[] = []
const changes: (string | null)[] = []

beforeAll(async () => {
  server = await startMailServer()
})
afterEach(() => {
  server.letters.length = 0
  server.refuseWith = null
  changes.length = 0
  for (const close of closes.splice(0)) close()
})
afterAll(() => server.stop())

function mail(smtpUrl = server.url, from = 'Phản ánh, kiến nghị <pakn@example.vn>') {
  const smtp = createSmtpSender({ smtpUrl, from, timeoutMs: 1_500 })
  closes.push(() => smtp.close())
  return createMailChannel({
    smtp,
    from,
    publicUrl: 'https://pakn.example.vn',
    texts: sentences(),
    trouble: createTrouble({ lastsMs: 60_000, onChange: (code) => void changes.push(code) }),
    now: () => 1_000,
  })
}

const address = { userId: null, phone: null, email: 'y.ha@example.vn' }

test('a letter says the same in text and in HTML, politely, to one person', async () => {
  const result = await mail().send(address, channelMessage({ text: 'Sở <Xây dựng> đã trả lời.\nXin Ông/Bà xem.' }))
  expect(result).toEqual({ ok: true, messageId: '<n-0123456789abcdef-1@example.vn>', sentAt: 1_000 })
  const [letter] = server.letters
  expect(letter?.to).toEqual(['y.ha@example.vn'])
  expect(letter?.headers.subject).toBe('PAKN.20261123.0001: đã có trả lời')
  const { 'text/plain': text = '', 'text/html': html = '' } = letter?.parts ?? {}
  expect(text.replaceAll('\r', '')).toMatch(
    /^Kính gửi Ông\/Bà,\n\nSở <Xây dựng> đã trả lời\.\nXin Ông\/Bà xem\.\n\n.*: https:\/\/pakn\.example\.vn\/tra-cuu\?code=PAKN\.20261123\.0001\n\nTrân trọng,/,
  )
  expect(html).toContain('<p>Sở &lt;Xây dựng&gt; đã trả lời.</p><p>Xin Ông/Bà xem.</p>')
  expect(html).toContain('href="https://pakn.example.vn/tra-cuu?code=PAKN.20261123.0001"')
  expect(html).toContain('lang="vi"')
})

test('its head names it, keeps holiday answers away and lets it be filtered; nothing in it is fetched', async () => {
  await mail().send(address, channelMessage())
  const { headers = {}, parts = {} } = server.letters[0] ?? {}
  expect(headers).toMatchObject({
    'message-id': '<n-0123456789abcdef-1@example.vn>',
    'auto-submitted': 'auto-generated',
    'x-auto-response-suppress': 'All',
    'list-id': '<phan-anh-kien-nghi.example.vn>',
    'list-help': '<https://pakn.example.vn/quyen-rieng-tu>',
    'content-language': 'vi',
  })
  expect(headers.from).toMatch(/<pakn@example\.vn>$/)
  expect(Object.keys(headers).filter((name) => ['cc', 'bcc', 'list-unsubscribe'].includes(name))).toEqual([])
  expect(parts['text/html']).not.toMatch(/<(img|link|script|iframe|object|video)|url\(|@import/i)
})

test('a link that the words name already is not named again, and can be tapped where it stands', async () => {
  const { link } = channelMessage()
  await mail().send(address, channelMessage({ text: `Ông/Bà xem tại ${link}.\n<a href="x">không phải liên kết</a>` }))
  const { 'text/plain': text = '', 'text/html': html = '' } = server.letters[0]?.parts ?? {}
  expect(text.split(link)).toHaveLength(2)
  expect(html).toContain(`<p>Ông/Bà xem tại <a href="${link}">${link}</a>.</p>`)
  expect(html).toContain('&lt;a href=&quot;x&quot;&gt;không phải liên kết&lt;/a&gt;')
})

test('a second try of the same notice carries the same Message-ID', async () => {
  const channel = mail()
  await channel.send(address, channelMessage())
  await channel.send(address, channelMessage())
  expect(new Set(server.letters.map(({ headers }) => headers['message-id'])).size).toBe(1)
})

describe('refusals', () => {
  test.each([
    [550, 'user'],
    [553, 'user'],
    [451, 'retry'],
    [421, 'retry'],
  ])('%i for the address is %s', async (code, expected) => {
    server.refuseWith = { code, text: 'no' }
    expect(await mail().send(address, channelMessage())).toMatchObject({
      ok: false,
      class: expected,
      code: String(code),
    })
  })

  test('a server that is away is asked again later', async () => {
    const result = await mail(`smtp://127.0.0.1:${await freePort()}`).send(address, channelMessage())
    expect(result).toMatchObject({ ok: false, class: 'retry' })
  })

  test('a refused login is ours to mend, and stops the channel for a while', async () => {
    const talker = await talkative((line) => (line.startsWith('AUTH') ? '535 no' : null), '250-host\r\n250 AUTH PLAIN')
    const channel = mail(`smtp://user:pass@127.0.0.1:${talker.port}`)
    expect(await channel.send(address, channelMessage())).toMatchObject({ class: 'admin', code: '535' })
    expect(channel.hindrance('N3', address, 0)).toBe('serverRefuses')
    expect(changes).toEqual(['535'])
    talker.stop()
  })

  test('refused words can never go', async () => {
    const talker = await talkative((line) => (line === '.' ? '554 spam' : null))
    expect(await mail(`smtp://127.0.0.1:${talker.port}`).send(address, channelMessage())).toMatchObject({
      class: 'drop',
    })
    talker.stop()
  })

  test('a letter that was handed over whole and never answered may have been taken', async () => {
    const talker = await talkative((line) => (line === '.' ? 'hang' : null))
    expect(await mail(`smtp://127.0.0.1:${talker.port}`).send(address, channelMessage())).toMatchObject({
      class: 'ambiguous',
    })
    talker.stop()
  })

  test('an answer that stays away before the letter was handed over is none', async () => {
    const talker = await talkative((line) => (line.startsWith('RCPT') ? 'hang' : null))
    expect(await mail(`smtp://127.0.0.1:${talker.port}`).send(address, channelMessage())).toMatchObject({
      class: 'retry',
    })
    talker.stop()
  })
})

test('an address cannot add a header or another recipient, and a subject is one line', async () => {
  const channel = mail()
  for (const email of ['a@example.vn>\r\nBcc: b@example.vn', 'a@example.vn, b@example.vn']) {
    await channel.send({ ...address, email }, channelMessage())
  }
  await channel.send(address, channelMessage({ subject: 'một\r\nBcc: b@example.vn' }))
  for (const letter of server.letters) expect(Object.keys(letter.headers)).not.toContain('bcc')
  expect(server.letters.flatMap(({ to }) => to)).not.toContain('b@example.vn')
  expect(server.letters.at(-1)?.headers.subject).toBe('một Bcc: b@example.vn')
})

test.each([
  ['smtp://user:pass@mail.example.vn', true],
  ['smtp://user:pass@mail.example.vn:587', true],
  ['smtp://mail.example.vn', false],
  ['smtp://user:pass@localhost', false],
  ['smtp://user:pass@127.0.0.1:25', false],
  ['smtps://user:pass@mail.example.vn', false],
])('a login to %s waits for STARTTLS: %s', (url, expected) => {
  expect(needsTls(url)).toBe(expected)
})

test('without an address there is no letter', async () => {
  const nowhere = { userId: 'u', phone: '+84905000123', email: null }
  expect(mail().hindrance('N3', nowhere, 0)).toBe('noEmail')
  expect(await mail().send(nowhere, channelMessage())).toEqual({ ok: false, class: 'user', code: 'noEmail' })
})

/** A mail server by hand, to say what a library would not: `answer` gives the reply to a line, null for the usual one. */
async function talkative(answer: (line: string) => string | null, ehlo = '250 host') {
  const server: Server = createServer((socket) => {
    let isData = false
    let rest = ''
    socket.on('error', () => undefined)
    socket.write('220 host\r\n')
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1')
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (isData && line !== '.') continue
        isData = line === 'DATA'
        const said = answer(line) ?? (line === 'DATA' ? '354 go' : line.startsWith('EHLO') ? ehlo : '250 ok')
        if (said !== 'hang') socket.write(`${said}\r\n`)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return { port: (server.address() as AddressInfo).port, stop: () => void server.close() }
}
