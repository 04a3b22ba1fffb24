import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Zalo's token endpoint: refresh tokens and codes work once, a new access token ends the one before (§2.3). */
export function createFakeOAuth(
  account: { appId: string; appSecret: string },
  options: { refreshToken?: string; expiresInSeconds?: number; oddTypes?: boolean },
  onPair: () => void,
) {
  const tokens = { accessToken: '', refreshToken: options.refreshToken ?? newToken() }
  const codes = new Map<string, string | undefined>()
  let expiresAt = 0

  function issuePair(): Record<string, unknown> {
    const life = options.expiresInSeconds ?? 90_000
    tokens.accessToken = newToken()
    tokens.refreshToken = newToken()
    expiresAt = Date.now() + life * 1000
    onPair()
    return {
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      expires_in: options.oddTypes === true ? life : String(life),
    }
  }

  return {
    tokens,
    isExpired: () => Date.now() >= expiresAt,

    grant(headers: IncomingHttpHeaders, form: URLSearchParams): Record<string, unknown> {
      if (form.get('app_id') !== account.appId || headers.secret_key !== account.appSecret) return oauthError(-14002)
      if (form.get('grant_type') === 'refresh_token') {
        return form.get('refresh_token') === tokens.refreshToken ? issuePair() : oauthError(-14014)
      }
      const code = form.get('code') ?? ''
      if (!codes.has(code)) return oauthError(-14012)
      const challenge = codes.get(code)
      codes.delete(code)
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '', 'ascii')
        .digest('base64url')
      return challenge === undefined || proof === challenge ? issuePair() : oauthError(-14024)
    },

    revokeAccessToken() {
      tokens.accessToken = newToken()
    },

    issueCode(challenge?: string): string {
      const code = newToken()
      codes.set(code, challenge)
      return code
    },
  }
}

/** The shape of a refusal, with HTTP 200 like every other (§2.4). */
export function oauthError(error: number): Record<string, unknown> {
  const name = `Refused ${error}.`
  const ref_doc = 'https://developers.zalo.me/docs'
  return { error, error_name: name, error_reason: name, ref_doc, error_description: name }
}

function newToken(): string {
  return randomBytes(24).toString('base64url')
}
