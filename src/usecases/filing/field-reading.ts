import type { FieldFault } from '../refused-error.ts'

/** What one field of an entered case came to: its value, or why it has none; and what the officer should look at again. */
export type FieldReading<Value> = { value: Value | null; faults: FieldFault[]; warnings: FieldFault[] }

/** A field as it stands. */
export function read<Value>(value: Value, ...warnings: FieldFault[]): FieldReading<Value> {
  return { value, faults: [], warnings }
}

/** A field at fault. */
export function atFault(path: string, key: string, params: FieldFault['params'] = {}): FieldReading<never> {
  return { value: null, faults: [{ path, key: `fault.${key}`, params }], warnings: [] }
}

/** Something to look at again, which stops nothing. Its words hold no personal data, for they are kept with the request. */
export function warning(path: string, code: string, params: FieldFault['params'] = {}): FieldFault {
  return { path, key: `warning.${code}`, params }
}
