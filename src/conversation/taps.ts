import { abandonForm, openStep, readInput, reopen, skip, startForm } from './form.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { decideHeld, forgetMe, openPage } from './topics.ts'
import { note, type Turn, walk } from './turn-state.ts'

export function handlePayload(turn: Turn, payload: string): boolean {
  const [head = '', second = '', third = '', fourth = ''] = payload.slice(1).split('.')
  const { conversation, engine } = turn
  const { form } = conversation
  switch (head) {
    case 'held':
      decideHeld(turn, second)
      return true
    case 'draft':
      decideDraft(turn, second, third)
      return true
    case 'assistant':
      if (form !== null) turn.askForm = true
      else openPage(turn, 'menu')
      return true
    case 'forget':
      forgetMe(turn)
      note(turn, 'forgetMe.done')
      openPage(turn, 'menu')
      return true
    case 'case':
      turn.effects.push({ type: 'showCase', code: payload.slice('#case.'.length).toUpperCase() })
      turn.askForm = form !== null
      return true
  }
  if (fourth !== '' && engine.flows.forms[head] !== undefined) {
    tapOption(turn, { flow: head, step: second, option: third, draft: fourth })
    return true
  }
  if (engine.flows.forms[head] !== undefined) {
    if (form === null) startWithHeld(turn, head)
    else {
      // A fresh draft simply goes on: the menu below the chat offers "gửi phản ánh" at every moment.
      form.mode = isResuming(turn, form) ? 'resume' : 'step'
      turn.askForm = true
    }
    return true
  }
  if (engine.flows.pages[head] !== undefined) {
    openPage(turn, head)
    return true
  }
  return false
}

/** What was held becomes the content of the new form, except what should not be collected at all (R2-32). */
function startWithHeld(turn: Turn, flow: string): void {
  const { held } = turn.conversation
  if (held?.hints.includes('denunciationSuspected') === true) {
    turn.effects.push({ type: 'eraseEvents', ids: held.eventIds })
    startForm(turn, flow)
  } else startForm(turn, flow, held === null ? undefined : { content: held.text, hints: held.hints })
}

/** A button of a form: of the open question, of an earlier one, or of a draft that is gone. */
function tapOption(turn: Turn, tapped: { flow: string; step: string; option: string; draft: string }): void {
  const { conversation } = turn
  const { form } = conversation
  if (form === null || !form.draftId.startsWith(tapped.draft)) {
    if (conversation.lastFiled?.draftId.startsWith(tapped.draft) === true) {
      turn.effects.push({ type: 'showFiled', draftId: conversation.lastFiled.draftId })
      turn.askForm = form !== null
      return
    }
    note(turn, 'form.tooOld')
    if (form === null) openPage(turn, 'menu')
    else turn.askForm = true
    return
  }
  form.mode = 'step'
  turn.askForm = true
  if (tapped.option === 'edit' && openStep(turn, form)?.id !== tapped.step) {
    reopen(turn, form, tapped.step, { editing: tapped.step })
    return
  }
  if (tapped.option === 'skip') return skip(turn, form)
  const flow = turn.engine.flows.forms[form.flow]
  const step = flow?.steps.find((one) => one.id === tapped.step)
  const open = openStep(turn, form)
  if (step === undefined || flow === undefined) return note(turn, 'form.tooOld')
  if (open?.id === step.id) {
    if (!readInput(turn, form, { type: 'option', option: tapped.option })) note(turn, 'form.tooOld')
    return
  }
  changeEarlier(turn, form, step, tapped.option)
}

/** A tap under an older bubble of the same draft: another choice replaces the earlier one, the same choice changes nothing. */
function changeEarlier(turn: Turn, form: Form, step: Step, option: string): void {
  if (step.ask !== 'choice' || form.answers[step.id] === undefined || !step.options.includes(option)) return
  if (form.answers[step.id]?.value === option) return
  delete form.answers[step.id]
  const flow = turn.engine.flows.forms[form.flow]
  if (flow !== undefined && walk(turn, form, flow).open?.id === step.id) {
    readInput(turn, form, { type: 'option', option })
    note(turn, 'form.choiceChanged')
  }
}

export function decideDraft(turn: Turn, wish: string, draft: string): void {
  const { form } = turn.conversation
  if (form === null || !form.draftId.startsWith(draft)) {
    note(turn, 'form.tooOld')
    if (form === null) openPage(turn, 'menu')
    else turn.askForm = true
    return
  }
  const { waiting } = form
  form.waiting = null
  form.mode = 'step'
  if (wish === 'keep') {
    turn.askForm = true
    turn.page = null
    turn.replay = waiting
    return
  }
  const flowId = form.flow
  abandonForm(turn)
  if (wish === 'restart') startForm(turn, flowId, waiting === null ? undefined : { content: waiting.text, hints: [] })
  else {
    note(turn, 'form.deleted')
    openPage(turn, 'menu')
  }
}

export function isResuming(turn: Turn, form: Form): boolean {
  return form.mode === 'step' && turn.engine.now - form.lastAt >= turn.engine.settings.resumeAfterMs
}
