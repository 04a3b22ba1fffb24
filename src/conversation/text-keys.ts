import { STARS } from './effects.ts'
import type { ReceivedFile } from './received.ts'
import type { Flows, FormFlow, Step } from './schema.ts'
import type { NameWrongReason } from './text/person-name.ts'
import type { PhoneReading, PhoneWrongReason } from './text/phone.ts'

type Refused = Extract<ReceivedFile, { ok: false }>['reason']

const all = <Name extends string>(names: Record<Name, true>): string[] => Object.keys(names)

/** The sentences that belong to a kind of question whatever flow asks it; a reason without words does not compile. */
const KIND_TEXTS: Record<Step['ask'], string[]> = {
  consent: [],
  content: ['options.enough', 'options.rewrite', 'tooShort', 'tooLong'],
  title: ['options.use', 'options.other', 'options.tellMore', 'tooShort'],
  unit: ['options.office', 'options.other', 'office', 'unknown', 'confirm', 'choose'],
  reuse: ['options.use', 'options.edit'],
  personName: ['fromZalo', 'singleWord', 'titleCase', ...nameReasons()],
  bodyName: ['confirm', ...nameReasons()],
  phone: ['shared', 'notShared', ...phoneDoubts(), ...phoneReasons()],
  oneTimeCode: [
    'options.again',
    'options.otherNumber',
    'right',
    'wrong',
    'expired',
    'noTries',
    'wait',
    'sentAgain',
    'sixDigits',
    'newNumber',
    'tooManyCodes',
  ],
  address: ['confirm', 'converted', 'choose', 'outside', 'incomplete', 'unknown'],
  email: ['confirm', 'wrong'],
  choice: [],
  text: ['length'],
  personalData: ['options.remove', 'options.keep', 'removed'],
  summary: [
    ...['send', 'edit', 'addFiles', 'hideName', 'showName', 'cancel'].map((name) => `options.${name}`),
    'addFiles',
    'changed',
    'hideNameDone',
    'showNameDone',
  ],
}

/** The sentences a step needs beside `label` and `ask`. */
function stepTexts(form: FormFlow, step: Step): string[] {
  switch (step.ask) {
    case 'consent':
      return ['options.agree', 'options.what', 'options.no']
    case 'content': {
      const sends = form.finish !== 'fileCase' && form.steps.at(-1) === step
      return ['more', ...(step.filesEnough ? ['moreFiles'] : []), ...(sends ? ['options.send'] : [])]
    }
    case 'title':
    case 'unit':
    case 'summary':
      return ['askPlain']
    case 'oneTimeCode':
      return ['askShare']
    case 'personName':
    case 'choice':
      return step.options.map((option) => `options.${option}`)
    default:
      return []
  }
}

function nameReasons(): string[] {
  return all<NameWrongReason>({ notAName: true, tooShort: true, tooLong: true })
}

function phoneDoubts(): string[] {
  return all<Extract<PhoneReading, { kind: 'confirm' }>['reason']>({
    oldElevenDigit: true,
    zeroAdded: true,
    unknownRange: true,
  })
}

function phoneReasons(): string[] {
  return all<PhoneWrongReason>({
    noNumber: true,
    tooShort: true,
    tooLong: true,
    several: true,
    shortNumber: true,
    areaCodeMissing: true,
    foreign: true,
    unknownNumber: true,
  })
}

const REFUSED = all<Refused>({
  encrypted: true,
  macro: true,
  executable: true,
  archive: true,
  unsupported: true,
  video: true,
  tooLarge: true,
  empty: true,
  expired: true,
  unreachable: true,
})

/** Every sentence that follows from the flows and from the kinds of question; those named in the code are checked there. */
export function requiredTexts(flows: Flows): string[] {
  const keys = REFUSED.map((reason) => `files.refused.${reason}`)
  for (const [ask, names] of Object.entries(KIND_TEXTS)) {
    keys.push(...['help', 'another', ...names].map((name) => `kinds.${ask}.${name}`))
  }
  for (const purpose of ['handling', 'publication', 'profileName']) {
    keys.push(`myData.consents.${purpose}.given`, `myData.consents.${purpose}.refused`)
  }
  for (const form of Object.values(flows.forms)) {
    const ofForm = ['button', 'taken', 'left', 'draft', 'add', ...(form.finish === 'fileCase' ? [] : ['already'])]
    keys.push(...ofForm.map((name) => `${form.id}.${name}`))
    for (const step of form.steps) {
      keys.push(...['label', 'ask', ...stepTexts(form, step)].map((name) => `${form.id}.${step.id}.${name}`))
    }
  }
  for (const page of Object.values(flows.pages)) keys.push(`${page.id}.button`, `${page.id}.text`)
  return [...new Set(keys)]
}

/** Sentences that stand on buttons, which are short (zalo §3.2). */
export function isButton(key: string): boolean {
  return /\.(button|label|add|options\.\w+)$/.test(key) || BUTTONS.has(key)
}

const BUTTONS: ReadonlySet<string> = new Set([
  ...['form.right', 'form.change', 'form.keep', 'form.skip', 'form.back', 'form.leave', 'form.typeAgain'],
  ...['form.changeNothing', 'form.noneOfThese', 'form.askPerson', 'form.cancelYes', 'form.cancelNo', 'form.resumeYes'],
  ...['form.resumeRestart', 'form.resumeDelete', 'form.waitingNew', 'form.waitingDrop'],
  ...['held.sendThis', 'held.sendAnyway', 'held.drop', 'held.erase', 'held.place', 'held.notDenunciation'],
  ...[
    'held.toCase.supplement',
    'held.toCase.disagree',
    'held.newMatter',
    'alarm.none',
    'files.forCase',
    'cases.others',
  ],
  ...['acts.withdraw.yes', 'acts.withdraw.no', 'acts.withdraw.draft', 'acts.withdrawSurely.yes', 'acts.disagree.yes'],
  ...['acts.disagree.no', 'acts.comment.no', 'acts.rate.change', 'notices.N2.now'],
  ...STARS.map((stars) => `acts.rate.stars.${stars}`),
  ...['forgetMe.yes', 'forgetMe.no', 'person.back', 'notices.N1.progress', 'notices.N1.another'],
])
