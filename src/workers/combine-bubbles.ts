import type { OutgoingMessage } from '../usecases/turn.ts'

const textMax = 2_000

/**
 * Joins the plain texts of one turn into one bubble while they fit the platform's limit, for it may count replies (zalo §4.1).
 * A notice stays by itself: its delivery is proven apart. Buttons stay last in their bubble.
 */
export function combineBubbles(messages: OutgoingMessage[]): OutgoingMessage[] {
  const combined: OutgoingMessage[] = []
  for (const message of messages) {
    const joined = join(combined.at(-1), message)
    if (joined === undefined) combined.push(message)
    else combined[combined.length - 1] = joined
  }
  return combined
}

function join(first: OutgoingMessage | undefined, second: OutgoingMessage): OutgoingMessage | undefined {
  if (first === undefined || first.notice !== undefined || second.notice !== undefined) return undefined
  if (first.body.type !== 'text' || second.body.type !== 'text' || first.body.buttons.length > 0) return undefined
  const text = `${first.body.text}\n\n${second.body.text}`
  if ([...text.normalize('NFC')].length > textMax) return undefined
  return {
    body: { type: 'text', text, buttons: second.body.buttons },
    priority: first.priority < second.priority ? first.priority : second.priority,
  }
}
