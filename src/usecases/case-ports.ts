import type { Case, CaseAttachment, Officer, UnitDirectory } from '../cases/case.ts'
import type { HistoryEntry, HistoryEntryDraft } from '../cases/history.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { State } from '../cases/words.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { CaseChange } from './refused-error.ts'
import type { OutgoingMessage } from './turn.ts'
import type { Way, WorkItem } from './work-items.ts'

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

export type CaseFilter = { scope: CaseScope; state?: State; unitCode?: string }

/** Where a page begins, in the order newest receipt first; a code settles equal times. */
export type CasePosition = { receivedAt: number; code: string }

export type CaseStore = {
  /** With a scope: as if there were no other cases. */
  find(code: string, scope?: CaseScope): Promise<Case | null>
  /** The case to which the national system gave this code. With a scope: as if there were no other cases. */
  findNational(code: string, scope?: CaseScope): Promise<Case | null>
  /** Which of these cases lie in the scope. */
  knownOf(codes: readonly string[], scope: CaseScope): Promise<string[]>
  /** Ascending, strictly after `after`. */
  openCodesOfHandler(login: string, after: string | null, limit: number): Promise<string[]>
  /** Newest receipt first, strictly after `after`. */
  list(filter: CaseFilter, after: CasePosition | null, limit: number): Promise<Case[]>
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
    workItems?: readonly WorkItem[]
    /** Work that this ends; rejects like a stale case where somebody else has ended it. */
    finished?: WorkItem
    now: number
  }): Promise<void>
}

/** How a notice stands, gathered over its messages (interface.md, notices). */
export type NoticeState = {
  notice: string
  mandatory: boolean
  state: 'planned' | 'accepted' | 'delivered' | 'seen' | 'waiting' | 'workItem' | 'done'
  /** `person` where somebody has to call or write, and then the way that this person took. */
  channel: 'zalo' | 'person' | Way
  createdAt: number
  tries: { at: number; channel: 'zalo' | Way; result: string; code?: string; messageId?: string }[]
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

export type Attachments = { find(ids: readonly string[]): Promise<CaseAttachment[]> }
