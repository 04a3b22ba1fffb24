import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addDays, dayOf } from '../../src/cases/days.ts'
import { newConversation } from '../../src/conversation/state.ts'
import { parseDataKeys } from '../../src/store/crypto.ts'
import { openDatabase } from '../../src/store/database.ts'
import type { ConversationDocument } from '../../src/store/documents.ts'
import { openKeyring } from '../../src/store/keys.ts'
import { sealJson } from '../../src/store/sealed.ts'
import { stateContext, userIdContext } from '../../src/store/turn-store.ts'
import { partitionOf } from '../../src/usecases/road.ts'
import { freePort, zaloEnvironment } from '../../test/support/app.ts'
import { startFakeZalo } from '../../test/support/fake-zalo.ts'
import { until } from '../../test/support/until.ts'
import { type CrashCitizen, createCrashCitizen, createZaloDelivery } from './crash-citizens.ts'
import { tokensOf } from './people.ts'
import { type ServiceProcess, startService } from './service-process.ts'

export type BroadcastRunOptions = {
  mongodbUri: string
  recipients: number
  kills: number
  /** Mandatory notices during the broadcast. */
  notices: number
  ratePerMinute: number
  log(line: string): void
}

export type BroadcastRunReport = {
  recipients: number
  others: number
  kills: number
  /** Messages that arrived while nobody lived any more to be told so. */
  inFlight: number
  lost: number
  doubled: number
  /** Difference between what the service reports and what arrived. */
  uncounted: number
  sendingMs: number
  paceMax: number
  noticeWaitMs: number[]
}

const TITLE = 'Đường dây 1022 cũ ngừng hoạt động từ 16/12'
const SEED_STEP = 5_000
/** Of a hundred people so many have said that they want no news. */
const OPTED_OUT_SHARE = 0.02

