import type { CompletedDraft } from './effects.ts'
import { type ContentValue, contentText } from './kinds/content.ts'
import { kindOf } from './kinds/kinds.ts'
import type { AddressValue, UnitValue } from './kinds/place.ts'
import { addressText } from './kinds/place.ts'
import { isVerified, type NameValue, nameText } from './kinds/sender.ts'
import type { FormFlow } from './schema.ts'
import type { Form } from './state.ts'
import { contextOf, type Turn, walk } from './turn-state.ts'

/** The steps that a form which files a case must have, and the kind of each; the loader holds flows to it. */
export const CASE_STEPS = {
  content: 'content',
  title: 'title',
  unit: 'unit',
  name: 'personName',
  submitterType: 'choice',
  bodyName: 'bodyName',
  contactPerson: 'personName',
  phone: 'phone',
  address: 'address',
  email: 'email',
  publication: 'choice',
} as const

/** How the choices of the form are called in a case (pakn-rules §1.1). */
export const SUBMITTER_TYPES = {
  enterprise: 'enterprise',
  organisation: 'organisation',
  stateAgency: 'state_agency',
} as const

/** Everything that the citizen told, in the shape of a case (R3-1 … R3-17). */
export function completeDraft(turn: Turn, form: Form, flow: FormFlow): CompletedDraft {
  const value = <T>(id: keyof typeof CASE_STEPS): T | undefined => {
    const step = flow.steps.find((other) => other.id === id)
    const answer = form.answers[id]
    return step?.ask === answer?.ask ? ((answer?.value ?? undefined) as T | undefined) : undefined
  }
  const name = value<NameValue>('name')
  const onBehalf = name !== undefined && 'option' in name
  const phone = value<string>('phone') ?? ''
  const place = value<AddressValue>('address')
  const type = value<keyof typeof SUBMITTER_TYPES>('submitterType')
  return {
    draftId: form.draftId,
    submitterType: onBehalf && type !== undefined ? SUBMITTER_TYPES[type] : 'citizen',
    name: onBehalf ? nameText(value<NameValue>('bodyName')) : nameText(name),
    contactPerson: onBehalf ? nameText(value<NameValue>('contactPerson')) : null,
    phone,
    email: value<string>('email') ?? null,
    address:
      place !== undefined && 'communeCode' in place
        ? {
            model: place.model,
            provinceCode: place.provinceCode,
            districtCode: place.districtCode,
            communeCode: place.communeCode,
            detail: place.detail,
            text: place.text,
          }
        : {
            model: turn.engine.model,
            provinceCode: null,
            districtCode: null,
            communeCode: null,
            detail: '',
            text: addressText(place),
          },
    title: value<string>('title') ?? '',
    content: contentText(value<ContentValue>('content')),
    suggestedUnitCode: value<UnitValue>('unit')?.code ?? null,
    publicChoice: { content: value<string>('publication') === 'whole', name: form.hideName ? 'hidden' : 'masked' },
    attachments: form.attachments,
    location: form.location,
    identityLevel: isVerified(turn, phone) ? 2 : 1,
    hints: form.hints,
    relatedTo: form.about?.code ?? null,
    consents: consentsOf(turn, form),
    extra: extraAnswers(turn, form, flow),
  }
}

/** R9-1: one purpose each; what was asked for an earlier case holds only for that one. */
function consentsOf(turn: Turn, form: Form): CompletedDraft['consents'] {
  const handling = form.consents.handling ?? turn.conversation.consents.handling
  const given = { ...form.consents, handling }
  return (['handling', 'publication', 'profileName'] as const).flatMap((purpose) => {
    const consent = given[purpose]
    return consent === undefined ? [] : [{ purpose, ...consent }]
  })
}

/** Kinds of question whose answers are no data of a case. */
const NO_DATA = new Set(['consent', 'reuse', 'personalData', 'oneTimeCode', 'summary'])

function extraAnswers(turn: Turn, form: Form, flow: FormFlow): CompletedDraft['extra'] {
  const added = walk(turn, form, flow).path.filter((step) => !(step.id in CASE_STEPS) && !NO_DATA.has(step.ask))
  // Read by officers, so in Vietnamese whatever the citizen's language is.
  const conversation = { ...turn.conversation, locale: 'vi' as const }
  return Object.fromEntries(
    added.flatMap((step) => {
      const value = form.answers[step.id]?.value ?? null
      if (value === null) return []
      const shown = kindOf(step).show({ ...contextOf(turn, form, step), conversation }, value)
      return [[step.id, { label: turn.engine.translate('vi', `${form.flow}.${step.id}.label`), value: shown }]]
    }),
  )
}
