import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { personChangedSchema, personSchema } from '../../../src/http/api/people.ts'
import { pageOf } from '../../../src/http/api/schemas.ts'
import { tokenSchema } from '../../../src/http/api/tokens.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.stranger = await house.tokenOf('stranger', 'QN-C23530', 'agencyCoordinator')
})
afterAll(() => house.close())

const send = (who: string, method: 'get' | 'post' | 'delete', path: string, body?: object, headers = {}) => {
  const request = supertest(house.app)
    [method](`/api/v1${path}`)
    .set('Authorization', `Bearer ${tokens[who] ?? who}`)
    .set(headers)
  return body === undefined ? request : request.send(body)
}
const act = (who: string, login: string, body: object) => send(who, 'post', `/people/${login}/acts`, body)
const ha = { login: 'ha', name: 'Y Hà', unitCode: 'QN-C23527', roles: ['handler'] }
let people = 0
async function newHandler(): Promise<string> {
  people += 1
  const login = `handler-${people}`
  tokens[login] = await house.tokenOf(login, 'QN-C23527', 'handler')
  return login
}

async function caseOf(handler: string): Promise<string> {
  const code = await house.file()
  const steps: [string, object][] = [
    [
      'intake',
      { act: 'forward', contentKind: 'conduct', field: 'land', leadUnitCode: 'QN-C23527', note: 'Chuyển xã.' },
    ],
    ['coordinator', { act: 'accept', handler }],
  ]
  for (const [index, [who, body]] of steps.entries()) {
    const answer = await send(who, 'post', `/cases/${code}/acts`, body, { 'If-Match': `"${index + 1}"` })
    expect(answer.status, answer.text).toBe(200)
  }
  return code
}

describe('accounts', () => {
  test('are opened by an administrator, with a link that is told once', async () => {
    const answer = await send('admin', 'post', '/people', ha)
    expect(answer.status, answer.text).toBe(201)
    expect(() => personChangedSchema.parse(answer.body)).not.toThrow()
    expect(answer.body).toMatchObject({ ...ha, signInUrl: expect.stringContaining('login=ha&code=') })
    const listed = await send('admin', 'get', '/people?limit=100')
    expect(() => pageOf(personSchema).parse(listed.body)).not.toThrow()
    expect(listed.text).toContain('"ha"')
    expect(listed.text).not.toContain('code=')
    const taken = await send('admin', 'post', '/people', ha)
    expect([taken.status, taken.body.errors]).toEqual([422, [{ path: 'login', message: '[fault.loginTaken]' }]])
  })

  test('of the own unit are a coordinator’s to open, with the roles of a unit', async () => {
    const made = await send('coordinator', 'post', '/people', { ...ha, login: 'ha2' })
    expect(made.status, made.text).toBe(201)
    for (const change of [{ unitCode: 'QN-C23530' }, { roles: ['auditor'] }, { roles: ['handler', 'administrator'] }]) {
      expect((await send('coordinator', 'post', '/people', { ...ha, login: 'ha3', ...change })).status).toBe(403)
    }
    const listed = (await send('coordinator', 'get', '/people?limit=100')).body.items
    expect(new Set(listed.map((one: { unitCode: string }) => one.unitCode))).toEqual(new Set(['QN-C23527']))
  })

  test('are nobody else’s business', async () => {
    expect((await send('intake', 'get', '/people')).status).toBe(403)
    expect((await send('intake', 'post', '/people', {})).status).toBe(403)
    expect((await act('intake', 'ha', {})).status).toBe(403)
    expect((await act('stranger', 'ha', { act: 'disable' })).status).toBe(404)
    expect((await act('admin', 'nobody-here', {})).status).toBe(404)
  })

  test('with more than the roles of a unit are not a coordinator’s, nor is the own one', async () => {
    await house.tokenOf('commune-admin', 'QN-C23527', 'administrator')
    for (const body of [{ act: 'reset' }, { act: 'setRoles', roles: ['handler'] }]) {
      expect((await act('coordinator', 'commune-admin', body)).status).toBe(403)
      expect((await act('coordinator', 'coordinator', body)).status).toBe(403)
    }
    expect((await act('admin', 'admin', { act: 'disable' })).status).toBe(403)
    expect((await act('coordinator', await newHandler(), { act: 'setRoles', roles: ['officeLeader'] })).status).toBe(
      403,
    )
    expect(
      (await act('coordinator', await newHandler(), { act: 'move', unitCode: 'QN-VP', roles: ['handler'] })).status,
    ).toBe(403)
  })

  test.each([
    {},
    { act: 'fly' },
    { act: 'setRoles', roles: [] },
    { act: 'setRoles', roles: ['king'] },
    { act: 'disable', more: 1 },
    { act: 'setValidity', validFrom: '2026-12-01', validTo: '2026-11-01' },
    { act: 'move', unitCode: 'NOWHERE', roles: ['handler'] },
  ])('%j is refused', async (body) => {
    const answer = await act('admin', await newHandler(), body)
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_fields'])
  })

  test('a request that is sent again opens one account and tells the same link', async () => {
    const asked = [{ ...ha, login: 'once' }, { 'Idempotency-Key': 'once' }] as const
    const [first, second] = [
      await send('admin', 'post', '/people', ...asked),
      await send('admin', 'post', '/people', ...asked),
    ]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body).toEqual(first.body)
  })
})

