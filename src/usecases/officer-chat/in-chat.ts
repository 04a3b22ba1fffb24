import type { Officer } from '../../cases/case.ts'
import { dayOf } from '../../cases/days.ts'
import type { Received } from '../../conversation/received.ts'
import type { Conversation } from '../../conversation/state.ts'
import type { OfficerLinks } from '../officer-links.ts'
import type { OutgoingBody, Texts } from '../ports.ts'
import type { OutgoingMessage, RunTurn, TurnInput } from '../turn.ts'
import type { AskedCommand } from './answer-command.ts'
import { type OfficerCommand, readCommand } from './read-command.ts'
import { sayIn } from './words.ts'

export type OfficerChatDeps = {
  links: Pick<OfficerLinks, 'officerOf'>
  answer(asked: AskedCommand): Promise<OutgoingBody>
  /** What a button of a flow sends; it is none of ours. */
  isPayload(text: string): boolean
  codePrefix: string
  texts: Pick<Texts, 'translate'>
  /** Real time. */
  now(): number
}

type Typed = { event: Received; command: OfficerCommand }

/**
 * Takes the short commands of linked officers out of what they said in the chat, and answers them. Who speaks is proven by
 * Zalo's signed id. Everything else goes on as if they had not been there, and for everybody else there are none.
 *
 * An act is stored by itself, under the key of the event that asked for it, and the answer with the turn: a turn that is run
 * again finds the act done and answers the same.
 */
export function withOfficerCommands(runTurn: RunTurn, deps: OfficerChatDeps): RunTurn {
  return async (input) => {
    const typed = input.events.flatMap((event) => read(event, input.now) ?? [])
    if (typed.length === 0) return runTurn(input)
    const officer = await deps.links.officerOf(input.citizenKey, deps.now())
    if (officer === null) return runTurn(input)
    const replies: OutgoingMessage[] = []
    for (const one of typed) replies.push({ body: await answer(one, officer, input), priority: 1 })
    const taken = new Set(typed.map(({ event }) => event))
    const output = await runTurn({ ...input, events: input.events.filter((event) => !taken.has(event)) })
    const files = [...taken].flatMap(filesOf)
    return { ...output, messages: [...replies, ...output.messages], filesToRemove: [...output.filesToRemove, ...files] }
  }

  function read(event: Received, now: number): Typed | null {
    const text = wordsOf(event)
    if (text === null || !/^\s*[#＃]/u.test(text) || deps.isPayload(text)) return null
    const command = readCommand(text, { prefix: deps.codePrefix, nowDay: dayOf(now) })
    return command === null ? null : { event, command }
  }

  async function answer({ event, command }: Typed, officer: Officer, input: TurnInput): Promise<OutgoingBody> {
    const say = sayIn(deps.texts, (input.conversation as Conversation | null)?.locale ?? 'vi')
    const only = (key: string): OutgoingBody => ({ type: 'text', text: say(key), buttons: [] })
    if (event.type === 'files') return only('officerChat.noFiles')
    // What was typed before an outage may be wrong by now; and a mark of an act is kept for a day.
    const ageMs = Math.min(input.now - event.at, deps.now() - event.at)
    if ((command.name === 'take' || command.name === 'reply') && ageMs > ageMsMax) return only('officerChat.tooOld')
    return deps.answer({ officer, command, key: `zalo:${event.id}`, now: input.now, say })
  }
}

const ageMsMax = 12 * 3_600_000

function wordsOf(event: Received): string | null {
  switch (event.type) {
    case 'text':
    case 'files':
      return event.text
    case 'link':
      return event.text.includes(event.url) ? event.text : `${event.text} ${event.url}`.trim()
    default:
      return null
  }
}

/** What was sent with a command belongs to nothing. */
function filesOf(event: Received): string[] {
  return event.type === 'files' ? event.files.flatMap((file) => (file.ok ? [file.id] : [])) : []
}
