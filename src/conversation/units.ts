import type { Model, Unit, UnitData, Units } from './unit.ts'
import { createUnitMentions } from './unit-mentions.ts'
import { createUnitNames } from './unit-names.ts'

export type {
  Country,
  ExternalBody,
  FindOptions,
  FormerArea,
  Model,
  Province,
  Unit,
  UnitData,
  UnitFile,
  UnitLevel,
  UnitMatch,
  UnitSynonym,
  Units,
} from './unit.ts'

/**
 * The tree of both models, for look-up by code and by the words people use. `readyFor` is the model whose first look-up shall
 * not have to wait; units whose own last day lies before `today` are left out of everything that is offered.
 */
export function createUnits(all: UnitData, options: { readyFor?: Model; today?: string } = {}): Units {
  const { today } = options
  // Units that have ended are known by their code, for cases of before; nobody is offered one.
  const lasts = ({ validTo }: Unit) => today === undefined || validTo === null || validTo >= today
  const data = { ...all, files: all.files.map((file) => ({ ...file, units: file.units.filter(lasts) })) }
  const byCode = new Map(all.files.flatMap((file) => file.units.map((unit) => [unit.code, unit] as const)))
  const ofModel = (model: Model) => data.files.filter((file) => file.model === model).flatMap((file) => file.units)
  const required = (model: Model, what: string, test: (unit: Unit) => boolean): Unit => {
    const unit = ofModel(model).find(test)
    if (unit === undefined) throw new Error(`model ${model} has no ${what}`)
    return unit
  }
  const names = createUnitNames(data, byCode)
  const mentions = createUnitMentions(names)
  if (options.readyFor !== undefined) mentions.mentionedIn('', { model: options.readyFor })
  return {
    byCode: (code) => byCode.get(code),
    ofModel,
    focalUnit: (model) =>
      required(model, 'focal unit', (unit) => unit.roles.includes('intake') && unit.roles.includes('routing')),
    provinceUnit: (model) => required(model, 'province', (unit) => unit.level === 'province'),
    find: names.find,
    mentionedIn: mentions.mentionedIn,
    externalBody: names.externalBody,
    provinces: data.provinces,
    countries: data.countries,
  }
}