describe('whoever leaves', () => {
  test('loses every right at once, and the open cases go back to the coordinator, once each', async () => {
    const handler = await newHandler()
    const codes = [await caseOf(handler), await caseOf(handler), await caseOf(handler)]
    expect((await send(handler, 'get', `/cases/${codes[0]}`)).status).toBe(200)
    const answer = await act('coordinator', handler, { act: 'disable' })
    expect(answer.body).toMatchObject({ casesHandedBack: 3, disabledAt: expect.any(String) })
    expect((await send(handler, 'get', `/cases/${codes[0]}`)).status).toBe(401)
    for (const code of codes) {
      expect((await send('coordinator', 'get', `/cases/${code}`)).body).toMatchObject({
        state: 'PROCESSING',
        handler: null,
        allowedActs: expect.arrayContaining(['assign']),
      })
      const { items } = (await send('coordinator', 'get', `/cases/${code}/history`)).body
      expect(items.at(-1)).toMatchObject({
        actor: 'system',
        act: 'handBack',
        from: 'PROCESSING',
        to: 'PROCESSING',
        data: { handlerBefore: handler, reason: 'accountEnded', rule: 'R7-12' },
      })
      expect(verifyChain(items, (await house.cases.head(code)) ?? undefined)).toEqual([])
    }
    expect((await act('coordinator', handler, { act: 'disable' })).body.casesHandedBack).toBe(0)
    expect((await house.cases.history(codes[0] ?? '')).filter((line) => line.act === 'handBack')).toHaveLength(1)
  })

  test('for another unit takes nothing along, closed cases bear the name still', async () => {
    const handler = await newHandler()
    const [open, closed] = [await caseOf(handler), await caseOf(handler)]
    await send(
      'intake',
      'post',
      `/cases/${closed}/acts`,
      { act: 'withdraw', reason: 'Theo đơn.' },
      { 'If-Match': '"3"' },
    )
    await act('admin', handler, { act: 'move', unitCode: 'QN-C23530', roles: ['handler'] })
    expect((await house.cases.find(open))?.handler).toBeNull()
    expect((await house.cases.find(closed))?.handler).toBe(handler)
    const { token } = await house.people.addToken(handler, { name: 'new', days: 1 }, Date.now())
    for (const code of [open, closed]) expect((await send(token, 'get', `/cases/${code}`)).status).toBe(404)
    expect((await send(token, 'get', '/cases')).body.items).toEqual([])
  })

  test('what a stopped process left undone is done by the next, and by many at once only once', async () => {
    const handler = await newHandler()
    const codes = [await caseOf(handler), await caseOf(handler), await caseOf(handler), await caseOf(handler)]
    const store = house.database.collection<{ _id: string }>('people')
    await store.updateOne(
      { _id: handler },
      { $set: { disabledAt: new Date(), handingBack: { reason: 'accountEnded', since: new Date() } } },
    )
    const counts = await Promise.all([house.handBack.resume(), house.handBack.resume(), house.handBack.resume()])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4)
    for (const code of codes)
      expect((await house.cases.history(code)).filter((line) => line.act === 'handBack')).toHaveLength(1)
    expect(await house.handBack.resume()).toBe(0)
  })

  test('by the calendar is relieved on the day after the last', async () => {
    const handler = await newHandler()
    const code = await caseOf(handler)
    await house.database
      .collection<{ _id: string }>('people')
      .updateOne({ _id: handler }, { $set: { validTo: '2026-11-20' } })
    expect((await send(handler, 'get', '/me')).status).toBe(401)
    expect(await house.handBack.endExpired('2026-11-20')).toBe(0)
    expect(await house.handBack.endExpired('2026-11-21')).toBe(1)
    expect(await house.handBack.endExpired('2026-11-22')).toBe(0)
    expect(await house.handBack.resume()).toBe(1)
    expect((await house.cases.find(code))?.handler).toBeNull()
  })
})

