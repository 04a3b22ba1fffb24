import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Calendar } from './cases/calendar.ts'
import { dayOf, minuteOfDay } from './cases/days.ts'
import type { Config } from './config.ts'
import type { Contacts } from './contacts.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers, Stores } from './open-stores.ts'
import type { Zalo } from './open-zalo.ts'
import { createListeningStore } from './store/listening-store.ts'
import type { ChatLine, Clock } from './usecases/ports.ts'
import { recoverChat, recoverEvents } from './usecases/recover-events.ts'
import type { InboxStore } from './usecases/road.ts'
import { createCatchUp } from './workers/catch-up.ts'
import { startListening } from './workers/listening.ts'
import { eventOfLine } from './zalo/chat-events.ts'

/** An answer to somebody who waits and a notice that must arrive go first; a broadcast can wait. */
const READ_PRIORITY = 3
const MINUTE_MS = 60_000
const AHEAD_MAX_MS = 60 * MINUTE_MS

/** Hears whether the platform still speaks to us, and reads from the chats what it never said (zalo §6.3). */
export async function openListening(deps: {
  config: Config
  stores: Stores
  zalo: Zalo
  account: { appId: string; oaId: string }
  inboxStore: InboxStore
  onRecovered(citizenKey: string, partition: number): void
  officeHours: Contacts['officeHours']
  calendar(): Calendar
  clock: Clock
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { stores, zalo, account, clock, metrics } = deps
  const logger = deps.logger.child({ part: 'listening' })
  const ofChats = {
    chat: (userId: string, page: { offset: number; count: number }) => zalo.client.chat(userId, page, READ_PRIORITY),
    eventOf(line: ChatLine, userId: string) {
      const raw = eventOfLine(line, userId, account)
      return raw === null ? null : { raw, event: zalo.read(raw) }
    },
    citizenKey: stores.hash.citizenKey,
    inbox: deps.inboxStore,
    onStored: deps.onRecovered,
    now: clock.now,
  }
  const worker = await startListening({
    store: createListeningStore({ database: stores.database, oaId: account.oaId }),
    async newestAt() {
      const [newest] = await zalo.client.recentChats({ offset: 0, count: 1 }, READ_PRIORITY)
      return newest?.at ?? 0
    },
    recover: (since, keep) =>
      recoverEvents(
        {
          ...ofChats,
          recentChats: (page) => patiently(() => zalo.client.recentChats(page, READ_PRIORITY)),
          chat: (userId, page) => patiently(() => ofChats.chat(userId, page)),
        },
        since,
        keep,
      ),
    isBusyTime() {
      const now = clock.now()
      const minute = minuteOfDay(now)
      return (
        deps.calendar().isWorkingDay(dayOf(now)) &&
        deps.officeHours.some(({ fromMinute, toMinute }) => minute >= fromMinute && minute < toMinute)
      )
    },
    isPlatformAway: (error) => error instanceof Error && error.name === 'ZaloError',
    owner: randomUUID(),
    logger,
    metrics,
    options: { silenceMs: deps.config.zalo.silenceMinutes * MINUTE_MS },
  })
  deps.closers.add('listening', () => worker.stop())

  return {
    catchUp: createCatchUp({
      owedSince: worker.owedSince,
      recover: (asked) => recoverChat(ofChats, asked),
      logger,
      metrics,
    }),
    /** A time that lies ahead would hide everything before it. */
    onHeard(at: number | null) {
      const latest = Math.max(clock.now(), Date.now()) + AHEAD_MAX_MS
      worker.heard(at !== null && at <= latest ? at : null)
    },
    onMissed: worker.missed,
    /** Figures that are read only when somebody asks for them. */
    async collect() {
      const { silentMs, isDeaf } = await worker.state()
      metrics.webhookSilentSeconds.set((silentMs ?? 0) / 1_000)
      metrics.webhooksDeaf.set(isDeaf ? 1 : 0)
    },
  }
}

/** Together shorter than the lease of a pass. */
const BUSY_TRIES_MAX = 5
const BUSY_PAUSE_MS = 2_000

/** A pass that gets no turn for a while goes on where it is: begun anew under the same load it would never end. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'zalo_busy' || attempt === BUSY_TRIES_MAX) throw error
      await sleep(BUSY_PAUSE_MS, undefined, { ref: false })
    }
  }
}
