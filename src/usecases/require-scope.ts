import type { Actor, TokenScope } from '../cases/case.ts'
import { RefusedError } from './refused-error.ts'

/** Refuses whoever came with a token that is not good for this. */
export function requireScope(actor: Actor, scope: TokenScope): void {
  if (actor.type !== 'officer' || actor.scopes === undefined || actor.scopes.includes(scope)) return
  throw new RefusedError('forbidden', [{ path: 'token', key: `fault.tokenScope.${scope}`, params: {} }])
}
