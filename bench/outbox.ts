import { createSecretKey, randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createLogger } from '../src/logger.ts'
import { createMetrics } from '../src/metrics.ts'
import { createFieldCipher, type FieldCipher } from '../src/store/crypto.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { messageKey } from '../src/store/documents.ts'
import { createOutboxStore } from '../src/store/outbox-store.ts'
import { createPartitionStore } from '../src/store/partition-store.ts'
import { sealJson } from '../src/store/sealed.ts'
import { outboxDocument, stateContext, userIdContext } from '../src/store/turn-store.ts'
import { createPinStore, createTokenStore } from '../src/store/zalo-store.ts'
import type { MessagingPlatform } from '../src/usecases/ports.ts'
import { partitionOf } from '../src/usecases/road.ts'
import { startSender } from '../src/workers/outbox.ts'
import { startPartitions } from '../src/workers/partitions.ts'
import { createZaloClient } from '../src/zalo/client.ts'
import { createMemoryCounter, createRateLimiter } from '../src/zalo/rate.ts'
import { createTokenSource } from '../src/zalo/token.ts'
import { createTransport } from '../src/zalo/transport.ts'
import { startFakeZalo } from '../test/support/fake-zalo.ts'
import { startBenchDatabase } from './support/database.ts'

const target = { perSecond: 2_000, ofLimit: 0.98, growthMegabytes: 64 }

/**
 * How fast what waits in the outbox leaves: to a platform that answers at once, and under a limit of calls per minute that the
 * platform enforces. Every citizen's messages are numbered, so that each that is lost, doubled or out of order is seen.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      messages: { type: 'string', default: '60000' },
      citizens: { type: 'string', default: '3000' },
      limit: { type: 'string', default: '4000' },
      minutes: { type: 'string', default: '2' },
    },
  })
  const database = await startBenchDatabase()
  try {
    const cipher = createFieldCipher([{ id: 'bench', key: createSecretKey(randomBytes(32)) }])
    const citizens = Number(values.citizens)
    const fast = await toInstant(`${database.uri}`, cipher, { messages: Number(values.messages), citizens })
    const limit = Number(values.limit)
    const limited = await underLimit(database.uri, cipher, { limit, minutes: Number(values.minutes), citizens })
    const lines = [
      `outbox    (load of the machine ${loadavg()[0]?.toFixed(1)})`,
      `instant   ${fast.perSecond.toFixed(0)} messages/s of ${values.messages} to ${citizens} citizens   target ${target.perSecond}/s`,
      `limited   ${limited.perMinute.toFixed(0)}/min under a limit of ${limit}, ${((limited.perMinute / limit) * 100).toFixed(1)} %, ${limited.tooFast} × -32   target ${target.ofLimit * 100} %, 0`,
      `order     ${fast.faults + limited.faults} lost, doubled or out of order   target 0`,
      `memory    ${fast.growthMegabytes.toFixed(0)} MB more at the end than after the first third   target ≤ ${target.growthMegabytes} MB`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    const isMet =
      fast.perSecond >= target.perSecond &&
      limited.perMinute >= limit * target.ofLimit &&
      limited.tooFast === 0 &&
      fast.faults + limited.faults === 0 &&
      fast.growthMegabytes <= target.growthMegabytes
    if (!isMet) process.exitCode = 1
  } finally {
    await database.stop()
  }
}

/** Sees whether each citizen hears 1, 2, 3 … */
function createEar() {
  const last = new Map<string, number>()
  const ear = {
    heard: 0,
    faults: 0,
    hear(userId: string, text: string): void {
      const number = Number(text)
      if (number !== (last.get(userId) ?? 0) + 1) ear.faults += 1
      last.set(userId, number)
      ear.heard += 1
    },
  }
  return ear
}

