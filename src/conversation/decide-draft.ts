import { addContent, draftMarked, mayShelve, rememberEvents, startForm, throwAway } from './drafts.ts'
import { holdMatter } from './hold.ts'
import { openPage } from './pages.ts'
import type { Form } from './state.ts'
import { flowOf, note, sayTooOld, type Turn } from './turn-state.ts'

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
      form.mode = 'confirmCancel'
      return
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
  startForm(turn, form.flow, waiting)
}

function restart(turn: Turn, form: Form): void {
  const { flow, waiting } = form
  throwAway(turn, { erase: true })
  startForm(turn, flow, waiting ?? undefined)
}

function deleteDraft(turn: Turn, form: Form): void {
  const { waiting } = form
  throwAway(turn, { erase: true })
  note(turn, 'form.deleted')
  if (waiting !== null) holdMatter(turn, waiting)
  else if (turn.conversation.form === null) openPage(turn, 'menu')
}
