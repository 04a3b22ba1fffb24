import type { CaseAttachment, Consent, Model } from '../../cases/case.ts'
import { type Day, dayOf } from '../../cases/days.ts'
import { faultsOf } from '../../cases/faults.ts'
import { type Filing, modelOn } from '../../cases/file-case.ts'
import { type OtherChannelInput, otherChannelSchema } from '../../cases/other-channel.ts'
import type { RuleSet } from '../../cases/rule-set.ts'
import type { SubmitterType } from '../../cases/words.ts'
import type { Intents } from '../../conversation/intents.ts'
import type { Units } from '../case-ports.ts'
import type { FieldFault } from '../refused-error.ts'
import { atFault, type FieldReading, read } from './field-reading.ts'
import { type AddressDeps, readSenderAddress } from './read-address.ts'
import { warningsOfText } from './read-content.ts'
import { readMoment } from './read-moment.ts'
import { readName, readSenderEmail, readSenderPhone } from './read-sender.ts'

export type ReadingDeps = {
  address: AddressDeps
  intents: Intents
  units: Pick<Units, 'find' | 'all'>
  /** The rule set in force on a day (R0-1). */
  ruleSetOn(day: Day): RuleSet | undefined
  /** The files of these ids that this officer has handed in. */
  findOwnFiles(login: string, ids: readonly string[]): Promise<CaseAttachment[]>
  limits: { filesMax: number; togetherBytesMax: number }
  /** The version of the sentence that a caller agrees to (R3-23). */
  consentVersion(channel: 'phone' | 'in_person'): string
}

export type ReadingOfCase =
  | { ok: true; filing: Filing; model: Model; warnings: FieldFault[] }
  | { ok: false; faults: FieldFault[] }

type Fields = Partial<OtherChannelInput>

/** Reads what an officer entered, every field on its own, so that all faults are named at once. */
export async function readOtherChannel(
  input: unknown,
  deps: ReadingDeps,
  by: { login: string; now: number },
): Promise<ReadingOfCase> {
  const { fields, faults } = fieldsOf(input)
  const warnings: FieldFault[] = []
  const take = <Value>(reading: FieldReading<Value>): Value | null => {
    faults.push(...reading.faults)
    warnings.push(...reading.warnings)
    return reading.value
  }
  const takeIf = <Input, Value>(given: Input | null | undefined, reader: (given: Input) => FieldReading<Value>) =>
    given === undefined || given === null || given === '' ? null : take(reader(given))

  const receivedAt = takeIf(fields.receivedAt, (text) => readReceipt(text, deps, by.now))
  // Where the day cannot be read the other fields are still judged, under the model of today.
  const day = dayOf(receivedAt ?? by.now)
  const model = modelOn(day)
  const submitterType: SubmitterType = fields.submitterType ?? 'citizen'
  const transferredAt = takeIf(fields.transferredAt, (text) => readTransfer(text, receivedAt, by.now))
  const name = takeIf(fields.name, (text) => readName('name', text, submitterType))
  const contactPerson = takeIf(fields.contactPerson, (text) => readName('contactPerson', text, 'citizen'))
  if (submitterType !== 'citizen' && (fields.contactPerson ?? '') === '' && !isAtFault(faults, 'contactPerson')) {
    faults.push(...atFault('contactPerson', 'required').faults)
  }
  const phone = takeIf(fields.phone, (text) => readSenderPhone('phone', text))
  const email = takeIf(fields.email, (text) => readSenderEmail('email', text))
  const address = takeIf(fields.address, (given) => readSenderAddress(given, model, deps.address))
  const suggestedUnitCode = takeIf(fields.suggestedUnitCode, (code) => readUnit(code, { day, model }, deps))
  const incidentDate = takeIf(fields.incidentDate, (given) =>
    given > dayOf(by.now) ? atFault('incidentDate', 'inFuture') : read(given),
  )
  const attachments = take(await readFiles(fields.attachmentIds ?? [], deps, by.login))
  if (fields.channel === 'phone' && fields.readBackConfirmed !== true && !isAtFault(faults, 'readBackConfirmed')) {
    faults.push(...atFault('readBackConfirmed', 'notReadBack').faults)
  }
  if (fields.title !== undefined && fields.content !== undefined) {
    warnings.push(...warningsOfText({ title: fields.title, content: fields.content }, deps.intents))
  }
  const isWhole = receivedAt !== null && name !== null && phone !== null && address !== null && attachments !== null
  const { channel, title, content } = fields
  if (faults.length > 0 || !isWhole || channel === undefined || title === undefined || content === undefined) {
    return { ok: false, faults: inOrder(faults) }
  }
  const filing: Filing = {
    channel,
    receivedAt,
    transferredAt,
    enteredBy: by.login,
    originalDocNumber: textOrNull(fields.originalDocNumber),
    readBackConfirmed: fields.readBackConfirmed ?? false,
    submitterType,
    name,
    contactPerson,
    phone,
    email,
    address,
    title,
    content,
    suggestedUnitCode,
    attachments,
    dossierCode: textOrNull(fields.dossierCode),
    incidentDate,
    concernedUnit: textOrNull(fields.concernedUnit),
    consents: [consentOf(channel, deps, by)],
    ...(fields.publicChoice == null ? {} : { publicChoice: fields.publicChoice }),
  }
  return { ok: true, filing, model, warnings }
}

