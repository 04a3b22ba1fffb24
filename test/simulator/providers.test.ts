import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSmtpSender } from '../../src/delivery/smtp.ts'
import { closeServer, listen, type Rig, startRig } from './support.ts'

type Told = { path: string; raw: string; signature: string }

let rig: Rig
let told: Told[]
let service: Server

beforeEach(async () => {
  rig = await startRig({ ratePerMinute: 10_000 })
  told = []
  service = createServer((request, response) => {
    let raw = ''
    request.on('data', (chunk) => {
      raw += chunk
    })
    request.on('end', () => {
      told.push({ path: request.url ?? '', raw, signature: String(request.headers['x-signature']) })
      response.end()
    })
  })
  rig.simulator.setWebhook(`${await listen(service)}/webhooks/zalo`)
})
afterEach(async () => {
  await rig.stop()
  await closeServer(service)
})

const bodies = () => told.map(({ path, raw }) => ({ path, ...JSON.parse(raw) }))

describe('the SMS provider', () => {
  async function send(fields: object = {}, token = rig.simulator.smsToken) {
    const response = await fetch(rig.simulator.smsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ to: '84905000123', text: 'Ma 482913, PAKN.20261123.0001', reference: 'r-1', ...fields }),
    })
    return { status: response.status, body: (await response.json()) as { id?: string } }
  }

  test('shows the text on the phone with that number and tells the service, signed, that it is there', async () => {
    const { status, body } = await send()
    await rig.simulator.idle()
    expect(status).toBe(200)
    expect(rig.simulator.state.shortMessages).toMatchObject([
      { phone: '84905000123', citizenId: rig.citizen('Y Hà').id, code: '482913' },
    ])
    expect(bodies()).toEqual([{ path: '/webhooks/sms', id: body.id, reference: 'r-1', state: 'delivered' }])
    const mac = createHmac('sha256', rig.simulator.smsToken)
      .update(told[0]?.raw ?? '')
      .digest('hex')
    expect(told[0]?.signature).toBe(`sha256=${mac}`)
  })

  test('sends a reference once', async () => {
    const [first, second] = [await send(), await send()]
    expect(second.body.id).toBe(first.body.id)
    expect(rig.simulator.state.shortMessages).toHaveLength(1)
  })

  test('refuses a wrong key and what is no message', async () => {
    expect((await send({}, 'other')).status).toBe(401)
    expect((await send({ to: '0905000123' })).status).toBe(422)
    expect(rig.simulator.state.shortMessages).toEqual([])
  })

  test.each([
    ['refused', 402, [], 0],
    ['broken', 503, [], 0],
    ['failed', 200, ['failed'], 0],
    ['silent', 200, [], 1],
  ] as const)('can be told to be %s', async (smsFault, status, states, shown) => {
    await rig.act('account', { smsFault })
    expect((await send()).status).toBe(status)
    await rig.simulator.idle()
    expect(bodies().map(({ state }) => state)).toEqual(states)
    expect(rig.simulator.state.shortMessages).toHaveLength(shown)
  })
})

describe('the mailbox', () => {
  const letter = {
    to: 'y.ha@example.vn',
    subject: 'PAKN.20261123.0001: đã có trả lời',
    text: 'Kính gửi Ông/Bà',
    html: '<p>Kính gửi <b>Ông/Bà</b></p><script>alert(1)</script>',
    reference: 'n-1',
  }

  async function send() {
    const smtp = createSmtpSender({ smtpUrl: rig.simulator.smtpUrl, from: 'Tỉnh <pakn@example.vn>', timeoutMs: 2_000 })
    const result = await smtp.send(letter)
    smtp.close()
    await rig.simulator.idle()
    return result
  }

  test('keeps a letter for any address, and shows it where nothing runs', async () => {
    expect(await send()).toMatchObject({ ok: true })
    const [kept] = rig.simulator.state.letters
    expect(kept).toMatchObject({ to: letter.to, subject: letter.subject, messageId: '<n-1@example.vn>' })
    expect(kept?.text.trim()).toBe('Kính gửi Ông/Bà')
    const page = await fetch(`${rig.page}mail/${kept?.id}`)
    expect(await page.text()).toContain('<b>Ông/Bà</b>')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    expect((await fetch(`${rig.page}mail/none`)).status).toBe(404)
  })

  test.each([
    ['deferred', { ok: false, about: 'recipient', isFinal: false, code: '451' }, []],
    ['refused', { ok: false, about: 'recipient', isFinal: true, code: '550' }, []],
    [
      'bounced',
      { ok: true },
      [{ path: '/webhooks/mail', messageId: '<n-1@example.vn>', state: 'bounced', code: '5.1.1' }],
    ],
  ] as const)('can be told that letters are %s', async (mailFault, result, expected) => {
    await rig.act('account', { mailFault })
    expect(await send()).toMatchObject(result)
    expect(bodies()).toEqual(expected)
    expect(rig.simulator.state.letters).toEqual([])
  })
})

describe('templates', () => {
  const send = (data: Record<string, string>) =>
    rig.api('POST', '/message/template', {
      phone: '84905000123',
      template_id: '418203',
      template_data: data,
      tracking_id: 'n-1',
    })
  const right = { ma_phan_anh: 'PAKN.20261123.0001', trang_thai: 'Đã công khai', duong_dan: 'https://example.vn' }

  test('say in whole words what the phone shows', async () => {
    expect((await send(right)).json.error).toBe(0)
    const chat = rig.simulator.state.messages[rig.citizen('Y Hà').id]
    expect(chat?.at(-1)?.text).toContain('Phản ánh PAKN.20261123.0001 có tin mới. Tình trạng: Đã công khai.')
  })

  test.each([
    ['a value is missing', { trang_thai: '' }, -1122],
    ['a value is too long', { trang_thai: 'x'.repeat(61) }, -1121],
    ['a name is unknown', { ho_ten: 'Y Hà' }, -112],
  ])('are refused when %s', async (_, change, code) => {
    expect((await send({ ...right, ...change })).json.error).toBe(code)
  })

  test('a change of state or quality is told, described, and obeyed', async () => {
    expect((await rig.act('templates/418203', { status: 'DISABLE', quality: 'LOW' })).status).toBe(200)
    expect((await rig.act('templates/999', { status: 'DISABLE' })).status).toBe(404)
    await rig.simulator.idle()
    expect(bodies()).toMatchObject([
      { event_name: 'change_template_status', status: { prev_status: 'ENABLE', new_status: 'DISABLE' } },
      { event_name: 'change_template_quality', quality: { prev_quality: 'HIGH', new_quality: 'LOW' } },
    ])
    const info = await rig.api('GET', '/template/info/v2?template_id=418203')
    expect(info.json.data).toMatchObject({ status: 'DISABLE', templateQuality: 'LOW' })
    expect((await send(right)).json.error).toBe(-146)
  })

  test('quota and balance end', async () => {
    await rig.act('account', { templateQuota: 1 })
    expect((await send(right)).json.data).toMatchObject({ quota: { dailyQuota: '1', remainingQuota: '0' } })
    expect((await send(right)).json.error).toBe(-144)
    await rig.act('account', { templateQuota: 500, templateBalanceEmpty: true })
    expect((await send(right)).json.error).toBe(-115)
  })
})
