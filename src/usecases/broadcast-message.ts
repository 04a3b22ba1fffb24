import type { Broadcast } from '../cases/broadcasts/broadcast.ts'
import type { Locale, OutgoingBody, Texts } from './ports.ts'

/**
 * The one message that a person gets: the words as they were approved, the link, and once how to get no more of them, in the
 * person's own language.
 */
export function broadcastBody(
  content: Pick<Broadcast, 'id' | 'title' | 'text' | 'link' | 'coverAttachmentId'>,
  words: { texts: Pick<Texts, 'translate'>; locale: Locale; publicUrl: string },
): Extract<OutgoingBody, { type: 'text' }> {
  const { title, text, link } = content
  const { texts, locale, publicUrl } = words
  const imageUrl = coverUrl(content, publicUrl)
  const lines = [title, text, ...(link === null ? [] : [link]), texts.translate(locale, 'broadcast.howToStop')]
  const body = { type: 'text' as const, text: lines.join('\n\n'), buttons: [] }
  return imageUrl === null ? body : { ...body, imageUrl }
}

/** Where Zalo fetches the cover of a broadcast; null where it has none. */
export function coverUrl(
  { id, coverAttachmentId }: Pick<Broadcast, 'id' | 'coverAttachmentId'>,
  publicUrl: string,
): string | null {
  return coverAttachmentId === null ? null : `${publicUrl}/thong-bao/${id}/anh-bia`
}

/** What is to be read in the article of a broadcast: it has no word on how to get no more, for Zalo tells its followers. */
export function articleWords({ title, text, link }: Pick<Broadcast, 'title' | 'text' | 'link'>): string {
  return [title, text, ...(link === null ? [] : [link])].join('\n\n')
}