describe('tokens', () => {
  test('are listed and ended by their owner, without their secrets', async () => {
    const handler = await newHandler()
    const listed = await send(handler, 'get', '/tokens')
    expect(() => pageOf(tokenSchema).parse(listed.body)).not.toThrow()
    expect(listed.body.items).toMatchObject([{ login: handler, name: 'test', scopes: ['read', 'write', 'admin'] }])
    expect(listed.text).not.toContain(tokens[handler]?.split('.')[1])
    const { token, id } = await house.people.addToken(handler, { name: 'hai', days: 1 }, Date.now())
    const ended = await send(handler, 'delete', `/tokens/${id}`)
    expect(ended.body).toMatchObject({ id, revokedAt: expect.any(String) })
    expect((await send(token, 'get', '/me')).status).toBe(401)
    expect((await send(handler, 'delete', `/tokens/${id}`)).body).toEqual(ended.body)
  })

  test('of others are an administrator’s to list and end, and are not there for anybody else', async () => {
    const handler = await newHandler()
    const id = tokens[handler]?.slice('pakn_'.length).split('.')[0] ?? ''
    expect((await send('coordinator', 'get', `/tokens?login=${handler}`)).status).toBe(403)
    expect((await send('coordinator', 'delete', `/tokens/${id}`)).status).toBe(404)
    expect((await send('admin', 'get', `/tokens?login=${handler}`)).body.items).toHaveLength(1)
    expect((await send('admin', 'delete', `/tokens/${id}`)).status).toBe(200)
    expect((await send(handler, 'get', '/me')).status).toBe(401)
  })

  test('are good for no more than their scopes', async () => {
    const reader = (await house.people.addToken('intake', { name: 'r', days: 1, scopes: ['read'] }, Date.now())).token
    const writer = (await house.people.addToken('intake', { name: 'w', days: 1, scopes: ['write'] }, Date.now())).token
    const plain = (await house.people.addToken('admin', { name: 'p', days: 1, scopes: ['read', 'write'] }, Date.now()))
      .token
    const code = await house.file()
    const note = { act: 'note', text: 'Đã gọi.' }
    expect((await send(reader, 'get', '/me')).body.scopes).toEqual(['read'])
    expect((await send(reader, 'get', `/cases/${code}`)).body.allowedActs).toEqual([])
    const refused = await send(reader, 'post', `/cases/${code}/acts`, note, { 'If-Match': '"1"' })
    expect([refused.status, refused.body.errors]).toEqual([
      403,
      [expect.objectContaining({ path: 'act', message: '[refusal.tokenReadsOnly]' })],
    ])
    expect((await send(reader, 'post', '/cases', {})).status).toBe(403)
    expect(
      (
        await supertest(house.app)
          .post('/api/v1/attachments')
          .set('Authorization', `Bearer ${reader}`)
          .attach('file', Buffer.from('x'), 'x.txt')
      ).status,
    ).toBe(403)
    expect((await send(reader, 'delete', '/tokens/AAAAAAAAAAAA')).status).toBe(403)
    for (const path of ['/cases', `/cases/${code}`, `/cases/${code}/history`, '/tokens'])
      expect([path, (await send(writer, 'get', path)).status]).toEqual([path, 403])
    for (const path of ['/people', '/audit'])
      expect([path, (await send(plain, 'get', path)).status]).toEqual([path, 403])
  })
})
