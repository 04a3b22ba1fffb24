import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Country, ExternalBody, Model, Province, Unit, UnitData, UnitFile, UnitSynonym } from './unit.ts'

/** Every fault of the unit files at once, each with its file and the code of the unit it concerns. */
export class UnitDataError extends Error {
  override name = 'UnitDataError'
  readonly code = 'unit_data_invalid'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`${faults.length} fault(s) in the unit data:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

const text = z.string().trim().min(1)
const unitSchema = z.object({
  code: text,
  name: text,
  areaName: text.nullable(),
  shortName: text,
  level: z.enum(['province', 'department', 'district', 'commune']),
  kind: text,
  parent: text.nullable(),
  gsoCode: z
    .string()
    .regex(/^\d{2,5}$/)
    .nullable(),
  roles: z.array(text),
  aliases: z.array(text),
  succeededBy: z.array(text).default([]),
  mergedFrom: z
    .array(z.object({ gsoCode: z.string().nullable(), name: text, district: text, unit2022: text.optional() }))
    .default([]),
  formerProvince: text.nullable().default(null),
  formerDistricts: z.array(text).default([]),
  publicServiceCentre: text.nullable().default(null),
  certainty: text,
  validFrom: z.iso.date().nullable().default(null),
  validTo: z.iso.date().nullable().default(null),
  /** The unit takes in what is sent to it (R7-8); the same as the role of this name. */
  directIntake: z.boolean().default(false),
})
const date = z.iso.date()
const fileSchema = z.object({
  meta: z.object({ title: text, validFrom: date, validTo: date.nullable() }),
  units: z.array(z.unknown()).min(1),
})
const provinceSchema = z.strictObject({
  code: z.string().regex(/^\d{2}$/),
  name: text,
  kind: z.enum(['tinh', 'thanh_pho']),
  aliases: z.array(text),
  cities: z.array(text),
  formerProvinces: z
    .array(z.strictObject({ code: z.string().regex(/^\d{2}$/), name: text, aliases: z.array(text) }))
    .min(1),
})
const provincesSchema = z.object({
  provinces: z.array(provinceSchema).min(1),
  countries: z.array(z.strictObject({ name: text, aliases: z.array(text) })),
})
const synonymsSchema = z.strictObject({
  units: z.array(z.strictObject({ unit: text, names: z.array(text).min(1) })),
  externalBodies: z.array(z.strictObject({ id: text, name: text, names: z.array(text).min(1) })),
})

/** Where the units of each model are. */
export const UNIT_FILES: readonly { name: string; model: Model }[] = [
  { name: 'kontum-2022-units.json', model: '2022' },
  { name: 'quangngai-2025-units.json', model: '2025' },
]

/**
 * Reads and checks every file about units and places below `dataDir`; throws one `UnitDataError` that lists all faults. A file
 * of units that lies in `importedDir` takes the place of the one of the same name.
 */
export async function loadUnits(dataDir: string, importedDir?: string): Promise<UnitData> {
  const faults: string[] = []
  const files: UnitFile[] = []
  for (const { name, model } of UNIT_FILES) {
    const folder = importedDir !== undefined && existsSync(join(importedDir, name)) ? importedDir : dataDir
    const file = readUnitFile(await readJson(folder, name, faults), { name, model, faults })
    if (file !== null) files.push(file)
  }
  const places = readWith(provincesSchema, await readJson(dataDir, 'provinces.json', faults), 'provinces.json', faults)
  const provinces: Province[] = places?.provinces ?? []
  const countries: Country[] = places?.countries ?? []
  const { synonyms, externalBodies } = readSynonyms(await readText(dataDir, 'unit-synonyms.yaml', faults), faults)
  if (files.length === UNIT_FILES.length) checkReferences(files, synonyms, faults)
  if (faults.length > 0) throw new UnitDataError(faults)
  return { files, synonyms, externalBodies, provinces, countries }
}

async function readText(dataDir: string, name: string, faults: string[]): Promise<string | null> {
  try {
    return await readFile(join(dataDir, name), 'utf8')
  } catch {
    faults.push(`${name}: cannot be read`)
    return null
  }
}

async function readJson(dataDir: string, name: string, faults: string[]): Promise<unknown> {
  const source = await readText(dataDir, name, faults)
  if (source === null) return null
  try {
    return JSON.parse(source)
  } catch (error) {
    faults.push(`${name}: is not JSON (${error instanceof Error ? error.message : 'unknown'})`)
    return null
  }
}

function readWith<Shape>(schema: z.ZodType<Shape>, value: unknown, name: string, faults: string[]): Shape | null {
  if (value === null) return null
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) faults.push(`${name}: ${issue.path.join('.')}: ${issue.message}`)
  return null
}

function readUnitFile(value: unknown, context: { name: string; model: Model; faults: string[] }): UnitFile | null {
  const { name, model, faults } = context
  const file = readWith(fileSchema, value, name, faults)
  if (file === null) return null
  const units: Unit[] = []
  file.units.forEach((raw, index) => {
    const result = unitSchema.safeParse(raw)
    if (result.success) {
      const { directIntake, ...fields } = result.data
      const mergedFrom = fields.mergedFrom.map((area) => ({ ...area, unit2022: area.unit2022 ?? null }))
      const roles = directIntake ? [...new Set([...fields.roles, 'directIntake'])] : fields.roles
      units.push({ ...fields, roles, mergedFrom, model })
      return
    }
    const code = z.object({ code: z.string() }).safeParse(raw).data?.code ?? `units.${index}`
    for (const issue of result.error.issues) faults.push(`${name}: ${code}: ${issue.path.join('.')}: ${issue.message}`)
  })
  const { title, validFrom, validTo } = file.meta
  return { model, title, validFrom, validTo, units }
}

function readSynonyms(
  source: string | null,
  faults: string[],
): { synonyms: readonly UnitSynonym[]; externalBodies: readonly ExternalBody[] } {
  const nothing = { synonyms: [], externalBodies: [] }
  if (source === null) return nothing
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines })
  for (const error of document.errors) {
    faults.push(`unit-synonyms.yaml:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`)
  }
  if (document.errors.length > 0) return nothing
  const read = readWith(synonymsSchema, document.toJS(), 'unit-synonyms.yaml', faults)
  return read === null ? nothing : { synonyms: read.units, externalBodies: read.externalBodies }
}

/** Second pass: what one unit says about another must be true in both files. */
function checkReferences(files: readonly UnitFile[], synonyms: readonly UnitSynonym[], faults: string[]): void {
  const codes = new Map(files.flatMap((file) => file.units.map((unit) => [unit.code, unit] as const)))
  for (const file of files) {
    const name = UNIT_FILES.find(({ model }) => model === file.model)?.name ?? file.model
    const seen = new Set<string>()
    const fault = (unit: Unit, message: string) => faults.push(`${name}: ${unit.code}: ${message}`)
    for (const unit of file.units) {
      if (seen.has(unit.code)) fault(unit, 'code is used twice')
      seen.add(unit.code)
      if (unit.parent !== null && codes.get(unit.parent)?.model !== unit.model)
        fault(unit, `parent ${unit.parent} is not a unit`)
      if (unit.level === 'province' ? unit.parent !== null : unit.parent === null)
        fault(unit, 'only the province has no parent')
      if (unit.level !== 'department' && (unit.gsoCode === null || unit.areaName === null)) {
        fault(unit, 'gsoCode and areaName are needed for a territory')
      }
      for (const code of unit.succeededBy)
        if (codes.get(code) === undefined) fault(unit, `succeededBy ${code} is not a unit`)
      for (const { unit2022 } of unit.mergedFrom) {
        if (unit2022 !== null && codes.get(unit2022) === undefined) fault(unit, `mergedFrom ${unit2022} is not a unit`)
      }
    }
    const provinces = file.units.filter((unit) => unit.level === 'province').length
    if (provinces !== 1) faults.push(`${name}: has ${provinces} units of level province, needs exactly one`)
    // A focal unit that has ended stays in the data, and its successor has the roles.
    const focal = file.units.filter(
      (unit) => unit.validTo === null && unit.roles.includes('intake') && unit.roles.includes('routing'),
    ).length
    if (focal !== 1) faults.push(`${name}: has ${focal} units with the roles intake and routing, needs exactly one`)
  }
  for (const { unit } of synonyms) {
    if (codes.get(unit) === undefined) faults.push(`unit-synonyms.yaml: ${unit} is not a unit`)
  }
}
