import type { BroadcastContent } from '../cases/broadcasts/broadcast.ts'
import type { Locale, OutgoingBody, Texts } from './ports.ts'

/**
 * The one message that a person gets: the words as they were approved, the link, and once how to get no more of them, in the
 * person's own language.
 */
export function broadcastBody(
  content: Pick<BroadcastContent, 'title' | 'text' | 'link'>,
  texts: Pick<Texts, 'translate'>,
  locale: Locale,
): Extract<OutgoingBody, { type: 'text' }> {
  const { title, text, link } = content
  const lines = [title, text, ...(link === null ? [] : [link]), texts.translate(locale, 'broadcast.howToStop')]
  return { type: 'text', text: lines.join('\n\n'), buttons: [] }
}
