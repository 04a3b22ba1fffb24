import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mongoose from 'mongoose'
import { runPakn } from '../../src/operator/program.ts'
import { findMongod } from '../../src/store/mongod.ts'
import { freePort, zaloEnvironment } from '../../test/support/app.ts'
import { type FakeZalo, startFakeZalo } from '../../test/support/fake-zalo.ts'
import { until } from '../../test/support/until.ts'
import { type CrashCitizen, createCrashCitizen, createZaloDelivery, transcriptOf } from './crash-citizens.ts'
import { startService } from './service-process.ts'

export type CrashOptions = {
  name: string
  kills: number
  /** Citizens who file at any time; who has filed is followed by another. */
  citizensAtOnce: number
  /** The database that survives; null: the service has its own, which dies with it. */
  mongodbUri: string | null
  mongodBinary?: string
  /** How long all that is begun may take after the last kill. */
  drainMs?: number
  log?(line: string): void
}

export type CrashReport = {
  kills: number
  killsInStart: number
  citizens: number
  /** Events that were answered with 200, each once. */
  events: number
  repeated: number
  twice: number
  cases: number
  messages: number
  /** Messages that arrived while nobody lived any more to be told so. */
  inDoubt: number
  readyMs: number[]
  /** What should not be, each with what is known of it; empty when all is as promised. */
  lost: string[]
  doubled: string[]
  other: string[]
}

const inStartShare = 0.15
const slowAnswerShare = 0.2

/** Kills the service again and again while citizens file through a Zalo on this machine, and judges what came of it all. */
export async function runCrash(options: CrashOptions): Promise<CrashReport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pakn-crash-'))
  let hear: (delivered: Parameters<CrashCitizen['hear']>[0]) => void = () => undefined
  const zalo = await startFakeZalo({
    onDelivered: (delivered) => hear(delivered),
    // Long enough that many a kill comes between a delivery and the answer to it.
    answerDelayMs: () => (Math.random() < slowAnswerShare ? Math.random() * 500 : 0),
  })
  const port = await freePort()
  const environment = await environmentOf(options, { dataDir, port, zalo })
  const delivery = createZaloDelivery({ zalo, webhookUrl: `http://127.0.0.1:${port}/webhooks/zalo`, twiceShare: 0.1 })
  const crowd = createCrowd({ zalo, delivery })
  hear = crowd.hear
  let service = startService(environment)
  try {
    // One who files in peace shows what the others should hear; and the grant is fetched for good.
    await service.ready()
    crowd.begin(1)
    await until('the first citizen has filed', () => crowd.filed() === 1, 30_000)
    crowd.keep(options.citizensAtOnce)
    const readyMs: number[] = []
    let killsInStart = 0
    for (let kill = 1; kill <= options.kills; kill++) {
      if (Math.random() < inStartShare) {
        killsInStart += 1
        await sleep(Math.random() * 1_500)
      } else {
        readyMs.push(await service.ready())
        await sleep(50 + Math.random() * 1_500)
      }
      await service.kill()
      service = startService(environment)
      if (kill % 10 === 0) options.log?.(`${options.name}: ${kill} kills, ${crowd.filed()} cases`)
    }
    crowd.keep(0)
    readyMs.push(await service.ready())
    const isDrained = await drain(crowd, delivery, options.drainMs ?? 60_000)
    const report = { kills: options.kills, killsInStart, readyMs, ...delivery.counts, inDoubt: zalo.counts.unheard }
    const uri = options.mongodbUri ?? (await readFile(join(dataDir, 'mongodb', 'uri'), 'utf8'))
    return { ...report, ...(await judge({ uri, crowd, zalo, delivery, environment, isDrained })) }
  } finally {
    await service.kill('SIGTERM')
    await delivery.stop()
    await zalo.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function environmentOf(
  options: CrashOptions,
  { dataDir, port, zalo }: { dataDir: string; port: number; zalo: FakeZalo },
): Promise<Record<string, string>> {
  if (options.mongodbUri === null) {
    const log = () => undefined
    const { path } = await findMongod({ binary: options.mongodBinary, dataDir: join(process.cwd(), 'var'), log })
    await mkdir(join(dataDir, 'bin'))
    await symlink(path, join(dataDir, 'bin', 'mongod'))
  }
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    ...(options.mongodbUri === null ? {} : { MONGODB_URI: options.mongodbUri }),
    QUIET_HOURS: 'off',
    LOG_LEVEL: 'error',
    INBOX_QUIET_MS: '150',
    // People who answer in no time are no flood here.
    EVENTS_PER_MINUTE_MAX: '10000',
    MIN_IDENTITY_LEVEL: '1',
    ZALO_RATE_PER_MINUTE: '100000',
    ...zaloEnvironment(zalo),
  }
}

