import { createSecretKey, randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createZaloWebhook, type KnownWebhookEvent, type ZaloWebhookDeps } from '../../src/http/zalo-webhook.ts'
import { createLogger, type Logger } from '../../src/logger.ts'
import { createMetrics, type Metrics } from '../../src/metrics.ts'
import { createFieldCipher, createKeyedHash, type DataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { judgeFault } from '../../src/store/errors.ts'
import { createInboxStore } from '../../src/store/inbox-store.ts'
import { createOutboxStore } from '../../src/store/outbox-store.ts'
import { createPartitionStore } from '../../src/store/partition-store.ts'
import { createTurnStore, type FileDrafts, type KeepConsents, type StoreMoves } from '../../src/store/turn-store.ts'
import type { Clock, MessagingPlatform } from '../../src/usecases/ports.ts'
import type { RenderFiled, RunTurn, TurnOutput } from '../../src/usecases/turn.ts'
import type { MayLeave } from '../../src/workers/deliver.ts'
import { startInbox } from '../../src/workers/inbox.ts'
import type { InboxDeps, InboxOptions } from '../../src/workers/inbox-options.ts'
import { type SenderOptions, startSender } from '../../src/workers/outbox.ts'
import { type Partitions, startPartitions } from '../../src/workers/partitions.ts'
import { startTraces, type TraceOptions } from '../../src/workers/traces.ts'
import { parseEvent } from '../../src/zalo/events.ts'
import { createSignatureCheck, timestampOf } from '../../src/zalo/signature.ts'
import { toWebhookEvent } from '../../src/zalo/webhook-event.ts'
import { signedEvent, type ZaloEvent } from './zalo-events.ts'

export type RoadOptions = {
  uri: string
  account: { appId: string; oaId: string; oaSecretKey: string }
  platform: MessagingPlatform
  runTurn: RunTurn
  keys: { dataKeys: DataKeys; hashSecret: Uint8Array }
  clock?: Clock
  logger?: Logger
  processId?: string
  isHeir?: boolean
  leaseMs?: number
  inbox?: Partial<InboxOptions>
  sender?: Partial<SenderOptions>
  mayLeave?: MayLeave
  traces?: Partial<TraceOptions>
  ports?: Partial<Pick<InboxDeps, 'ingestMedia' | 'settleMs' | 'catchUp' | 'apology' | 'floodNotice' | 'afterTurn'>>
  fileDrafts?: (database: Database) => FileDrafts
  keepConsents?: KeepConsents
  storeMoves?: StoreMoves
  renderFiled?: RenderFiled
  /** Off: events are taken in and nobody handles them. @default true */
  isWorking?: boolean
}

export type Road = Awaited<ReturnType<typeof startRoad>>

/** The whole durable road on a real database, joined as `app.ts` joins it, with the conversation given from outside. */
export async function startRoad(options: RoadOptions) {
  const clock = options.clock ?? { now: () => Date.now() }
  const logger = options.logger ?? createLogger({ level: 'silent' })
  const metrics: Metrics = createMetrics()
  const database = await openDatabase({ uri: options.uri })
  const cipher = createFieldCipher(options.keys.dataKeys)
  const hash = createKeyedHash(options.keys.hashSecret)
  const inboxStore = createInboxStore({ database, cipher })
  const outboxStore = createOutboxStore({ database, cipher })
  const turnStore = createTurnStore({
    database,
    cipher,
    fileDrafts: options.fileDrafts?.(database) ?? (async () => new Map()),
    keepConsents: options.keepConsents ?? (async () => undefined),
    storeMoves: options.storeMoves ?? (async () => undefined),
    renderFiled: options.renderFiled ?? (() => []),
  })
  const leaseMs = options.leaseMs ?? 4_000
  const processId = options.processId ?? randomBytes(6).toString('hex')
  const partitions = await startPartitions({
    store: createPartitionStore({ database, leaseMs }),
    run: { processId, owner: `${processId}/${randomBytes(6).toString('hex')}`, isHeir: options.isHeir ?? false },
    leaseMs,
    logger,
  })
  const read = (raw: Buffer) => toWebhookEvent(parseEvent(raw, options.account, { receivedAt: clock.now() }))
  const common = { inboxStore, outboxStore, turnStore, partitions, read, clock, logger, metrics, judge: judgeFault }
  const sender = startSender({
    ...common,
    platform: options.platform,
    ...(options.mayLeave === undefined ? {} : { mayLeave: options.mayLeave }),
    ...(options.sender === undefined ? {} : { options: options.sender }),
  })
  const inbox = startInbox({
    ...common,
    partitions: options.isWorking === false ? idle(partitions) : partitions,
    sender,
    runTurn: options.runTurn,
    ingestMedia: async ({ incoming: { id, at } }) => ({ id, at, type: 'files', files: [], text: '' }),
    settleMs: () => 0,
    apology: () => ({ type: 'text', text: 'Xin lỗi Ông/Bà.', buttons: [] }),
    floodNotice: () => ({ type: 'text', text: 'Xin Ông/Bà gửi chậm lại.', buttons: [] }),
    afterTurn: async () => undefined,
    ...options.ports,
    ...(options.inbox === undefined ? {} : { options: options.inbox }),
  })
  const traces = startTraces({
    ...common,
    sender,
    ...(options.traces === undefined ? {} : { options: options.traces }),
  })
  let ears: Pick<ZaloWebhookDeps, 'onHeard' | 'onMissed'> = {}
  let refusesEvents = false
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use(
    createZaloWebhook({
      checkSignature: createSignatureCheck({
        appId: options.account.appId,
        secretKeys: [options.account.oaSecretKey],
      }),
      timestampOf,
      read,
      citizenKey: (userId) => hash.citizenKey(userId),
      inbox: {
        add: (event) => (refusesEvents ? Promise.reject(new Error('the database is away')) : inboxStore.add(event)),
      },
      onHeard: (at) => ears.onHeard?.(at),
      onMissed: (at) => ears.onMissed?.(at),
      onStored(citizenKey: string, partition: number, event: KnownWebhookEvent) {
        if (options.isWorking === false) return
        if (event.kind === 'incoming' || event.kind === 'staffWrote') inbox.hint(citizenKey, partition, event)
        else traces.hint(citizenKey, partition, event)
      },
      clock,
      logger,
      metrics,
    }),
  )
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })

  return {
    webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/zalo`,
    database,
    cipher,
    inboxStore,
    outboxStore,
    turnStore,
    partitions,
    sender,
    inbox,
    metrics,
    citizenKey: (userId: string) => hash.citizenKey(userId),
    /** Who is told of what the webhook takes in. */
    onWebhook(listener: typeof ears) {
      ears = listener
    },
    /** Nothing can be stored while this is so. */
    refuseEvents(isRefused: boolean) {
      refusesEvents = isRefused
    },
    /** Ends this run as `kill -9` does, as far as the database can see: nothing is given back, nothing is finished. */
    async crash() {
      server.closeAllConnections()
      server.close()
      await database.close()
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await traces.stop()
      await inbox.stop()
      await sender.stop()
      await partitions.stop()
      await database.close()
    },
  }
}

/** Partitions that own nothing. */
function idle(partitions: Partitions): Partitions {
  return { ...partitions, isOwned: () => false, owned: () => [] }
}

export const testAccount = {
  appId: '2087416339520788115',
  oaId: '4318072690155387264',
  oaSecretKey: 'oa-secret-for-tests',
}

export function testKeys(): RoadOptions['keys'] {
  return { dataKeys: [{ id: 'test', key: createSecretKey(Buffer.alloc(32, 7)) }], hashSecret: Buffer.alloc(32, 9) }
}

/** Posts a signed event of a citizen; resolves to the status. */
export async function postEvent(webhookUrl: string, event: ZaloEvent): Promise<number> {
  const { body, headers } = signedEvent(event, { appId: testAccount.appId, secretKey: testAccount.oaSecretKey })
  const response = await fetch(webhookUrl, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}

/** A turn output that changes nothing but the conversation and says these texts. */
export function says(conversation: unknown, ...texts: string[]): TurnOutput {
  return {
    conversation,
    messages: texts.map((text) => ({ body: { type: 'text', text, buttons: [] }, priority: 1 })),
    filed: [],
    moves: [],
    wakeAt: null,
    oneTimeCodes: [],
    consents: [],
    filesToRemove: [],
    handoff: null,
  }
}
