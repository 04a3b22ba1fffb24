import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import type { Logger } from 'pino'
import type { Chats } from '../chats.ts'
import { type CallFault, strikeCall } from '../faults.ts'
import { allowHosts, answerFaults } from '../hosts.ts'
import type { ProviderReceipts } from '../providers.ts'
import type { World } from '../world.ts'
import { type Call, createCalls } from './calls.ts'
import type { Authorisation } from './oauth.ts'
import { isObject, type Json } from './read.ts'
import { invalid, Refusal } from './refusal.ts'
import { createSmsProvider } from './sms.ts'

/** How long a call that "times out" keeps the caller waiting before the connection is cut. */
const TIMEOUT_HOLD_MS = 120_000
const GATEWAY_PAGE = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>'

type Answer = { error: number; message: string; data?: unknown }

export type ApiServer = { port: number; stop(): Promise<void> }

/** The HTTP server that stands for all of Zalo's hosts, on one loopback port. */
export async function startApiServer(deps: {
  world: World
  chats: Chats
  authorisation: Authorisation
  receipts: ProviderReceipts
  port: number
  logger: Logger
}): Promise<ApiServer> {
  const app = express()
  app.disable('x-powered-by')
  app.use(allowHosts([]))
  app.use(deps.authorisation.router)
  app.use(createSmsProvider(deps))
  app.get('/media/:id/:name', (req, res) => sendMedia(deps.world, req, res))
  for (const call of createCalls(deps)) {
    const serve = createCallHandler(deps, call)
    if (call.method === 'GET') app.get(call.path, serve)
    // Zalo reads a JSON body whatever content type it is given.
    else if (call.from === 'form') app.post(call.path, serve)
    else app.post(call.path, express.text({ type: () => true, limit: '1mb' }), serve)
  }
  app.use((_req, res) => {
    res.json({ error: -404, message: 'Empty api' })
  })
  app.use(answerFaults(deps.logger))
  const server = createServer(app)
  server.keepAliveTimeout = 30_000
  server.listen(deps.port, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, stop: () => close(server) }
}

function createCallHandler(deps: { world: World; authorisation: Authorisation }, call: Call) {
  const { world, authorisation } = deps
  return async (req: Request, res: Response): Promise<void> => {
    const startedAt = performance.now()
    let parameters: Json = {}
    let malformed: Refusal | undefined
    try {
      parameters = parametersOf(call, req)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      malformed = error
    }
    const citizenId = citizenIdOf(world, parameters)
    const fault = strikeCall(world.settings, {
      isSend: call.isSend === true,
      isTemplate: call.isSend === true && call.path.endsWith('/message/template'),
      citizenId,
    })
    if (fault !== undefined) world.changes.publish({ type: 'settings', settings: world.settings })

    const finish = (status: string, answer: unknown): void => {
      world.log.add({
        at: world.clock.now(),
        type: 'call',
        title: `${call.method} ${call.path}`,
        ...(citizenId === undefined ? {} : { citizenId }),
        status,
        failed: status !== '0',
        durationMs: Math.round(performance.now() - startedAt),
        ...(fault === undefined ? {} : { fault: fault.kind }),
        request: parameters,
        answer,
      })
    }
    if (fault?.kind === 'slow') await delay((fault.delaySeconds ?? 5) * 1000)
    if (fault?.kind === 'html502') {
      finish('HTTP 502', GATEWAY_PAGE)
      res.status(502).type('html').send(GATEWAY_PAGE)
      return
    }
    if (fault?.kind === 'reset') {
      finish('ngắt kết nối', null)
      req.socket.resetAndDestroy()
      return
    }
    if (fault?.kind === 'tokenKilled') authorisation.killAccessToken()

    const limit = rateLimitOf(world)
    res.set('X-RateLimit-Limit', String(limit.perMinute)).set('X-RateLimit-Remain', String(limit.remain))
    const answer = await answerCall({ world, call, req, parameters, malformed, fault, overLimit: limit.over })
    if (fault?.kind === 'resetDelivered') {
      finish('đã giao rồi ngắt kết nối', answer)
      req.socket.resetAndDestroy()
      return
    }
    if (fault?.kind === 'timeoutDelivered') {
      finish('đã giao, không trả lời', answer)
      await Promise.race([once(res, 'close'), delay(TIMEOUT_HOLD_MS)])
      req.socket.destroy()
      return
    }
    const shown = fault?.kind === 'failedDelivered' ? { error: -200, message: 'Send message failed' } : answer
    finish(String(shown.error), shown)
    res.json(shown)
  }
}

