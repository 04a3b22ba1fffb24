import { type Fault, fault } from '../faults.ts'
import { BROADCAST_ACTS, type BroadcastAct, type BroadcastActName, POSSIBLE_IN } from './acts.ts'
import { type Broadcast, type BroadcastEvent, type BroadcastPlan, goesDirect } from './broadcast.ts'

/** Who acts: a person by login, with what the matrix grants, or whoever may run the operator's tool. */
export type BroadcastActor = { login: string; mayWrite: boolean; mayApprove: boolean }

/** What the service itself does: its time has come, everybody has been served, or it cannot go on without a person. */
export type SystemAct = { act: 'begin' } | { act: 'finish' } | { act: 'halt'; fault: string }

export type Decided = { ok: true; next: Broadcast } | { ok: false; code: 'forbidden' | 'illegal_act'; faults: Fault[] }

/** Lines of history that one broadcast keeps; a person who pauses and resumes all day does not grow it without end. */
const HISTORY_MAX = 200
/** Words that are kept for the record; whoever mends more often is not helped by the first of them. */
const EARLIER_MAX = 20

/** A new broadcast, waiting for the second person unless it is only a draft. */
export function newBroadcast(from: {
  id: string
  plan: BroadcastPlan
  isDraft: boolean
  by: string
  now: number
}): Broadcast {
  const { id, plan, isDraft, by, now } = from
  return {
    ...plan,
    id,
    version: 1,
    state: isDraft ? 'draft' : 'waitingApproval',
    createdBy: by,
    createdAt: now,
    writtenBy: [by],
    approval: null,
    startedAt: null,
    endedAt: null,
    fault: null,
    history: [{ at: now, by, act: 'create', note: null }],
    earlier: [],
  }
}

/** What this person may do with this broadcast now. */
export function allowedBroadcastActs(
  current: Broadcast,
  actor: BroadcastActor,
  article: ArticleFacts = { isRefused: false },
): BroadcastActName[] {
  return BROADCAST_ACTS.filter(
    (act) =>
      POSSIBLE_IN[act].includes(current.state) &&
      articleHindrance(current, act, article) === null &&
      hindranceOf(current, act, actor) === null,
  )
}

/** What became of the article so far. `isRefused`: Zalo will never take it as it is. */
export type ArticleFacts = { isRefused: boolean }

/**
 * The life of a broadcast (draft → waiting for approval → approved → scheduled → running ⇄ paused → done or stopped). `plan` is
 * the plan of an edit, read already. `test` changes nothing but the history. What Zalo has refused for good is mended, approved and
 * started anew; whoever had their copy keeps it and gets no other.
 */
export function decideBroadcast(
  current: Broadcast,
  act: BroadcastAct,
  actor: BroadcastActor,
  facts: { now: number; plan: BroadcastPlan | null; article?: ArticleFacts },
): Decided {
  const hindrance = hindranceOf(current, act.act, actor)
  if (hindrance === 'forbidden') return { ok: false, code: 'forbidden', faults: [] }
  if (!POSSIBLE_IN[act.act].includes(current.state)) {
    return { ok: false, code: 'illegal_act', faults: [fault('act', `broadcast.state.${current.state}`)] }
  }
  const wrong = articleHindrance(current, act.act, facts.article ?? { isRefused: false })
  if (wrong !== null) return { ok: false, code: 'illegal_act', faults: [fault('act', `broadcast.${wrong}`)] }
  if (hindrance === 'ownWords') return { ok: false, code: 'illegal_act', faults: [fault('act', 'broadcast.ownWords')] }
  const { now } = facts
  const line = { at: now, by: actor.login, act: act.act, note: noteOf(act) }
  switch (act.act) {
    case 'edit': {
      if (facts.plan === null) throw new Error('an edit without a plan')
      const begun = begunFaults(current, facts.plan)
      if (begun.length > 0) return { ok: false, code: 'illegal_act', faults: begun }
      const writtenBy = [...new Set([...current.writtenBy, actor.login])]
      const state = current.state === 'draft' ? 'draft' : 'waitingApproval'
      const earlier = earlierOf(current, actor.login, now)
      return follow(current, { ...facts.plan, state, writtenBy, approval: null, fault: null, earlier }, line)
    }
    case 'submit':
      return follow(current, { state: 'waitingApproval' }, line)
    case 'approve': {
      const isLater = current.sendAt !== null && current.sendAt > now
      const approval = { by: actor.login, at: now }
      return follow(current, { state: isLater ? 'scheduled' : 'approved', approval }, line)
    }
    case 'decline':
      return follow(current, { state: 'draft', approval: null }, line)
    case 'test':
      return follow(current, {}, line)
    case 'start':
      return follow(current, { state: 'running', startedAt: now, fault: null }, line)
    case 'pause':
      return follow(current, { state: 'paused' }, line)
    case 'resume':
      return follow(current, { state: 'running', fault: null }, line)
    case 'stop':
      return follow(current, { state: 'stopped', endedAt: now }, line)
    default:
      return act satisfies never
  }
}

