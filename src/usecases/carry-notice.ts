import { hash } from 'node:crypto'
import type { Calendar } from '../cases/calendar.ts'
import type { Case } from '../cases/case.ts'
import { dayOf, endOfDay, formatTime } from '../cases/days.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { CaseStore } from './case-ports.ts'
import { type ClosedWay, type ClosedWays, closedBy, stillClosed } from './closed-ways.ts'
import type { ChannelAddress, NoticeChannel } from './notice-channels.ts'
import { addressFor, channelMessageOf, letterOf, type WordingDeps } from './notice-message.ts'
import {
  type Bubble,
  type ChatFacts,
  channelOf,
  type NoticeRecord,
  type NoticeRecords,
  type NoticeTry,
  type NoticeWay,
  OUTSIDE_WAYS,
  type OutsideWay,
} from './notice-records.ts'
import type { SendResult } from './ports.ts'
import { type NewWork, type WorkItem, type WorkItems, workItemOf } from './work-items.ts'

/** What is to be done next about a notice; see `plan` of delivery. */
export type NoticePlan = {
  proof: { way: NoticeWay; at: number; by: 'delivered' | 'seen' | 'accepted' } | null
  steps: (
    | { step: 'send' | 'await'; way: NoticeWay; at: number; reason: string }
    | { step: 'person' | 'keep' | 'drop'; at: number; reason: string }
  )[]
  also: { step: 'send'; way: NoticeWay; at: number; reason: string }[]
  alsoUntil: number | null
  passed: { way: NoticeWay; reason: string }[]
}

export type PlanNotice = (
  notice: Pick<NoticeRecord, 'notice' | 'mandatory' | 'needsPerson' | 'isAnswer' | 'createdAt'> & {
    hasWords: boolean
    bubbles: readonly Bubble[]
    tries: readonly NoticeTry[]
  },
  citizen: { chat: ChatFacts | null },
  hindrances: Readonly<Record<OutsideWay, string | null>>,
  now: number,
) => NoticePlan

export type CarryDeps = {
  records: NoticeRecords & {
    /** Writes the answer to a try that is still `sending`, whatever else has become of the record. */
    answered(
      id: string,
      reference: string,
      answer: Pick<NoticeTry, 'at' | 'triedAt' | 'result' | 'code' | 'messageId'>,
    ): Promise<void>
  }
  cases: Pick<CaseStore, 'find' | 'storeMoves'> & { ofCitizen(citizenKey: string, limit: number): Promise<Case[]> }
  workItems: Pick<WorkItems, 'find'>
  closedWays: ClosedWays
  channels: readonly NoticeChannel[]
  plan: PlanNotice
  wording: WordingDeps
  textVersion(notice: NoticeDraft, current: Case): string
  calendar(): Calendar
  workingDays: { first: number; chase: number }
  /** Words were put into the chat. */
  onSaid(place: { citizenKey: string; partition: number }): void
  /** A try beside the chat and what came of it, for figures and the log; never anything of a person. */
  onTried(tried: {
    record: string
    caseCode: string
    notice: string
    way: OutsideWay
    result: string
    code: string
  }): void
  /** Nothing reached the sender: a person has to, or has not done so in time. */
  onWork(work: { record: string; caseCode: string; notice: string; isOverdue: boolean; reason: string }): void
}

/** So many steps at most in one go, each with its own proof in the database. */
const STEPS_MAX = 12
const ATTEMPTS_MAX = 5
const RETRY_MS = 60_000
const RETRY_MAX_MS = 3_600_000

/**
 * Carries one notice from way to way until its proof, or until a person has it (R5-1). Every step is in the database before it is
 * taken, so that whoever takes over after a crash knows what may have left already and never sends it again.
 */
