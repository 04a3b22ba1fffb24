import type { Case, CaseAttachment, Model, Officer } from '../cases/case.ts'
import { dayOf } from '../cases/days.ts'
import { MATRIX } from '../cases/matrix.ts'
import { grantsHeld } from '../cases/rights.ts'
import type { Audit } from './audit.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** One field of the national portal's form, in its order (§3.1); `value` is what has to be typed. */
export type FormField = { field: string; label: string; required: boolean; value: string }

export type NationalForm = { code: string; nationalCode: string | null; fields: FormField[]; files: CaseAttachment[] }

export type NationalFormDeps = {
  cases: Pick<CaseStore, 'find'>
  units: Units
  audit: Audit
  /** The name of a territory of one model; null for a code that is none. */
  placeName(model: Model, level: 'province' | 'district' | 'commune', gsoCode: string): string | null
  /** A Vietnamese sentence: the portal speaks no other language. */
  translate(key: string): string
}

/** What has to be typed into the national system for a case (R3-12), for those who enter it there; kept as an export. */
export async function readNationalForm(deps: NationalFormDeps, officer: Officer, code: string): Promise<NationalForm> {
  requireScope(officer, 'read')
  const current = await deps.cases.find(code, scopeOf(officer, deps.units))
  if (current === null) throw new RefusedError('not_found')
  if (grantsHeld(MATRIX.intake, officer, current, deps.units).length === 0) throw new RefusedError('forbidden')
  await deps.audit.record({ actor: officer, act: 'exportCase', caseCodes: [code], data: { form: 'nationalForm' } })
  return {
    code,
    nationalCode: current.nationalCode,
    fields: fieldsOf(current, deps),
    files: [...current.attachments, ...current.supplements.flatMap(({ attachments }) => attachments)],
  }
}

/** The form as text to read from and to copy. */
export function formAsText({ fields }: NationalForm): string {
  const lines = fields.map(({ label, required, value }) => {
    const head = `${label}${required ? ' *' : ''}:`
    return value.includes('\n') ? `${head}\n${value}` : `${head} ${value}`.trimEnd()
  })
  return `${lines.join('\n')}\n`
}

function fieldsOf(current: Case, { units, translate, placeName }: NationalFormDeps): FormField[] {
  const { submitterType, address } = current
  const place = (level: 'province' | 'district' | 'commune', gsoCode: string | null) =>
    gsoCode === null ? '' : (placeName(address.model, level, gsoCode) ?? gsoCode)
  const isPlaced = address.communeCode !== null
  const unitCode = current.suggestedUnitCode ?? current.intakeUnitCode
  const label = (field: string) => translate(`nationalForm.${field}`)
  const row = (field: string, value: string | null, required = false): FormField => ({
    field,
    label: label(field),
    required,
    value: value ?? '',
  })
  return [
    row('submitterType', translate(`nationalForm.type.${submitterType}`), true),
    { ...row('name', current.name, true), label: translate(`nationalForm.type.${submitterType}`) },
    ...(current.contactPerson === null ? [] : [row('contactPerson', current.contactPerson)]),
    row('province', place('province', address.provinceCode), true),
    ...(address.model === '2022' ? [row('district', place('district', address.districtCode), true)] : []),
    row('commune', place('commune', address.communeCode), true),
    row('address', isPlaced ? address.detail : address.text, true),
    row('phone', localPhone(current.phone), true),
    row('email', current.email),
    row('title', current.title, true),
    row('content', withSupplements(current), true),
    row('unit', units.find(unitCode)?.name ?? unitCode),
    row('files', current.attachments.map(({ name }) => name).join('; ')),
    row('receivedAt', dayOf(current.receivedAt).split('-').reverse().join('/')),
    row('channel', translate(`case.channel.${current.channel}`)),
    row('ownCode', current.code),
  ]
}

/** What the sender added belongs to the matter as much as the first words. */
function withSupplements(current: Case): string {
  const added = current.supplements.map(({ text }) => text).filter((text) => text !== '')
  return [current.content, ...added].join('\n\n')
}

function localPhone(e164: string): string {
  return e164.startsWith('+84') ? `0${e164.slice(3)}` : e164
}
