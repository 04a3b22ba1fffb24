import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MongoClient } from 'mongodb'
import { startTestApp, type TestApp } from '../test/support/app.ts'
import { startFakeZalo } from '../test/support/fake-zalo.ts'
import { openOfficers } from '../test/support/officers.ts'
import { startBenchDatabase } from './support/database.ts'
import { type Day, fileAll, live } from './support/fault-day.ts'
import { countDue, countOpen, judge, type Verdict } from './support/fault-judge.ts'
import { createFaultDecks, FAULTY_WAYS, type FaultDecks, wayOf } from './support/fault-kinds.ts'
import { startFaultySms } from './support/fault-sms.ts'
import { createTrails } from './support/fault-trails.ts'
import { createRandom } from './support/random.ts'
import { takeTime } from './support/time-jumps.ts'

const NOTICES = ['N1', 'N2', 'N3', 'N3b', 'N4', 'N7', 'N10', 'message']
const SMS_TOKEN = 'sms-token-of-the-bench-0123456789'

/**
 * Days of notices, and the week after them, against a Zalo that fails for one call in five in every way that its two tables of
 * numbers know and in some that no table knows: cut and silent connections, pages of other servers, slow and torn answers, with
 * and without the message delivered, tokens that end, and receipts that come late, twice, out of order or never. Shows that every
 * notice that is owed ends delivered or as the work of a person, that nothing is said twice, and that each citizen hears things in
 * their order. Without `--rounds` it goes on until every number was met.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      citizens: { type: 'string', default: '60' },
      rounds: { type: 'string' },
      share: { type: 'string', default: '0.2' },
      seed: { type: 'string', default: '1' },
    },
  })
  const count = Number(values.citizens)
  const share = Number(values.share)
  const random = createRandom(Number(values.seed))
  const time = takeTime()
  const database = await startBenchDatabase()
  const client = await MongoClient.connect(database.uri)
  const decks = createFaultDecks(random, share)
  const trails = createTrails(random)
  const sms = await startFaultySms(random, share, SMS_TOKEN)
  const zalo = await startFakeZalo({
    receipts: true,
    echoes: true,
    carryEvents: trails.carry,
    fate({ route }) {
      const way = wayOf(route)
      return way === undefined ? undefined : decks.deal(way)
    },
  })
  trails.begin(zalo)
  const folder = await mkdtemp(join(tmpdir(), 'pakn-faults-'))
  let app: TestApp | undefined
  try {
    app = await startTestApp({
      uri: database.uri,
      zalo,
      steadyNow: time.steadyNow,
      env: {
        MIN_IDENTITY_LEVEL: '1',
        QUIET_HOURS: '21:00-07:00',
        LOG_LEVEL: 'fatal',
        EVENTS_PER_MINUTE_MAX: '100000',
        API_RATE_PER_MINUTE: '1000000',
        ZBS_TEMPLATES: await templatesIn(folder),
        SMS_URL: sms.url,
        SMS_TOKEN,
      },
    })
    sms.begin(app.url)
    const officers = await openOfficers(app.env, app.url)
    const day: Day = {
      app,
      zalo,
      officers,
      time,
      random,
      decks,
      trails,
      countDue: () => countDue(client.db().collection('notices')),
      switchOn() {
        trails.switchOn()
        sms.switchOn()
      },
    }
    const part = Math.max(1, Math.round(count / 3))
    const senders = await fileAll(day, { present: Math.max(1, count - 2 * part), away: part, callers: part })
    const roundsMax = values.rounds === undefined ? 400 : Number(values.rounds)
    const rounds = await live(day, senders, { roundsMax, isOver: async () => (await countOpen(database.uri)) === 0 })
    const verdict = await judge(day, senders, { databaseUri: database.uri, sms: sms.arrivals })
    const isFull = values.rounds === undefined
    const lines = [
      `faults    ${verdict.notices} notices to ${senders.length} senders in ${rounds} rounds   (load of the machine ${loadavg()[0]?.toFixed(1)})`,
      ...metLines(decks),
      countLine('sms', sms.counts),
      countLine('receipts', new Map(Object.entries(trails.fates))),
      ...verdictLines(verdict),
      `unmet     ${decks.unmet().length === 0 ? 'no' : decks.unmet().length} kinds of faults${isFull ? '   target 0' : ''}`,
      ...(isFull ? decks.unmet().map((kind) => `  ! ${kind}`) : []),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    if (findingsOf(verdict).length > 0 || (isFull && decks.unmet().length > 0)) process.exitCode = 1
  } finally {
    await app?.stop()
    await zalo.stop()
    await sms.stop()
    await client.close()
    await database.stop()
    await rm(folder, { recursive: true, force: true })
    time.restore()
  }
}

async function templatesIn(folder: string): Promise<string> {
  const file = join(folder, 'zbs.json')
  const entries = NOTICES.map((notice, index) => [
    notice,
    { template_id: String(418_200 + index), parameters: { ma: 'code', trang_thai: 'state' } },
  ])
  await writeFile(file, JSON.stringify(Object.fromEntries(entries)))
  return file
}

function metLines(decks: FaultDecks): string[] {
  return FAULTY_WAYS.map((way) => countLine(way, decks.counts(way)))
}

function countLine(name: string, counts: ReadonlyMap<string, number>): string {
  const met = [...counts].filter(([, times]) => times > 0)
  const all = met.reduce((sum, [, times]) => sum + times, 0)
  const list = met.map(([kind, times]) => `${kind} ×${times}`).join(', ')
  return `met       ${name}: ${all} in ${met.length} of ${counts.size} ways: ${list}`
}

function findingsOf({ open, doubled, disordered, unfounded }: Verdict): string[] {
  return [...open, ...doubled, ...disordered, ...unfounded]
}

function verdictLines(verdict: Verdict): string[] {
  const { owed, states, open, doubled, disordered, unfounded, secondWay } = verdict
  return [
    `ended     ${owed} owed: ${Object.entries(states)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ')}; ${secondWay} on a second way for want of proof`,
    `open      ${open.length}   target 0`,
    `doubled   ${doubled.length}   target 0`,
    `order     ${disordered.length} citizens out of order   target 0`,
    `unfounded ${unfounded.length} proofs of what did not arrive   target 0`,
    ...findingsOf(verdict)
      .slice(0, 12)
      .map((finding) => `  ! ${finding}`),
  ]
}
