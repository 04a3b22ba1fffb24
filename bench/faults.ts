import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { oaErrors } from '../src/zalo/error-table.ts'
import { startTestApp, type TestApp } from '../test/support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../test/support/citizen.ts'
import { channelRefusal, createFakeChannels } from '../test/support/fake-channels.ts'
import { type FakeZalo, type Fault, startFakeZalo } from '../test/support/fake-zalo.ts'
import { type Officers, openOfficers } from '../test/support/officers.ts'
import { startBenchDatabase } from './support/database.ts'
import { createRandom } from './support/random.ts'

const HOUR_MS = 3_600_000
const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'
const ENDED = ['delivered', 'seen', 'workItem', 'done']

type Told = {
  notice: string
  mandatory: boolean
  state: string
  tries: { at: string; channel: string; result: string; code?: string }[]
}

/**
 * A day of notices, and the week after it, against a Zalo that fails for one message in five, in every way that its table of errors
 * knows and in some that no table knows (cut connections, pages of other servers, with and without the message delivered). Shows
 * that every mandatory notice ends delivered or as the work of a person, that nothing is said twice, and that each citizen hears
 * things in their order.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      citizens: { type: 'string', default: '100' },
      rounds: { type: 'string', default: '4' },
      share: { type: 'string', default: '0.2' },
      seed: { type: 'string', default: '1' },
    },
  })
  const seeded = createRandom(Number(values.seed))
  const random = () => seeded.below(1_000_000) / 1_000_000
  const database = await startBenchDatabase()
  const zalo = await startFakeZalo({ receipts: true, echoes: true })
  const channels = createFakeChannels(['template', 'sms'])
  channels.answers.template = () => (random() < 0.5 ? channelRefusal('user', '-118') : undefined)
  channels.answers.sms = () => {
    const fate = random()
    if (fate < 0.1) return channelRefusal('retry', 'http503')
    return fate < 0.2 ? channelRefusal('drop', 'badNumber') : undefined
  }
  let app: TestApp | undefined
  try {
    app = await startTestApp({
      uri: database.uri,
      zalo,
      env: {
        MIN_IDENTITY_LEVEL: '1',
        QUIET_HOURS: '21:00-07:00',
        LOG_LEVEL: 'fatal',
        EVENTS_PER_MINUTE_MAX: '100000',
        API_RATE_PER_MINUTE: '1000000',
      },
      channels: channels.channels,
    })
    const officers = await openOfficers(app.env, app.url)
    const citizens = Array.from({ length: Number(values.citizens) }, (_, index) =>
      createCitizen(zalo, `84610273955${String(index).padStart(8, '0')}`, { patienceMs: 60_000 }),
    )
    const cases = await fileAll(citizens)
    const report = await aDay(
      { app, zalo, officers, cases, random },
      { rounds: Number(values.rounds), share: Number(values.share) },
    )
    const lines = [
      `faults    ${report.notices} notices to ${citizens.length} citizens, ${report.faults} sends made to fail in ${report.kinds} ways   (load of the machine ${loadavg()[0]?.toFixed(1)})`,
      `ended     ${report.mandatory} mandatory: ${Object.entries(report.states)
        .map(([state, count]) => `${count} ${state}`)
        .join(', ')}`,
      `open      ${report.open.length}   target 0`,
      `doubled   ${report.doubled.length}   target 0`,
      `order     ${report.disordered.length} citizens out of order   target 0`,
      ...[...report.open, ...report.doubled, ...report.disordered].slice(0, 10).map((finding) => `  ! ${finding}`),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    if (report.open.length + report.doubled.length + report.disordered.length > 0) process.exitCode = 1
  } finally {
    await app?.stop()
    await zalo.stop()
    await database.stop()
  }
}

type Day = {
  app: TestApp
  zalo: FakeZalo
  officers: Officers
  cases: { citizen: Citizen; code: string }[]
  random(): number
}

async function fileAll(citizens: readonly Citizen[]): Promise<Day['cases']> {
  const cases: Day['cases'] = []
  const waiting = citizens.map((citizen, index) => ({ citizen, index }))
  const lanes = Array.from({ length: 8 }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const phone = `09050${String(next.index).padStart(5, '0')}`
      await fillForm(next.citizen, { content: MATTER, phone, code: async () => null })
      const filed = await next.citizen.tap('GỬI PHẢN ÁNH')
      const code = /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0]
      if (code !== undefined) cases.push({ citizen: next.citizen, code })
    }
  })
  await Promise.all(lanes)
  return cases
}

async function aDay(day: Day, asked: { rounds: number; share: number }) {
  const { app, zalo, officers, cases, random } = day
  const kinds = new Set<string>()
  let faults = 0
  const spoil = (userId: string) => {
    if (random() >= asked.share) return
    const fault = FAULTS[Math.floor(random() * FAULTS.length)]
    if (fault === undefined) return
    faults += 1
    kinds.add(JSON.stringify(fault))
    zalo.fail(fault, { path: '/oa/message', userId })
  }
  const advance = async (hours: number) => {
    app.app.clock.advance(hours * HOUR_MS)
    await sleep(1_500)
  }
  for (let round = 1; round <= asked.rounds; round++) {
    for (const { citizen, code } of cases) {
      spoil(citizen.id)
      await officers.act('intake', code, { act: 'messageCitizen', text: `Tin số ${round} về ${code}.` })
      // Some write in between, and hear first what waited for them.
      if (random() < 0.2) await zalo.post(zalo.events.userSendsText(citizen.id, 'alo', { at: app.app.clock.now() }))
    }
    await advance(24 / asked.rounds)
  }
  const refusal = { act: 'refuse', reasonCode: 'judicial', reason: 'Không thuộc phạm vi.', guidance: 'Xin gửi tòa án.' }
  for (const { citizen, code } of cases) {
    spoil(citizen.id)
    await officers.act('intake', code, refusal)
    await officers.act('leader', code, { act: 'approveRefusal' })
  }
  // The ways beside the chat have hours to prove themselves: a week is more than all of them together.
  for (let step = 0; step < 20; step++) await advance(9)
  for (const { citizen } of cases) {
    if (random() < 0.3) await zalo.post(zalo.events.userSendsText(citizen.id, 'alo', { at: app.app.clock.now() }))
  }
  for (let step = 0; step < 4; step++) await advance(9)
  return { ...(await judge(day, asked.rounds)), faults, kinds: kinds.size }
}

async function judge({ officers, cases }: Day, rounds: number) {
  const states: Record<string, number> = {}
  const open: string[] = []
  const doubled: string[] = []
  const disordered: string[] = []
  let notices = 0
  let mandatory = 0
  for (const { citizen, code } of cases) {
    const told = (await officers.get('intake', `/cases/${code}/notices`)).body.items as Told[]
    notices += told.length
    // What an officer writes on purpose has to arrive as well.
    const owed = told.filter((one) => one.mandatory || one.notice === 'message')
    for (const one of owed) {
      mandatory += 1
      states[one.state] = (states[one.state] ?? 0) + 1
      if (!ENDED.includes(one.state)) open.push(`${code} ${one.notice} ${one.state}`)
    }
    const heard = citizen.heard()
    const messages = told.filter(({ notice }) => notice === 'message')
    const numbers: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const words = `Tin số ${round} về ${code}.`
      const times = heard.filter((line) => line.includes(words)).length
      if (times > 1) doubled.push(`${code} message ${round}: ${times} times`)
      // One that Zalo refused is said again when the citizen writes; it has lost its place by that.
      const isLate = messages[round - 1]?.tries.some(
        ({ channel, code: answer }) => channel === 'zalo' && answer !== undefined,
      )
      const place = heard.findIndex((line) => line.includes(words))
      if (place >= 0 && isLate !== true) numbers.push(place)
    }
    if (heard.filter((line) => line.includes('Xin gửi tòa án.')).length > 1) doubled.push(`${code} N4`)
    if (numbers.some((place, index) => place < (numbers[index - 1] ?? -1))) disordered.push(code)
  }
  return { states, open, doubled, disordered, notices, mandatory }
}

/** -32 stops everything for a minute and more, and the ways to say that the grant is gone end the day: they have tests of their own. */
const LEFT_OUT = new Set(['-32', '-216', '-220', '-124', '452', '-204', '-205'])

const FAULTS: readonly Fault[] = [
  ...Object.keys(oaErrors)
    .filter((code) => !LEFT_OUT.has(code))
    .map((code): Fault => ({ mode: 'error', code: Number(code) })),
  { mode: 'error', code: -9_999 },
  { mode: 'errorButDelivered', code: -200 },
  { mode: 'reset' },
  { mode: 'resetButDelivered' },
  { mode: 'html502' },
  { mode: 'html502ButDelivered' },
  { mode: 'answer', status: 200, body: '{' },
  { mode: 'answer', status: 200, body: '{', isDelivered: true },
]
