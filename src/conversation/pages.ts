import { draftChoice, throwAway } from './drafts.ts'
import type { Choice, Param, Sentence } from './effects.ts'
import { senderLine } from './kinds/choices.ts'
import { note, setBroadcasts, type Turn } from './turn-state.ts'

/** A yes to "xóa dữ liệu" is asked for anew after this. */
const FORGET_VALID_MS = 3600_000

/** Shows a page: its sentence, what belongs to it, and where one can go from there. */
export function openPage(turn: Turn, id: string): void {
  const { conversation, engine } = turn
  const page = engine.flows.pages[id]
  if (page === undefined) return
  const say = (sentence: Sentence, choices: Choice[]) => {
    turn.page = { sentence, choices }
    turn.askForm = false
  }
  switch (page.show) {
    case 'handoff':
      conversation.handoff = { state: 'requested', since: engine.now }
      turn.effects.push({ type: 'handoff', state: 'requested' })
      return say({ key: `${id}.text` }, [{ title: { key: 'person.back' }, payload: '#assistant' }])
    case 'forgetMe':
      return say({ key: `${id}.text` }, [
        { title: { key: 'forgetMe.yes' }, payload: `#forget.yes.${engine.now.toString(36)}` },
        { title: { key: 'forgetMe.no' }, payload: '#menu' },
      ])
    case 'myCases':
      turn.effects.push({ type: 'listCases' })
      return say({ key: `${id}.text` }, choicesOf(turn, page.buttons))
    case 'myData':
      return say({ key: `${id}.text`, params: { data: { lines: myData(turn) } } }, choicesOf(turn, page.buttons))
    case 'text': {
      // After something was said the greeting would come too late.
      const key = id === 'menu' && turn.notes.length > 0 ? 'menu.again' : `${id}.text`
      return say({ key }, choicesOf(turn, page.buttons))
    }
    default:
      return page.show satisfies never
  }
}

/** While a form is open, its own way back stands where the way into it would. */
function choicesOf(turn: Turn, targets: readonly string[]): Choice[] {
  const { form } = turn.conversation
  const ways = targets.filter((target) => target !== form?.flow)
  return [
    ...(form === null ? [] : [draftChoice(form, 'keep', 'form.resumeYes')]),
    ...ways.map((target) => ({ title: { key: `${target}.button` }, payload: `#${target}` })),
  ]
}

function myData(turn: Turn): Param[] {
  const { profile, consents, form, shelved, verifiedPhones } = turn.conversation
  const lines: Param[] = []
  if (profile !== null) lines.push({ key: 'myData.profile', params: { sender: senderLine(turn.conversation) } })
  if (verifiedPhones.length > 0) lines.push({ key: 'myData.verifiedPhones', params: { count: verifiedPhones.length } })
  for (const draft of form === null ? shelved : [form, ...shelved]) {
    lines.push({ key: 'myData.draft', params: { since: { time: draft.startedAt } } })
  }
  for (const purpose of ['handling', 'publication', 'profileName'] as const) {
    const consent = consents[purpose]
    if (consent === undefined) continue
    const answer = consent.given ? 'given' : 'refused'
    lines.push({ key: `myData.consents.${purpose}.${answer}`, params: { at: { time: consent.at } } })
  }
  return lines.length > 0 ? lines : [{ key: 'myData.nothing' }]
}

/** The yes to "xóa dữ liệu"; one that comes late is asked for again. */
export function confirmForget(turn: Turn, askedAt: string): void {
  const at = Number.parseInt(askedAt, 36)
  const isFresh = at <= turn.engine.now && turn.engine.now - at < FORGET_VALID_MS
  if (!isFresh) return openPage(turn, 'forgetMe')
  forgetMe(turn)
  note(turn, 'forgetMe.done')
  openPage(turn, 'menu')
}

/** Everything the assistant keeps about a person that no case needs (R9-5). */
export function forgetMe(turn: Turn): void {
  const { conversation, engine, effects, origin } = turn
  // Each draft that was put aside comes forward and goes too.
  while (conversation.form !== null) throwAway(turn, { erase: true })
  const { alarm, loose, held, consents } = conversation
  if (loose !== null) effects.push({ type: 'removeFiles', ids: loose.attachments.map((file) => file.id) })
  for (const told of [held, alarm]) if (told !== null) effects.push({ type: 'eraseEvents', ids: told.eventIds })
  for (const purpose of ['publication', 'profileName', 'handling'] as const) {
    const consent = consents[purpose]
    if (consent?.given !== true) continue
    const { textVersion } = consent
    effects.push({ type: 'consent', purpose, given: false, textVersion, eventId: origin.id, at: engine.now })
  }
  conversation.loose = null
  conversation.held = null
  conversation.alarm = null
  conversation.asking = null
  conversation.sent = []
  conversation.profile = null
  conversation.verifiedPhones = []
  conversation.consents = {}
  // Who wants to be forgotten wants no news either, and must not become one who was never asked.
  setBroadcasts(turn, { given: false, key: 'answers.unsubscribe' })
}
