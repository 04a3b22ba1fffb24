import type { ActName } from '../cases/acts.ts'

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
  | 'unsupported_media_type'
  | 'unavailable'
  | 'login_taken'
  | 'login_reserved'
  | 'unit_unknown'
  | 'person_unknown'
  | 'person_disabled'
  | 'token_unknown'
  | 'link_invalid'

/** A field at fault: `path` is dotted, `key` names a sentence in the locales. */
export type FieldFault = { path: string; key: string; params: Record<string, string | number | { day: string }> }

/** A line of a case's history that somebody has not read yet. */
export type CaseChange = { seq: number; at: string; actor: string; act: string; from: string; to: string }

/** What a refusal tells beside its faults. */
export type RefusalMore = {
  /** Since the version that was named, ascending; for `version_conflict`. */
  changes?: readonly CaseChange[]
  /** What this person may do instead; for an act that is refused. */
  allowedActs?: readonly ActName[]
}

/** A rule forbids what was asked for. Carries codes and ids only. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly code: RefusalCode
  readonly faults: readonly FieldFault[]
  readonly more: RefusalMore

  constructor(code: RefusalCode, faults: readonly FieldFault[] = [], more: RefusalMore = {}) {
    super(code)
    this.code = code
    this.faults = faults
    this.more = more
  }
}
