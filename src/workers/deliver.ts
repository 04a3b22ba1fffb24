import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { Clock, MessagingPlatform, OutgoingBody, SendResult } from '../usecases/ports.ts'
import type { OutboxMark, OutboxStore } from '../usecases/road.ts'
import { backoffMs } from './backoff.ts'
import { type Lane, type LaneMessage, urgencyOf } from './lane.ts'
import { findInChat, type Words } from './settle.ts'

export type DeliverOptions = {
  retryFirstMs: number
  retryMaxMs: number
  /** A message that could not be sent for so long, by service time, is given up. */
  giveUpAfterMs: number
  /** How long the echo or receipt of a send of unknown outcome is waited for before the platform's record is read. */
  settleAfterMs: number
  settleTriesMax: number
}

/** `next`: the head is settled. `rest`: the citizen's messages wait. `pause`: everybody's do. */
export type Delivered = { outcome: 'next' } | { outcome: 'rest'; restMs: number } | { outcome: 'pause' }

/** What the platform's record will show of each part of a message. */
export type PartWords = (body: OutgoingBody) => Words[]

/** The last look at a copy of a broadcast before it leaves; false where it was taken back instead. */
export type MayLeave = (copy: {
  id: string
  citizenKey: string
  broadcast: string
  /** Service time. */
  queuedAt: number
}) => Promise<boolean>

type Refusal = Extract<SendResult, { ok: false }>

/** Younger than this no message has been taken back for another way. */
const TAKEN_BACK_AFTER_MS = 60 * 60_000
/** Sends to which the platform gave a number that leaves the outcome open (zalo §10.1): -200 one retry, unknown ones two. */
const SENDS_MAX = { '-200': 2, unknown: 3 }

function isSpent({ doubts }: LaneMessage): boolean {
  const numbers = doubts.filter((code) => /^-?\d+$/.test(code))
  const plain = numbers.filter((code) => code === '-200').length
  return plain >= SENDS_MAX['-200'] || numbers.length - plain >= SENDS_MAX.unknown
}

