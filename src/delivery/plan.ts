import { addDays, dayOf, minuteOfDay, startOfDay } from '../cases/days.ts'
import type { Bubble, ChatFacts, NoticeTry, NoticeWay, OutsideWay } from '../usecases/notice-records.ts'
import { alsoByOf, type DeliverySettings, type QuietHours } from './settings.ts'
import { openWindows } from './windows.ts'

/** A notice as the planner sees it: what it is, and what has been tried. */
export type PlannedNotice = {
  /** Its id, such as `N3`: some are told in two ways. */
  notice: string
  mandatory: boolean
  /** Must end with a person where no way carries it. */
  needsPerson: boolean
  /** Answers a citizen who waits: told at any hour (R5-3). */
  isAnswer: boolean
  createdAt: number
  hasWords: boolean
  bubbles: readonly Bubble[]
  tries: readonly NoticeTry[]
}

/** The recipient: what is known of them on the chat; null for a sender without one. */
export type PlannedCitizen = { chat: ChatFacts | null }

export type PlannedChannels = {
  /** Why a way cannot be taken to this person with this notice; null: it can. */
  hindrances: Readonly<Record<OutsideWay, string | null>>
  /** What is left of the package for messages outside the free window; null: not known. */
  quotaLeft: number | null
  settings: DeliverySettings
  quietHours: QuietHours
}

/** `proven`: it arrived. `unproven`: taken, and no proof in the time for it. `pending`: a proof may still come, until `until`. */
export type Outcome =
  | { outcome: 'proven'; at: number; by: 'delivered' | 'seen' | 'accepted' }
  | { outcome: 'pending'; until: number }
  | { outcome: 'unproven' }
  | { outcome: 'failed'; code: string; at: number }
  | { outcome: 'untried'; notBefore: number }

export type PlanStep =
  | { step: 'send'; way: NoticeWay; at: number; reason: string }
  /** The way was taken, and its proof is waited for before the next one. */
  | { step: 'await'; way: NoticeWay; at: number; reason: string }
  /** Somebody calls or writes a letter. */
  | { step: 'person'; at: number; reason: string }
  /** The words are kept until the citizen next writes. */
  | { step: 'keep'; at: number; reason: string }
  /** Not worth telling any more. */
  | { step: 'drop'; at: number; reason: string }