/** Seeds the followers, broadcasts to them, kills the service on the way, and counts what arrived. */
export async function runBroadcast(options: BroadcastRunOptions): Promise<BroadcastRunReport> {
  const { log } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'pakn-broadcast-'))
  const dataKeys = `k1:${randomBytes(32).toString('base64')}`
  const told = new Map<string, number>()
  const senders = new Map<string, CrashCitizen>()
  const noticed = new Map<string, number>()
  let arrived = 0
  const zalo = await startFakeZalo({
    onDelivered(delivered) {
      const { userId, message } = delivered
      const text = message.text ?? ''
      if (text.startsWith(TITLE)) {
        told.set(userId, (told.get(userId) ?? 0) + 1)
        arrived += 1
      } else if (text.includes(MISSING)) noticed.set(userId, performance.now())
      else senders.get(userId)?.hear(delivered)
    },
    // Long enough that a kill finds some on their way.
    answerDelayMs: () => (Math.random() < 0.2 ? Math.random() * 400 : 0),
  })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const environment = {
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    DATA_KEYS: dataKeys,
    MONGODB_URI: options.mongodbUri,
    QUIET_HOURS: 'off',
    LOG_LEVEL: 'error',
    INBOX_QUIET_MS: '150',
    EVENTS_PER_MINUTE_MAX: '10000',
    MIN_IDENTITY_LEVEL: '1',
    API_RATE_PER_MINUTE: '1000000',
    ZALO_RATE_PER_MINUTE: String(options.ratePerMinute),
    ...zaloEnvironment(zalo),
  }
  const delivery = createZaloDelivery({ zalo, webhookUrl: `${url}/webhooks/zalo`, twiceShare: 0 })
  let service: ServiceProcess | null = null
  try {
    const wanted = await seed(options, dataKeys)
    log(`${options.recipients} people are seeded`)
    service = startService(environment)
    await service.ready()
    const tokens = await tokensOf(people, environment)
    const api = apiOf(url, tokens)
    const cases = await fileCases({ zalo, delivery, senders, count: options.notices })
    log(`${cases.length} cases are filed`)
    // They write to the account and follow it, as Zalo says when it is asked: news are for them, too.
    for (const { userId } of cases) wanted.add(userId)

    const id = await begin(api)
    const startedAt = performance.now()
    const noticeWaitMs: number[] = []
    let kills = 0
    const notices = cases.map((one, index) => ({ ...one, after: ((index + 1) / (cases.length + 1)) * wanted.size }))
    let lookAt = 0
    for (;;) {
      if (performance.now() > lookAt) {
        if ((await stateOf(api, id)) === 'done') break
        lookAt = performance.now() + 500
      }
      const due = notices[0]
      if (kills < options.kills && arrived > ((kills + 1) / (options.kills + 1)) * wanted.size) {
        await service.kill()
        kills += 1
        log(`kill ${kills} after ${arrived} messages`)
        service = startService(environment)
        await service.ready()
      } else if (due !== undefined && arrived > due.after) {
        notices.shift()
        noticeWaitMs.push(await timeNotice(api, due, noticed))
      } else await sleep(20)
    }
    const sendingMs = performance.now() - startedAt
    await sleep(1_000)
    const { counts } = await api('leader', 'GET', `/broadcasts/${id}`)
    const copies = [...wanted].map((userId) => told.get(userId) ?? 0)
    const strangers = [...told.keys()].filter((userId) => !wanted.has(userId)).length
    return {
      recipients: wanted.size,
      others: counts.skipped,
      kills,
      inFlight: zalo.counts.unheard,
      lost: copies.filter((count) => count === 0).length + strangers,
      doubled: copies.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
      uncounted: wanted.size - counts.sent,
      sendingMs,
      paceMax: (options.ratePerMinute * 0.7) / 60,
      noticeWaitMs,
    }
  } finally {
    await service?.kill('SIGTERM')
    await delivery.stop()
    await zalo.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const MISSING = 'bản chụp giấy hẹn trả kết quả'
const people = [
  { login: 'lan', unit: 'QN-VP', role: 'intakeOfficer' },
  { login: 'leader', unit: 'QN-VP', role: 'officeLeader' },
  { login: 'publisher', unit: 'QN-VP', role: 'publisher' },
]

/** Followers who have all written within the window; answers who of them wants news. */
async function seed(options: BroadcastRunOptions, keys: string): Promise<Set<string>> {
  const database = await openDatabase({ uri: options.mongodbUri })
  try {
    const raw = database.connection.getClient().db(database.connection.name, { promoteBuffers: false })
    const dataKeys = parseDataKeys(keys)
    const { fields: cipher, hash } = await openKeyring(raw, dataKeys)
    const wanted = new Set<string>()
    const now = Date.now()
    for (let from = 0; from < options.recipients; from += SEED_STEP) {
      const count = Math.min(SEED_STEP, options.recipients - from)
      const documents = Array.from({ length: count }, (_, index): ConversationDocument => {
        const userId = String(5_530_918_846_000_000_000n + BigInt(from + index))
        const isOut = Math.random() < OPTED_OUT_SHARE
        if (!isOut) wanted.add(userId)
        const key = hash.citizenKey(userId)
        const at = new Date(now - Math.random() * 5 * 86_400_000)
        return {
          _id: key,
          partition: partitionOf(key),
          version: 1,
          schemaVersion: 1,
          state: sealJson(cipher, { ...newConversation(now), broadcasts: !isOut }, stateContext(key)),
          userId: cipher.encrypt(userId, userIdContext(key)),
          outboxSequence: 3,
          noticeSequence: 0,
          wakeAt: null,
          lastInteractionAt: at,
          following: true,
          unreachable: null,
          handoff: null,
          floodToldAt: null,
          createdAt: at,
          updatedAt: at,
        }
      })
      await database.collections.conversations.insertMany(documents, { ordered: false })
    }
    return wanted
  } finally {
    await database.close()
  }
}

/** People who file a case in the chat before the broadcast begins. */
async function fileCases(from: {
  zalo: Awaited<ReturnType<typeof startFakeZalo>>
  delivery: ReturnType<typeof createZaloDelivery>
  senders: Map<string, CrashCitizen>
  count: number
}): Promise<{ userId: string; code: string }[]> {
  const { zalo, delivery, senders, count } = from
  let filed = 0
  const citizens = Array.from({ length: count }, (_, index) =>
    createCrashCitizen({ number: 7_000 + index, isImpatient: false, zalo, delivery, onFiled: () => (filed += 1) }),
  )
  for (const citizen of citizens) senders.set(citizen.id, citizen)
  for (const citizen of citizens) citizen.begin()
  await until('all cases are filed', () => filed === count, 120_000)
  return citizens.map((citizen) => ({ userId: citizen.id, code: citizen.code() ?? '' }))
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of the service, read as it comes
type Api = (login: string, method: string, path: string, body?: object, headers?: object) => Promise<any>

function apiOf(url: string, tokens: Record<string, string>): Api {
  return async (login, method, path, body, headers = {}) => {
    for (let tries = 0; ; tries++) {
      try {
        const response = await fetch(`${url}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${tokens[login]}`, 'content-type': 'application/json', ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(20_000),
        })
        const answer = await response.json()
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
        return answer
      } catch (error) {
        if (tries > 3 || !(error instanceof TypeError)) throw error
        await sleep(500)
      }
    }
  }
}

async function begin(api: Api): Promise<string> {
  const text = 'Từ 16/12, Ông/Bà gửi phản ánh, kiến nghị qua trang Zalo này hoặc Cổng Dịch vụ công quốc gia.'
  const { id } = await api('publisher', 'POST', '/broadcasts', { title: TITLE, text, way: 'direct' })
  await api('leader', 'POST', `/broadcasts/${id}/acts`, { act: 'approve' })
  await api('leader', 'POST', `/broadcasts/${id}/acts`, { act: 'start' })
  return id
}

async function stateOf(api: Api, id: string): Promise<string> {
  return (await api('leader', 'GET', `/broadcasts?limit=1`)).items.find((one: { id: string }) => one.id === id)?.state
}

/** From the answer to an officer's act until the mandatory notice of it has arrived. */
async function timeNotice(
  api: Api,
  { userId, code }: { userId: string; code: string },
  noticed: ReadonlyMap<string, number>,
): Promise<number> {
  const current = await api('lan', 'GET', `/cases/${code}`)
  const act = { act: 'requestSupplement', missing: MISSING, replyBy: addDays(dayOf(Date.now()), 14) }
  await api('lan', 'POST', `/cases/${code}/acts`, act, { 'if-match': `"${current.version}"` })
  const actedAt = performance.now()
  await until(`the notice of ${code} has arrived`, () => noticed.has(userId), 60_000)
  return Math.max(0, (noticed.get(userId) ?? actedAt) - actedAt)
}
