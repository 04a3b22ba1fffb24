import { sayLeft } from './answers.ts'
import {
  addContent,
  closeForm,
  draftMarked,
  isUntold,
  mayShelve,
  rememberEvents,
  startForm,
  throwAway,
  toldIn,
} from './drafts.ts'
import { holdMatter } from './hold.ts'
import { openPage } from './pages.ts'
import type { Form } from './state.ts'
import { flowOf, isCaseForm, note, sayTooOld, type Turn } from './turn-state.ts'

/** What becomes of a draft as a whole, or of words that wait beside it: a button of it, or the same said in words. */
export function decideDraft(turn: Turn, wish: string, mark: string): void {
  const form = draftMarked(turn, mark)
  if (form === null) {
    sayTooOld(turn)
    if (turn.conversation.form === null) openPage(turn, 'menu')
    return
  }
  form.mode = 'step'
  form.lastAt = turn.engine.now
  turn.askForm = true
  turn.page = null
  switch (wish) {
    case 'keep':
      return
    case 'cancel':
      if (isCaseForm(turn, form) && isUntold(form)) sayLeft(turn, form)
      else form.mode = 'confirmCancel'
      return
    case 'renew':
      return renewDraft(turn, form)
    case 'add':
      return addWaiting(turn, form)
    case 'new':
      return startWaiting(turn, form)
    case 'drop':
      if (form.waiting !== null) note(turn, 'form.waitingDropped')
      form.waiting = null
      return
    case 'restart':
      return restart(turn, form)
    case 'delete':
      return deleteDraft(turn, form)
    default:
      return sayTooOld(turn)
  }
}

/** The words that waited become part of the content, whichever question is open. */
export function addWaiting(turn: Turn, form: Form): void {
  const { waiting } = form
  const flow = flowOf(turn, form)
  if (waiting === null || flow === null) return
  form.waiting = null
  note(turn, addContent(form, flow, waiting.text) ? 'form.addedToContent' : 'form.contentFull')
  form.hints = [...new Set([...form.hints, ...waiting.hints])]
  rememberEvents(form, waiting.eventIds)
}

function startWaiting(turn: Turn, form: Form): void {
  const { waiting } = form
  if (waiting === null) return
  if (!mayShelve(turn)) return note(turn, 'form.shelfFull')
  form.waiting = null
  startForm(turn, 'submit', waiting)
}

function restart(turn: Turn, form: Form): void {
  const { flow, waiting, about } = form
  throwAway(turn, { erase: true })
  startForm(turn, flow, waiting ?? undefined, about ?? undefined)
}

/** What was written for a filed case becomes a new matter that names it (R4-E2); nothing of it is lost. */
function renewDraft(turn: Turn, form: Form): void {
  const { conversation } = turn
  if (form.about === null) return sayTooOld(turn)
  conversation.loose = { attachments: form.attachments, location: form.location, at: turn.engine.now }
  const told = { text: toldIn(form), hints: form.hints, eventIds: form.eventIds }
  closeForm(turn)
  note(turn, 'acts.renew.start', { code: form.about.code })
  startForm(turn, 'submit', told, form.about)
}

function deleteDraft(turn: Turn, form: Form): void {
  const { waiting } = form
  throwAway(turn, { erase: true })
  note(turn, 'form.deleted')
  if (waiting !== null) holdMatter(turn, waiting)
  else if (turn.conversation.form === null) openPage(turn, 'menu')
}
