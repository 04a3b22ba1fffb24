/** What the province tells many people at once, outside of any case. */

export const BROADCAST_STATES = [
  'draft',
  'waitingApproval',
  'approved',
  'scheduled',
  'running',
  'paused',
  'done',
  'stopped',
] as const
export type BroadcastState = (typeof BROADCAST_STATES)[number]

/** `article`: an article of the account, told to its followers by Zalo; `direct`: a message to each person of the segment. */
export const BROADCAST_WAYS = ['article', 'direct', 'both'] as const
export type BroadcastWay = (typeof BROADCAST_WAYS)[number]

export const OWN_CASES = ['any', 'open', 'none'] as const

/** Who gets direct messages, of those who may be written to at all; what is not said restricts nothing. */
export type Segment = {
  /** Statistical codes of the communes of today; the place is known from people's own cases. */
  communeCodes: readonly string[]
  /** Wrote to the account within so many days; at most the seven of Zalo's window. */
  lastContactDays: number | null
  /** Whether the person has sent cases, has an open one, or none. */
  ownCases: (typeof OWN_CASES)[number] | null
}

/** Codes of Zalo (§7.1); what is not said restricts nothing. */
export type ArticleTarget = {
  ages: readonly number[]
  gender: number | null
  locations: readonly number[]
  platforms: readonly number[]
  telcos: readonly number[]
  cities: readonly number[]
}

export type BroadcastContent = {
  title: string
  text: string
  link: string | null
  coverAttachmentId: string | null
}

/** Everything that whoever writes a broadcast decides, and the second person approves. */
export type BroadcastPlan = BroadcastContent & {
  way: BroadcastWay
  segment: Segment
  target: ArticleTarget
  /** Not before this time; null: when it is started. */
  sendAt: number | null
}

/** Words that stood approved, or were on their way, before they were mended. */
export type EarlierWords = BroadcastContent & { by: string; until: number }

/** One line of what happened to a broadcast; `by` is a login, `operator` or `system`. */
export type BroadcastEvent = { at: number; by: string; act: string; note: string | null }

export type Broadcast = BroadcastPlan & {
  id: string
  version: number
  state: BroadcastState
  createdBy: string
  createdAt: number
  /** Everybody whose words or choices are in it: none of them may approve it. */
  writtenBy: readonly string[]
  approval: { by: string; at: number } | null
  /** When it was started last: after its words were mended it is started anew. */
  startedAt: number | null
  endedAt: number | null
  /** Why the service has paused it by itself, as a word; null where nothing is wrong. */
  fault: string | null
  history: readonly BroadcastEvent[]
  earlier: readonly EarlierWords[]
}

/** A broadcast of which nothing more will come. */
export function isOver({ state }: Pick<Broadcast, 'state'>): boolean {
  return state === 'done' || state === 'stopped'
}

export function goesDirect({ way }: Pick<Broadcast, 'way'>): boolean {
  return way !== 'article'
}

export function goesAsArticle({ way }: Pick<Broadcast, 'way'>): boolean {
  return way !== 'direct'
}
