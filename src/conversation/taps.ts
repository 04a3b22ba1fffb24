import { endAlarm } from './alarm.ts'
import { accept, readInput, reopen } from './answers.ts'
import { tapAct, wishFor } from './case-acts.ts'
import { goOnFrom, progressChoice } from './case-desk.ts'
import { copyOfJson } from './copy.ts'
import { decideDraft } from './decide-draft.ts'
import { decideHeld } from './decide-held.ts'
import { draftMarked, isUntold, mayShelve, startForm } from './drafts.ts'
import { draftMark, type Input } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { goBack, skip } from './move.ts'
import { confirmForget, openPage } from './pages.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { contextOf, endBurst, flowOf, isCaseForm, isIdle, note, openStep, sayTooOld, type Turn } from './turn-state.ts'

type Tapped = { step: string; option: string; tag: string; draft: string }

/** A button of ours, of this bubble or of one long ago (conversation.md, manner 5). False for what is none of ours. */
export function handlePayload(turn: Turn, payload: string): boolean {
  const [head = '', second = '', third = '', fourth = ''] = payload.slice(1).split('.')
  const { conversation, engine } = turn
  switch (head) {
    case 'held':
      decideHeld(turn, second, third)
      return true
    case 'draft':
      decideDraft(turn, second, third)
      return true
    case 'assistant':
      if (conversation.form !== null) turn.askForm = true
      else openPage(turn, 'menu')
      return true
    case 'act':
      return tapAct(turn, payload)
    case 'alarm':
      endAlarm(turn, third)
      return true
    case 'forget':
      confirmForget(turn, third)
      return true
    case 'case':
      turn.effects.push({ type: 'showCase', code: payload.slice('#case.'.length).toUpperCase() })
      turn.askForm = conversation.form !== null
      return true
  }
  // What is typed may be the name of anything.
  if (Object.hasOwn(engine.flows.pages, head)) openPage(turn, head)
  else if (!Object.hasOwn(engine.flows.forms, head)) return tapGoneForm(turn, fourth)
  else if (fourth === '') openForm(turn, head)
  else {
    const [option = '', ...tag] = third.split('-')
    tapOption(turn, { step: second, option, tag: tag.join('-'), draft: fourth })
  }
  return true
}

/** A button of a form that is no longer offered; anything else that begins with # is what somebody typed. */
function tapGoneForm(turn: Turn, mark: string): boolean {
  if (!/^[0-9a-f]{6}$/.test(mark)) return false
  sayTooOld(turn)
  if (turn.conversation.form === null) openPage(turn, 'menu')
  return true
}

function openForm(turn: Turn, id: string): void {
  const { form } = turn.conversation
  const end = turn.engine.flows.forms[id]?.finish
  if (end === 'supplementCase') return wishFor(turn, { way: 'supplement' }, null)
  if (end === 'disagreeWithAnswer') return wishFor(turn, { way: 'disagree' }, null)
  if (form === null) return startForm(turn, id)
  if (isCaseForm(turn, form)) return openBeside(turn, form, id)
  // A fresh draft simply goes on: the menu below the chat offers "gửi phản ánh" at every moment.
  form.mode = isIdle(turn, form) ? 'resume' : 'step'
  turn.askForm = true
}

/** "Gửi phản ánh" while something is written for a filed case: that is put aside, unless there is no room. */
function openBeside(turn: Turn, form: Form, id: string): void {
  const waiting = turn.conversation.shelved.findLast((draft) => draft.flow === id)
  if (waiting !== undefined) return decideDraft(turn, 'keep', draftMark(waiting))
  if (isUntold(form) || mayShelve(turn)) return startForm(turn, id)
  note(turn, 'form.shelfFull')
  turn.askForm = true
}

/** A button of a form: of the open question, of an earlier one, or of a draft that is put aside, sent or gone. */
function tapOption(turn: Turn, tapped: Tapped): void {
  const form = draftMarked(turn, tapped.draft)
  if (form === null) return tapGoneDraft(turn, tapped.draft)
  const step = flowOf(turn, form)?.steps.find((one) => one.id === tapped.step)
  if (step === undefined) return sayTooOld(turn)
  const input: Input = { type: 'option', option: tapped.option, tag: tapped.tag }
  endBurst(form)
  form.mode = 'step'
  turn.askForm = true
  turn.page = null
  if (tapped.option === 'change') {
    if (step.editable) reopen(turn, form, step.id, { editing: step.id })
    return
  }
  if (openStep(turn, form)?.id !== step.id) return tapEarlier(turn, form, step, input)
  if (tapped.option === 'skip') return skip(turn, form)
  if (tapped.option === 'back') return goBack(turn, form)
  if (!readInput(turn, form, input)) sayTooOld(turn)
}

function tapGoneDraft(turn: Turn, mark: string): void {
  const { filed, form } = turn.conversation
  const sent = filed.findLast(({ draftId }) => draftId.startsWith(mark))
  if (sent !== undefined) {
    turn.effects.push({ type: 'showFiled', draftId: sent.draftId })
    turn.askForm = form !== null
    return
  }
  const done = turn.conversation.sent.findLast(({ draftId }) => draftId.startsWith(mark))
  if (done !== undefined) {
    note(turn, `${done.flow}.already`, { code: done.code })
    return goOnFrom(turn, [progressChoice(done.code)])
  }
  sayTooOld(turn)
  if (form === null) openPage(turn, 'menu')
}

/** A tap under an older bubble of the same draft: another answer replaces the earlier one, the same one changes nothing. */
function tapEarlier(turn: Turn, form: Form, step: Step, input: Input): void {
  if (step.ask === 'consent' || step.ask === 'summary') return tapBeside(turn, form, step, input)
  const before = copyOfJson(form)
  const answered = JSON.stringify(form.answers[step.id]?.value)
  reopen(turn, form, step.id, { editing: step.id })
  const isOpen = answered !== undefined && openStep(turn, form)?.id === step.id
  if (!isOpen || !readInput(turn, form, input)) {
    Object.assign(form, before)
    return sayTooOld(turn)
  }
  if (turn.conversation.form !== form) return
  const isAnswered = form.answers[step.id] !== undefined && form.editing === null
  if (isAnswered) form.editing = before.editing === step.id ? null : before.editing
  if (isAnswered && JSON.stringify(form.answers[step.id]?.value) !== answered) note(turn, 'form.choiceChanged')
}

/** Consent and summary are no answers to be changed: what their buttons wish is done from anywhere. */
function tapBeside(turn: Turn, form: Form, step: Step, input: Input): void {
  const reading = kindOf(step).read(contextOf(turn, form, step), input)
  switch (reading.type) {
    case 'leave':
      form.mode = 'confirmCancel'
      return
    case 'edit':
      form.mode = 'chooseField'
      return
    case 'stay':
      for (const sentence of reading.notes ?? []) note(turn, sentence.key, sentence.params)
      return
    case 'answer':
      if (form.answers[step.id] === undefined) accept(turn, form, step, reading.value)
      return
    default:
      return sayTooOld(turn)
  }
}
