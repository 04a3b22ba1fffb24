import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { zbsErrors } from '../../src/zalo/error-table.ts'
import { channelMessage } from '../support/channel-message.ts'
import { startTemplateRig } from '../support/template-rig.ts'

let rig: Awaited<ReturnType<typeof startTemplateRig>>
beforeEach(async () => {
  rig = await startTemplateRig()
})
afterEach(() => rig.stop())

const known = { userId: '7719402268835146093', phone: '+84905000123', email: null }
const byPhone = { ...known, userId: null }
const byId = { ...known, phone: null }
const ways = () => rig.asked.map(({ path }) => (path.includes('/oa/v3.0/') ? 'id' : 'number'))

describe('the way', () => {
  test('by id where it is known, which is cheaper', async () => {
    const result = await rig.channel.send(known, channelMessage())
    expect(result).toEqual({ ok: true, messageId: 'oa-1', sentAt: 1790658123456 })
    expect(rig.asked).toHaveLength(1)
    expect(rig.asked[0]?.headers.access_token).toBe('good')
    expect(rig.asked[0]?.body).toEqual({
      user_id: '7719402268835146093',
      template_id: '418203',
      template_data: { ma: 'PAKN.20261123.0001', trang_thai: 'Đã công khai' },
    })
  })

  test('by number else, under the reference of the try', async () => {
    expect(await rig.channel.send(byPhone, channelMessage())).toMatchObject({ ok: true, messageId: 'zbs-1' })
    expect(rig.asked[0]?.body).toEqual({
      phone: '84905000123',
      template_id: '418203',
      template_data: { ma: 'PAKN.20261123.0001', trang_thai: 'Đã công khai' },
      tracking_id: 'n-0123456789abcdef-1',
      sending_mode: '1',
    })
  })

  test.each([-249, -235, -201, -213, -227, -230, -232])('%i by id: the number is tried at once', async (code) => {
    rig.answer('oa', code)
    expect(await rig.channel.send(known, channelMessage())).toMatchObject({ ok: true, messageId: 'zbs-1' })
    expect(ways()).toEqual(['id', 'number'])
  })

  test.each([
    [-217, 'user'],
    [-244, 'user'],
    [-218, 'wait'],
    [-321, 'admin'],
    [-200, 'ambiguous'],
    [-248, 'drop'],
  ])(
    '%i by id is the end: a refusal by the person is respected, a send in doubt is not doubled',
    async (code, expected) => {
      rig.answer('oa', code)
      expect(await rig.channel.send(known, channelMessage())).toMatchObject({
        ok: false,
        class: expected,
        code: `${code}`,
      })
      expect(ways()).toEqual(['id'])
    },
  )

  test('a template that cannot go by id is not tried so again that day; an account that cannot, with none', async () => {
    rig.answer('oa', -249)
    await rig.channel.send(known, channelMessage())
    await rig.channel.send(known, channelMessage())
    expect(ways()).toEqual(['id', 'number', 'number'])
    expect(rig.channel.hindrance('N3', byId, 0)).toBe('noPhone')
    rig.answer('oa', -235)
    await rig.channel.send(known, channelMessage({ notice: 'N6' }))
    await rig.channel.send(known, channelMessage({ notice: 'N6' }))
    expect(ways().slice(3)).toEqual(['id', 'number', 'number'])
    rig.move(25 * 3_600_000)
    expect(rig.channel.hindrance('N3', byId, 0)).toBeNull()
  })

  test('nobody to send to', async () => {
    const nobody = { userId: null, phone: null, email: 'a@example.vn' }
    expect(rig.channel.hindrance('N3', nobody, 0)).toBe('noPhone')
    expect(await rig.channel.send(nobody, channelMessage())).toMatchObject({ class: 'user', code: 'noPhone' })
    expect(rig.asked).toEqual([])
  })

  test('a one-time code goes by number only', async () => {
    const sent = await rig.channel.sendCode({ phone: '+84905000123', code: '482913', minutes: 10, reference: 'otp-1' })
    expect(sent).toMatchObject({ ok: true })
    expect(rig.asked[0]).toMatchObject({ path: '/zbs/message/template', body: { template_data: { otp: '482913' } } })
  })
})

