import type { Params } from './effects.ts'
import type { Intents } from './intents.ts'
import type { OwnCases } from './own-cases.ts'
import type { Places } from './places.ts'
import type { Flows } from './schema.ts'
import type { Units } from './units.ts'

export type ConversationSettings = {
  /** R3-11: 2 asks for a proven phone before sending. */
  minIdentityLevel: 1 | 2 | 3
  /** Whether one-time codes can be sent by SMS or template. */
  codeChannel: boolean
  attachmentsMax: number
  attachmentBytesMax: number
  attachmentsBytesMax: number
  /** R3-9. */
  submissionsPerDayMax: number
  submissionGapMs: number
  /** After this long without a word the draft is greeted before it goes on. */
  resumeAfterMs: number
  /** When an idle draft is remembered once; inside Zalo's 48 hours. */
  remindAfterMs: number
  draftExpiresAfterMs: number
  /** How long staff may be silent before the assistant answers again. */
  handoffQuietMs: number
  /** How long a burst of messages is waited for. */
  quietMs: number
}

/** Everything a turn may look at besides the conversation itself; nothing in it reads a clock or the network. */
export type EngineContext = {
  now: number
  /** Hex digits, fresh in each turn. */
  entropy: string
  /** Filed cases of this citizen that were looked up for this turn; absent until the turn asks (see `CasesNeeded`). */
  cases?: OwnCases
  flows: Flows
  model: '2022' | '2025'
  units: Units
  places: Places
  intents: Intents
  settings: ConversationSettings
  /** A case code in any of its spellings (R3-16), found in words. */
  readCaseCode(text: string, now: number): string | null
  /** A person's name as the public sees it (R6-4). */
  maskName(name: string): string
  translate(locale: 'vi' | 'en', key: string, params?: Params): string
  /** Version of a sentence that a person agrees to (R9-1): changes whenever its words change. */
  textVersion(key: string): string
}
