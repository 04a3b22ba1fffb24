import { createHash } from 'node:crypto'
import type { Router } from 'express'
import type { Logger } from 'pino'
import { createAuthorisation } from './api/oauth.ts'
import { startApiServer } from './api/server.ts'
import { createChanges, createEventLog } from './changes.ts'
import { type Chats, createChats } from './chats.ts'
import { defaultSettings, type Settings } from './faults.ts'
import { startMailbox } from './mail-server.ts'
import type { AccountType, Credentials, MenuItem, State } from './model.ts'
import { createPhoneRouter } from './phone-router.ts'
import { createProviderReceipts, providerSecret } from './providers.ts'
import { createRandom } from './random.ts'
import { showShortMessage } from './short-messages.ts'
import { createStorage, type Storage } from './storage.ts'
import { createWebhookSender } from './webhook.ts'
import { createState, DAY_MS, SENDER_NAME, type SimulatorClock, type World } from './world.ts'

export type SimulatorOptions = {
  /** Where events go; may be set later with `setWebhook`. */
  webhookUrl?: string
  clock: SimulatorClock
  logger: Logger
  /** The same seed gives the same ids, tokens and JSON spellings. */
  seed?: string
  /**
   * Port of the API server on 127.0.0.1.
   * @default 0, any free port
   */
  port?: number
  /** Keeps account, tokens, citizens and chats in `simulator.json` there; absent: nothing outlives the process. */
  dataDir?: string
  /** Fixed values for a first start; the rest is random. Ignored where `dataDir` already holds an account. */
  credentials?: Partial<Credentials>
  /** @default a state agency (4), which takes only the older message API */
  account?: { name?: string; description?: string; type?: AccountType }
  /** The bar under the chat; `payload` is sent unseen, as a query menu does (zalo §9.9). */
  menu?: MenuItem[]
  /** @default 100 calls a minute (zalo §4.3) */
  ratePerMinute?: number
  /**
   * What tokens end by. A service counts its tokens by the machine's clock, so moving the time of a training must not end them.
   * @default Date.now
   */
  tokenNow?: () => number
  /** Host names besides the loopback ones that may open the page. */
  allowedHosts?: string[]
}

export type Simulator = {
  oauthUrl: string
  openApiUrl: string
  businessUrl: string
  /** `127.0.0.1:PORT`, where files that citizens send are fetched. */
  mediaHost: string
  /** What a console and an API explorer would show; `refreshToken` is the one that works now. */
  readonly credentials: Credentials
  /** The phone page and its endpoints; mount it at `/simulator`. */
  router: Router
  setWebhook(url: string): void
  /** A mail server whose letters lie in the page's mailbox, and what signs its bounces. */
  smtpUrl: string
  mailSecret: string
  /** An SMS provider whose texts arrive in the phones. */
  smsUrl: string
  smsToken: string
  /** Puts an SMS into the phone that has this number, or into the phone used last when nobody has it. */
  showOneTimeCode(message: { phone: string; code: string; text: string }): void
  /** Switches for tests; the page offers the same. */
  settings: Settings
  /** For tests that act as citizens without the page. */
  chats: Chats
  state: State
  /** The person who is to have sent feedback before; null in a chat list from before there was one. */
  sender: { id: string; name: string; phone: string } | null
  /** Waits until no event is queued or in flight. */
  idle(timeoutMs?: number): Promise<void>
  stop(): Promise<void>
}

const DEFAULT_MENU: MenuItem[] = [
  { title: 'Gửi phản ánh', payload: '#guiphananh' },
  { title: 'Tra cứu', payload: '#tracuu' },
  { title: 'Trợ giúp', payload: '#trogiup' },
]

