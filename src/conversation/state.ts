import type { Attachment, Choice, Purpose, Sentence } from './effects.ts'

/** Raised whenever a stored conversation of an older shape could be misread; `openConversation` then converts it. */
export const CONVERSATION_SCHEMA = 1

/** A value waiting for "đúng rồi", or several to choose from; asked under the current step. */
export type Pending =
  | { type: 'confirm'; value: unknown; question: Sentence }
  | { type: 'choose'; options: { title: string; value: unknown }[]; question: Sentence }

export type Form = {
  flow: string
  flowVersion: string
  draftId: string
  startedAt: number
  lastAt: number
  /** The step that was asked last. */
  step: string
  answers: Record<string, { ask: string; value: unknown }>
  /** Answers given up for an edit, offered back as "Giữ nguyên". */
  previous: Record<string, unknown>
  attachments: Attachment[]
  location: { latitude: number; longitude: number } | null
  /** The field that was opened from the summary, to come back to it unchanged. */
  editing: string | null
  /** Wrong answers in a row at the current step. */
  failures: number
  /** The last sentence about a wrong answer. */
  lastWrong: string | null
  /** A digest of the summary as it was last shown; null before the first time. */
  reviewed: string | null
  mode: 'step' | 'confirmCancel' | 'resume' | 'chooseField'
  pending: Pending | null
  /** The step wants typed words now ("Viết tiêu đề khác", "Nơi khác"). */
  typing: boolean
  remindedAt: number | null
  /** Prose that came before "viết tiếp" was answered; read as soon as it is. */
  waiting: { text: string; eventId: string } | null
  hints: string[]
  hideName: boolean
  code: OneTimeCode | null
}

export type OneTimeCode = {
  phone: string
  hash: string
  expiresAt: number
  triesLeft: number
  sentAt: number
}

/** Who sent the last case, offered again next time. */
export type Profile = { answers: Record<string, { ask: string; value: unknown }>; at: number }

export type Conversation = {
  schema: typeof CONVERSATION_SCHEMA
  locale: 'vi' | 'en'
  metAt: number
  lastAt: number
  form: Form | null
  /** What was typed before it was clear what it should become (R2-21, R2-32). */
  held: { text: string; eventIds: string[]; hints: string[]; question: Sentence; choices: Choice[]; at: number } | null
  /** Files that came while no form was open. */
  loose: { attachments: Attachment[]; location: Form['location']; at: number } | null
  profile: Profile | null
  consents: Partial<Record<Purpose, { given: boolean; textVersion: string; at: number }>>
  verifiedPhones: { phone: string; by: 'zalo' | 'code'; at: number }[]
  codesSentAt: number[]
  filedAt: number[]
  lastFiled: { draftId: string; at: number } | null
  /** Payloads and titles under the last bubble, so that "2" or a typed title finds its button. */
  choices: { payload: string; title: string }[]
  /** A digest of the last typed or tapped input, to tell a double tap from two answers. */
  lastInput: { digest: string; at: number; eventId: string } | null
  handoff: { state: 'requested' | 'staff'; since: number } | null
  broadcasts: boolean
}

export function newConversation(now: number): Conversation {
  return {
    schema: CONVERSATION_SCHEMA,
    locale: 'vi',
    metAt: now,
    lastAt: now,
    form: null,
    held: null,
    loose: null,
    profile: null,
    consents: {},
    verifiedPhones: [],
    codesSentAt: [],
    filedAt: [],
    lastFiled: null,
    choices: [],
    lastInput: null,
    handoff: null,
    broadcasts: true,
  }
}

/** A stored conversation, or a new one; state of an unknown version is never guessed at. */
export function openConversation(stored: unknown, now: number): Conversation {
  if (stored === null || stored === undefined) return newConversation(now)
  const conversation = stored as Conversation
  if (conversation.schema !== CONVERSATION_SCHEMA) {
    throw new Error(`conversation of schema ${String(conversation.schema)} cannot be read`)
  }
  return structuredClone(conversation)
}
