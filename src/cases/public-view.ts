import type { Case } from './case.ts'
import { type Day, dayOf } from './days.ts'
import { maskPersonName } from './mask.ts'
import { type State, type SubmitterType, stateLabelKey } from './words.ts'

/** What anybody may know of a case by its code (R3-17, R6-4). Texts are there only once they are published. */
export type PublicView = {
  code: string
  /** The code of the same case in the national system, where it has one (R3-15). */
  nationalCode: string | null
  state: State
  stateLabelKey: string
  parentCode: string | null
  receivedDate: Day
  /** The unit that has the case now. */
  unitCode: string
  closedDate: Day | null
  published: {
    submitterType: SubmitterType
    /** Masked for persons, whole for bodies, null where the sender wants it hidden. */
    name: string | null
    title: string
    content: string | null
    answer: string
    unitCode: string | null
    publishedDate: Day
    /** "đã được điều chỉnh ngày …" (R6-10) */
    correctedDate: Day | null
    attachments: { id: string; name: string; mediaType: string; sizeBytes: number }[]
  } | null
}

/** The public face of a case; null for a suspected denunciation, of which nobody outside may know (R2-30, R2-31). */
export function toPublicView(current: Case): PublicView | null {
  if (current.denunciationSuspected) return null
  return {
    code: current.code,
    nationalCode: current.nationalCode,
    state: current.state,
    stateLabelKey: stateLabelKey(current.state),
    parentCode: current.parentCode,
    receivedDate: dayOf(current.receivedAt),
    unitCode: current.leadUnitCode ?? current.intakeUnitCode,
    closedDate: current.closedAt === null ? null : dayOf(current.closedAt),
    published: publishedPart(current),
  }
}

function publishedPart(current: Case): PublicView['published'] {
  const publication = current.publication
  if (publication === null) return null
  const isPerson = current.submitterType === 'citizen'
  const name = isPerson ? maskPersonName(current.name) : current.name
  return {
    submitterType: current.submitterType,
    name: current.publicChoice.name === 'hidden' ? null : name,
    title: publication.title,
    content: publication.content,
    answer: publication.answer,
    unitCode: current.answer?.unitCode ?? current.leadUnitCode,
    publishedDate: dayOf(publication.publishedAt),
    correctedDate: publication.correctedAt === null ? null : dayOf(publication.correctedAt),
    attachments: publication.attachments.map(({ id, name: file, mediaType, sizeBytes }) => ({
      id,
      name: file,
      mediaType,
      sizeBytes,
    })),
  }
}