/** The fields that have the right shape, and the faults of those that have not. */
function fieldsOf(input: unknown): { fields: Fields; faults: FieldFault[] } {
  const parsed = otherChannelSchema.safeParse(input)
  if (parsed.success) return { fields: parsed.data, faults: [] }
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
  const fields: Record<string, unknown> = {}
  for (const [field, shape] of Object.entries(otherChannelSchema.shape)) {
    const reading = shape.safeParse(given[field])
    if (reading.success) fields[field] = reading.data
  }
  return { fields: fields as Fields, faults: faultsOf(parsed.error, input) }
}

function readReceipt(text: string, deps: ReadingDeps, now: number): FieldReading<number> {
  const reading = readMoment('receivedAt', text, now)
  if (reading.value === null || deps.ruleSetOn(dayOf(reading.value)) !== undefined) return reading
  return atFault('receivedAt', 'beforeTheRules')
}

function readTransfer(text: string, receivedAt: number | null, now: number): FieldReading<number> {
  const reading = readMoment('transferredAt', text, now)
  const isEarlier = reading.value !== null && receivedAt !== null && reading.value < receivedAt
  return isEarlier ? atFault('transferredAt', 'beforeReceipt') : reading
}

/** A unit of the model in force that existed on the day of receipt (R0-3). */
function readUnit(code: string, on: { day: Day; model: Model }, deps: ReadingDeps): FieldReading<string> {
  const unit = deps.units.find(code)
  if (unit === null) return atFault('suggestedUnitCode', 'unknownUnit')
  const isThere = unit.model === on.model && (unit.validTo === null || on.day <= unit.validTo)
  // The first list of all says since when it is known, not since when its units exist.
  const first = deps.units
    .all()
    .reduce((least, { validFrom }) => (validFrom < least ? validFrom : least), unit.validFrom)
  const isBegun = unit.validFrom <= on.day || unit.validFrom === first
  return isThere && isBegun ? read(code) : atFault('suggestedUnitCode', 'unitNotThen')
}

async function readFiles(
  ids: readonly string[],
  { findOwnFiles, limits }: ReadingDeps,
  login: string,
): Promise<FieldReading<CaseAttachment[]>> {
  const wanted = [...new Set(ids)]
  if (wanted.length > limits.filesMax) return atFault('attachmentIds', 'tooMany', { max: limits.filesMax })
  const found = new Map((await findOwnFiles(login, wanted)).map((file) => [file.id, file]))
  const unknown = ids.flatMap((id, position) =>
    found.has(id) ? [] : atFault(`attachmentIds.${position}`, 'unknownAttachment').faults,
  )
  if (unknown.length > 0) return { value: null, faults: unknown, warnings: [] }
  const files = wanted.flatMap((id) => found.get(id) ?? [])
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const megabytes = Math.floor(limits.togetherBytesMax / 1_048_576)
  return bytes > limits.togetherBytesMax ? atFault('attachmentIds', 'filesTooLarge', { megabytes }) : read(files)
}

/** R3-23: a caller or visitor was told and agreed; a letter is handled by legal duty. */
function consentOf(
  channel: OtherChannelInput['channel'],
  { consentVersion }: ReadingDeps,
  { login, now }: { login: string; now: number },
): Consent {
  const shared = { purpose: 'handling' as const, at: now, eventId: null, by: login }
  return channel === 'phone' || channel === 'in_person'
    ? { ...shared, given: true, ground: 'consent', textVersion: consentVersion(channel) }
    : { ...shared, given: false, ground: 'legalDuty', textVersion: '' }
}

function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === '' ? null : text
}

function isAtFault(faults: readonly FieldFault[], path: string): boolean {
  return faults.some((fault) => fault.path === path)
}

/** In the order of the form, as a person goes through it. */
function inOrder(faults: readonly FieldFault[]): FieldFault[] {
  const order = Object.keys(otherChannelSchema.shape)
  const place = ({ path }: FieldFault) =>
    (order.indexOf(path.split('.')[0] ?? '') + order.length + 1) % (order.length + 1)
  return faults.toSorted((a, b) => place(a) - place(b))
}