describe('refusals by number', () => {
  const hindered: Record<string, string> = {
    '-131': 'templatePending',
    '-146': 'templateDisabled',
    '-117': 'templateDisabled',
    '-109': 'templateDisabled',
    '-145': 'templateDisabled',
    '-115': 'noBalance',
    '-137': 'noBalance',
    '-144': 'noQuota',
    '-1441': 'noQuota',
  }

  test.each(Object.entries(zbsErrors))('%s is treated as its class says', async (code, [errorClass]) => {
    rig.answer('zbs', Number(code))
    const result = await rig.channel.send(byPhone, channelMessage())
    // A token that is still refused after its renewal, and a proof that is refused with it, are the administrator's.
    const expected = errorClass === 'auth' ? 'admin' : errorClass
    expect(result).toMatchObject({ ok: false, class: expected, code })
    if (expected === 'wait') expect(result).toMatchObject({ retryAfterMs: expect.any(Number) })
    const after = rig.channel.hindrance('N3', byPhone, 0)
    expect(after).toBe(hindered[code] ?? (errorClass === 'admin' ? 'accountRefused' : null))
  })

  test('a number that nobody knows is in doubt', async () => {
    rig.answer('zbs', -7777)
    expect(await rig.channel.send(byPhone, channelMessage())).toMatchObject({ class: 'ambiguous', code: '-7777' })
  })

  test('a token that is refused is renewed once, and the message goes', async () => {
    rig.answer('zbs', { json: { error: -124, message: 'no' } })
    const sending = rig.channel.send(byPhone, channelMessage())
    await sending
    expect(rig.asked.map(({ headers }) => headers.access_token)).toEqual(['good', 'renewed'])
  })

  test.each([
    ['a page of some gateway', { status: 502 }, 'ambiguous'],
    ['a silence', 'hang', 'ambiguous'],
    ['a front door that is shut', { status: 403 }, 'retry'],
  ] as const)('%s', async (_, answering, expected) => {
    rig.answer('zbs', answering)
    expect(await rig.channel.send(byPhone, channelMessage())).toMatchObject({ ok: false, class: expected })
  })

  test('without a grant nothing is asked', async () => {
    rig.grant.isLost = true
    expect(await rig.channel.send(byPhone, channelMessage())).toMatchObject({ class: 'admin', code: 'grantLost' })
    expect(rig.asked).toEqual([])
  })
})