export function createCarryNotice(deps: CarryDeps) {
  const { records, cases, workItems } = deps
  const hasTemplates = deps.channels.some(({ name }) => name === 'template')

  /** Answers when the notice wants to be looked at again by somebody who was faster; nothing else is left to the caller. */
  async function carry(found: NoticeRecord, now: number): Promise<void> {
    let record: NoticeRecord | null = found
    for (let step = 0; record !== null && step < STEPS_MAX; step++) record = await carryOn(record, now)
  }

  /** One step; null where there is nothing more to do now, or somebody else does it. */
  async function carryOn(record: NoticeRecord, now: number): Promise<NoticeRecord | null> {
    const bubbles = await bubblesOf(record)
    if (record.state === 'cancelled') return rest(record, { lookAt: null })
    const current = await cases.find(record.caseCode)
    if (current === null) return rest(record, { state: 'cancelled', isKept: false, lookAt: null })
    const known = record.citizenKey === null ? null : await records.chatFacts(record.citizenKey)
    // Whoever took their data back at the platform is not written to there in any way (R9-5).
    const hasLeft = known?.facts.unreachable?.code === 'withdrawn'
    const address = await addressOf(current, hasLeft ? null : (known?.userId ?? null))
    const asked = { ...record, hasWords: record.citizenKey !== null, bubbles }
    const target = { citizenKey: record.citizenKey, phone: address.phone }
    const closed = hasTemplates ? stillClosed(await deps.closedWays.of(target, now), known?.facts ?? null) : []
    const planned = deps.plan(asked, { chat: known?.facts ?? null }, hindrancesOf(record, address, closed, now), now)
    const isKept = known !== null && mayBeKept(bubbles)
    if (record.state === 'done') return rest(record, { isKept, lookAt: null })
    const due = planned.also.find(({ at }) => at <= now)
    // The order comes first (R5-1): what is told as well must not prove a notice before its turn has come.
    const isOrderFirst = planned.proof === null && isSentNow(planned.steps[0], now)
    if (due !== undefined && due.way !== 'chat' && record.workItem === null && !isOrderFirst)
      return send(record, due.way, { current, address, bubbles }, now)
    const alsoAt = record.workItem === null ? (planned.also[0]?.at ?? null) : null
    if (planned.proof !== null) return prove(record, planned.proof, current, { isKept, alsoAt }, now)
    // Once a person has it no machine begins anything new beside the chat; what it has sent may still prove itself.
    const [next] = record.workItem === null ? planned.steps : besideWork(planned.steps, now)
    if (next === undefined) return rest(record, { lookAt: alsoAt })
    if (next.at > now) {
      const state = record.workItem === null ? stateOf(record, bubbles, next.step === 'await') : 'workItem'
      return rest(record, { state, isKept, lookAt: earliest(next.at, alsoAt) })
    }
    switch (next.step) {
      case 'await':
        return rest(record, { state: stateOf(record, bubbles, true), isKept, lookAt: earliest(next.at, alsoAt) })
      case 'send':
        return next.way === 'chat' ? say(record, now) : send(record, next.way, { current, address, bubbles }, now)
      case 'person':
        return toPerson(record, current, { isKept, reason: next.reason }, now)
      case 'keep':
        return rest(record, { state: 'waiting', isKept, lookAt: isKept ? now + DAY_MS : null })
      case 'drop':
        return rest(record, { state: 'cancelled', isKept: false, lookAt: null })
    }
    return next satisfies never
  }

  async function bubblesOf(record: NoticeRecord): Promise<Bubble[]> {
    const found = await records.bubbles(record.bubbles)
    return record.bubbles.flatMap((key) => found.get(key) ?? [])
  }

  /** The number that the sender gave last: people change theirs between two cases. */
  async function addressOf(current: Case, userId: string | null): Promise<ChannelAddress> {
    if (current.citizenKey === null) return { userId, phone: current.phone || null, email: current.email }
    const [newest = current] = await cases.ofCitizen(current.citizenKey, 1)
    return { userId, phone: newest.phone || current.phone || null, email: newest.email ?? current.email }
  }

  function hindrancesOf(
    record: NoticeRecord,
    address: ChannelAddress,
    closed: readonly ClosedWay[],
    now: number,
  ): Record<OutsideWay, string | null> {
    const hindrance = (way: OutsideWay) => {
      const other = SAME_CHAT[way]
      if (other !== undefined && mayCome(record, other)) return 'sameChat'
      const said = closed.find((one) => one.way === way)
      // Asked again, the platform would only say so again.
      if (said !== undefined) return `unreachable${said.code}`
      const channel = channelFor(way)
      return channel === undefined ? 'notSetUp' : channel.hindrance(record.notice, addressFor(way, address), now)
    }
    return Object.fromEntries(OUTSIDE_WAYS.map((way) => [way, hindrance(way)])) as Record<OutsideWay, string | null>
  }

  function channelFor(way: OutsideWay): NoticeChannel | undefined {
    return deps.channels.find(({ name }) => name === channelOf(way))
  }

  async function rest(record: NoticeRecord, change: Partial<NoticeRecord>): Promise<null> {
    await records.store({ ...record, ...change })
    return null
  }

  async function say(record: NoticeRecord, now: number): Promise<null> {
    const { citizenKey, partition } = record
    const isSaid = await records.say({ ...record, state: 'planned', lookAt: now + FIRST_LOOK_MS }, now)
    if (isSaid && citizenKey !== null) deps.onSaid({ citizenKey, partition })
    return null
  }

  async function send(
    record: NoticeRecord,
    way: OutsideWay,
    { current, address, bubbles }: { current: Case; address: ChannelAddress; bubbles: readonly Bubble[] },
    now: number,
  ): Promise<NoticeRecord | null> {
    const channel = channelFor(way)
    if (channel === undefined) return null
    const bubble = bubbles.at(-1)
    // Its words would follow the template into the same chat.
    if (SAME_CHAT[way] !== undefined && bubble?.isOpen === true && !(await records.takeBack(bubble.id, now))) {
      return rest(record, { lookAt: now + RETRY_MS })
    }
    const before = record.tries.filter((one) => one.way === way)
    const reference = before.at(-1)?.reference ?? `${record.id}-${OUTSIDE_WAYS.indexOf(way)}`
    const told = await records.told(record.id)
    const textVersion = deps.textVersion(told.draft, { ...current, citizenKey: null })
    const one: NoticeTry = { way, reference, at: now, result: 'sending', textVersion }
    const sending: NoticeRecord = { ...record, tries: [...record.tries, one], lookAt: now + RETRY_MS }
    if (!(await records.store(sending))) return null
    const message = channelMessageOf(deps.wording, told, current, reference)
    const result = await channel
      .send(addressFor(way, address), message)
      .catch((): SendResult => ({ ok: false, class: 'ambiguous', code: 'thrown' }))
    const answer = answerOf(result, now, before.length)
    await records.answered(record.id, reference, answer)
    const closed = closedBy(way, result, now)
    if (closed !== null) await deps.closedWays.close({ citizenKey: record.citizenKey, phone: address.phone }, closed)
    const { id, caseCode, notice } = record
    deps.onTried({ record: id, caseCode, notice, way, result: answer.result, code: answer.code ?? '0' })
    // A receipt or a turn may have changed it meanwhile: it is read again.
    const [again] = (await records.ofCase(caseCode)).filter((other) => other.id === id)
    return again ?? null
  }

  async function prove(
    record: NoticeRecord,
    proof: NonNullable<NoticePlan['proof']>,
    current: Case,
    { isKept, alsoAt }: { isKept: boolean; alsoAt: number | null },
    now: number,
  ): Promise<null> {
    if (record.workItem !== null && !(await endWork(record.workItem, record, proof, current, now))) return null
    return rest(record, { state: proof.by === 'seen' ? 'seen' : 'delivered', isKept, lookAt: alsoAt })
  }

  /** The work is done by the proof itself; false where it has to be looked at again. */
  async function endWork(
    id: string,
    record: NoticeRecord,
    proof: NonNullable<NoticePlan['proof']>,
    found: Case,
    now: number,
  ): Promise<boolean> {
    let current: Case | null = found
    for (let attempt = 1; current !== null && attempt <= ATTEMPTS_MAX; attempt++) {
      const item = await workItems.find(id)
      if (item === null || item.state === 'done') return true
      const how = proof.way === 'sms' || proof.way === 'email' ? proof.way : 'zalo'
      const done = { at: proof.at, by: 'system', recordedAt: now, how, note: '' } as const
      const finished: WorkItem = { ...item, state: 'done', done }
      const data = {
        workItemId: id,
        notice: record.notice,
        how,
        at: formatTime(proof.at),
        proof: proof.by,
        textVersion: item.textVersion,
        textHash: hash('sha256', item.text, 'hex'),
      }
      const next: Case = { ...current, version: current.version + 1 }
      const entry = { at: now, actor: 'system', act: 'noticeGiven', from: next.state, to: next.state, data }
      try {
        await cases.storeMoves({ moves: [{ next, entry, sameDueDay: true }], messages: [], mark: null, finished, now })
        return true
      } catch (error) {
        if (!isConflict(error)) throw error
      }
      current = await cases.find(record.caseCode)
    }
    return false
  }

  async function toPerson(
    record: NoticeRecord,
    current: Case,
    { isKept, reason }: { isKept: boolean; reason: string },
    now: number,
  ): Promise<null> {
    const about = { record: record.id, caseCode: record.caseCode, notice: record.notice, reason }
    const item = (await workItems.find(record.workItem ?? record.id)) ?? (await makeWork(record, current, reason, now))
    if (item === null) return null
    if (item.state === 'done') return rest(record, { state: 'done', workItem: item.id, isKept, lookAt: null })
    const isOverdue = now > item.dueAt
    if (isOverdue || record.workItem === null) deps.onWork({ ...about, isOverdue })
    const chaseAt = isOverdue ? endOfDay(deps.calendar().dueDay(dayOf(now), deps.workingDays.chase)) : item.dueAt + 1
    return rest(record, { state: 'workItem', workItem: item.id, isKept, lookAt: chaseAt })
  }

  /** The work and the line of history that says so; its id is that of the notice, so that it arises once. */
  async function makeWork(record: NoticeRecord, found: Case, reason: string, now: number): Promise<WorkItem | null> {
    const told = await records.told(record.id)
    let current: Case | null = found
    for (let attempt = 1; current !== null && attempt <= ATTEMPTS_MAX; attempt++) {
      const text = letterOf(deps.wording, told, current)
      const textVersion = deps.textVersion(told.draft, { ...current, citizenKey: null })
      const made = {
        id: record.id,
        text,
        textVersion,
        now,
        calendar: deps.calendar(),
        workingDays: deps.workingDays.first,
      }
      const item = workItemOf(told.draft, current, made)
      const { id, notice, assignee, dueAt } = item
      const data = { reason, workItems: [{ id, notice, assignee, dueAt: formatTime(dueAt) }] }
      const next: Case = { ...current, version: current.version + 1 }
      const entry = { at: now, actor: 'system', act: 'noticeNotReached', from: next.state, to: next.state, data }
      const move = { next, entry, sameDueDay: true as const }
      try {
        const work: NewWork = { ...item, hasRecord: true }
        await cases.storeMoves({ moves: [move], messages: [], mark: null, workItems: [work], now })
        return item
      } catch (error) {
        if (!isConflict(error)) throw error
      }
      const existing = await workItems.find(record.id)
      if (existing !== null) return existing
      current = await cases.find(record.caseCode)
    }
    return null
  }

  return { carry }
}

