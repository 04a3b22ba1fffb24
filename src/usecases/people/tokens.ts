import { timingSafeEqual } from 'node:crypto'
import { type Officer, TOKEN_SCOPES, type TokenScope } from '../../cases/case.ts'
import type { Audit } from '../audit.ts'
import { RefusedError } from '../refused-error.ts'
import { type By, isActive, toOfficer } from './accounts.ts'
import type { ApiToken, PeopleStore } from './ports.ts'
import { hashOf, NO_HASH, newId, newSecret } from './secrets.ts'

/** Tokens of the API: each with the rights of its person at most, for a time, for some kinds of use. */
export function createTokens(deps: { store: PeopleStore; audit: Audit }) {
  const { store, audit } = deps
  const toldOf = new Map<string, number>()

  /** Somebody goes on using what has ended: one line a minute and token, however often they try. */
  async function tellRefused(token: ApiToken, why: string, now: number): Promise<void> {
    if (now - (toldOf.get(token.id) ?? Number.NEGATIVE_INFINITY) < refusalToldEveryMs) return
    if (toldOf.size >= toldOfMax) toldOf.clear()
    toldOf.set(token.id, now)
    await audit.record({ actor: token.login, act: 'tokenRefused', data: { token: token.id, why } })
  }

  return {
    /** A new token with the rights of its person; it is told here and never again. */
    async addToken(
      login: string,
      asked: { name: string; days: number; scopes?: readonly TokenScope[] },
      now: number,
      by: By = 'operator',
    ): Promise<{ token: string; id: string }> {
      const person = await store.find(login)
      if (person === null) throw new RefusedError('person_unknown')
      if (!isActive(person, now)) throw new RefusedError('person_disabled')
      const id = newId()
      const secret = newSecret()
      const scopes = TOKEN_SCOPES.filter((scope) => (asked.scopes ?? TOKEN_SCOPES).includes(scope))
      await audit.record({ actor: by, act: 'tokenAdded', data: { login, token: id, days: asked.days, scopes } })
      await store.addToken({
        id,
        login,
        name: asked.name,
        hash: hashOf(secret),
        scopes,
        createdAt: now,
        expiresAt: now + asked.days * dayMs,
        lastUsedAt: null,
        revokedAt: null,
      })
      return { token: `${tokenPrefix}${id}.${secret}`, id }
    },

    findToken: (id: string): Promise<ApiToken | null> => store.findToken(id),
    listTokens: (asked: Parameters<PeopleStore['listTokens']>[0]): Promise<ApiToken[]> => store.listTokens(asked),

    async revokeToken(id: string, now: number, by: By = 'operator'): Promise<ApiToken> {
      const token = await store.findToken(id)
      if (token === null) throw new RefusedError('token_unknown')
      await audit.record({ actor: by, act: 'tokenRevoked', data: { login: token.login, token: id } })
      return (await store.revokeToken(id, now)) ?? token
    },

    /** The person behind a token that is good now, or null: unknown, changed, expired, revoked or of an ended account. */
    async personOf(presented: string, now: number): Promise<Officer | null> {
      const parts = readToken(presented)
      if (parts === null) return null
      const token = await store.findToken(parts.id)
      // The comparison takes place for an unknown id too, so that the time taken tells nothing about which ids exist.
      const matches = timingSafeEqual(hashOf(parts.secret), token?.hash ?? NO_HASH)
      if (token === null || !matches) return null
      const person = await store.find(token.login)
      const why =
        token.revokedAt !== null
          ? 'revoked'
          : token.expiresAt <= now
            ? 'expired'
            : person === null || !isActive(person, now)
              ? 'accountEnded'
              : null
      if (person === null || why !== null) {
        await tellRefused(token, why ?? 'accountEnded', now)
        return null
      }
      if (token.lastUsedAt === null || now - token.lastUsedAt >= useMarkedEveryMs)
        await store.markTokenUsed(token.id, now)
      const officer = toOfficer(person)
      // Without its scope the role is not there at all: no story has to think of it.
      const roles = officer.roles.filter((role) => role !== 'administrator' || token.scopes.includes('admin'))
      return { ...officer, roles, scopes: token.scopes }
    },
  }
}

const dayMs = 86_400_000
/** The last use is for people to look at; a write per request would be waste. */
const useMarkedEveryMs = 60_000
const refusalToldEveryMs = 60_000
const toldOfMax = 10_000
/** Lets scanners for leaked secrets recognise ours. */
const tokenPrefix = 'pakn_'

function readToken(presented: string): { id: string; secret: string } | null {
  const match = /^pakn_([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})$/.exec(presented)
  return match?.[1] === undefined || match[2] === undefined ? null : { id: match[1], secret: match[2] }
}