describe('what the platform says beforehand', () => {
  const info = (fields: object) => ({ json: { error: 0, data: { status: 'ENABLE', listParams: [], ...fields } } })
  const path = '/template/info/v2?template_id=418203'

  test.each([
    ['DISABLE', 'templateDisabled'],
    ['DELETE', 'templateDisabled'],
    ['REJECT', 'templateRejected'],
    ['PENDING_REVIEW', 'templatePending'],
    ['ENABLE', null],
    ['SOMETHING_NEW', null],
    [4, 'templateDisabled'],
  ])('a template that is %s', async (status, hindrance) => {
    rig.answer(path, info({ status }))
    await rig.watch.refresh()
    expect(rig.channel.hindrance('N3', known, 0)).toBe(hindrance)
    expect(rig.channel.hindrance('N6', known, 0)).toBeNull()
    const told = rig.alerts.filter(({ about }) => about === 'template')
    expect(told).toEqual(hindrance === null ? [] : [{ about: 'template', name: 'N3', templateId: '418203', hindrance }])
  })

  test('parameters that the file does not fill, or the platform does not know, stop it and are named', async () => {
    const list = [
      { name: 'ma', require: true, type: 'STRING', maxLength: 30, minLength: 0, acceptNull: false },
      { name: 'ho_ten', require: true, type: 'STRING', maxLength: 30, minLength: 0, acceptNull: false },
      { name: 'ghi_chu', require: false, type: 'STRING', maxLength: 30, minLength: 0, acceptNull: false },
    ]
    rig.answer(path, info({ listParams: list }))
    await rig.watch.refresh()
    expect(rig.channel.hindrance('N3', known, 0)).toBe('templateMismatch')
    expect(rig.alerts).toContainEqual({
      about: 'template',
      name: 'N3',
      templateId: '418203',
      hindrance: 'templateMismatch',
      parameters: ['ho_ten', 'trang_thai'],
    })
  })

  test('lengths and days of the platform shape what is sent', async () => {
    const rule = (name: string, fields: object) => ({ name, require: 'true', type: 'STRING', ...fields })
    const listParams = [rule('ma', {}), rule('noi', { maxLength: '9' }), rule('han', { type: 'DATE' })]
    rig.answer('/template/info/v2?template_id=418206', info({ listParams }))
    await rig.watch.refresh()
    await rig.channel.send(byPhone, channelMessage({ notice: 'N6' }))
    expect(rig.asked.at(-1)?.body.template_data).toEqual({
      ma: 'PAKN.20261123.0001',
      noi: 'Sở Xây d…',
      han: '08/12/2026',
    })
  })

  test('a value that is not there is no half a message: nothing is sent, and the parameter is named', async () => {
    const result = await rig.channel.send(byPhone, channelMessage({ notice: 'N6', values: { unit: 'Sở Xây dựng' } }))
    expect(result).toEqual({ ok: false, class: 'drop', code: 'template:missing' })
    expect(rig.unfilled).toEqual(['N6.han missing'])
    expect(rig.asked).toEqual([])
  })

  test('of a suspected denunciation a template that names the unit is not sent', async () => {
    const result = await rig.channel.send(known, channelMessage({ notice: 'N6', isQuiet: true }))
    expect(result).toEqual({ ok: false, class: 'drop', code: 'template:quiet' })
    expect(await rig.channel.send(known, channelMessage({ isQuiet: true }))).toMatchObject({ ok: true })
  })

  test('poor quality leaves the template to what the law orders', async () => {
    for (const id of ['418203', '418206'])
      rig.answer(`/template/info/v2?template_id=${id}`, info({ templateQuality: 'LOW' }))
    await rig.watch.refresh()
    expect(rig.channel.hindrance('N6', known, 0)).toBe('templateQualityLow')
    expect(rig.channel.hindrance('N3', known, 0)).toBeNull()
    expect(rig.alerts.filter(({ about }) => about === 'quality')).toHaveLength(2)
  })

  test.each([
    [400, null, null],
    [50, null, 'quotaKept'],
    [0, 'noQuota', 'noQuota'],
  ])('with %i left of 500: what the law orders %s, the rest %s', async (remainingQuota, first, rest) => {
    rig.answer('/message/quota', { json: { error: 0, data: { dailyQuota: '500', remainingQuota } } })
    await rig.watch.refresh()
    expect(rig.channel.hindrance('N3', known, 0)).toBe(first)
    expect(rig.channel.hindrance('N6', known, 0)).toBe(rest)
    expect(rig.alerts.filter(({ about }) => about === 'quota')).toHaveLength(remainingQuota > 50 ? 0 : 1)
    rig.move(24 * 3_600_000)
    expect(rig.channel.hindrance('N6', known, 0)).toBeNull()
  })

  test('the balance is told of once, keeps the channel out for a while, and is asked again by the next message', async () => {
    rig.answer('zbs', -115)
    await rig.channel.send(byPhone, channelMessage())
    await rig.channel.send(byPhone, channelMessage())
    await rig.watch.refresh()
    expect(rig.channel.hindrance('N3', known, 0)).toBe('noBalance')
    expect(rig.alerts.filter(({ about }) => about === 'account')).toHaveLength(1)
    rig.move(16 * 60_000)
    expect(rig.channel.hindrance('N3', known, 0)).toBeNull()
    rig.answer('zbs', { json: { error: 0, data: { msg_id: 'zbs-2' } } })
    await rig.channel.send(byPhone, channelMessage())
    expect(rig.alerts.at(-1)).toMatchObject({ about: 'account', code: null })
  })

  test('a platform that is away changes nothing', async () => {
    await rig.watch.refresh()
    for (const key of [path, '/message/quota']) rig.answer(key, 'drop')
    await rig.watch.refresh()
    expect(rig.channel.hindrance('N3', known, 0)).toBeNull()
    expect(rig.alerts).toEqual([])
  })
})

describe('events', () => {
  test('a template that is disabled stops at once, and goes on when it is enabled again', async () => {
    await rig.watch.refresh()
    rig.watch.noteChange({ what: 'templateStatus', templateId: '418203', before: 'ENABLE', after: 'DISABLE' })
    expect(rig.channel.hindrance('N3', known, 0)).toBe('templateDisabled')
    rig.watch.noteChange({ what: 'templateStatus', templateId: '418203', before: 'DISABLE', after: 'ENABLE' })
    expect(rig.channel.hindrance('N3', known, 0)).toBeNull()
    expect(rig.alerts.map((alert) => (alert.about === 'template' ? alert.hindrance : alert.about))).toEqual([
      'templateDisabled',
      null,
    ])
  })

  test('a fall in quality is told', async () => {
    await rig.watch.refresh()
    rig.watch.noteChange({ what: 'templateQuality', templateId: '418206', before: 'HIGH', after: 'LOW' })
    expect(rig.channel.hindrance('N6', known, 0)).toBe('templateQualityLow')
    expect(rig.alerts).toEqual([{ about: 'quality', name: 'N6', templateId: '418206', quality: 'low' }])
  })

  test('what is said of templates of others changes nothing', async () => {
    await rig.watch.refresh()
    rig.watch.noteChange({ what: 'templateStatus', templateId: '999', after: 'DISABLE' })
    rig.watch.noteChange({ what: 'templateTags' })
    expect(rig.channel.hindrance('N3', known, 0)).toBeNull()
  })
})

test('a notice without a template goes another way', () => {
  expect(rig.channel.hindrance('N2', known, 0)).toBe('noTemplate')
})
