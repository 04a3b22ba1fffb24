import type { ChatLine, MessagingPlatform } from '../usecases/ports.ts'

const pagesMax = 3
const linesPerPage = 10
/** How far the platform's clock may be behind ours. */
const skewMs = 5 * 60_000

/** What the platform's record shows of one part of a message; a card may be there without its words. */
export type Words = { text: string; isCard: boolean }

/** Whether these words of the platform's record are this message: the client may have added numbered choices below it. */
export function isSameWords(lineText: string, words: Words): boolean {
  const line = normalise(lineText)
  const own = normalise(words.text)
  if (words.isCard) return line === '' || line.includes(own)
  if (line === own || (own !== '' && line.startsWith(own))) return true
  return line.length >= shortenedAt && own.startsWith(line)
}

/**
 * Looks in the platform's own record for a message whose sending had no clear outcome. `claimed` says which ids belong to
 * other messages of ours, so that the same words sent twice are told apart. Rejects when the record cannot be read.
 */
export async function findInChat(
  platform: MessagingPlatform,
  sought: { userId: string; words: Words; since: number },
  claimed: (messageIds: string[]) => Promise<Set<string>>,
): Promise<ChatLine | undefined> {
  const candidates: ChatLine[] = []
  for (let page = 0; page < pagesMax; page++) {
    const lines = await platform.chat(sought.userId, { offset: page * linesPerPage, count: linesPerPage })
    const recent = lines.filter(({ at }) => at >= sought.since - skewMs)
    candidates.push(...recent.filter((line) => !line.fromCitizen && isSameWords(line.text, sought.words)))
    if (lines.length < linesPerPage || recent.length < lines.length) break
  }
  if (candidates.length === 0) return undefined
  const taken = await claimed(candidates.map(({ messageId }) => messageId))
  // The oldest that nobody claims: a later one with the same words may belong to the message behind.
  return candidates.findLast(({ messageId }) => !taken.has(messageId))
}

/** Below this a line that is a beginning of ours is taken for another message. */
const shortenedAt = 100

function normalise(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}
