import { wishFor } from './case-acts.ts'
import { addContent, mayShelve, rememberEvents, startForm } from './drafts.ts'
import { askAboutHeld, isDenunciation } from './hold.ts'
import type { Command } from './intents.ts'
import { openPage } from './pages.ts'
import type { Held } from './state.ts'
import { flowOf, note, sayTooOld, type Turn } from './turn-state.ts'

/** What becomes of the words that were held, by a button under them. */
export function decideHeld(turn: Turn, wish: string, id: string): void {
  const { held } = turn.conversation
  if (held === null || held.id !== id) {
    sayTooOld(turn)
    if (held !== null) askAboutHeld(turn, held)
    else if (turn.conversation.form === null) openPage(turn, 'menu')
    return
  }
  switch (wish) {
    case 'erase':
    case 'drop':
      return eraseHeld(turn, held)
    case 'place':
      note(turn, 'held.placeText')
      turn.page = {
        sentence: { key: 'held.eraseAsk' },
        choices: held.choices.filter((choice) => !choice.payload.startsWith('#held.place.')),
      }
      return
    case 'send':
      return sendHeld(turn, held)
    case 'toCase':
      return sendToCase(turn, held)
    default:
      return sayTooOld(turn)
  }
}

/** The same said in words. Answers whether they were about the held words. */
export function saysOfHeld(turn: Turn, held: Held, said: { folded: string; command: Command | null }): boolean {
  const { command, folded } = said
  if (NOT_WHAT_IT_SEEMS.test(folded)) {
    sendHeld(turn, held)
    return true
  }
  if (command === 'yes' || command === 'send' || command === 'continue') {
    // "Có muốn xóa không?" is the question under a denunciation.
    if (isDenunciation(held) && command === 'yes') eraseHeld(turn, held)
    // "Gửi phản ánh" asks for a new one.
    else if (held.about !== undefined && !/\bphan anh\b/.test(folded)) sendToCase(turn, held)
    else sendHeld(turn, held)
    return true
  }
  if (command !== 'no' && command !== 'cancel') return false
  if (isDenunciation(held) && command === 'no') {
    note(turn, 'held.kept')
    turn.page = { sentence: { key: 'held.next' }, choices: held.choices }
  } else eraseHeld(turn, held)
  return true
}

const FORMS = { supplement: 'supplement', disagree: 'disagreement' } as const

/** The words go into what is written for that case; where it takes nothing more, into a new matter that names it. */
function sendToCase(turn: Turn, held: Held): void {
  if (held.about === undefined) return sayTooOld(turn)
  const { way, code } = held.about
  const { forms } = turn.engine.flows
  // Nothing to write it in: it stays where it is.
  if (forms[FORMS[way]] === undefined || forms.submit === undefined) return askAboutHeld(turn, held)
  turn.conversation.held = null
  wishFor(turn, { way, told: held }, code)
}

const NOT_WHAT_IT_SEEMS = /khong phai( la)? (to cao|khieu nai)|la phan anh/

function eraseHeld(turn: Turn, held: Held): void {
  const { conversation } = turn
  conversation.held = null
  turn.effects.push({ type: 'eraseEvents', ids: held.eventIds })
  note(turn, 'held.erased')
  if (conversation.form !== null) turn.askForm = true
  else openPage(turn, 'menu')
}

function sendHeld(turn: Turn, held: Held): void {
  const { conversation } = turn
  const { form } = conversation
  const isNew = form === null || held.about !== undefined
  const flow = isNew ? turn.engine.flows.forms.submit : flowOf(turn, form)
  // Nothing to send it with: it stays where it is.
  if (flow === undefined || flow === null) return askAboutHeld(turn, held)
  if (isNew && form !== null && !mayShelve(turn)) {
    note(turn, 'form.shelfFull')
    turn.askForm = true
    return
  }
  conversation.held = null
  if (isNew) return startForm(turn, flow.id, held)
  note(turn, addContent(form, flow, held.text) ? 'form.addedToContent' : 'form.contentFull')
  form.hints = [...new Set([...form.hints, ...held.hints])]
  rememberEvents(form, held.eventIds)
  turn.page = null
  turn.askForm = true
}
