import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import supertest from 'supertest'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openWebhookCollections, type WebhookCollections } from '../../src/store/webhook-documents.ts'
import type { CourierOptions } from '../../src/workers/courier.ts'
import { type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'
import { type Behaviour, type Receiver, startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { startWebhookWorker, type WebhookWorker } from '../support/webhook-worker.ts'

const { uri } = testDatabase()
const receivers: Receiver[] = []
const workers: WebhookWorker[] = []
let house: House
let collections: WebhookCollections
let intake = ''
let leader = ''
const hosts: string[] = []

beforeAll(async () => {
  // The receivers of these tests are made later; the list is read at each judgement.
  house = await openHouse(uri, undefined, { webhookHosts: { suffixes: [], origins: hosts, insideHosts: [] } })
  collections = await openWebhookCollections(house.database)
  intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
})
afterEach(async () => {
  for (const one of workers.splice(0)) await one.stop().catch(() => undefined)
  for (const one of receivers.splice(0)) await one.stop()
  const { webhooks, deliveries, events } = collections
  await Promise.all([webhooks.deleteMany({}), deliveries.deleteMany({}), events.deleteMany({})])
})
afterAll(() => house.close())

async function receiver(behaviour?: Behaviour): Promise<Receiver> {
  const started = await startReceiver(behaviour)
  receivers.push(started)
  hosts.push(started.host)
  return started
}

async function worker(asked: { options?: Partial<CourierOptions>; timeoutMs?: number; leaseMs?: number } = {}) {
  const started = await startWebhookWorker(uri, house, { hosts, ...asked })
  workers.push(started)
  return started
}

const add = (to: Receiver, filter: { acts?: string[]; unitCodes?: string[] } = {}) =>
  house.webhooks.add('operator', { url: to.url, ...filter })

const stateOf = async (id: string) => (await house.webhooks.find('operator', id)).state

const deliveriesOf = async (id: string, state: 'dead' | 'delivered' | 'skipped' | 'waiting') =>
  (await house.webhooks.deliveries('operator', id, { state, after: null, limit: 1_000 })).items

async function act(code: string, body: object, token = intake): Promise<void> {
  const version = (await house.cases.find(code))?.version
  const answer = await supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set({ Authorization: `Bearer ${token}`, 'If-Match': `"${version}"` })
    .send(body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

async function fileMany(count: number): Promise<string[]> {
  const codes: string[] = []
  while (codes.length < count) codes.push(await house.file())
  return codes
}

const note = (code: string) => act(code, { act: 'note', text: 'Đã gọi cho bà Y Hà Niê, số 0905000012.' })
const versions = (code: string, count: number) => Array.from({ length: count }, (_, at) => `${code}.v${at + 1}`)

describe('a receiver', () => {
  test('is told each change once and in order, with nothing of a person in it', async () => {
    const to = await receiver()
    const { id, secret } = await add(to)
    const code = await house.file()
    await act(code, {
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Chuyển xã.',
    })
    await worker()
    await until('both are told', () => to.heard.length === 2)
    const history = await house.cases.history(code)
    expect(to.heard.map(({ event }) => event)).toEqual(
      history.map(({ seq, act: done, from, to: state, at }) => ({
        id: `${code}.v${seq}`,
        type: seq === 1 ? 'case.filed' : 'case.changed',
        caseCode: code,
        version: seq,
        act: done,
        from,
        to: state,
        at,
      })),
    )
    expect(to.heard.map(({ method, path, id: header }) => [method, path, header])).toEqual(
      versions(code, 2).map((event) => ['POST', '/pakn', event]),
    )
    for (const { body } of to.heard) expect(body).not.toMatch(/Niê|0905|905000012|intake|Chuyển/)
    for (const { signature, body } of to.heard) {
      const [, time = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
      expect(mac).toBe(createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'))
      expect(Math.abs(Number(time) * 1000 - Date.now())).toBeLessThan(60_000)
    }
    await until('both are recorded', async () => (await deliveriesOf(id, 'delivered')).length === 2)
    expect(await collections.events.countDocuments()).toBe(0)
  })

  test('checks what it gets with the lines of the README', async () => {
    const readme = await readFile('README.md', 'utf8')
    const [, source = ''] = /```js\n(import \{ createHmac[\s\S]*?)```/.exec(readme) ?? []
    const { isFromPakn } = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
      isFromPakn(secret: string, signature: string, body: string, now?: number): boolean
    }
    const to = await receiver()
    const { secret } = await add(to)
    await worker()
    await house.file()
    await until('it is told', () => to.heard.length === 1)
    const { signature = '', body = '' } = to.heard[0] ?? {}
    expect(isFromPakn(secret, signature, body)).toBe(true)
    expect(isFromPakn(`${secret}x`, signature, body)).toBe(false)
    expect(isFromPakn(secret, signature, body.replace('submit', 'refuse'))).toBe(false)
    expect(isFromPakn(secret, signature.replace(/t=\d+/, `t=${Math.floor(Date.now() / 1000) + 1}`), body)).toBe(false)
    expect(isFromPakn(secret, signature, body, Date.now() + 6 * 60_000)).toBe(false)
    for (const odd of ['', 't=,v1=', 'v1=00', `t=1,v1=${'0'.repeat(63)}`])
      expect(isFromPakn(secret, odd, body)).toBe(false)
  })

  test('that fails gets the same event again, and the later ones of the case wait for it; other cases do not', async () => {
    const [slow, quick] = [await house.file(), await house.file()]
    let failures = 0
    const to = await receiver(({ event }) => (event.caseCode === slow && failures++ < 3 ? 500 : 200))
    await add(to)
    await note(slow)
    await note(slow)
    await note(quick)
    // What was before the webhook may come along; what matters is the order.
    await worker()
    await until('all is told', () => to.ids(slow).length === 6 && to.ids(quick).length === 2)
    expect(to.ids(slow)).toEqual([...Array(3).fill(`${slow}.v1`), ...versions(slow, 3)])
    expect(to.ids(quick)).toEqual(versions(quick, 2))
    const bodies = to.heard.filter(({ id }) => id === `${slow}.v1`).map(({ body }) => body)
    expect(new Set(bodies).size).toBe(1)
  })

  test('that says when to come again is not asked before', async () => {
    const at: number[] = []
    const to = await receiver((_heard, response, nth) => {
      at.push(Date.now())
      if (nth > 1) return 200
      response.writeHead(429, { 'Retry-After': '1' }).end()
      return undefined
    })
    await add(to)
    await worker({ options: { retryMaxMs: 5_000, probeMaxMs: 5_000 } })
    await house.file()
    await until('it is told again', () => at.length === 2)
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_000)
  })

  test('that hangs keeps no other waiting, and has its turn when it answers again', async () => {
    const hanging = await receiver(() => undefined)
    const well = await receiver()
    await add(hanging)
    await add(well)
    await worker({ timeoutMs: 500 })
    const codes = await fileMany(6)
    for (const code of codes) await note(code)
    await until('the other has all', () => well.heard.length === 12)
    expect(new Set(well.ids()).size).toBe(12)
    for (const code of codes) expect(well.ids(code)).toEqual(versions(code, 2))
    const hung = hanging.heard.length
    expect(hung).toBeGreaterThan(0)
    hanging.behave(() => 200)
    await until('it has all', () => new Set(hanging.heard.slice(hung).map(({ id }) => id)).size === 12)
    for (const code of codes) expect([...new Set(hanging.ids(code))]).toEqual(versions(code, 2))
  })

  test.each<[string, Behaviour, RegExp]>([
    ['breaks the connection', (_heard, response) => void response.socket?.resetAndDestroy(), /^reset$/],
    ['is unauthorized with us', () => 401, /^http_401$/],
    ['never answers', () => undefined, /^timeout$/],
  ])('that %s for too long gets dead letters with the reason, which can be sent again', async (_name, bad, outcome) => {
    const to = await receiver(bad)
    const { id } = await add(to)
    const running = await worker({ timeoutMs: 60, options: { giveUpAfterMs: 150, failingAfter: 1_000 } })
    const code = await house.file()
    await note(code)
    await until('both are given up', async () => (await deliveriesOf(id, 'dead')).length === 2)
    const dead = await deliveriesOf(id, 'dead')
    expect(dead.map(({ eventId }) => eventId)).toEqual(versions(code, 2))
    for (const { lastTry, tries } of dead) {
      expect(lastTry?.outcome).toMatch(outcome)
      expect(tries).toBeGreaterThan(0)
    }
    expect(running.logged()).toMatch(/given up/)
    expect(running.logged()).not.toMatch(/127\.0\.0\.1|Niê|paknwh_/)

    to.behave(() => 200)
    const before = to.heard.length
    const replay = (eventId?: string) =>
      house.webhooks.act('operator', id, { act: 'replay', ...(eventId === undefined ? {} : { eventId }) })
    expect(await replay(`${code}.v2`)).toMatchObject({ replayed: 1 })
    await until('it is told', () => to.heard.length === before + 1)
    expect(to.heard.at(-1)?.id).toBe(`${code}.v2`)
    await expect(replay(`${code}.v2`)).rejects.toMatchObject({ code: 'invalid_fields' })
    expect(await replay()).toMatchObject({ replayed: 1 })
    await until('the other is told', () => to.heard.at(-1)?.id === `${code}.v1`)
    await until('none is left', async () => (await deliveriesOf(id, 'delivered')).length === 2)
    expect(await replay()).toMatchObject({ replayed: 0 })
  })

  test('that sends us elsewhere is not followed', async () => {
    const elsewhere = await receiver()
    const to = await receiver((_heard, response) => void response.writeHead(307, { Location: elsewhere.url }).end())
    const { id } = await add(to)
    await worker({ options: { giveUpAfterMs: 100 } })
    await house.file()
    await until('it is given up', async () => (await deliveriesOf(id, 'dead')).length === 1)
    expect((await deliveriesOf(id, 'dead'))[0]?.lastTry?.outcome).toBe('http_307')
    expect(elsewhere.heard).toEqual([])
  })

  test('that is gone is left alone until somebody resumes it; nothing is lost meanwhile', async () => {
    const to = await receiver(() => 410)
    const { id } = await add(to)
    const running = await worker()
    const code = await house.file()
    await until('it is paused', async () => (await stateOf(id)) === 'paused')
    expect(await house.webhooks.find('operator', id)).toMatchObject({ pausedBecause: 'gone', waiting: 1, dead: 0 })
    expect(await running.metric('pakn_outgoing_webhooks_gone_total')).toBe(1)
    expect(running.logged()).toMatch(/"level":"error".*410/)
    await note(code)
    await until('the change is given out', async () => (await deliveriesOf(id, 'waiting')).length === 2)
    await sleep(200)
    expect(to.heard).toHaveLength(1)
    to.behave(() => 200)
    await house.webhooks.act('operator', id, { act: 'resume' })
    await until('all is told', () => to.heard.length === 3)
    expect(to.ids()).toEqual([`${code}.v1`, ...versions(code, 2)])
    expect(await stateOf(id)).toBe('active')
  })

  test('that is down is tried less, one case at a time, and is well again with the first answer', async () => {
    let open = 0
    let most = 0
    const to = await receiver((_heard, response) => {
      open += 1
      most = Math.max(most, open)
      setTimeout(() => {
        open -= 1
        response.writeHead(503).end()
      }, 20)
      return undefined
    })
    const { id } = await add(to)
    const running = await worker({ options: { failingAfter: 3 } })
    const codes = await fileMany(5)
    await until('it counts as failing', async () => (await stateOf(id)) === 'failing')
    expect(await house.webhooks.find('operator', id)).toMatchObject({
      fault: 'http_503',
      failingSince: expect.any(Number),
    })
    await until('what was begun before has ended', () => open <= 1)
    most = 0
    const heard = to.heard.length
    await until('it is tried again', () => to.heard.length > heard + 3)
    expect(most).toBe(1)
    to.behave(() => 200)
    await until('all is told', async () => (await deliveriesOf(id, 'delivered')).length === codes.length)
    await until('it is well', async () => (await stateOf(id)) === 'active')
    expect(running.logged()).toMatch(/takes events again/)
  })

  test('that took nothing for days gets all that waits as dead letters at once', async () => {
    const to = await receiver(() => 503)
    const { id } = await add(to)
    await worker({ options: { failingAfter: 2, giveUpAfterMs: 600, probeFirstMs: 250, probeMaxMs: 300 } })
    const codes = await fileMany(8)
    await until('all is given up', async () => (await deliveriesOf(id, 'dead')).length === codes.length)
    expect(await stateOf(id)).toBe('failing')
    expect(to.heard.length).toBeLessThan(8 + 8)
    to.behave(() => 200)
    await house.webhooks.act('operator', id, { act: 'replay' })
    await until('all is told', async () => (await deliveriesOf(id, 'delivered')).length === codes.length)
  })
})

describe('what is told', () => {
  test('is what the receiver asked for: acts, and units that have the case or give it away', async () => {
    const [forwards, unit, office] = [await receiver(), await receiver(), await receiver()]
    await add(forwards, { acts: ['forward', 'submit'] })
    await add(unit, { unitCodes: ['QN-C23527'] })
    await add(office, { unitCodes: ['QN-VP'], acts: ['returnToIntake'] })
    await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
    const { token } = await house.people.addToken('coordinator', { name: 't', days: 1 }, Date.now())
    await worker()
    const code = await house.file()
    await note(code)
    const forward = { act: 'forward', contentKind: 'conduct', field: 'land', note: 'Chuyển.' }
    await act(code, { ...forward, leadUnitCode: 'QN-C23527' })
    await act(code, { act: 'returnToIntake', reason: 'Không thuộc thẩm quyền.' }, token)
    await until('the unit is told', () => unit.heard.length === 2)
    await until('the others are', () => forwards.heard.length === 2 && office.heard.length === 1)
    expect(forwards.heard.map(({ event }) => event.act)).toEqual(['submit', 'forward'])
    expect(unit.heard.map(({ event }) => event.act)).toEqual(['forward', 'returnToIntake'])
    expect(office.heard.map(({ event }) => event.act)).toEqual(['returnToIntake'])
  })

  test('is nothing of a suspected denunciation, neither that it became one nor that it was', async () => {
    const to = await receiver()
    const { id } = await add(to)
    const running = await worker()
    const code = await house.file()
    await until('it is told', () => to.heard.length === 1)
    await act(code, { act: 'markDenunciation', reason: 'Nêu đích danh cán bộ.' })
    await act(code, { act: 'note', text: 'Đang xem.' }, leader)
    await act(code, { act: 'clearDenunciation', reason: 'Không phải tố cáo.' }, leader)
    await note(code)
    await until('the next open one is told', () => to.heard.length === 2)
    expect(to.ids()).toEqual([`${code}.v1`, `${code}.v5`])

    const secret = await house.file({ hints: ['denunciationSuspected'] })
    const open = await house.file()
    await until('the open one is told', () => to.ids(open).length === 1)
    expect(to.ids(secret)).toEqual([])

    // One that waits already is taken back.
    to.behave(() => 500)
    const late = await house.file()
    await until('it was tried', () => to.ids(late).length > 0)
    await act(late, { act: 'markDenunciation', reason: 'Nêu đích danh cán bộ.' })
    to.behave(() => 200)
    await until('it is skipped', async () => (await deliveriesOf(id, 'skipped')).length === 1)
    expect((await deliveriesOf(id, 'skipped'))[0]?.eventId).toBe(`${late}.v1`)
    expect(await running.metric('pakn_outgoing_webhook_tries_total', { outcome: 'skipped' })).toBe(1)
  })

  test('is each line of the history exactly once, whoever acts at the same time', async () => {
    const to = await receiver()
    await add(to)
    await worker()
    await worker()
    const parent = await house.file()
    const code = await house.file()
    const merge = { act: 'merge', parentCode: parent }
    const racing = Array.from({ length: 8 }, () => note(code).catch(() => 'too late'))
    await Promise.all([...racing, act(parent, { act: 'note', text: 'Trùng.' })])
    await act(code, merge)
    const lines = (await Promise.all([parent, code].map((one) => house.cases.history(one)))).flat()
    await until('all is told', () => to.heard.length >= lines.length)
    await sleep(150)
    expect(to.heard).toHaveLength(lines.length)
    for (const one of [parent, code])
      expect(to.ids(one)).toEqual(versions(one, (await house.cases.history(one)).length))
  })

  test('is every change since the webhook is there, also when nobody was running', async () => {
    const to = await receiver()
    const code = await house.file()
    await add(to)
    await note(code)
    expect(await collections.events.countDocuments()).toBeGreaterThan(0)
    const idle = await worker()
    await until('it is told', () => to.ids(code).includes(`${code}.v2`))
    workers.splice(workers.indexOf(idle), 1)
    await idle.stop()
    await note(code)
    await worker()
    await until('it is told', () => to.ids(code).includes(`${code}.v3`))
  })

  test('does not wait for a webhook that somebody has tampered with', async () => {
    const [broken, to] = [await receiver(), await receiver()]
    const { id } = await add(broken)
    await add(to)
    await collections.webhooks.updateOne({ _id: id }, { $set: { sealed: Buffer.from('nonsense') } })
    const running = await worker()
    await house.file()
    await until('the other is told', () => to.heard.length === 1)
    expect(broken.heard).toEqual([])
    expect(running.logged()).toContain(id)
  })

  test('is nothing any more after a webhook was removed, and nothing of it is kept', async () => {
    const to = await receiver(() => 500)
    const { id } = await add(to)
    const running = await worker()
    await house.file()
    await until('it was tried', () => to.heard.length > 0)
    await house.webhooks.act('operator', id, { act: 'remove' })
    await until('it is left alone', async () => {
      const before = to.heard.length
      await sleep(200)
      return to.heard.length === before
    })
    expect(await collections.deliveries.countDocuments()).toBe(0)
    expect(await collections.webhooks.countDocuments()).toBe(0)
    expect(running.logged()).not.toMatch(/"level":"error"/)
  })
})

describe('several processes', () => {
  test('one at a time tells a receiver; each event arrives once and in order, also when one of them ends', async () => {
    const to = await Promise.all(Array.from({ length: 3 }, () => receiver()))
    for (const one of to) await add(one)
    const first = await worker()
    const second = await worker()
    await until('they share', () => first.partitions.owned().length === 32 && second.partitions.owned().length === 32)
    const codes = await fileMany(4)
    for (const code of codes) await note(code)
    workers.splice(workers.indexOf(second), 1)
    await Promise.all([second.stop(), ...codes.map((code) => note(code))])
    await until('all are told', () => to.every(({ heard }) => heard.length >= 12))
    await sleep(150)
    for (const one of to) {
      expect(one.heard).toHaveLength(12)
      for (const code of codes) expect(one.ids(code)).toEqual(versions(code, 3))
    }
  })

  test('one that dies with an event on its way is followed by another, which sends it again under the same id', async () => {
    const to = await receiver(() => undefined)
    await add(to)
    const first = await worker({ leaseMs: 800 })
    const code = await house.file()
    await note(code)
    await until('the event is on its way', () => to.heard.length === 1)
    workers.splice(workers.indexOf(first), 1)
    await first.crash()
    to.behave(() => 200)
    await worker({ leaseMs: 800 })
    await until('all is told', () => to.heard.length === 3)
    expect(to.ids()).toEqual([`${code}.v1`, ...versions(code, 2)])
    expect(new Set(to.heard.slice(0, 2).map(({ body }) => body)).size).toBe(1)
  })
})