export type Plan = {
  /** Why nothing more has to be done; null while it has. */
  proof: { way: NoticeWay; at: number; by: 'delivered' | 'seen' | 'accepted' } | null
  /** One after the other; each assumes that those before it bring no proof. Ends with `person`, `keep` or `drop`. */
  steps: PlanStep[]
  /** Told as well, whatever became of the others (R5-2). */
  also: Extract<PlanStep, { step: 'send' }>[]
  /** When the proof of what was told as well is waited for at the latest; null: for none. */
  alsoUntil: number | null
  /** Ways that are not taken, with the reason. */
  passed: { way: NoticeWay; reason: string }[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Which ways a notice takes from now on, R5-1 … R5-3. Pure: what was tried comes with the notice, so the same question can be asked
 * at every step, and whatever has changed meanwhile changes the answer.
 */
export function plan(notice: PlannedNotice, citizen: PlannedCitizen, channels: PlannedChannels, now: number): Plan {
  const { settings } = channels
  const isOptional = !notice.mandatory && !notice.needsPerson
  const passed: Plan['passed'] = []
  const steps: PlanStep[] = []
  const outcomes = outcomesOf(notice, settings, now)
  const proof = proofOf(outcomes)
  const isOld = isOptional && now >= notice.createdAt + settings.optionalDays * DAY_MS
  const daytime = notice.isAnswer ? now : afterQuiet(channels.quietHours, now)
  // What comes after a proof that is waited for comes when the time for it is over.
  let at = now
  let isChatClosed = citizen.chat === null
  for (const way of isOptional ? settings.optionalOrder : settings.order) {
    const outcome = outcomes.get(way) ?? { outcome: 'untried', notBefore: 0 }
    if (outcome.outcome === 'pending') {
      at = Math.max(at, outcome.until)
      steps.push({ step: 'await', way, at, reason: 'proofMayCome' })
      continue
    }
    const reached = Math.max(at, outcome.outcome === 'untried' ? outcome.notBefore : 0)
    const time = notice.isAnswer ? reached : afterQuiet(channels.quietHours, reached)
    if (way === 'chat') {
      const hindrance = chatHindrance(notice, citizen.chat, channels, { outcome, time, isOptional })
      if (hindrance !== null) {
        passed.push({ way, reason: hindrance })
        isChatClosed = hindrance !== 'unproven'
        continue
      }
    } else {
      const hindrance = outsideHindrance(outcome, channels.hindrances[way])
      if (hindrance !== null) {
        passed.push({ way, reason: hindrance })
        continue
      }
    }
    steps.push({ step: 'send', way, at: time, reason: reasonFor(way, passed) })
    at = time + settings.proof[way].withinHours * HOUR_MS
  }
  const last = passed.at(-1)?.reason ?? 'noProof'
  if (!isOptional) steps.push({ step: 'person', at, reason: steps.length === 0 ? last : 'noProof' })
  else if (isOld) steps.splice(0, steps.length, { step: 'drop', at: now, reason: 'tooOld' })
  else if (isChatClosed || steps.length === 0) steps.push({ step: 'keep', at, reason: last })
  else steps.push({ step: 'drop', at, reason: 'noProof' })
  const also = notice.mandatory ? alsoSteps(notice.notice, outcomes, channels, daytime) : []
  return {
    proof,
    steps: proof === null ? steps : [],
    also,
    alsoUntil: alsoUntil(notice.notice, outcomes, settings),
    passed,
  }
}

/** Whether the words may go into the chat at this moment: what the transaction of the act asks. */
export function mayChatNow(
  notice: Pick<PlannedNotice, 'mandatory' | 'needsPerson' | 'isAnswer'>,
  chat: ChatFacts,
  channels: Pick<PlannedChannels, 'quotaLeft' | 'settings' | 'quietHours'>,
  now: number,
): boolean {
  if (notice.isAnswer) return true
  if (afterQuiet(channels.quietHours, now) > now) return false
  const isOptional = !notice.mandatory && !notice.needsPerson
  if (!(isOptional ? channels.settings.optionalOrder : channels.settings.order).includes('chat')) return false
  return closedBy(chat, channels, now, isOptional) === null
}

function alsoSteps(notice: string, outcomes: ReadonlyMap<NoticeWay, Outcome>, channels: PlannedChannels, at: number) {
  return alsoByOf(channels.settings, notice).flatMap((way): Plan['also'] => {
    const outcome = outcomes.get(way) ?? { outcome: 'untried', notBefore: 0 }
    if (outcome.outcome !== 'untried' || channels.hindrances[way] !== null) return []
    return [{ step: 'send', way, at: Math.max(at, outcome.notBefore), reason: 'bothWays' }]
  })
}

function alsoUntil(
  notice: string,
  outcomes: ReadonlyMap<NoticeWay, Outcome>,
  settings: DeliverySettings,
): number | null {
  const waited = alsoByOf(settings, notice).flatMap((way) => {
    const outcome = outcomes.get(way)
    return outcome?.outcome === 'pending' ? [outcome.until] : []
  })
  return waited.length === 0 ? null : Math.max(...waited)
}

function outcomesOf(notice: PlannedNotice, settings: DeliverySettings, now: number): Map<NoticeWay, Outcome> {
  const outcomes = new Map<NoticeWay, Outcome>()
  const bubble = notice.bubbles.at(-1)
  if (bubble !== undefined) outcomes.set('chat', outcomeOfBubble(bubble, settings.proof.chat, now))
  const firsts = new Map<OutsideWay, number>()
  for (const one of notice.tries) {
    const proof = settings.proof[one.way]
    const first = firsts.get(one.way) ?? one.triedAt ?? one.at
    firsts.set(one.way, first)
    // A provider that asks for patience, again and again or until the next month, keeps nobody waiting longer than one that gives
    // no receipt.
    const isTooLate = one.result === 'later' && one.at - first > proof.withinHours * HOUR_MS
    outcomes.set(
      one.way,
      isTooLate ? { outcome: 'failed', code: one.code ?? 'later', at: one.at } : outcomeOfTry(one, proof, now),
    )
  }
  return outcomes
}

type Proof = DeliverySettings['proof'][NoticeWay]

function outcomeOfTry(one: NoticeTry, proof: Proof, now: number): Outcome {
  const until = one.at + proof.withinHours * HOUR_MS
  switch (one.result) {
    case 'delivered':
    case 'seen':
      return { outcome: 'proven', at: one.answeredAt ?? one.at, by: one.result }
    case 'failed':
      return { outcome: 'failed', code: one.code ?? '', at: one.answeredAt ?? one.at }
    case 'later':
      return { outcome: 'untried', notBefore: one.at }
    case 'accepted':
      if (now < until) return { outcome: 'pending', until }
      return proof.by === 'accepted' ? { outcome: 'proven', at: until, by: 'accepted' } : { outcome: 'unproven' }
    // Nobody knows whether it left: only a receipt can tell, and no second copy may go this way.
    case 'sending':
    case 'unknown':
      return now < until ? { outcome: 'pending', until } : { outcome: 'unproven' }
  }
  return one.result satisfies never
}

/** What is known of the newest message of the chat; see `outcomeOfTry`. */
export function outcomeOfBubble(bubble: Bubble, proof: Proof, now: number): Outcome {
  const lastTry = bubble.tries.at(-1)
  switch (bubble.state) {
    case 'delivered':
    case 'seen':
      return { outcome: 'proven', at: bubble.seenAt ?? bubble.deliveredAt ?? now, by: bubble.state }
    case 'unreachable':
    case 'failed':
    case 'withdrawn':
      return { outcome: 'failed', code: lastTry?.code ?? '', at: bubble.settledAt ?? bubble.createdAt }
    case 'accepted': {
      const until = (bubble.acceptedAt ?? bubble.createdAt) + proof.withinHours * HOUR_MS
      if (now < until) return { outcome: 'pending', until }
      return proof.by === 'accepted' ? { outcome: 'proven', at: until, by: 'accepted' } : { outcome: 'unproven' }
    }
    case 'waiting':
    case 'sending':
    case 'ambiguous': {
      const until = bubble.createdAt + proof.withinHours * HOUR_MS
      return bubble.isOpen && now < until ? { outcome: 'pending', until } : { outcome: 'unproven' }
    }
  }
  return bubble.state satisfies never
}

function proofOf(outcomes: ReadonlyMap<NoticeWay, Outcome>): Plan['proof'] {
  const found: NonNullable<Plan['proof']>[] = []
  for (const [way, outcome] of outcomes)
    if (outcome.outcome === 'proven') found.push({ way, at: outcome.at, by: outcome.by })
  const rank = { seen: 0, delivered: 1, accepted: 2 }
  return found.toSorted((a, b) => rank[a.by] - rank[b.by] || a.at - b.at)[0] ?? null
}

/** So often at most are the same words put into the chat, each time after a plain refusal. */
const BUBBLES_MAX = 5

function chatHindrance(
  notice: PlannedNotice,
  chat: ChatFacts | null,
  channels: PlannedChannels,
  asked: { outcome: Outcome; time: number; isOptional: boolean },
): string | null {
  if (chat === null || !notice.hasWords) return 'noChat'
  const { outcome, time } = asked
  if (outcome.outcome === 'unproven' || outcome.outcome === 'proven') return 'unproven'
  if (outcome.outcome === 'failed') {
    const hasComeBack = chat.unreachable === null && (chat.lastInteractionAt ?? 0) > outcome.at
    const isRefusedForGood = notice.bubbles.at(-1)?.state === 'failed'
    if (isRefusedForGood || !hasComeBack || notice.bubbles.length >= BUBBLES_MAX) return `refused${outcome.code}`
  }
  return closedBy(chat, channels, time, asked.isOptional)
}

function closedBy(
  chat: ChatFacts,
  { settings, quotaLeft }: Pick<PlannedChannels, 'settings' | 'quotaLeft'>,
  at: number,
  isOptional: boolean,
): string | null {
  const window = openWindows(chat, at, settings.chat)
  if (!window.isOpen) return window.reason
  // Where nothing is known of the window nothing is known of its price either: the platform's answer decides.
  if (window.isFree || window.freeUntil === null || quotaLeft === null) return null
  if (quotaLeft <= 0) return 'noQuota'
  return isOptional && quotaLeft <= settings.chat.quotaKeptForMandatory ? 'quotaKept' : null
}

function outsideHindrance(outcome: Outcome, hindrance: string | null): string | null {
  if (outcome.outcome === 'failed') return `refused ${outcome.code}`.trim()
  if (outcome.outcome === 'unproven' || outcome.outcome === 'proven') return 'unproven'
  return hindrance
}

function reasonFor(way: NoticeWay, passed: Plan['passed']): string {
  const last = passed.at(-1)
  return last === undefined ? 'first' : `${last.way}:${last.reason}`.slice(0, 60) || way
}

/** The moment itself, or the end of the quiet hours that it lies in (R5-3). */
export function afterQuiet(quiet: QuietHours, at: number): number {
  if (quiet === null || quiet.fromMinute === quiet.toMinute) return at
  const minute = minuteOfDay(at)
  const { fromMinute, toMinute } = quiet
  const isOverMidnight = fromMinute > toMinute
  const isQuiet = isOverMidnight ? minute >= fromMinute || minute < toMinute : minute >= fromMinute && minute < toMinute
  if (!isQuiet) return at
  const day = isOverMidnight && minute >= fromMinute ? addDays(dayOf(at), 1) : dayOf(at)
  return startOfDay(day) + toMinute * 60_000
}
