import type { Case, CaseAttachment, Officer, UnitDirectory } from '../cases/case.ts'
import type { Day } from '../cases/days.ts'
import type { HistoryEntry, HistoryEntryDraft } from '../cases/history.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { Channel, ContentKind, Field, State } from '../cases/words.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { NoticeRecordState } from './notice-records.ts'
import type { CaseChange } from './refused-error.ts'
import type { OutgoingMessage } from './turn.ts'
import type { NewWork, ReassignedWork, Way, WorkItem } from './work-items.ts'

/** A case as it becomes, with the line that this adds to its history; `next.version` is one more than was read. */
export type CaseMove = {
  next: Case
  entry: HistoryEntryDraft
  /** The move touches no clock: the due day that lists show stays as it is stored. */
  sameDueDay?: true
}

/** What a citizen is to be told because of an act. */
export type CitizenMessages = { citizenKey: string; messages: OutgoingMessage[] }

/** Exactly the cases that a reader may know of (see `scopeOf`). */
export type CaseScope = {
  /** Cases that are no suspected denunciations. */
  ordinary:
    | 'all'
    | {
        leadUnitCodes: readonly string[]
        coordinatingUnitCodes: readonly string[]
        /** Cases of this handler, as long as the unit that leads is one of these. */
        handler: { login: string; leadUnitCodes: readonly string[] } | null
        /** Units whose own intake the reader works at. */
        intakeUnitCodes: readonly string[]
      }
  /** Suspected denunciations: of one intake officer or all of them, and none against these units. Null: not one (R2-30). */
  denunciations: { intakeOfficer: string | null; notAgainst: readonly string[] } | null
}

/** Which cases a list holds; everything that is given has to be true of each. */
export type CaseFilter = {
  scope: CaseScope
  states?: readonly State[]
  /** The unit that leads, or one that coordinates. */
  unitCode?: string
  /** Null: nobody. */
  handler?: string | null
  field?: Field
  channel?: Channel
  contentKind?: ContentKind
  /** Open cases whose due day (see `dueDayOf`) is `from` or later, and before `before`. */
  due?: { from: Day | null; before: Day }
  /** Moments of receipt, the second one excluded. */
  received?: { from: number | null; before: number | null }
  /** Folded words that all occur in title and content, or in the sender's name where `looksAtSenders`. */
  words?: readonly string[]
  /** In the normal form, E.164. */
  phone?: string
  /** Whether the reader sees on any of these cases who the sender is. */
  looksAtSenders: boolean
}

/** What is due soonest first, then what is not open any more; or newest receipt first. */
export type CaseSort = 'dueAt' | '-receivedAt'

/** Where a page begins: strictly after a place in the order of due days, or of receipt. See `orderAt`, `dueKeyOf`. */
export type CasePosition = { due: string } | { received: number }

/**
 * Candidates in the order of the list, each with its place. Words may meet where their keys do, so whoever shows a case looks at it
 * again. `next` is where the list goes on, null at its end; fewer candidates than asked for with a `next` mean that a
 * page's share of work is done.
 */
export type CaseCandidates = { found: { current: Case; at: CasePosition }[]; next: CasePosition | null }

/** How many there are: exactly, or more than `count`. */
export type Count<Value> = { value: Value; count: number; more: boolean }

/** What a reader's cases are made of. State counts every case, the others those that are open. */
export type CaseCounts = {
  state: Count<State>[]
  due: Count<DueFilter>[]
  /** By the unit that leads. */
  unit: Count<string>[]
  /** Null: nobody. */
  handler: Count<string | null>[]
  field: Count<Field>[]
  channel: Count<Channel>[]
}

export const DUE_FILTERS = ['overdue', 'today', '3wd'] as const
export type DueFilter = (typeof DUE_FILTERS)[number]

/** Due days, from the first to before the second, for each filter. */
export type DueRanges = Record<DueFilter, { from: Day | null; before: Day }>

