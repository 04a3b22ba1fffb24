import { createHash, randomInt } from 'node:crypto'
import type { TokenPair } from '../usecases/ports.ts'
import { numberAt, readObject, textAt } from './json.ts'
import type { Transport, TransportFault } from './transport.ts'

export type OAuthAnswer =
  | { type: 'pair'; pair: TokenPair }
  /** Zalo said no, with its number. */
  | { type: 'refused'; code: string }
  /** The request never left: what it carried is unspent. */
  | { type: 'notSent'; code: TransportFault }
  /** It may have been carried out, but its answer is not to be had. */
  | { type: 'lostAnswer'; code: string }

/** Zalo's token endpoint (zalo §2.3). */
export type OAuth = {
  refresh(refreshToken: string): Promise<OAuthAnswer>
  exchange(code: string, verifier: string | undefined): Promise<OAuthAnswer>
  consentUrl(options: { redirectUri: string; state: string; challenge?: string }): string
}

const hourMs = 3_600_000
/** 25 hours and 3 months: used where an answer does not say. */
const accessLifeMs = 25 * hourMs
const refreshLifeMs = 90 * 24 * hourMs

export function createOAuth(deps: {
  transport: Transport
  oauthUrl: string
  appId: string
  appSecret: string
  now: () => number
  timeoutMs?: number
}): OAuth {
  const base = deps.oauthUrl.replace(/\/+$/, '')

  async function post(fields: Record<string, string>, previousRefreshToken: string): Promise<OAuthAnswer> {
    const askedAt = deps.now()
    const reply = await deps.transport.exchange({
      method: 'POST',
      url: `${base}/v4/oa/access_token`,
      headers: { secret_key: deps.appSecret, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams({ app_id: deps.appId, ...fields }).toString()),
      ...(deps.timeoutMs === undefined ? {} : { timeoutMs: deps.timeoutMs }),
    })
    if (!reply.ok) return { type: reply.sent === 'no' ? 'notSent' : 'lostAnswer', code: reply.code as TransportFault }
    const answer = readObject(reply.text)
    const accessToken = textAt(answer, 'access_token')
    if (accessToken !== undefined) {
      return { type: 'pair', pair: pairOf(accessToken) }
    }
    const code = textAt(answer, 'error')
    return code === undefined
      ? { type: 'lostAnswer', code: reply.status === 200 ? 'unreadable' : `http${reply.status}` }
      : { type: 'refused', code }

    function pairOf(accessToken: string): TokenPair {
      const lifeSeconds = numberAt(answer, 'expires_in')
      const refreshLifeSeconds = numberAt(answer, 'refresh_token_expires_in')
      return {
        accessToken,
        refreshToken: textAt(answer, 'refresh_token') ?? previousRefreshToken,
        obtainedAt: askedAt,
        accessExpiresAt: askedAt + (lifeSeconds !== undefined && lifeSeconds > 0 ? lifeSeconds * 1000 : accessLifeMs),
        refreshExpiresAt:
          askedAt +
          (refreshLifeSeconds !== undefined && refreshLifeSeconds > 0 ? refreshLifeSeconds * 1000 : refreshLifeMs),
      }
    }
  }

  return {
    refresh: (refreshToken) => post({ refresh_token: refreshToken, grant_type: 'refresh_token' }, refreshToken),
    exchange: (code, verifier) =>
      post(
        { code, grant_type: 'authorization_code', ...(verifier === undefined ? {} : { code_verifier: verifier }) },
        '',
      ),
    consentUrl({ redirectUri, state, challenge }) {
      const query = new URLSearchParams({
        app_id: deps.appId,
        redirect_uri: redirectUri,
        ...(challenge === undefined ? {} : { code_challenge: challenge }),
        state,
      })
      return `${base}/v4/oa/permission?${query}`
    },
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A fresh PKCE pair: the verifier has exactly 43 letters and digits, as Zalo wants it (zalo §2.2). */
export function createPkce(): { verifier: string; challenge: string } {
  const verifier = Array.from({ length: 43 }, () => letters.charAt(randomInt(letters.length))).join('')
  return { verifier, challenge: challengeOf(verifier) }
}

/** Base64url without padding of the verifier's SHA-256. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url')
}
