import { createHash, randomBytes } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import type { Officer } from '../cases/case.ts'
import type { ConsentRequests } from '../usecases/consent-requests.ts'
import { localeOf, sendProblem } from './problem.ts'

export type GrantDeps = {
  requests: ConsentRequests
  tokens: {
    consentUrl(options: { redirectUri: string; state: string; challenge?: string }): string
    exchangeCode(code: string, verifier?: string): Promise<void>
  }
  createPkce(): { verifier: string; challenge: string }
  /** Who asks, or null. */
  officerOf(request: Request): Promise<Officer | null>
  oaId: string
  publicUrl: string
  /** The consent was given; told once it is stored. */
  onGranted(login: string): void
}

/**
 * The consent of the account's administrator (zalo §2.2). `/zalo/connect` sends an administrator of ours to Zalo;
 * `/zalo/callback` takes the code back, once, for the very person and browser that began, and only for our account.
 */
export function createGrantRouter(deps: GrantDeps): Router {
  const router = Router()

  router.get('/zalo/connect', async (request, response) => {
    const officer = await deps.officerOf(request)
    if (officer === null) return sendProblem(request, response, 'unauthorized')
    if (!officer.roles.includes('administrator')) return sendProblem(request, response, 'forbidden')
    response.set('Cache-Control', 'no-store').redirect(302, await beginConsent(deps, officer.login, Date.now()))
  })

  router.get('/zalo/callback', async (request, response) => {
    const { code, state, oa_id: oaId } = request.query
    if (typeof code !== 'string' || typeof state !== 'string') return say(request, response, 400, 'incomplete')
    const begun = await deps.requests.take(hashOf(state), Date.now())
    if (begun === null) return say(request, response, 400, 'expired')
    if (oaId !== undefined && oaId !== deps.oaId) return say(request, response, 400, 'otherAccount')
    try {
      await deps.tokens.exchangeCode(code, begun.verifier)
    } catch (error) {
      // Zalo said no or was not reached: the administrator begins again. Any other fault is ours.
      if (!(error instanceof Error) || error.name !== 'ZaloError') throw error
      return say(request, response, 502, 'refused')
    }
    deps.onGranted(begun.login)
    say(request, response, 200, 'granted')
  })

  return router
}

/** Where an administrator consents; the way back is open for ten minutes. */
export async function beginConsent(
  deps: Pick<GrantDeps, 'requests' | 'createPkce' | 'publicUrl'> & { tokens: Pick<GrantDeps['tokens'], 'consentUrl'> },
  login: string,
  now: number,
): Promise<string> {
  const state = randomBytes(32).toString('base64url')
  const { verifier, challenge } = deps.createPkce()
  await deps.requests.save({ stateHash: hashOf(state), verifier, login, expiresAt: now + consentLifeMs })
  return deps.tokens.consentUrl({ redirectUri: `${deps.publicUrl}/zalo/callback`, state, challenge })
}

const consentLifeMs = 10 * 60_000

const sentences = {
  vi: {
    granted: 'Đã kết nối với Zalo Official Account. Ông/Bà có thể đóng trang này.',
    incomplete: 'Zalo không gửi đủ thông tin. Vui lòng bắt đầu lại việc kết nối.',
    expired: 'Lần kết nối này đã hết hạn hoặc đã được dùng. Vui lòng bắt đầu lại.',
    otherAccount: 'Ông/Bà vừa đồng ý cho một Official Account khác. Vui lòng chọn đúng Official Account của tỉnh.',
    refused: 'Zalo chưa chấp nhận kết nối. Vui lòng thử lại sau ít phút.',
  },
  en: {
    granted: 'The Zalo Official Account is connected. You may close this page.',
    incomplete: 'Zalo did not send everything that is needed. Please begin again.',
    expired: 'This attempt has expired or was used before. Please begin again.',
    otherAccount: 'You have just consented for another Official Account. Please choose the one of this province.',
    refused: 'Zalo did not accept the connection. Please try again in a few minutes.',
  },
} as const

function say(request: Request, response: Response, status: number, key: keyof (typeof sentences)['vi']): void {
  const locale = localeOf(request)
  response
    .status(status)
    .set({ 'Cache-Control': 'no-store', 'Content-Language': locale })
    .type('html')
    .send(
      `<!doctype html><html lang="${locale}"><meta charset="utf-8"><title>Zalo</title><p>${sentences[locale][key]}</p></html>`,
    )
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex')
}
