import type { Case } from './case.ts'
import { maskEmail, maskPersonName, maskPhone } from './mask.ts'
import type { Sight } from './rights.ts'

/**
 * A case as it may be shown: what the reader has no right to is masked or empty in it, so that no list, page, export or search
 * that is made of it can tell more (R9-17). `maskText` takes personal data out of words. Never to be stored.
 */
export function showCase(current: Case, sight: Sight, maskText: (text: string) => string): Case {
  return withText(sight.sender ? current : withoutSender(current), sight.text, maskText)
}

function withoutSender(current: Case): Case {
  const isPerson = current.submitterType === 'citizen'
  return {
    ...current,
    // The name of a body is public, that of a person is not (R6-4).
    name: isPerson ? maskPersonName(current.name) : current.name,
    contactPerson: current.contactPerson === null ? null : maskPersonName(current.contactPerson),
    phone: maskPhone(current.phone),
    email: current.email === null ? null : maskEmail(current.email),
    address: { ...current.address, detail: '', text: '' },
    location: null,
    supplements: current.supplements.map((one) => ({ ...one, location: null })),
    disagreement: current.disagreement === null ? null : { ...current.disagreement, location: null },
    disagreements: current.disagreements.map((one) => ({ ...one, location: null })),
    citizenKey: null,
    extra: {},
  }
}

function withText(current: Case, text: Sight['text'], maskText: (text: string) => string): Case {
  if (text === 'full') return current
  const words = text === 'masked' ? maskText : () => ''
  const optional = (value: string | null) => (value === null ? null : words(value))
  const shown: Case = {
    ...current,
    title: words(current.title),
    content: words(current.content),
    concernedUnit: optional(current.concernedUnit),
    supplements: current.supplements.map((one) => ({ ...one, missing: words(one.missing), text: words(one.text) })),
    progressUpdates: current.progressUpdates.map((one) => ({ ...one, text: words(one.text) })),
    answer: current.answer === null ? null : { ...current.answer, text: words(current.answer.text) },
    answerHistory: current.answerHistory.map((one) => ({ ...one, text: words(one.text) })),
    disagreement:
      current.disagreement === null ? null : { ...current.disagreement, text: words(current.disagreement.text) },
    disagreements: current.disagreements.map((one) => ({ ...one, text: words(one.text) })),
    rating: current.rating === null ? null : { ...current.rating, comment: optional(current.rating.comment) },
    withdrawal:
      current.withdrawal === null ? null : { ...current.withdrawal, reason: optional(current.withdrawal.reason) },
  }
  return text === 'masked' ? shown : withoutFile(shown)
}

/** What is left of a case for somebody who may know of it and read nothing in it. */
function withoutFile(current: Case): Case {
  return {
    ...current,
    concernedUnit: null,
    attachments: [],
    supplements: [],
    progressUpdates: [],
    refusal: null,
    answer: null,
    answerHistory: [],
    unpublished: null,
    opinions: [],
    urges: [],
    escalation: null,
    escalationHistory: [],
    disagreement: null,
    disagreements: [],
    rating: null,
    withdrawal: null,
  }
}
