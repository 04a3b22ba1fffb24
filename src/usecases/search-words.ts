import type { Case } from '../cases/case.ts'
import { fold } from '../conversation/text/normalise.ts'

/** Different words of a text as they are looked for: no accents, small letters (see `fold`). */
export function wordsIn(...texts: readonly (string | null)[]): Set<string> {
  const words = new Set<string>()
  for (const text of texts) {
    if (text === null) continue
    for (const word of fold(text).split(' ')) if (word !== '') words.add(word)
  }
  return words
}

/** What somebody looks for; more words than this narrow nothing down any more. */
export function wordsAsked(text: string): string[] {
  return [...wordsIn(text.slice(0, ASKED_LENGTH_MAX))].slice(0, WORDS_ASKED_MAX)
}

/** The words of the sender that whoever reads the case may look for; the name of a body is public, that of a person is not (R6-4). */
export function textWords(current: Pick<Case, 'title' | 'content' | 'submitterType' | 'name'>): Set<string> {
  return wordsIn(current.title, current.content, current.submitterType === 'citizen' ? null : current.name)
}

/** The words by which only those may find a case who see who its sender is. */
export function senderWords(current: Pick<Case, 'submitterType' | 'name' | 'contactPerson'>): Set<string> {
  return wordsIn(current.submitterType === 'citizen' ? current.name : null, current.contactPerson)
}

/** What is published of a case, as everybody may look for it; the answer only where the sender's own words are kept back. */
export function publishedWords(publication: NonNullable<Case['publication']>): Set<string> {
  return wordsIn(publication.title, publication.content ?? publication.answer)
}

/** The name under which everybody may find what was published (R6-9): shown at least in masked form, and of two words or more. */
export function publicName(current: Pick<Case, 'name' | 'publicChoice'>): string | null {
  return current.publicChoice.name === 'hidden' ? null : exactName(current.name)
}

/** A whole name as it is compared; null for a single word, which would find too many people (R6-9). */
export function exactName(name: string): string | null {
  const folded = fold(name.slice(0, ASKED_LENGTH_MAX))
  return folded.includes(' ') ? folded : null
}

const ASKED_LENGTH_MAX = 300
const WORDS_ASKED_MAX = 12