async function answerCall(options: {
  world: World
  call: Call
  req: Request
  parameters: Json
  malformed: Refusal | undefined
  fault: CallFault | undefined
  overLimit: boolean
}): Promise<Answer> {
  const { world, call, req, parameters, malformed, fault, overLimit } = options
  try {
    authorise(world, req, call)
    if (overLimit || fault?.kind === 'rateLimited') throw new Refusal(-32, 'Your application reached limit call api')
    if (fault?.kind === 'failed') throw new Refusal(-200, 'Send message failed')
    if (fault?.kind === 'code') throw new Refusal(fault.code ?? -200, 'Simulated error')
    if (malformed !== undefined) throw malformed
    return { error: 0, message: 'Success', data: await call.handle(parameters, req) }
  } catch (error) {
    if (error instanceof Refusal) return { error: error.code, message: error.message }
    throw error
  }
}

/** Tokens in the query string do not count (zalo §0.3). */
function authorise(world: World, req: Request, call: Call): void {
  const { grant, credentials } = world.state
  const token = req.get('access_token')
  const wrong = call.isBusiness === true ? -124 : -216
  if (token === undefined || token !== grant.accessToken || grant.revoked)
    throw new Refusal(wrong, 'Access token is invalid')
  if (grant.accessTokenExpiresAt <= world.tokenNow()) {
    throw new Refusal(call.isBusiness === true ? -124 : -220, 'Access token is expired')
  }
  const proof = req.get('appsecret_proof')
  if (proof === undefined && !world.settings.proofRequired) return
  const expected = createHmac('sha256', credentials.appSecret).update(token).digest('hex')
  if (proof !== expected) throw new Refusal(call.isBusiness === true ? -1241 : -242, 'appsecret_proof is invalid')
}

function rateLimitOf(world: World): { perMinute: number; remain: number; over: boolean } {
  const { ratePerMinute } = world.settings
  const minute = Math.floor(world.clock.now() / 60_000)
  const window = world.rateWindow
  if (window.minute !== minute) {
    window.minute = minute
    window.used = 0
  }
  window.used += 1
  return {
    perMinute: ratePerMinute,
    remain: Math.max(0, ratePerMinute - window.used),
    over: window.used > ratePerMinute,
  }
}

function parametersOf(call: Call, req: Request): Json {
  switch (call.from) {
    case 'form':
      return {}
    case 'query':
      return { ...req.query }
    case 'data': {
      const { data } = req.query
      return data === undefined ? {} : parseObject(data)
    }
    case 'body':
      return req.body === undefined || req.body === '' ? {} : parseObject(req.body)
  }
}

function parseObject(text: unknown): Json {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    if (isObject(value)) return value
  } catch {
    // Falls through to the refusal.
  }
  throw invalid('data')
}

function citizenIdOf(world: World, parameters: Json): string | undefined {
  const recipient = isObject(parameters.recipient) ? parameters.recipient : parameters
  const id = recipient.user_id
  return typeof id === 'string' && Object.hasOwn(world.state.citizens, id) ? id : undefined
}

/** A file as a media host serves it, until its link expires. */
function sendMedia(world: World, req: Request, res: Response): void {
  const [id = '', expiry = '0'] = String(req.params.id).split('-')
  const bytes = Number.parseInt(expiry, 36) > world.clock.now() ? world.storage.media(id) : undefined
  if (bytes === undefined) {
    res.status(404).type('text').send('Not found')
    return
  }
  res.set('x-content-type-options', 'nosniff').set('content-security-policy', "default-src 'none'")
  res.type(String(req.params.name)).send(bytes)
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
