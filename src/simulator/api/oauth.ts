import { createHash } from 'node:crypto'
import express, { type Response, Router } from 'express'
import type { World } from '../world.ts'
import { ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_MS } from '../world.ts'

const CODE_LIFETIME_MS = 10 * 60_000

export type Authorisation = {
  router: Router
  /** The access token no longer works; the refresh token does. */
  killAccessToken(): void
  /** The account withdraws its consent: nothing works until an administrator consents again. */
  revoke(): void
  /** A fresh grant, as the console's API explorer issues it. */
  issue(): string
}

type Code = { code: string; redirectUri: string; challenge: string | undefined; expiresAt: number }

/** OAuth v4 for an Official Account: consent page, code exchange, rotating refresh (zalo §2). */
export function createAuthorisation(deps: { world: World; restarted: boolean }): Authorisation {
  const { world } = deps
  const { state, tokenNow, random } = world
  const { credentials, grant } = state
  const codes = new Map<string, Code>()
  // A restart may have cut off a rotation that only one side has stored; then, and only then, the older token works once.
  let graceToken = deps.restarted ? grant.previousRefreshToken : undefined

  const router = Router()
  router.get('/v4/oa/permission', (req, res) => {
    const { app_id: appId, redirect_uri: redirectUri, code_challenge: challenge, state: clientState } = req.query
    if (appId !== credentials.appId) return refuse(res, -14002, 'Invalid app id.')
    if (typeof redirectUri !== 'string' || !isWebAddress(redirectUri))
      return refuse(res, -14003, 'Invalid redirect uri.')
    const fields = { redirect_uri: redirectUri, code_challenge: challenge, state: clientState }
    res
      .set('content-security-policy', "default-src 'none'; style-src 'self'")
      .type('html')
      .send(consentPage(state.account.name, fields))
  })
  router.post('/v4/oa/permission', express.urlencoded({ extended: false }), (req, res) => {
    const { redirect_uri: redirectUri, code_challenge: challenge, state: clientState } = req.body ?? {}
    if (typeof redirectUri !== 'string' || !isWebAddress(redirectUri))
      return refuse(res, -14003, 'Invalid redirect uri.')
    const code = random.token(48)
    codes.set(code, {
      code,
      redirectUri,
      challenge: typeof challenge === 'string' && challenge !== '' ? challenge : undefined,
      expiresAt: tokenNow() + CODE_LIFETIME_MS,
    })
    const target = new URL(redirectUri)
    target.searchParams.set('code', code)
    target.searchParams.set('oa_id', credentials.oaId)
    if (typeof clientState === 'string' && clientState !== '') target.searchParams.set('state', clientState)
    res.redirect(302, target.href)
  })

  router.post('/v4/oa/access_token', express.urlencoded({ extended: false }), (req, res) => {
    const form: Record<string, unknown> = req.body ?? {}
    const outcome = exchange(form, req.get('secret_key'))
    world.log.add({
      at: tokenNow(),
      type: 'call',
      title: 'POST /v4/oa/access_token',
      status: 'code' in outcome ? String(outcome.code) : '0',
      failed: 'code' in outcome,
      request: { grant_type: form.grant_type },
      answer:
        'code' in outcome
          ? outcome
          : { access_token: '…', refresh_token: '…', expires_in: String(ACCESS_TOKEN_SECONDS) },
    })
    if ('code' in outcome) return refuse(res, outcome.code, outcome.reason)
    res.json({ ...outcome, expires_in: String(ACCESS_TOKEN_SECONDS) })
  })

  type Tokens = { access_token: string; refresh_token: string }
  type Fault = { code: number; reason: string }

  function exchange(form: Record<string, unknown>, secret: string | undefined): Tokens | Fault {
    if (form.app_id !== credentials.appId) return { code: -14002, reason: 'Invalid app id.' }
    if (secret !== credentials.appSecret) return { code: -14004, reason: 'Invalid secret key.' }
    if (form.grant_type === 'authorization_code') return exchangeCode(form)
    if (form.grant_type === 'refresh_token') return refresh(form.refresh_token)
    return { code: -14005, reason: 'Invalid grant type.' }
  }

  function exchangeCode(form: Record<string, unknown>): Tokens | Fault {
    const code = typeof form.code === 'string' ? codes.get(form.code) : undefined
    if (code === undefined || code.expiresAt <= tokenNow())
      return { code: -14012, reason: 'Invalid authorization code.' }
    codes.delete(code.code)
    if (code.challenge !== undefined) {
      const verifier = typeof form.code_verifier === 'string' ? form.code_verifier : ''
      if (createHash('sha256').update(verifier).digest('base64url') !== code.challenge) {
        return { code: -14024, reason: 'Invalid code verifier.' }
      }
    }
    grant.revoked = false
    return rotate()
  }

  function refresh(token: unknown): Tokens | Fault {
    const isCurrent = token === grant.refreshToken && grant.refreshTokenExpiresAt > tokenNow()
    const isGrace = graceToken !== undefined && token === graceToken
    if (grant.revoked || !(isCurrent || isGrace)) return { code: -14014, reason: 'Invalid refresh token.' }
    graceToken = undefined
    return rotate()
  }

  function rotate(): Tokens {
    grant.previousRefreshToken = grant.refreshToken
    grant.accessToken = random.token(64)
    grant.accessTokenExpiresAt = tokenNow() + ACCESS_TOKEN_SECONDS * 1000
    grant.refreshToken = random.token(64)
    grant.refreshTokenExpiresAt = tokenNow() + REFRESH_TOKEN_MS
    credentials.refreshToken = grant.refreshToken
    // On disk before anybody hears of it, or a kill now would leave a service with tokens that nobody knows.
    world.storage.flush()
    return { access_token: grant.accessToken, refresh_token: grant.refreshToken }
  }

  return {
    router,
    killAccessToken() {
      grant.accessToken = random.token(64)
      world.storage.changed()
    },
    revoke() {
      grant.revoked = true
      grant.accessToken = random.token(64)
      world.storage.flush()
      world.webhook.send({
        key: 'account',
        body: { oa_id: credentials.oaId, app_id: credentials.appId, event_name: 'permission_revoked' },
      })
    },
    issue() {
      grant.revoked = false
      return rotate().refresh_token
    },
  }
}

function refuse(res: Response, code: number, reason: string): void {
  res.status(200).json({
    error: code,
    error_name: reason,
    error_reason: reason,
    ref_doc: 'https://developers.zalo.me/docs/official-account/phu-luc/cac-loai-ma-su-dung-trong-oauth',
    error_description: reason,
  })
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function consentPage(accountName: string, fields: Record<string, unknown>): string {
  const hidden = Object.entries(fields)
    .filter((field): field is [string, string] => typeof field[1] === 'string')
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('')
  return `<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Cấp quyền cho ứng dụng</title><h1>Cấp quyền cho ứng dụng</h1>
<p>Ứng dụng xin quyền nhắn tin và nhận sự kiện của <strong>${escapeHtml(accountName)}</strong>.</p>
<form method="post" action="/v4/oa/permission">${hidden}<button>Cho phép</button></form></html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
