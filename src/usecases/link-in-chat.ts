import type { Received } from '../conversation/received.ts'
import type { Conversation } from '../conversation/state.ts'
import { type OfficerLinks, readLinkWords } from './officer-links.ts'
import type { Texts } from './ports.ts'
import type { OutgoingMessage, RunTurn, TurnInput } from './turn.ts'

/**
 * Takes the codes by which officers link their Zalo account out of what a citizen said, and answers them. Everything else goes
 * on as if they had not been there: an officer who writes to the account is a citizen like everybody.
 */
export function withLinkCodes(
  runTurn: RunTurn,
  deps: {
    links: Pick<OfficerLinks, 'typed' | 'typedEnd'>
    texts: Pick<Texts, 'translate'>
    now(): number
    /** The command that shows the others; absent where there are none. */
    help?: string
  },
): RunTurn {
  return async (input) => {
    const asked = input.events.flatMap((event) => {
      const words = event.type === 'text' ? readLinkWords(event.text) : null
      return words === null ? [] : [{ event, words }]
    })
    if (asked.length === 0) return runTurn(input)
    const replies: OutgoingMessage[] = []
    for (const { event, words } of asked) replies.push(await answer(words, event, input))
    const taken = new Set<Received>(asked.map(({ event }) => event))
    const output = await runTurn({ ...input, events: input.events.filter((event) => !taken.has(event)) })
    return { ...output, messages: [...replies, ...output.messages] }
  }

  async function answer(
    words: NonNullable<ReturnType<typeof readLinkWords>>,
    event: Received,
    { citizenKey, userId, conversation }: TurnInput,
  ): Promise<OutgoingMessage> {
    const { help } = deps
    const locale = (conversation as Conversation | null)?.locale ?? 'vi'
    const saying = (text: string): OutgoingMessage => ({ body: { type: 'text', text, buttons: [] }, priority: 1 })
    const sentence = (key: string, params = {}) => deps.texts.translate(locale, key, params)
    const say = (key: string, params = {}) => saying(sentence(key, params))
    if (words === 'end') {
      const login = await deps.links.typedEnd(citizenKey)
      return login === null ? say('staffLink.notLinked') : say('staffLink.ended', { login })
    }
    const typed = await deps.links.typed(words.code, { citizenKey, userId, eventId: event.id }, deps.now())
    if (typed.outcome !== 'linked') return say(`staffLink.${typed.outcome}`)
    const linked = sentence('staffLink.linked', { login: typed.login })
    return saying(help === undefined ? linked : `${linked} ${sentence('staffLink.commands', { help })}`)
  }
}
