import type { mongo } from 'mongoose'
import type { CaseScope } from '../usecases/case-ports.ts'
import type { CaseDocument } from './case-documents.ts'

/** The cases of a scope and no other. */
export function scopeFilter({ ordinary, denunciations }: CaseScope): mongo.Filter<CaseDocument> {
  const open = { denunciation: { $ne: true }, ...(ordinary === 'all' ? {} : { $or: ordinaryFilters(ordinary) }) }
  if (denunciations === null) return open
  const { intakeOfficer, notAgainst } = denunciations
  const secret = {
    denunciation: true,
    ...(intakeOfficer === null ? {} : { intakeOfficer }),
    concernedUnitCodes: { $nin: [...notAgainst] },
  }
  return { $or: [open, secret] }
}

function ordinaryFilters(ordinary: Exclude<CaseScope['ordinary'], 'all'>): mongo.Filter<CaseDocument>[] {
  const { leadUnitCodes, coordinatingUnitCodes, handler, intakeUnitCodes } = ordinary
  const filters: mongo.Filter<CaseDocument>[] = [
    ...(leadUnitCodes.length === 0 ? [] : [{ leadUnitCode: { $in: [...leadUnitCodes] } }]),
    ...(coordinatingUnitCodes.length === 0 ? [] : [{ coordinatingUnitCodes: { $in: [...coordinatingUnitCodes] } }]),
    ...(handler === null ? [] : [{ handler: handler.login, leadUnitCode: { $in: [...handler.leadUnitCodes] } }]),
    ...(intakeUnitCodes.length === 0 ? [] : [{ intakeUnitCode: { $in: [...intakeUnitCodes] } }]),
  ]
  // Nothing at all, in a form that the server answers without looking.
  return filters.length === 0 ? [{ _id: { $in: [] } }] : filters
}
