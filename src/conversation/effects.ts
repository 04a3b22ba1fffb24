/** A value inside a sentence. Strings are a citizen's or an agency's own words and are shown literally. */
export type Param =
  | string
  | number
  /** `YYYY-MM-DD`, written out in the reader's language with its weekday. */
  | { day: string }
  | { time: number }
  /** Another sentence. */
  | { key: string; params?: Params }
  | { lines: Param[] }
  /** Joined by commas and, before the last, by "và". */
  | { list: Param[] }
export type Params = Record<string, Param>

export type Title = { key: string; params?: Params } | { literal: string }

/** A choice under a bubble; the payload is what a tap sends (zalo §9.9). */
export type Choice = { title: Title; payload: string }

export type Sentence = { key: string; params?: Params }

/** The draft of a case, as the form ended: everything of `FiledDraft` that the conversation knows. */
export type CompletedDraft = {
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
  attachments: Attachment[]
  location: { latitude: number; longitude: number } | null
  identityLevel: 1 | 2 | 3
  hints: string[]
  /** An earlier case of the same sender that this one takes up again (R4-E2). */
  relatedTo: string | null
  /** The consents that hold for this case: the handling, which is given once, and what was asked in this draft. */
  consents: { purpose: Purpose; given: boolean; textVersion: string; at: number; eventId: string }[]
  /** Answers to questions that the province has added to the form, by step: what was asked, and the answer. */
  extra: Record<string, { label: string; value: string }>
}

export type Attachment = {
  id: string
  name: string
  mediaType: string
  sizeBytes: number
  sha256: string
  kind: string
}

export const STARS = [1, 2, 3, 4, 5] as const
export type Stars = (typeof STARS)[number]

/** What a sender gives an office with a supplement or a disagreement. */
export type Said = { text: string; attachments: Attachment[]; location: { latitude: number; longitude: number } | null }

/** An act of the sender on a filed case, as the conversation has gathered it. */
export type CitizenAct =
  | { act: 'supplement'; fields: Said }
  | { act: 'disagree'; fields: Said }
  | { act: 'withdraw'; fields: { reason: string | null } }
  | { act: 'rate'; fields: { stars: Stars; comment: string | null } }
export type CitizenActName = CitizenAct['act']

export type Purpose = 'handling' | 'publication' | 'profileName'
/** What is agreed to once for good, and not for one case: to be told news of the province. */
export type StandingPurpose = 'broadcasts'

/** What a turn wants done. Sentences of one turn become one bubble, in order; the last `ask` brings the buttons. */
export type Effect =
  | ({ type: 'say' } & Sentence)
  | ({ type: 'ask'; choices: Choice[] } & Sentence)
  /** Zalo's own card that asks for the phone. */
  | { type: 'requestInfo' }
  | { type: 'file'; draft: CompletedDraft }
  /** The sender acts on a filed case; judged already, with the cases that the turn was given. */
  | ({ type: 'act'; caseCode: string } & CitizenAct)
  | {
      type: 'consent'
      purpose: Purpose | StandingPurpose
      given: boolean
      textVersion: string
      eventId: string
      at: number
    }
  | { type: 'sendCode'; phone: string; code: string }
  | { type: 'showCase'; code: string }
  | { type: 'showFiled'; draftId: string }
  | { type: 'listCases' }
  | { type: 'removeFiles'; ids: string[] }
  /** The citizen asked that what they typed be gone (R2-32): the stored events with these ids lose their text. */
  | { type: 'eraseEvents'; ids: string[] }
  | { type: 'handoff'; state: 'requested' | 'ended' }
