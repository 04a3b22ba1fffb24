import { copyOfJson } from './copy.ts'
import type { Attachment, Choice, Purpose, Sentence, StandingPurpose, Stars } from './effects.ts'

/** Raised whenever a stored conversation of an older shape could be misread; a field that is merely new needs no raise. */
export const CONVERSATION_SCHEMA = 1

/** A value waiting for "đúng rồi", or several to choose from; asked under the current step. */
export type Pending =
  | { type: 'confirm'; value: unknown; question: Sentence; purpose?: Purpose }
  | { type: 'choose'; options: { title: string; value: unknown }[]; question: Sentence; none: string }

/** A consent or its refusal, provable by the event that gave it (R9-1). */
export type Consent = { given: boolean; textVersion: string; at: number; eventId: string }
export type Consents = Partial<Record<Purpose | StandingPurpose, Consent>>

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
  /** The filed case that this is about: what is added to it, or a new matter that takes it up again. */
  about: AboutCase | null
  /** The field that was opened from the summary, to come back to it unchanged. */
  editing: string | null
  /** Wrong answers in a row at the current step. */
  failures: number
  /** The last sentence about a wrong answer. */
  lastWrong: string | null
  /** A digest of the summary as it was last shown; null before the first time. */
  reviewed: string | null
  /** `renew`: it cannot be sent to its case any more, and is offered as a new matter. */
  mode: 'step' | 'confirmCancel' | 'resume' | 'chooseField' | 'renew'
  pending: Pending | null
  /** The step wants typed words now ("Viết tiêu đề khác", "Nơi khác"). */
  typing: boolean
  remindedAt: number | null
  /** Prose of which it is not yet clear whether it belongs to this draft or is a matter of its own. */
  waiting: { text: string; hints: string[]; eventIds: string[] } | null
  hints: string[]
  hideName: boolean
  code: OneTimeCode | null
  /** The burst of content that came last: when it ended, and what had been asked before it. */
  told: { at: number; asked: Asked } | null
  /** What was agreed to for this case alone, such as its publication. */
  consents: Consents
  /** The events this draft was written with, erased with it when the citizen throws it away. */
  eventIds: string[]
}

/** A filed case as the draft about it was begun. */
export type AboutCase = { code: string; title: string; missing: string | null }

/** A question about a filed case that stands in the last bubble and takes a yes, a no or words. */
export type Asking = { code: string; at: number } & (
  | { question: 'withdraw' | 'withdrawSurely'; reason: string | null }
  | { question: 'disagree' }
  | { question: 'mayComment' | 'comment'; stars: Stars }
)

/** The question that content answers: none of ours, the first one, or "kể thêm được không". */
export type Asked = 'nothing' | 'empty' | 'more'

export type OneTimeCode = {
  phone: string
  hash: string
  expiresAt: number
  triesLeft: number
  sentAt: number
}

/** Who sent the last case, offered again next time. */
export type Profile = { answers: Record<string, { ask: string; value: unknown }>; at: number }

/** What was typed before it was clear what it should become (R2-21, R2-32). */
export type Held = {
  id: string
  text: string
  eventIds: string[]
  hints: string[]
  question: Sentence
  choices: Choice[]
  /** The filed case that they seem to belong to. */
  about?: { way: 'supplement' | 'disagree'; code: string }
  at: number
}

export type Conversation = {
  schema: typeof CONVERSATION_SCHEMA
  locale: 'vi' | 'en'
  metAt: number
  lastAt: number
  form: Form | null
  /** Drafts put aside for a more urgent matter, the latest last; each comes back when the one before it is done. */
  shelved: Form[]
  held: Held | null
  /** What was taken for a cry for help (R2-19), until it is said that it was none. */
  alarm: { id: string; text: string; eventIds: string[]; at: number } | null
  asking: Asking | null
  /** Files that came while no form was open. */
  loose: { attachments: Attachment[]; location: Form['location']; at: number } | null
  profile: Profile | null
  /** The latest answer for each purpose. */
  consents: Consents
  verifiedPhones: { phone: string; by: 'zalo' | 'code'; at: number }[]
  codesSentAt: number[]
  /** Drafts that became cases, the latest last. */
  filed: { draftId: string; at: number }[]
  /** Drafts that were sent to filed cases, the latest last. */
  sent: { draftId: string; flow: string; code: string; at: number }[]
  /** When codes were typed that led to nothing of this citizen's (R3-17). */
  missedLookups: number[]
  /** Payloads and titles under the last bubble, so that "2" or a typed title finds its button; a name is never guessed. */
  choices: { payload: string; title: string; isName?: true }[]
  /** A digest of the last typed or tapped input, to tell a double tap from two answers. */
  lastInput: { digest: string; at: number } | null
  /** Messages in a row that led nowhere while no form was open. */
  strayed: number
  /** `answered`: an officer has written back who does not read this chat. */
  handoff: { state: 'requested' | 'staff' | 'answered'; since: number } | null
  /** False from "ngừng nhận tin" on; the proof is among the consents. */
  broadcasts: boolean
}

export function newConversation(now: number): Conversation {
  return {
    schema: CONVERSATION_SCHEMA,
    locale: 'vi',
    metAt: now,
    lastAt: now,
    form: null,
    shelved: [],
    held: null,
    alarm: null,
    asking: null,
    loose: null,
    profile: null,
    consents: {},
    verifiedPhones: [],
    codesSentAt: [],
    filed: [],
    sent: [],
    missedLookups: [],
    choices: [],
    lastInput: null,
    strayed: 0,
    handoff: null,
    broadcasts: true,
  }
}

export function newForm(start: Pick<Form, 'flow' | 'flowVersion' | 'draftId' | 'startedAt'>): Form {
  return {
    ...start,
    lastAt: start.startedAt,
    step: '',
    answers: {},
    previous: {},
    attachments: [],
    location: null,
    about: null,
    editing: null,
    failures: 0,
    lastWrong: null,
    reviewed: null,
    mode: 'step',
    pending: null,
    typing: false,
    remindedAt: null,
    waiting: null,
    hints: [],
    hideName: false,
    code: null,
    told: null,
    consents: {},
    eventIds: [],
  }
}

/**
 * A copy of a stored conversation, or a new one. A field that was added since it was stored has its first value; state of an
 * unknown version is never guessed at.
 */
export function openConversation(stored: unknown, now: number): Conversation {
  if (stored === null || stored === undefined) return newConversation(now)
  const conversation = copyOfJson(stored as Conversation)
  if (conversation.schema !== CONVERSATION_SCHEMA) {
    throw new Error(`conversation of schema ${String(conversation.schema)} cannot be read`)
  }
  const complete = { ...newConversation(now), ...conversation }
  const form = complete.form === null ? null : { ...newForm(complete.form), ...complete.form }
  return { ...complete, form, shelved: complete.shelved.map((draft) => ({ ...newForm(draft), ...draft })) }
}
