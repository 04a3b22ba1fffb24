import type { ChatLine } from './ports.ts'
import { type InboxStore, partitionOf } from './road.ts'
import type { WebhookEvent } from './webhook-event.ts'

export type RecoverDeps = {
  /** The newest lines of the account's chats, newest first. */
  recentChats(page: { offset: number; count: number }): Promise<{ userId: string; at: number }[]>
  /** One chat, newest first. */
  chat(userId: string, page: { offset: number; count: number }): Promise<ChatLine[]>
  /** The event that should have told of a citizen's line; null where the list does not say enough. */
  eventOf(line: ChatLine, userId: string): { raw: Buffer; event: WebhookEvent } | null
  citizenKey(userId: string): string
  inbox: Pick<InboxStore, 'add' | 'knownOf'>
  /** Told of each event that was put into the inbox. */
  onStored(citizenKey: string, partition: number): void
  now(): number
}

export type Recovered = {
  chats: number
  /** Messages that never came by webhook and now wait in the inbox. */
  events: number
  /** Messages whose kind or content the list does not tell. */
  unreadable: number
  /** More than one pass may read: what is left is not read any more. */
  isCut: boolean
  /** The platform's time of the newest line when the pass began; null where there is none. */
  newestAt: number | null
}

const linesPerPage = 10
/** Nothing older is recovered: files are gone by then, and so is the window to answer (zalo §4.1, §9.8). */
const lookBackMs = 7 * 86_400_000
const recentPagesMax = 1_000
const chatsMax = 5_000
/** Of one chat: somebody who wrote more than this in an outage has a person's attention by now. */
const chatPagesMax = 30

/**
 * Reads the platform's record of all chats from `since` (its own time) on and puts into the inbox what never came by webhook,
 * each message once and those of one citizen in their order. Safe to be done again from the beginning. `keep` is called
 * between the chats and may reject to end the pass.
 */
export async function recoverEvents(deps: RecoverDeps, since: number, keep: () => Promise<void>): Promise<Recovered> {
  const listed = await listChats(deps, since, keep)
  const result: Recovered = { chats: 0, events: 0, unreadable: 0, isCut: listed.isCut, newestAt: listed.newestAt }
  for (const userId of listed.userIds) {
    await keep()
    const chat = await readChat(deps, userId, listed.since)
    result.chats += 1
    result.isCut ||= chat.isCut
    const stored = await storeMissing(deps, userId, chat.lines)
    result.events += stored.events
    result.unreadable += stored.unreadable
  }
  return result
}

/** A citizen who writes waits for it, so only what is likely to be there is read. */
const chatPagesBeforeTurn = 3

/**
 * The same for the chat of one citizen: what they wrote from `since` to before `before`. Newer words may be on their way by
 * webhook, which says more of them. Resolves to how many messages now wait in the inbox.
 */
export async function recoverChat(
  deps: Pick<RecoverDeps, 'chat' | 'eventOf' | 'citizenKey' | 'inbox' | 'onStored' | 'now'>,
  { userId, since, before }: { userId: string; since: number; before: number },
): Promise<number> {
  const from = Math.max(since, before - lookBackMs)
  const { lines } = await readChat(deps, userId, from, chatPagesBeforeTurn)
  const older = lines.filter(({ at }) => at < before)
  return (await storeMissing(deps, userId, older)).events
}

/** Whoever has a line since then, the one who has waited longest first. */
async function listChats(deps: RecoverDeps, since: number, keep: () => Promise<void>) {
  const lastLines = new Map<string, number>()
  let newestAt: number | null = null
  let from = since
  let isCut = true
  for (let page = 0; page < recentPagesMax && lastLines.size < chatsMax; page++) {
    await keep()
    const lines = await deps.recentChats({ offset: page * linesPerPage, count: linesPerPage })
    if (newestAt === null) {
      newestAt = lines[0]?.at ?? null
      from = Math.max(since, (newestAt ?? 0) - lookBackMs)
    }
    for (const { userId, at } of lines) {
      if (at >= from && userId !== '' && !lastLines.has(userId)) lastLines.set(userId, at)
    }
    isCut = lines.length === linesPerPage && lines.every(({ at }) => at >= from)
    if (!isCut) break
  }
  const userIds = [...lastLines].sort((one, other) => one[1] - other[1]).map(([userId]) => userId)
  return { userIds, newestAt, since: from, isCut }
}

/** The citizen's lines since then, oldest first. */
async function readChat(deps: Pick<RecoverDeps, 'chat'>, userId: string, since: number, pagesMax = chatPagesMax) {
  const found = new Map<string, ChatLine>()
  let isCut = true
  for (let page = 0; page < pagesMax && isCut; page++) {
    const lines = await deps.chat(userId, { offset: page * linesPerPage, count: linesPerPage })
    for (const line of lines) {
      if (line.fromCitizen && line.at >= since && line.messageId !== '') found.set(line.messageId, line)
    }
    isCut = lines.length === linesPerPage && lines.every(({ at }) => at >= since)
  }
  return { lines: [...found.values()].sort((one, other) => one.at - other.at), isCut }
}

type StoreDeps = Pick<RecoverDeps, 'eventOf' | 'citizenKey' | 'inbox' | 'onStored' | 'now'>

/** One after the other, so that whoever looks meanwhile sees the beginning and never a later message alone. */
async function storeMissing(deps: StoreDeps, userId: string, lines: readonly ChatLine[]) {
  const read = lines.map((line) => deps.eventOf(line, userId))
  const unreadable = read.filter((one) => one === null).length
  const wanted = read.flatMap((one) => (one?.event.kind === 'incoming' ? [{ raw: one.raw, event: one.event }] : []))
  const known = await deps.inbox.knownOf(wanted.map(({ event }) => event.key))
  const citizenKey = deps.citizenKey(userId)
  let events = 0
  for (const { raw, event } of wanted) {
    if (known.has(event.key)) continue
    const outcome = await deps.inbox.add({
      key: event.key,
      citizenKey,
      lane: 'turn',
      eventName: event.eventName,
      at: event.at,
      receivedAt: deps.now(),
      raw,
      isRecovered: true,
    })
    if (outcome === 'stored') events += 1
  }
  if (events > 0) deps.onStored(citizenKey, partitionOf(citizenKey))
  return { events, unreadable }
}
