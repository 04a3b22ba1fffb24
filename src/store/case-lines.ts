import type { mongo } from 'mongoose'
import { isNews } from '../cases/announce.ts'
import type { CaseCollections, CaseEventDocument, CasePlace, HistoryDocument } from './case-documents.ts'

/** A line as it is added, with the case before it, null for a new one, and after it. */
export type AddedLine = { line: HistoryDocument; before: CasePlace | null; after: CasePlace }

/** What `addLines` reads of a stored case. */
export const placeProjection = {
  intakeUnitCode: 1,
  leadUnitCode: 1,
  coordinatingUnitCodes: 1,
  denunciation: 1,
} as const

/**
 * Adds lines to the history inside the caller's transaction, for each the event that it is to others, and for one that may be
 * news to officers its place among those that they have not been told of. This is the one way into the history, so that there is
 * exactly one event for each change, or neither.
 */
export async function addLines(
  collections: Pick<CaseCollections, 'history' | 'caseEvents' | 'newLines'>,
  session: mongo.ClientSession,
  added: readonly AddedLine[],
): Promise<void> {
  if (added.length === 0) return
  await collections.history.insertMany(
    added.map(({ line }) => line),
    { session, ordered: true },
  )
  await collections.caseEvents.insertMany(added.map(eventOf), { session, ordered: true })
  const news = added
    .filter(({ line }) => line.from !== line.to || isNews(line.act))
    .map(({ line }) => ({ _id: line._id }))
  if (news.length > 0) await collections.newLines.insertMany(news, { session, ordered: true })
}

function eventOf({ line, before, after }: AddedLine): CaseEventDocument {
  const { _id, code, seq, act, from, to, at } = line
  const places = before === null ? [after] : [before, after]
  const unitCodes = places.flatMap((place) => [
    place.intakeUnitCode,
    ...(place.leadUnitCode === null ? [] : [place.leadUnitCode]),
    ...place.coordinatingUnitCodes,
  ])
  const isSecret = places.some(({ denunciation }) => denunciation)
  return { _id, code, seq, act, from, to, at, unitCodes: [...new Set(unitCodes)], isSecret }
}