const DAY_MS = 24 * 3_600_000
/** How long words that went into the chat are left alone, unless something becomes of them. */
const FIRST_LOOK_MS = 10 * 60_000

/** The two that lead into one chat, where a second copy would be seen. */
const SAME_CHAT: Partial<Record<OutsideWay, OutsideWay>> = {
  templateByUser: 'templateByPhone',
  templateByPhone: 'templateByUser',
}

/** Whether it has been taken on this way, or may have been, and perhaps waits for its phone. */
function mayCome({ tries }: NoticeRecord, way: OutsideWay): boolean {
  const result = tries.findLast((one) => one.way === way)?.result
  return result !== undefined && result !== 'failed' && result !== 'later'
}

/** Words that may be on their way or have been seen are not said again; a message that the platform will never take neither. */
function mayBeKept(bubbles: readonly Bubble[]): boolean {
  const last = bubbles.at(-1)
  if (last === undefined || last.state === 'unreachable') return true
  return last.state === 'failed' && last.tries.at(-1)?.class !== 'drop'
}

function stateOf(record: NoticeRecord, bubbles: readonly Bubble[], isAwaiting: boolean): NoticeRecord['state'] {
  const isTaken = bubbles.at(-1)?.state === 'accepted' || record.tries.some(({ result }) => result === 'accepted')
  if (isTaken) return 'accepted'
  return isAwaiting || bubbles.length === 0 ? 'planned' : 'waiting'
}

