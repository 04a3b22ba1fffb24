/** Why a story ended without an effect; `http` maps each to a status, the operator's tool to a sentence. */
export type RefusalCode =
  | 'unauthorized'
  | 'not_found'
  | 'forbidden'
  | 'version_required'
  | 'version_conflict'
  | 'illegal_act'
  | 'unknown_act'
  | 'invalid_fields'
  | 'idempotency_key_reused'
  | 'unavailable'
  | 'login_taken'
  | 'login_reserved'
  | 'unit_unknown'
  | 'person_unknown'
  | 'person_disabled'
  | 'token_unknown'

/** A field at fault: `path` is dotted, `key` names a sentence in the locales. */
export type FieldFault = { path: string; key: string; params: Record<string, string | number | { day: string }> }

/** A rule forbids what was asked for. Carries codes and ids only. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly code: RefusalCode
  readonly faults: readonly FieldFault[]

  constructor(code: RefusalCode, faults: readonly FieldFault[] = []) {
    super(code)
    this.code = code
    this.faults = faults
  }
}
