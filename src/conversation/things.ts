import type { Attachment } from './effects.ts'
import { addFiles, openStep, readInput } from './form.ts'
import type { Received } from './received.ts'
import { readPhone } from './text/phone.ts'
import { openPage } from './topics.ts'
import { note, type Turn } from './turn-state.ts'
import { handleText } from './words.ts'

type Of<Type extends Received['type']> = Extract<Received, { type: Type }>

const isSilent = (turn: Turn) =>
  turn.conversation.handoff !== null &&
  turn.engine.now - turn.conversation.handoff.since < turn.engine.settings.handoffQuietMs

/** Pictures and documents are welcome at every step (R3-7); each that cannot be taken is named with its reason. */
export function handleFiles(turn: Turn, event: Of<'files'>): void {
  if (isSilent(turn)) return
  const { conversation, engine } = turn
  const kept: Attachment[] = []
  for (const file of event.files) {
    if (file.ok) {
      const { ok: _, ...attachment } = file
      kept.push(attachment)
    } else {
      note(turn, `files.refused.${file.reason}`, { megabytes: Math.floor(engine.settings.attachmentBytesMax / 1e6) })
    }
  }
  addFiles(turn, kept)
  if (kept.some((file) => file.kind === 'audio')) note(turn, 'files.voice')
  if (event.text.trim() !== '') return handleText(turn, event.text, event)
  if (conversation.form !== null) turn.askForm = true
  else if (kept.length > 0 && turn.page === null) askWhatFor(turn)
}

export function handleLocation(turn: Turn, event: Of<'location'>): void {
  if (isSilent(turn)) return
  const { conversation, engine } = turn
  const location = { latitude: event.latitude, longitude: event.longitude }
  if (conversation.form !== null) {
    conversation.form.location = location
    turn.askForm = true
  } else {
    conversation.loose = { attachments: conversation.loose?.attachments ?? [], location, at: engine.now }
    if (turn.page === null) askWhatFor(turn)
  }
  turn.gathered.location = true
}

function askWhatFor(turn: Turn): void {
  turn.page = {
    sentence: { key: 'files.whatFor' },
    choices: [
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
  if (form !== null && readInput(turn, form, { type: 'card', name: event.name, phone: event.phone })) return
  note(turn, 'files.card')
  if (form === null) openPage(turn, 'menu')
}

/** The answer to Zalo's own card: a phone that Zalo vouches for (R3-11), wherever the form stands. */
export function handleSharedInfo(turn: Turn, event: Of<'sharedInfo'>): void {
  const { conversation, engine } = turn
  const { form } = conversation
  const shared = { type: 'shared' as const, phone: event.phone ?? null, name: event.name ?? null }
  if (form !== null) {
    form.mode = 'step'
    turn.askForm = true
    const step = openStep(turn, form)
    if ((step?.ask === 'phone' || step?.ask === 'oneTimeCode') && readInput(turn, form, shared)) return
    if (step?.ask === 'personName' && shared.name !== null) readInput(turn, form, shared)
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
  if (form !== null && step !== undefined) form.answers[step.id] = { ask: 'phone', value: reading.e164 }
}

/** A sticker is friendly, but it is not an answer. */
export function handleSticker(turn: Turn): void {
  if (isSilent(turn)) return
  if (turn.conversation.form === null) return openPage(turn, 'menu')
  note(turn, 'answers.sticker')
  turn.askForm = true
}