type Crowd = ReturnType<typeof createCrowd>

function createCrowd(deps: { zalo: FakeZalo; delivery: ReturnType<typeof createZaloDelivery> }) {
  const { zalo, delivery } = deps
  const citizens: CrashCitizen[] = []
  const byId = new Map<string, CrashCitizen>()
  let filed = 0
  let atOnce = 0

  function begin(count: number): void {
    for (let index = 0; index < count; index++) {
      const citizen = createCrashCitizen({
        number: citizens.length + 1,
        // Never the first: that one shows what is to be heard.
        isImpatient: citizens.length % 8 === 7,
        zalo,
        delivery,
        onFiled() {
          filed += 1
          begin(Math.max(0, atOnce - (citizens.length - filed)))
        },
      })
      citizens.push(citizen)
      byId.set(citizen.id, citizen)
      citizen.begin()
    }
  }

  return {
    begin,
    citizens,
    filed: () => filed,
    keep(count: number) {
      atOnce = count
      begin(Math.max(0, atOnce - (citizens.length - filed)))
    },
    /** Zalo tells the service of what it delivered, to every second citizen only: echoes are not promised. */
    hear(delivered: Parameters<CrashCitizen['hear']>[0]) {
      const { userId, messageId, message } = delivered
      if (Number(userId.at(-1)) % 2 === 0) delivery.deliver(zalo.events.echo(userId, messageId, message.text ?? ''))
      delivery.deliver(zalo.events.received(userId, messageId))
      byId.get(userId)?.hear(delivered)
    },
  }
}

async function drain(crowd: Crowd, delivery: { pending(): number }, drainMs: number): Promise<boolean> {
  const deadline = Date.now() + drainMs
  let quietSince = 0
  let heardBefore = -1
  while (Date.now() < deadline) {
    const heard = crowd.citizens.reduce((sum, citizen) => sum + citizen.heard.length, 0)
    if (heard !== heardBefore) quietSince = Date.now()
    heardBefore = heard
    const isDone = crowd.filed() === crowd.citizens.length && delivery.pending() === 0
    // What comes twice, and what is sent again unduly, needs a while to show itself.
    if (isDone && Date.now() - quietSince > 4_000) return true
    await sleep(100)
  }
  return false
}

type Judgement = Pick<CrashReport, 'citizens' | 'events' | 'cases' | 'messages' | 'lost' | 'doubled' | 'other'>

async function judge(found: {
  uri: string
  crowd: Crowd
  zalo: FakeZalo
  delivery: ReturnType<typeof createZaloDelivery>
  environment: Record<string, string>
  isDrained: boolean
}): Promise<Judgement> {
  const { crowd, zalo, delivery } = found
  const { citizens } = crowd
  const lost: string[] = []
  const doubled: string[] = []
  const other: string[] = []
  if (!found.isDrained) other.push(`not drained: ${delivery.pending()} events unanswered`)
  for (const citizen of citizens) if (citizen.code() === null) lost.push(`case of ${describe(citizen)}`)
  judgeTranscripts(citizens, { lost, doubled, other })
  const client = await mongoose.mongo.MongoClient.connect(found.uri)
  try {
    const db = client.db()
    await untilSettled(db)
    const states = await db
      .collection<{ _id: string; state: string; eventName: string; lane: string }>('inbox')
      .aggregate<{ _id: { state: string; lane: string }; count: number }>([
        { $group: { _id: { state: '$state', lane: '$lane' }, count: { $sum: 1 } } },
      ])
      .toArray()
    for (const { _id, count } of states) {
      if (_id.state !== 'done') other.push(`${count} events ${_id.state} (${_id.lane})`)
    }
    const events = states.reduce((sum, { count }) => sum + count, 0)
    if (events < delivery.counts.accepted) lost.push(`${delivery.counts.accepted - events} events answered with 200`)
    const messages = await judgeMessages(db, zalo, { lost, doubled, other })
    const cases = await judgeCases(db, citizens, { lost, doubled, other })
    other.push(...(await faultsOfHistories(found.environment)))
    return { citizens: citizens.length, events, cases, messages, lost, doubled, other }
  } finally {
    await client.close()
  }
}

type Findings = Pick<Judgement, 'lost' | 'doubled' | 'other'>