async function toInstant(uri: string, cipher: FieldCipher, asked: { messages: number; citizens: number }) {
  const database = await openDatabase({ uri, databaseName: 'instant' })
  const ear = createEar()
  const platform: MessagingPlatform = {
    async send(userId, body) {
      if (body.type === 'text') ear.hear(userId, body.text)
      return { ok: true, messageId: `${userId}.${ear.heard}`, sentAt: Date.now() }
    },
    chat: async () => [],
  }
  await seed(database, cipher, asked.messages, asked.citizens)
  const startedAt = performance.now()
  const stop = await startSending(database, cipher, platform)
  let residentAtThird = 0
  while (ear.heard < asked.messages && performance.now() - startedAt < 600_000) {
    if (residentAtThird === 0 && ear.heard > asked.messages / 3) residentAtThird = process.memoryUsage().rss
    await sleep(20)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  const growthMegabytes = (process.memoryUsage().rss - residentAtThird) / 1e6
  await stop()
  await database.close()
  const faults = ear.faults + Math.abs(asked.messages - ear.heard)
  return { perSecond: ear.heard / seconds, faults, growthMegabytes }
}

async function underLimit(
  uri: string,
  cipher: FieldCipher,
  asked: { limit: number; minutes: number; citizens: number },
): Promise<{ perMinute: number; tooFast: number; faults: number }> {
  const database = await openDatabase({ uri, databaseName: 'limited' })
  const ear = createEar()
  const zalo = await startFakeZalo({
    perMinute: asked.limit,
    isRecording: false,
    onDelivered: ({ userId, message }) => ear.hear(userId, message.text ?? ''),
  })
  const metrics = createMetrics()
  const transport = createTransport()
  const tokens = createTokenSource({
    store: createTokenStore({ database, cipher, oaId: zalo.account.oaId }),
    transport,
    oauthUrl: zalo.url,
    appId: zalo.account.appId,
    appSecret: zalo.account.appSecret,
    now: Date.now,
    environmentRefreshToken: zalo.tokens.refreshToken,
    onAlert: (alert) => process.stderr.write(`${JSON.stringify(alert)}\n`),
  })
  const client = createZaloClient({
    transport,
    openapiUrl: zalo.url,
    appSecret: zalo.account.appSecret,
    tokens,
    limiter: createRateLimiter({ perMinute: asked.limit, counter: createMemoryCounter() }),
    messageApi: 'v3',
    pins: createPinStore({ database, oaId: zalo.account.oaId }),
    now: Date.now,
  })
  await seed(database, cipher, Math.ceil(asked.limit * (asked.minutes + 0.5)), asked.citizens)
  const stop = await startSending(database, cipher, client, metrics)
  for (let waited = 0; ear.heard === 0 && waited < 30_000; waited += 5) await sleep(5)
  const startedAt = performance.now()
  await sleep(asked.minutes * 60_000)
  const minutes = (performance.now() - startedAt) / 60_000
  const heard = ear.heard
  const sends = await metrics.sends.get()
  const tooFast = sends.values.filter(({ labels }) => labels.code === '-32').reduce((sum, one) => sum + one.value, 0)
  await stop()
  await zalo.stop()
  await transport.close()
  await database.close()
  return { perMinute: heard / minutes, tooFast, faults: ear.faults }
}

async function startSending(
  database: Database,
  cipher: FieldCipher,
  platform: MessagingPlatform,
  metrics = createMetrics(),
): Promise<() => Promise<void>> {
  const logger = createLogger({ level: 'error' })
  const partitions = await startPartitions({
    store: createPartitionStore({ database, leaseMs: 8_000 }),
    run: { processId: 'bench', owner: `bench/${randomBytes(6).toString('hex')}`, isHeir: false },
    leaseMs: 8_000,
    logger,
  })
  const outboxStore = createOutboxStore({ database, cipher })
  const clock = { now: () => Date.now() }
  const sender = startSender({ outboxStore, platform, partitions, clock, logger, metrics })
  return async () => {
    await sender.stop()
    await partitions.stop()
  }
}

/** Citizens with an equal share of numbered messages that wait. */
async function seed(database: Database, cipher: FieldCipher, messages: number, citizens: number): Promise<void> {
  const { conversations, outbox } = database.collections
  const now = Date.now()
  const keys = Array.from({ length: citizens }, (_, index) => randomBytes(16).toString('hex') + index.toString(36))
  await conversations.insertMany(
    keys.map((key, index) => ({
      _id: key,
      partition: partitionOf(key),
      version: 1,
      schemaVersion: 1 as const,
      state: sealJson(cipher, null, stateContext(key)),
      userId: cipher.encrypt(`9${String(index).padStart(12, '0')}`, userIdContext(key)),
      outboxSequence: Math.ceil(messages / citizens),
      noticeSequence: 0,
      wakeAt: null,
      lastInteractionAt: new Date(now),
      following: true,
      unreachable: null,
      handoff: null,
      floodToldAt: null,
      createdAt: new Date(now),
      updatedAt: new Date(now),
    })),
  )
  let batch = []
  for (let index = 0; index < messages; index++) {
    const citizenKey = keys[index % citizens] ?? ''
    const sequence = Math.floor(index / citizens) + 1
    const body = { type: 'text' as const, text: String(sequence), buttons: [] }
    const id = messageKey(citizenKey, sequence)
    batch.push(outboxDocument(cipher, { id, citizenKey, sequence, message: { body, priority: 2 }, owner: null, now }))
    if (batch.length === 2_000 || index === messages - 1) {
      await outbox.insertMany(batch, { ordered: false })
      batch = []
    }
  }
}
