import type { DataRequest } from '../cases/data-requests.ts'
import type { Change } from '../cases/decision.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { CompletedDraft } from '../conversation/effects.ts'
import type { Received } from '../conversation/received.ts'
import type { Locale, OutgoingBody } from './ports.ts'

/** All waiting events of one citizen, in Zalo's time order, with what is known of the conversation so far. */
export type TurnInput = {
  citizenKey: string
  /** Zalo's id of the citizen, to send to; never logged. */
  userId: string
  /** As the last turn left it; null for a citizen never met. Opaque to the store, encrypted at rest. */
  conversation: unknown
  events: Received[]
  /** Buttons of a notice that asks for something and came since the last turn; null or absent where there was none. */
  noticed?: { payload: string; title: string }[] | null
  now: number
  /** Fresh random bytes in hex for ids and one-time codes, so that the turn itself stays a pure function. */
  entropy: string
}

/** Stored in one transaction with the marks on the events, or not at all. */
export type TurnOutput = {
  conversation: unknown
  messages: OutgoingMessage[]
  /** Cases filed in this turn. `draftId` is unique over all cases: a repeated tap finds the case that is there (R3-10). */
  filed: FiledDraft[]
  /** What the citizen did with filed cases, in order; a case that has changed meanwhile refuses the whole turn. */
  moves: Change[]
  /** Service time at which the conversation wants a `wake` event; null when it does not. */
  wakeAt: number | null
  /** One-time codes to send by SMS, after the transaction. */
  oneTimeCodes: { phone: string; code: string }[]
  /** Consents given or withdrawn in this turn (R9-1): append-only. */
  consents: ConsentRecord[]
  /** Files no longer wanted by anybody (a deleted draft), R9-8. */
  filesToRemove: string[]
  /** Stored events whose words the citizen wants gone (R2-32). */
  eraseEvents?: string[]
  /** What people want of their personal data, opened in this turn (R9-5). */
  dataRequests?: DataRequest[]
  /** Staff took over or handed back (conversation.md §6). */
  handoff: 'requested' | 'ended' | null
}

export type OutgoingMessage = {
  body: OutgoingBody
  /** 1 answers a waiting citizen, 2 mandatory notice, 3 the rest, 4 broadcast. */
  priority: 1 | 2 | 3 | 4
  notice?: NoticeOfMessage
}

/** What a message tells of a case; its delivery is proven apart (R5-5). */
export type NoticeOfMessage = {
  caseCode: string
  id: string
  mandatory: boolean
  textVersion: string
  /** What other ways tell where the chat does not reach the citizen. */
  draft: NoticeDraft
  locale: Locale
  /** The record of the notice, where there is one already. */
  record?: string
}

export type ConsentRecord = {
  purpose: 'handling' | 'publication' | 'profileName' | 'broadcasts'
  given: boolean
  textVersion: string
  at: number
  eventId: string
}

/** The answers of a completed form, before the case has a code. The code is given inside the transaction. */
export type FiledDraft = Omit<CompletedDraft, 'extra' | 'relatedTo'> & {
  /** Answers to questions that the province has added to the form, by step. */
  extra?: CompletedDraft['extra']
  /** An earlier case of the same sender (R4-E2). */
  relatedTo?: CompletedDraft['relatedTo']
  receivedAt: number
  locale: 'vi' | 'en'
}

/** One turn of one citizen. May read (own cases, public look-ups) but never writes or sends. */
export type RunTurn = (input: TurnInput) => Promise<TurnOutput>

/** Renders N1 with the code; called inside the transaction, so it must be quick and pure. */
export type RenderFiled = (filed: FiledDraft, facts: { code: string; answerBy: string | null }) => OutgoingMessage[]
