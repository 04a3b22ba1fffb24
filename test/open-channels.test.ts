import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '../src/logger.ts'
import { createMetrics } from '../src/metrics.ts'
import { CodeNotSentError, openChannels } from '../src/open-channels.ts'
import { createClosers } from '../src/open-stores.ts'
import { createCalls } from '../src/zalo/calls.ts'
import { createMemoryCounter, createRateLimiter } from '../src/zalo/rate.ts'
import { parseTemplates } from '../src/zalo/template-registry.ts'
import { createTransport } from '../src/zalo/transport.ts'
import { type Answering, type Asked, startAnsweringServer } from './support/answering-server.ts'
import { channelMessage } from './support/channel-message.ts'
import { sentences } from './support/sentences.ts'
import { startMailServer } from './support/smtp.ts'

let server: Awaited<ReturnType<typeof startAnsweringServer>>
let answers: { sms: Answering; template: Answering }
const closers = createClosers(createLogger({ level: 'silent' }))

beforeEach(async () => {
  answers = { sms: { json: { id: 'sms-1' } }, template: { json: { error: 0, data: { msg_id: 'zbs-1' } } } }
  server = await startAnsweringServer(({ path }: Asked) => (path === '/sms' ? answers.sms : answers.template))
})
afterEach(async () => {
  await closers.closeAll()
  await server.stop()
})

const OTP = JSON.stringify({ otp: { template_id: '418209', parameters: { ma: 'code', phut: 'minutes' } } })
const NO_OTP = JSON.stringify({ N3: { template_id: '418203', parameters: { ma: 'code' } } })

function channelsWith(options: { sms?: boolean; mail?: string; templates?: string }) {
  const transport = createTransport()
  closers.add('transport', () => transport.close())
  const tokens = {
    accessToken: async () => 'token',
    renew: async () => 'token',
    consentUrl: () => '',
    exchangeCode: async () => undefined,
    status: async () => ({ state: 'none' as const }),
  }
  const limiter = createRateLimiter({ perMinute: 6_000_000, counter: createMemoryCounter() })
  const calls = createCalls({ transport, baseUrl: server.url, appSecret: '', tokens, limiter })
  const metrics = createMetrics()
  const channels = openChannels({
    config: {
      sms: options.sms === true ? { url: `${server.url}/sms`, token: 'sms-token' } : null,
      smsStyle: { accents: false, partsMax: 2 },
      mail: options.mail === undefined ? null : { smtpUrl: options.mail, from: 'a@example.vn', webhookSecret: null },
      http: { publicUrl: 'https://pakn.example.vn' } as never,
    },
    templates: options.templates === undefined ? [] : parseTemplates('zbs.json', options.templates),
    calls: { oa: calls, business: calls },
    texts: sentences(),
    metrics,
    logger: createLogger({ level: 'silent' }),
    closers,
  })
  return { channels, metrics }
}

const code = { phone: '+84905000123', code: '482913', reference: 'otp-1' }
const paths = () => server.asked.map(({ path }) => path)

describe('one-time codes', () => {
  test('go by their template where there is one', async () => {
    const { channels } = channelsWith({ sms: true, templates: OTP })
    await channels.sendCode?.(code)
    expect(paths()).toEqual(['/message/template'])
    expect(server.asked[0]?.body).toMatchObject({ phone: '84905000123', template_data: { ma: '482913', phut: '10' } })
  })

  test.each<[string, Answering]>([
    ['the number has no Zalo', { json: { error: -118, message: 'no' } }],
    ['the account is empty', { json: { error: -115, message: 'no' } }],
    ['nobody knows whether it went', { status: 502 }],
  ])('go by SMS when %s', async (_, answering) => {
    answers.template = answering
    const { channels } = channelsWith({ sms: true, templates: OTP })
    await channels.sendCode?.(code)
    expect(paths()).toEqual(['/message/template', '/sms'])
    expect(String(server.asked[1]?.body.text)).toContain('482913')
  })

  test('go by SMS where no template is registered for them', async () => {
    const { channels } = channelsWith({ sms: true, templates: NO_OTP })
    await channels.sendCode?.(code)
    expect(paths()).toEqual(['/sms'])
  })

  test('that nothing takes are told as such, without the number or the code', async () => {
    answers = { sms: { status: 503 }, template: { json: { error: -118, message: 'no' } } }
    const { channels } = channelsWith({ sms: true, templates: OTP })
    const failure = await channels.sendCode?.(code).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CodeNotSentError)
    expect(JSON.stringify([failure, (failure as Error).message])).not.toMatch(/905000123|482913/)
  })

  test('have no way where there is none', () => {
    expect(channelsWith({ templates: NO_OTP }).channels.sendCode).toBeNull()
  })
})

describe('the list', () => {
  test('holds what is set up, in the order of the rule, and says so', async () => {
    const mail = await startMailServer()
    const { channels } = channelsWith({ sms: true, mail: mail.url, templates: NO_OTP })
    expect(channels.list.map(({ name }) => name)).toEqual(['template', 'sms', 'email'])
    expect(channels.line).toBe('Kênh báo tin: chat Zalo, mẫu tin ZBS (N3), SMS, thư điện tử.')
    await mail.stop()
  })

  test('is empty where nothing is set up, and says what is missing', () => {
    const { channels } = channelsWith({})
    expect(channels.list).toEqual([])
    expect(channels.line).toContain('chỉ có chat Zalo')
    for (const name of ['ZBS_TEMPLATES', 'SMS_URL', 'SMTP_URL']) expect(channels.line).toContain(name)
  })

  test('counts what comes of each try', async () => {
    const { channels, metrics } = channelsWith({ sms: true })
    await channels.list[0]?.send({ userId: null, phone: '+84905000123', email: null }, channelMessage())
    answers.sms = { status: 402 }
    await channels.list[0]?.send({ userId: null, phone: '+84905000123', email: null }, channelMessage())
    expect((await metrics.channelSends.get()).values.map(({ labels }) => labels)).toEqual([
      { channel: 'sms', class: 'ok', code: '0' },
      { channel: 'sms', class: 'admin', code: 'http402' },
    ])
    expect((await metrics.channelReady.get()).values).toMatchObject([{ labels: { channel: 'sms' }, value: 0 }])
  })
})