/** Whoever answers well hears the same as the first, in the same order: nothing is missing, twice or out of place. */
function judgeTranscripts(citizens: readonly CrashCitizen[], { lost, doubled, other }: Findings): void {
  const [first, ...others] = citizens
  if (first === undefined) return
  const expected = transcriptOf(first)
  for (const citizen of others) {
    const heard = transcriptOf(citizen)
    // The second tap is answered, too; what it is answered with depends on where the first one is.
    const compared = citizen.isImpatient ? heard.slice(0, expected.length - 1) : heard
    const wanted = citizen.isImpatient ? expected.slice(0, -1) : expected
    if (compared.join('\n') === wanted.join('\n')) continue
    if (new Set(heard).size < heard.length) doubled.push(`answer to ${describe(citizen)}`)
    else if (heard.length < wanted.length) lost.push(`answer to ${describe(citizen)}`)
    else other.push(`answers in another order or words to ${describe(citizen)}: ${difference(compared, wanted)}`)
  }
}

function difference(heard: string[], wanted: string[]): string {
  const at = heard.findIndex((line, index) => line !== wanted[index])
  return `at ${at}: “${heard[at]?.slice(0, 120)}” instead of “${wanted[at]?.slice(0, 120)}”`
}

const describe = (citizen: CrashCitizen): string => `${citizen.id} after ${citizen.heard.length} messages`

/** Waits for the receipts that are still on their way through the inbox. */
async function untilSettled(db: mongoose.mongo.Db): Promise<void> {
  const isSettled = async () =>
    (await db.collection('inbox').countDocuments({ state: 'waiting' }, { limit: 1 })) === 0 &&
    (await db.collection('outbox').countDocuments({ open: true }, { limit: 1 })) === 0
  await until('inbox and outbox are empty', isSettled, 20_000).catch(() => undefined)
}

/** Every bubble that arrived is known to the outbox as the one sending of one message, and every message has arrived. */
async function judgeMessages(db: mongoose.mongo.Db, zalo: FakeZalo, { lost, doubled, other }: Findings) {
  const messages = await db
    .collection<{ _id: string; state: string; open?: true; messageIds: string[] }>('outbox')
    .find({}, { projection: { state: 1, open: 1, messageIds: 1 } })
    .toArray()
  const known = new Set(messages.flatMap(({ messageIds }) => messageIds))
  for (const { messageId, userId } of zalo.delivered) {
    if (!known.has(messageId)) doubled.push(`message ${messageId} to ${userId} is not the one that is on record`)
  }
  for (const { _id, state, open, messageIds } of messages) {
    if (open === true) other.push(`message ${_id} is still ${state}`)
    else if (!['accepted', 'delivered', 'seen'].includes(state)) lost.push(`message ${_id} ended as ${state}`)
    if (messageIds.length > 1) doubled.push(`message ${_id} has ${messageIds.length} ids`)
  }
  const ids = messages.flatMap(({ messageIds }) => messageIds)
  if (new Set(ids).size < ids.length) lost.push(`${ids.length - new Set(ids).size} messages were taken for others`)
  const arrived = new Set(zalo.delivered.map(({ messageId }) => messageId))
  for (const id of known) if (!arrived.has(id)) lost.push(`message ${id} is on record and never arrived`)
  return messages.length
}

/** One case for each citizen, with the code that was told, and codes that follow each other without a gap. */
async function judgeCases(db: mongoose.mongo.Db, citizens: readonly CrashCitizen[], findings: Findings) {
  const { lost, doubled, other } = findings
  const cases = await db
    .collection<{ _id: string; citizenKey: string }>('cases')
    .find({}, { projection: { citizenKey: 1 } })
    .toArray()
  const stored = new Set(cases.map(({ _id }) => _id))
  const told = citizens.map((citizen) => citizen.code()).filter((code) => code !== null)
  for (const code of told) if (!stored.has(code)) lost.push(`case ${code}, which its citizen was told of`)
  if (new Set(told).size < told.length) doubled.push('a code that two citizens were told')
  if (new Set(cases.map(({ citizenKey }) => citizenKey)).size < cases.length) doubled.push('a case of one citizen')
  for (const [day, codes] of Map.groupBy(stored, (code) => code.slice(0, -5))) {
    const numbers = codes.map((code) => Number(code.split('.').at(-1))).sort((a, b) => a - b)
    if (numbers.some((number, index) => number !== index + 1)) other.push(`codes of ${day} do not follow each other`)
  }
  return cases.length
}

async function faultsOfHistories(environment: Record<string, string>): Promise<string[]> {
  const results: string[] = []
  const exitCode = await runPakn(['verify'], environment, {
    result: (line) => void results.push(line),
    say: () => undefined,
  })
  return exitCode === 0 ? results : [`histories: ${results.slice(0, 5).join('; ')} (exit ${exitCode})`]
}