export type CaseStore = {
  /** With a scope: as if there were no other cases. */
  find(code: string, scope?: CaseScope): Promise<Case | null>
  /** The case to which the national system gave this code. With a scope: as if there were no other cases. */
  findNational(code: string, scope?: CaseScope): Promise<Case | null>
  /** Which of these cases lie in the scope. */
  knownOf(codes: readonly string[], scope: CaseScope): Promise<string[]>
  /** Ascending, strictly after `after`. */
  openCodesOfHandler(login: string, after: string | null, limit: number): Promise<string[]>
  /** One step through a list, of a bounded cost whatever is asked. */
  list(
    filter: CaseFilter,
    asked: { sort: CaseSort; after: CasePosition | null; limit: number },
  ): Promise<CaseCandidates>
  /** The cases of this code, here or in the national system (see `normaliseNationalCode`), that the filter lets through. */
  named(filter: CaseFilter, codes: { own: string | null; foreign: string | null }): Promise<Case[]>
  /** Counts in the scope, suspected denunciations left out; `exactUpTo` bounds what is counted exactly. */
  counts(scope: CaseScope, asked: { due: DueRanges; exactUpTo: number }): Promise<CaseCounts>
  /** Ascending. */
  history(code: string): Promise<HistoryEntry[]>
  /** What was done after line `seq`, ascending, without its data; at most the last `limit` lines. */
  changes(code: string, seq: number, limit: number): Promise<CaseChange[]>
  /**
   * Cases, history, messages and the mark in one majority transaction, or nothing. Rejects with an error of the code
   * `version_conflict` where a case is not the one that was read any more or the mark is there already.
   */
  storeMoves(asked: {
    moves: readonly CaseMove[]
    messages: readonly CitizenMessages[]
    mark: IdempotencyMark | null
    /** What a person has to do because of it. */
    workItems?: readonly NewWork[]
    /** Work that this ends; rejects like a stale case where somebody else has ended it. */
    finished?: WorkItem
    /** Work that is taken from a person; rejects likewise. */
    reassigned?: ReassignedWork
    now: number
  }): Promise<void>
}

/** How a notice stands, gathered over its messages (interface.md, notices). */
export type NoticeState = {
  notice: string
  mandatory: boolean
  state: NoticeRecordState
  /** `person` where somebody has to call or write, and then the way that this person took. */
  channel: 'zalo' | 'template' | 'person' | Way
  createdAt: number
  tries: {
    at: number
    channel: 'zalo' | 'template' | Way
    result: string
    code?: string
    messageId?: string
    textVersion?: string
  }[]
  workItem?: Pick<WorkItem, 'id' | 'state' | 'assignee' | 'dueAt'>
}

export type NoticeReader = { noticesOf(caseCode: string): Promise<NoticeState[]> }

/** A unit as master data has it. */
export type UnitRecord = {
  code: string
  name: string
  shortName: string
  level: string
  kind: string
  parent: string | null
  gsoCode: string | null
  roles: readonly string[]
  /** Units that took over its territory or its matters. */
  succeededBy: readonly string[]
  model: '2022' | '2025'
  validFrom: string
  validTo: string | null
  needsConfirmation: boolean
}

export type Units = UnitDirectory & {
  all(): readonly UnitRecord[]
  find(unitCode: string): UnitRecord | null
  /** The unit and everything below it. */
  codesWithin(unitCode: string): string[]
  /** The unit and everything above it. */
  ancestorsOf(unitCode: string): string[]
}

/** Finds the words of a notice; a quiet one says only code, state and days (R2-31). */
export type RenderNotice = (notice: NoticeDraft, current: Case) => Pick<OutgoingMessage, 'body'>[]

/** Active officers by login. */
export type Officers = { find(login: string): Promise<Officer | null> }

export type Attachments = {
  find(ids: readonly string[]): Promise<CaseAttachment[]>
  /** Of these files those that this officer has handed in. */
  findOwn(login: string, ids: readonly string[]): Promise<CaseAttachment[]>
}