/** What the service does by itself; null where the broadcast is not there any more, such as after a stop. */
export function decideBySystem(current: Broadcast, act: SystemAct, now: number): Broadcast | null {
  const line = { at: now, by: 'system', act: act.act, note: act.act === 'halt' ? act.fault : null }
  switch (act.act) {
    case 'begin': {
      const isDue = current.state === 'scheduled' && current.sendAt !== null && current.sendAt <= now
      return isDue ? after(current, { state: 'running', startedAt: now }, line) : null
    }
    case 'finish':
      return current.state === 'running' ? after(current, { state: 'done', endedAt: now }, line) : null
    case 'halt':
      return current.state === 'running' ? after(current, { state: 'paused', fault: act.fault }, line) : null
    default:
      return act satisfies never
  }
}

/** An article that was refused is mended first, and only that may be mended once a broadcast has begun. */
function articleHindrance(current: Broadcast, act: BroadcastActName, { isRefused }: ArticleFacts): string | null {
  if (current.state !== 'paused') return null
  if (act === 'edit' && !isRefused) return 'state.paused'
  return act === 'resume' && isRefused ? 'articleRefused' : null
}

/** Some people have their copy already: who gets one, and how, stays as it was approved for them. */
function begunFaults(current: Broadcast, plan: BroadcastPlan): Fault[] {
  if (current.startedAt === null) return []
  const isOther = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other)
  return [
    ...(plan.way === current.way ? [] : [fault('plan.way', 'broadcast.begun')]),
    ...(goesDirect(current) && isOther(orderly(plan), orderly(current))
      ? [fault('plan.segment', 'broadcast.begun')]
      : []),
  ]
}

function orderly({ segment: { communeCodes, lastContactDays, ownCases } }: Pick<BroadcastPlan, 'segment'>) {
  return [[...communeCodes].sort(), lastContactDays, ownCases]
}

/** Words that somebody has approved stay on the record. */
function earlierOf(current: Broadcast, by: string, until: number): Broadcast['earlier'] {
  if (current.approval === null) return current.earlier
  const { title, text, link, coverAttachmentId } = current
  return [...current.earlier, { title, text, link, coverAttachmentId, by, until }].slice(-EARLIER_MAX)
}

/** Two persons, by person and not by role: nobody approves what bears their own words (as with every release, §4). */
function hindranceOf(
  current: Broadcast,
  act: BroadcastActName,
  actor: BroadcastActor,
): 'forbidden' | 'ownWords' | null {
  if (act !== 'approve') return actor.mayWrite || actor.mayApprove ? null : 'forbidden'
  if (!actor.mayApprove) return 'forbidden'
  return current.writtenBy.includes(actor.login) ? 'ownWords' : null
}

function noteOf(act: BroadcastAct): string | null {
  if (act.act === 'decline') return act.reason
  return 'note' in act ? (act.note ?? null) : null
}

function follow(current: Broadcast, change: Partial<Broadcast>, line: BroadcastEvent): Decided {
  return { ok: true, next: after(current, change, line) }
}

function after(current: Broadcast, change: Partial<Broadcast>, line: BroadcastEvent): Broadcast {
  const history = [...current.history, line].slice(-HISTORY_MAX)
  return { ...current, ...change, version: current.version + 1, history }
}
