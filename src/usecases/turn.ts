import type { Received } from '../conversation/received.ts'
import type { OutgoingBody } from './ports.ts'

/** All waiting events of one citizen, in Zalo's time order, with what is known of the conversation so far. */
export type TurnInput = {
  citizenKey: string
  /** Zalo's id of the citizen, to send to; never logged. */
  userId: string
  /** As the last turn left it; null for a citizen never met. Opaque to the store, encrypted at rest. */
  conversation: unknown
  events: Received[]
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
  /** Staff took over or handed back (conversation.md §6). */
  handoff: 'requested' | 'ended' | null
}

export type OutgoingMessage = {
  body: OutgoingBody
  /** 1 answers a waiting citizen, 2 mandatory notice, 3 the rest, 4 broadcast. */
  priority: 1 | 2 | 3 | 4
  notice?: { caseCode: string; id: string; mandatory: boolean; textVersion: string }
}

export type ConsentRecord = {
  purpose: 'handling' | 'publication' | 'profileName'
  given: boolean
  textVersion: string
  at: number
  eventId: string
}

/** The answers of a completed form, before the case has a code. The code is given inside the transaction. */
export type FiledDraft = {
  draftId: string
  submitterType: 'citizen' | 'enterprise' | 'organisation' | 'state_agency'
  name: string
  contactPerson: string | null
  phone: string
  email: string | null
  address: {
    model: '2022' | '2025'
    provinceCode: string | null
    districtCode: string | null
    communeCode: string | null
    detail: string
    text: string
  }
  title: string
  content: string
  suggestedUnitCode: string | null
  publicChoice: { content: boolean; name: 'masked' | 'hidden' }
  attachments: { id: string; name: string; mediaType: string; sizeBytes: number; sha256: string; kind: string }[]
  location: { latitude: number; longitude: number } | null
  identityLevel: 1 | 2 | 3
  hints: string[]
  consents: ConsentRecord[]
  /** Answers to questions that the province has added to the form, by step. */
  extra?: Record<string, { label: string; value: string }>
  receivedAt: number
  locale: 'vi' | 'en'
}

/**
 * One turn of one citizen. May read (own cases, public look-ups) but never writes or sends.
 * `filedCodes` answers with the case code of each draft in `output.filed` once the transaction has chosen them, so that the
 * message that shows a code is rendered inside the transaction, exactly once: see `renderFiled`.
 */
export type RunTurn = (input: TurnInput) => Promise<TurnOutput>

/** Renders N1 with the code; called inside the transaction, so it must be quick and pure. */
export type RenderFiled = (filed: FiledDraft, facts: { code: string; answerBy: string | null }) => OutgoingMessage[]
