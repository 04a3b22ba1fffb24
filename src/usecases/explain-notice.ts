import type { Sentence } from '../conversation/effects.ts'
import type { ClosedWay } from './closed-ways.ts'
import type { NotInformed } from './not-informed.ts'
import { channelOf, type NoticeTry } from './notice-records.ts'

/** What becomes of a notice next, and by whom. */
export const NEXT_STEPS = ['tellByHand', 'tellByHandLate', 'waitProof', 'waitTurn', 'goesNow', 'waitCitizen'] as const
export type NextStep = (typeof NEXT_STEPS)[number]

const CHAT_REASONS: ReadonlySet<string> = new Set([
  'windowClosed',
  'neverMet',
  'blocked',
  'away',
  'unfollowed',
  'withdrawn',
])

/** Why nobody knows that the sender was told, as sentences: the chat first, then each way beside it with its last word. */
export function whyNotInformed({
  record,
  reach,
  closedWays,
}: Pick<NotInformed, 'record' | 'reach' | 'closedWays'>): Sentence[] {
  const newest = new Map<string, NoticeTry>()
  for (const one of record.tries) newest.set(channelOf(one.way), one)
  const tried = [...newest].map(([channel, one]) => trySentence(channel, one))
  const untried = closedWays.filter(({ way }) => !record.tries.some((one) => one.way === way))
  return [chatSentence(record, reach), ...untried.map(closedSentence), ...tried]
}

/** What is to be done next, and whose turn it is. */
export function nextOf(
  { record, work }: Pick<NotInformed, 'record' | 'work'>,
  now: number,
): { step: NextStep; sentence: Sentence } {
  if (work !== null) {
    const step = now > work.dueAt ? 'tellByHandLate' : 'tellByHand'
    const who = work.who ?? { key: 'notInformed.anybody' }
    return { step, sentence: { key: `notInformed.next.${step}`, params: { who, due: { time: work.dueAt } } } }
  }
  const { state, lookAt } = record
  if (lookAt === null) return { step: 'waitCitizen', sentence: { key: 'notInformed.next.waitCitizen' } }
  const step = lookAt <= now ? 'goesNow' : state === 'accepted' ? 'waitProof' : 'waitTurn'
  return { step, sentence: { key: `notInformed.next.${step}`, params: { at: { time: Math.max(lookAt, now) } } } }
}

function chatSentence(record: NotInformed['record'], reach: NotInformed['reach']): Sentence {
  if (reach === null) return { key: 'notInformed.chat.none' }
  if (reach.isReachable) return { key: `notInformed.chat.${record.bubbles.length > 0 ? 'noReceipt' : 'notYet'}` }
  const reason = (reach.reason ?? '').split(' ')[0] ?? ''
  const since = reach.since === null ? {} : { since: { time: reach.since } }
  const key = CHAT_REASONS.has(reason) && reach.since !== null ? reason : 'refused'
  return { key: `notInformed.chat.${key}`, params: { ...since, code: codeIn(reach.reason) } }
}

/** The platform's number in `refused (-201)`; nothing where there is none. */
function codeIn(reason: string | null): string {
  return /\((.+)\)/.exec(reason ?? '')?.[1] ?? ''
}

function closedSentence({ way, code, since }: ClosedWay): Sentence {
  const kind = way === 'templateByPhone' ? 'number' : 'person'
  const channel = { key: `notInformed.channel.${channelOf(way)}` }
  return { key: `notInformed.closed.${kind}`, params: { channel, since: { time: since }, code } }
}

function trySentence(channel: string, one: NoticeTry): Sentence {
  const result = one.result === 'sending' ? 'unknown' : one.result
  return {
    key: `notInformed.tried.${result}`,
    params: {
      channel: { key: `notInformed.channel.${channel}` },
      at: { time: one.answeredAt ?? one.at },
      code: one.code ?? '',
    },
  }
}