/** Brings the first message of a lane one step further and records what came of it before answering. */
export function createDelivery(deps: {
  platform: MessagingPlatform
  outboxStore: OutboxStore
  mark(mark: OutboxMark): Promise<void>
  partWords: PartWords
  /** @default every copy leaves */
  mayLeave?: MayLeave
  owner: string
  clock: Clock
  logger: Logger
  metrics: Metrics
  options: DeliverOptions
}) {
  const { platform, outboxStore, mark, owner, clock, logger, metrics, options } = deps
  const next: Delivered = { outcome: 'next' }

  async function deliver(lane: Lane, head: LaneMessage, userId: string): Promise<Delivered> {
    if (head.state === 'ambiguous') {
      const settled = await settle(lane, head, userId)
      if (settled !== 'notSent') return settled
      if (isSpent(head) || isTooOld(head)) return giveUp(head)
    }
    if (await isTakenBack(lane, head)) return next
    if (head.state !== 'sending' && !(await claim(head))) return next
    const startedAt = Date.now()
    const result = await send(lane, userId, head)
    metrics.sends.inc({ class: result.ok ? 'ok' : result.class, code: result.ok ? '0' : result.code })
    addParts(head, result)
    if (!result.ok) return refused(lane, head, result, startedAt)
    await accepted(head, result.sentAt)
    return next
  }

  /** Between plan and send a broadcast may be stopped, the night may come, and a person may begin a form or say "enough". */
  async function isTakenBack(
    { citizenKey }: Lane,
    { id, broadcast, partsAccepted, createdAt }: LaneMessage,
  ): Promise<boolean> {
    if (broadcast === null || partsAccepted > 0 || deps.mayLeave === undefined) return false
    return !(await deps.mayLeave({ id, citizenKey, broadcast, queuedAt: createdAt }))
  }

  async function send(lane: Lane, userId: string, head: LaneMessage): Promise<SendResult> {
    try {
      const priority = urgencyOf(lane)
      return await platform.send(userId, head.body, { fromPart: head.partsAccepted, priority })
    } catch (error) {
      logger.error({ err: error, message: head.id }, 'the sender of the platform failed')
      return { ok: false, class: 'ambiguous', code: 'thrown' }
    }
  }

  function addParts(head: LaneMessage, result: SendResult): void {
    const named = result.messageIds ?? (result.ok ? [result.messageId] : [])
    head.messageIds = [...head.messageIds, ...named.filter((messageId) => messageId !== '')]
    if (result.ok) head.partsAccepted += Math.max(1, named.length)
    else head.partsAccepted = result.partsAccepted ?? head.partsAccepted
  }

  /** From here on a crash leaves the message as one of unknown outcome, never as one to be sent again. */
  async function claim(head: LaneMessage): Promise<boolean> {
    const retryAt = Date.now()
    if (clock.now() - head.createdAt > TAKEN_BACK_AFTER_MS) {
      if (!(await outboxStore.claim(head.id, owner, retryAt))) return false
    } else await mark({ id: head.id, from: ['waiting', 'sending', 'ambiguous'], state: 'sending', owner, retryAt })
    head.state = 'sending'
    return true
  }

  const isTooOld = (head: LaneMessage) => clock.now() - head.createdAt > options.giveUpAfterMs

  /** The platform's own number came again and again, and nothing arrived: another way is better than one more try. */
  async function giveUp(head: LaneMessage): Promise<Delivered> {
    const { id, messageIds, partsAccepted, doubts } = head
    logger.error({ message: id, code: doubts.at(-1), tries: head.tries }, 'message given up')
    await mark({ id, from: ['ambiguous'], state: 'failed', messageIds, partsAccepted, settledAt: clock.now() })
    return next
  }

  function accepted(head: LaneMessage, at: number): Promise<void> {
    const { id, messageIds, partsAccepted } = head
    // True whatever the database believes; and a filter by the key alone is the cheapest the server knows.
    return mark({ id, state: 'accepted', messageIds, partsAccepted, acceptedAt: at })
  }

  async function refused(lane: Lane, head: LaneMessage, result: Refusal, startedAt: number): Promise<Delivered> {
    const tried = { at: new Date(clock.now()), code: result.code, class: result.class }
    const { messageIds, partsAccepted } = head
    const parts = { messageIds, partsAccepted }
    const facts = { message: head.id, class: result.class, code: result.code, tries: head.tries + 1 }
    const settledAt = clock.now()
    head.tries += 1
    switch (result.class) {
      case 'retry':
      case 'wait': {
        if (isTooOld(head)) {
          logger.error(facts, 'message given up')
          await mark({ id: head.id, from: ['sending'], state: 'failed', ...parts, tried, settledAt })
          return next
        }
        const restMs = Math.max(
          result.retryAfterMs ?? 0,
          result.class === 'wait' && result.retryAfterMs === undefined ? options.retryMaxMs : 0,
          backoffMs(head.tries - 1, { firstMs: options.retryFirstMs, maxMs: options.retryMaxMs }),
        )
        await putOff(head, restMs, tried)
        return { outcome: 'rest', restMs }
      }
      case 'admin':
        logger.error(facts, 'the account cannot send: a person is needed')
        await putOff(head, 0, tried)
        return { outcome: 'pause' }
      case 'user':
        await mark({ id: head.id, from: ['sending'], state: 'unreachable', ...parts, tried, settledAt })
        await outboxStore.markUnreachable(lane.citizenKey, result.code, clock.now())
        return next
      case 'drop':
        logger.error(facts, 'message cannot be sent')
        await mark({ id: head.id, from: ['sending'], state: 'failed', ...parts, tried, settledAt })
        return next
      case 'ambiguous': {
        logger.warn(facts, 'outcome unknown')
        head.doubts.push(result.code)
        // The first look comes soon; whoever fails again and again is asked less and less.
        const pauseMs = backoffMs(head.doubts.length - 1, { firstMs: options.settleAfterMs, maxMs: options.retryMaxMs })
        const restMs = Math.max(options.settleAfterMs, result.retryAfterMs ?? 0, pauseMs)
        head.state = 'ambiguous'
        head.retryAt = Date.now() + restMs
        // However long the send took, and whatever the clock did meanwhile: it cannot have arrived before it began.
        head.doubtSince ??= startedAt
        const { doubtSince, retryAt } = head
        await mark({ id: head.id, from: ['sending'], state: 'ambiguous', ...parts, tried, retryAt, doubtSince })
        return { outcome: 'rest', restMs }
      }
    }
    return result.class satisfies never
  }

  async function putOff(head: LaneMessage, restMs: number, tried: OutboxMark['tried'] & object): Promise<void> {
    head.state = 'waiting'
    head.retryAt = Date.now() + restMs
    const { id, messageIds, partsAccepted, retryAt } = head
    await mark({ id, from: ['sending'], state: 'waiting', messageIds, partsAccepted, tried, retryAt })
  }

  /** Looks part by part for what has arrived after all. */
  async function settle(lane: Lane, head: LaneMessage, userId: string): Promise<Delivered | 'notSent'> {
    const since = head.doubtSince ?? head.retryAt - options.settleAfterMs
    try {
      for (;;) {
        const part = head.partsAccepted
        const words = deps.partWords(head.body)[part]
        if (words === undefined) {
          await accepted(head, clock.now())
          return next
        }
        const line = await findInChat(platform, { userId, words, since }, (ids) => claimed(head, ids))
        // An echo may have been faster.
        if (lane.messages[0] !== head || head.state !== 'ambiguous') return next
        if (head.partsAccepted !== part) continue
        if (line === undefined) {
          metrics.settled.inc({ by: 'absence' })
          return 'notSent'
        }
        metrics.settled.inc({ by: 'chat' })
        const settled = await settledAs(head, line.messageId, line.at)
        if (settled === 'whole') return next
      }
    } catch (error) {
      return unsettled(lane, head, error)
    }
  }

  async function claimed(head: LaneMessage, messageIds: string[]): Promise<Set<string>> {
    const known = await outboxStore.byMessageIds(messageIds)
    return new Set([...known.keys(), ...head.messageIds])
  }

  async function unsettled(lane: Lane, head: LaneMessage, error: unknown): Promise<Delivered> {
    if (lane.messages[0] !== head) return next
    head.settleTries += 1
    const restMs = backoffMs(head.settleTries, { firstMs: options.settleAfterMs, maxMs: options.retryMaxMs })
    const isGivenUp = head.settleTries >= options.settleTriesMax
    logger.warn({ err: error, message: head.id, settleTries: head.settleTries, isGivenUp }, 'outcome still unknown')
    await mark({ id: head.id, from: ['sending', 'ambiguous'], state: 'ambiguous', settleTried: true, isGivenUp })
    if (isGivenUp) metrics.settled.inc({ by: 'nothing' })
    return isGivenUp ? next : { outcome: 'rest', restMs }
  }

  /** The part that was in doubt is known to have arrived: the message is accepted, or goes on behind that part. */
  async function settledAs(head: LaneMessage, messageId: string, at: number): Promise<'whole' | 'partly'> {
    head.partsAccepted += 1
    head.messageIds = [...head.messageIds, messageId]
    if (head.partsAccepted >= deps.partWords(head.body).length) {
      await accepted(head, at)
      return 'whole'
    }
    const { id, messageIds, partsAccepted } = head
    await mark({ id, from: ['sending', 'ambiguous'], state: 'ambiguous', messageIds, partsAccepted })
    return 'partly'
  }

  return { deliver, settledAs }
}