function answerOf(
  result: SendResult,
  now: number,
  triesBefore: number,
): Pick<NoticeTry, 'at' | 'triedAt' | 'result' | 'code' | 'messageId'> {
  if (result.ok)
    return { at: now, result: 'accepted', ...(result.messageId === '' ? {} : { messageId: result.messageId }) }
  const { code } = result
  switch (result.class) {
    case 'retry':
    case 'wait': {
      const pauseMs = Math.min(RETRY_MS * 2 ** triesBefore, RETRY_MAX_MS)
      return { at: now + Math.max(result.retryAfterMs ?? 0, pauseMs), triedAt: now, result: 'later', code }
    }
    case 'ambiguous':
      return { at: now, result: 'unknown', code }
    // What a person has to mend keeps no citizen waiting: the next way is taken.
    case 'admin':
    case 'user':
    case 'drop':
      return { at: now, result: 'failed', code }
  }
  return result.class satisfies never
}

/** A way that has opened since does not put off the person who has it already. */
function besideWork(steps: NoticePlan['steps'], now: number): NoticePlan['steps'] {
  return steps
    .filter((one) => one.step !== 'send' || one.way === 'chat')
    .map((one) => (one.step === 'person' ? { ...one, at: now } : one))
}

/** Beside the chat, where the words of a turn already stand. */
function isSentNow(next: NoticePlan['steps'][number] | undefined, now: number): boolean {
  return next?.step === 'send' && next.way !== 'chat' && next.at <= now
}

function earliest(one: number, other: number | null): number {
  return other === null ? one : Math.min(one, other)
}

function isConflict(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'version_conflict'
}
