import type { Actor, TokenScope } from '../cases/case.ts'
import { RefusedError } from './refused-error.ts'

/** Refuses whoever came with a token that is not good for this. */
export function requireScope(actor: Actor, scope: TokenScope): void {
  if (hasScope(actor, scope)) return
  throw new RefusedError('forbidden', [{ path: 'token', key: `fault.tokenScope.${scope}`, params: {} }])
}

/** Whether the token that somebody came with, if any, is good for this. */
export function hasScope(actor: Actor, scope: TokenScope): boolean {
  return actor.type !== 'officer' || actor.scopes === undefined || actor.scopes.includes(scope)
}
