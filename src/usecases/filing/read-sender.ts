import type { SubmitterType } from '../../cases/words.ts'
import { readEmail } from '../../conversation/text/email.ts'
import { readBodyName, readPersonName } from '../../conversation/text/person-name.ts'
import { readPhone } from '../../conversation/text/phone.ts'
import { atFault, type FieldReading, read, warning } from './field-reading.ts'

/** A person's name, or that of a body (R3-2). */
export function readName(path: string, text: string, submitterType: SubmitterType): FieldReading<string> {
  const reading = submitterType === 'citizen' ? readPersonName(text) : readBodyName(text)
  switch (reading.kind) {
    case 'ok':
      return read(reading.name)
    case 'confirm':
      return read(reading.name, warning(path, 'singleWordName'))
    case 'wrong':
      return atFault(path, `${submitterType === 'citizen' ? 'personName' : 'bodyName'}.${reading.reason}`)
  }
}

/** A number in any spelling as E.164 (R3-3); senders abroad give one with its country code (ND20 Đ3). */
export function readSenderPhone(path: string, text: string): FieldReading<string> {
  const reading = readPhone(text)
  switch (reading.kind) {
    case 'ok':
      return read(reading.e164)
    case 'confirm':
      return read(reading.e164, warning(path, 'unusualPhone'))
    case 'wrong': {
      const foreign = reading.reason === 'foreign' ? foreignNumber(text) : null
      return foreign === null ? atFault(path, `phone.${reading.reason}`) : read(foreign, warning(path, 'unusualPhone'))
    }
  }
}

/** An address as written (R3-5); what looks like a slip is kept and pointed out. */
export function readSenderEmail(path: string, text: string): FieldReading<string> {
  const reading = readEmail(text)
  if (reading.kind === 'ok') return read(reading.email)
  return reading.kind === 'confirm' ? read(reading.email, warning(path, 'unusualEmail')) : atFault(path, 'notAnEmail')
}

/** E.164 holds at most fifteen digits; under eight nobody can be called. */
function foreignNumber(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .replace(/[\s().–-]/g, '')
    .replace(/^00/, '+')
  return /^\+[1-9]\d{7,14}$/.test(plain) ? plain : null
}
