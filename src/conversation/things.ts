import { readInput } from './answers.ts'
import { allOwn } from './case-desk.ts'
import type { Attachment, Sentence } from './effects.ts'
import { markTold } from './form-words.ts'
import { openPage } from './pages.ts'
import type { Received } from './received.ts'
import { toNfc } from './text/normalise.ts'
import { readPhone } from './text/phone.ts'
import { note, openStep, type Turn } from './turn-state.ts'
import { waitAgain } from './wait-again.ts'
import { handleText } from './words.ts'

const CASES_OFFERED_MAX = 3

type Of<Type extends Received['type']> = Extract<Received, { type: Type }>

const isSilent = (turn: Turn) =>
  turn.conversation.handoff !== null &&
  turn.engine.now - turn.conversation.handoff.since < turn.engine.settings.handoffQuietMs

/** Pictures and documents are welcome at every step (R3-7); each that cannot be taken is named with its reason. */
export function handleFiles(turn: Turn, event: Of<'files'>): void {
  const { conversation, engine } = turn
  const sent: Attachment[] = []
  for (const file of event.files) {
    if (file.ok) {
      const { ok: _, ...attachment } = file
      sent.push(attachment)
    } else {
      note(turn, `files.refused.${file.reason}`, { megabytes: Math.floor(engine.settings.attachmentBytesMax / 1e6) })
    }
  }
  if (isSilent(turn)) return leaveToStaff(turn, sent)
  const { form } = conversation
  addFiles(turn, sent)
  if (form !== null) markTold(turn, form)
  if (sent.some((file) => file.kind === 'audio')) note(turn, 'files.voice')
  if (event.text.trim() !== '') return handleText(turn, event.text)
  if (form !== null) turn.askForm = true
  else if (sent.length > 0 && turn.page === null) askWhatFor(turn)
}

/** Staff see in Zalo what is sent to them: it is kept only where a draft is open that it may belong to. */
function leaveToStaff(turn: Turn, files: Attachment[]): void {
  turn.notes = []
  waitAgain(turn)
  if (turn.conversation.form !== null) addFiles(turn, files)
  else if (files.length > 0) turn.effects.push({ type: 'removeFiles', ids: files.map((file) => file.id) })
}

function addFiles(turn: Turn, files: Attachment[]): void {
  const { conversation, engine } = turn
  if (files.length === 0) return
  if (conversation.form === null && conversation.loose === null) {
    conversation.loose = { attachments: [], location: null, at: engine.now }
  }
  const kept = (conversation.form ?? conversation.loose)?.attachments ?? []
  for (const file of files) {
    const twin = kept.find((other) => other.sha256 === file.sha256)
    const problem = twin === undefined ? noRoom(turn, kept, file) : null
    if (twin === undefined && problem === null) {
      kept.push(file)
      if (file.kind === 'image') turn.gathered.images += 1
      else turn.gathered.files += 1
      continue
    }
    if (problem !== null) note(turn, problem.key, problem.params)
    // The same file under the same id is the same event, delivered again.
    if (twin?.id !== file.id) turn.effects.push({ type: 'removeFiles', ids: [file.id] })
  }
}

function noRoom(turn: Turn, kept: readonly Attachment[], file: Attachment): Sentence | null {
  const { attachmentsMax, attachmentsBytesMax } = turn.engine.settings
  if (kept.length >= attachmentsMax) return { key: 'files.tooMany', params: { count: attachmentsMax } }
  const bytes = kept.reduce((sum, other) => sum + other.sizeBytes, file.sizeBytes)
  if (bytes <= attachmentsBytesMax) return null
  return { key: 'files.tooLargeTogether', params: { megabytes: Math.floor(attachmentsBytesMax / 1e6) } }
}

export function handleLocation(turn: Turn, event: Of<'location'>): void {
  const { conversation, engine } = turn
  const { form } = conversation
  const location = { latitude: event.latitude, longitude: event.longitude }
  if (isSilent(turn)) waitAgain(turn)
  if (isSilent(turn) && form === null) return
  if (form !== null) {
    form.location = location
    markTold(turn, form)
  } else conversation.loose = { attachments: conversation.loose?.attachments ?? [], location, at: engine.now }
  if (isSilent(turn)) return
  turn.gathered.location = true
  if (form !== null) turn.askForm = true
  else if (turn.page === null) askWhatFor(turn)
}

function askWhatFor(turn: Turn): void {
  const awaited = allOwn(turn).filter((own) => own.asked !== null)
  turn.page = {
    sentence: { key: awaited.length === 0 ? 'files.whatFor' : 'files.forWhich' },
    choices: [
      ...awaited.slice(0, CASES_OFFERED_MAX).map(({ code }) => ({
        title: { key: 'files.forCase', params: { code } },
        payload: `#act.supplement.${code}`,
      })),
      { title: { key: 'submit.button' }, payload: '#submit' },
      { title: { key: 'menu.button' }, payload: '#menu' },
    ],
  }
}

/** A shared contact may be anybody's: it is read like a typed number, never as proof. */
export function handleCard(turn: Turn, event: Of<'contactCard'>): void {
  if (isSilent(turn)) return
  const { form } = turn.conversation
  turn.askForm = form !== null
  if (form !== null && readInput(turn, form, { type: 'card', name: toNfc(event.name), phone: event.phone })) return
  note(turn, 'files.card')
  if (form === null) openPage(turn, 'menu')
}

/** The answer to Zalo's own card: a phone that Zalo vouches for (R3-11), wherever the form stands. */
export function handleSharedInfo(turn: Turn, event: Of<'sharedInfo'>): void {
  const { conversation, engine } = turn
  const { form } = conversation
  const name = event.name === undefined ? null : toNfc(event.name)
  const shared = { type: 'shared' as const, phone: event.phone ?? null, name }
  if (form !== null) {
    form.mode = 'step'
    turn.askForm = true
    const step = openStep(turn, form)
    const isAskedFor = step?.ask === 'phone' || step?.ask === 'oneTimeCode' || step?.ask === 'personName'
    if (isAskedFor && readInput(turn, form, shared) && step.ask !== 'personName') return
  }
  const reading = event.phone === undefined ? null : readPhone(event.phone)
  if (reading === null || reading.kind === 'wrong') {
    note(turn, 'kinds.phone.notShared')
    return
  }
  conversation.verifiedPhones = [
    ...conversation.verifiedPhones.filter((known) => known.phone !== reading.e164),
    { phone: reading.e164, by: 'zalo' as const, at: engine.now },
  ].slice(-5)
  note(turn, 'kinds.phone.shared', { shown: reading.shown })
  const step = engine.flows.forms[form?.flow ?? '']?.steps.find((one) => one.ask === 'phone')
  if (form === null || step === undefined) return
  form.answers[step.id] = { ask: 'phone', value: reading.e164 }
  delete form.previous[step.id]
}

/** A sticker is friendly, but it is not an answer. */
export function handleSticker(turn: Turn): void {
  if (isSilent(turn)) return
  if (turn.conversation.form === null) return openPage(turn, 'menu')
  note(turn, 'answers.sticker')
  turn.askForm = true
}