/** Starts an own Zalo Official Account on this machine: its API server, its webhooks, and the phones of its citizens. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, logger } = options
  const tokenNow = options.tokenNow ?? Date.now
  const random = createRandom(options.seed)
  const holder: { state?: State } = {}
  const storage = createStorage({ dataDir: options.dataDir, current: () => stateOf(holder), logger })
  const kept = storage.load()
  const state =
    kept ??
    createState({ random, tokenNow: tokenNow(), credentials: options.credentials ?? {}, account: accountOf(options) })
  holder.state = state
  storage.dropMediaExcept(mediaIds(state))
  // Entries of the last run are gone, and with them the lines that waiting events belonged to.
  for (const delivery of state.deliveries) delivery.logSeq = 0

  const settings = defaultSettings(options.ratePerMinute ?? 100)
  const changes = createChanges()
  const log = createEventLog(changes)
  const parts: { chats?: Chats } = {}
  const webhook = createWebhookSender({
    state,
    settings,
    clock,
    random,
    log,
    changes,
    logger,
    changed: storage.changed,
    onAccepted(delivery) {
      if (delivery.messageId !== undefined) parts.chats?.accepted(delivery.key.split(':')[0] ?? '', delivery.messageId)
    },
    url: undefined,
  })
  const address = { origin: '' }
  const world: World = {
    state,
    settings,
    clock,
    tokenNow,
    random,
    storage,
    changes,
    log,
    webhook,
    rateWindow: { minute: 0, used: 0 },
    keepMedia: (file) =>
      keepMedia({ storage, id: random.hex(24), expiresAt: clock.now() + 7 * DAY_MS, origin: address.origin }, file),
  }
  const chats = createChats(world)
  parts.chats = chats
  const authorisation = createAuthorisation({ world, restarted: kept !== undefined })
  const receipts = createProviderReceipts({ credentials: state.credentials, log, clock })
  const mailbox = await startMailbox({ world, receipts, logger })
  const server = await startApiServer({ world, chats, authorisation, receipts, port: options.port ?? 0, logger })
  address.origin = `http://127.0.0.1:${server.port}`
  const phone = createPhoneRouter({
    world,
    chats,
    authorisation,
    menu: options.menu ?? DEFAULT_MENU,
    allowedHosts: options.allowedHosts ?? [],
    logger,
  })
  storage.flush()
  const setWebhook = (url: string | undefined): void => {
    webhook.setUrl(url)
    receipts.setOrigin(url === undefined ? undefined : new URL(url).origin)
  }
  setWebhook(options.webhookUrl)

  return {
    oauthUrl: address.origin,
    openApiUrl: address.origin,
    businessUrl: address.origin,
    mediaHost: `127.0.0.1:${server.port}`,
    credentials: state.credentials,
    router: phone.router,
    setWebhook,
    smtpUrl: mailbox.url,
    smsUrl: `${address.origin}/sms/send`,
    smsToken: providerSecret(state.credentials, 'sms'),
    mailSecret: providerSecret(state.credentials, 'mail'),
    showOneTimeCode(message) {
      showShortMessage(world, message)
    },
    settings,
    chats,
    state,
    sender: Object.values(state.citizens).find(({ name }) => name === SENDER_NAME) ?? null,
    async idle(timeoutMs = 5_000) {
      await receipts.idle()
      await webhook.idle(timeoutMs)
    },
    async stop() {
      phone.stop()
      await server.stop()
      await mailbox.stop()
      await receipts.stop()
      await webhook.stop()
      storage.flush()
    },
  }
}

function accountOf(options: SimulatorOptions): State['account'] {
  return {
    name: options.account?.name ?? 'Phản ánh, kiến nghị Quảng Ngãi',
    description:
      options.account?.description ??
      'Tiếp nhận phản ánh, kiến nghị của người dân và doanh nghiệp về quy định, thủ tục hành chính.',
    type: options.account?.type ?? 4,
  }
}

function stateOf(holder: { state?: State }): State {
  if (holder.state === undefined) throw new Error('the simulator has no state yet')
  return holder.state
}

/** The files that a chat or an upload still shows. */
function mediaIds(state: State): Set<string> {
  const messages = Object.values(state.messages).flat()
  const kept = [...messages, ...Object.values(state.uploads)].flatMap(({ media }) =>
    media === undefined ? [] : [media.id],
  )
  return new Set(kept)
}

function keepMedia(
  where: { storage: Storage; id: string; expiresAt: number; origin: string },
  file: { name: string; mediaType: string; bytes: Buffer },
) {
  where.storage.keepMedia(where.id, file.bytes)
  const safeName = encodeURIComponent(file.name.replace(/[/\\]/g, '_') || 'tep')
  return {
    id: where.id,
    name: file.name,
    mediaType: file.mediaType,
    sizeBytes: file.bytes.length,
    md5: createHash('md5').update(file.bytes).digest('hex'),
    expiresAt: where.expiresAt,
    url: `${where.origin}/media/${where.id}-${where.expiresAt.toString(36)}/${safeName}`,
  }
}
