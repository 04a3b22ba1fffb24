import { fileURLToPath } from 'node:url'
import express, { type Request, type Response, Router } from 'express'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Authorisation } from './api/oauth.ts'
import type { Chats } from './chats.ts'
import { CALL_FAULTS, FAULT_SCOPES, MAIL_FAULTS, SMS_FAULTS } from './faults.ts'
import { allowHosts, answerFaults, requireOwnHeader } from './hosts.ts'
import type { Letter, MenuItem } from './model.ts'
import { createPhoneActs } from './phone-acts.ts'
import { fail, parse } from './phone-input.ts'
import { createTemplateActs } from './template-acts.ts'
import { CITIZENS_MAX, COLORS, createCitizen, type World } from './world.ts'

const PAGE_FOLDER = fileURLToPath(new URL('./page/', import.meta.url))
const HEARTBEAT_MS = 10_000
/** Citizens shown in the list; the rest exist and are found when they write. */
const LISTED_MAX = 100
const CONTENT_POLICY =
  "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const NewCitizen = z.object({
  name: z.string().trim().min(1).max(100),
  phone: z.string().regex(/^0\d{9}$/),
  address: z.string().max(200).default(''),
  ward: z.string().max(100).default(''),
})
const Fault = z.object({
  kind: z.enum(CALL_FAULTS),
  citizenId: z.string().optional(),
  scope: z.enum(FAULT_SCOPES).default('sends'),
  everyNth: z.number().int().min(1).max(1000).default(1),
  strikesLeft: z.number().int().min(1).max(1000).optional(),
  delaySeconds: z.number().min(0).max(120).optional(),
  code: z.number().int().min(-99_999).max(-1).optional(),
})
const WebhookFaultFields = z.object({
  duplicate: z.boolean().optional(),
  reorder: z.boolean().optional(),
  lost: z.boolean().optional(),
  wrongKey: z.boolean().optional(),
  delaySeconds: z.number().min(0).max(3_600).optional(),
  everyNth: z.number().int().min(1).max(1000).optional(),
})
const AccountFields = z.object({
  type: z.union([z.literal(2), z.literal(4)]).optional(),
  ratePerMinute: z.number().int().min(1).max(100_000).optional(),
  retryUnansweredOnly: z.boolean().optional(),
  buttonsRefused: z.boolean().optional(),
  proofRequired: z.boolean().optional(),
  smsFault: z.enum(SMS_FAULTS).optional(),
  mailFault: z.enum(MAIL_FAULTS).optional(),
  templateQuota: z.number().int().min(0).max(1_000_000).optional(),
  templateBalanceEmpty: z.boolean().optional(),
})

/** The phone page, its JSON endpoints and its live stream. */
export function createPhoneRouter(deps: {
  world: World
  chats: Chats
  authorisation: Authorisation
  menu: MenuItem[]
  allowedHosts: string[]
  logger: Logger
}): { router: Router; stop(): void } {
  const { world, chats, authorisation } = deps
  const { state, settings, clock, changes, webhook } = world
  const streams = new Set<Response>()

  const router = Router()
  router.use(allowHosts(deps.allowedHosts))
  router.use(requireOwnHeader)
  router.use((_req, res, next) => {
    res.set('content-security-policy', CONTENT_POLICY)
    res.set('cache-control', 'no-store')
    res.set('x-content-type-options', 'nosniff')
    res.set('referrer-policy', 'no-referrer')
    next()
  })
  router.get('/', (req, res, next) => {
    // Addresses in the page are relative to the folder, so the folder needs its slash.
    const [path = '', query] = req.originalUrl.split('?')
    if (!path.endsWith('/')) return res.redirect(302, `${path}/${query === undefined ? '' : `?${query}`}`)
    next()
  })
  router.use(express.static(PAGE_FOLDER, { index: 'index.html', cacheControl: false }))

  router.get('/api/state', (_req, res) => {
    const citizens = Object.values(state.citizens)
      .sort((left, right) => (right.lastAt ?? 0) - (left.lastAt ?? 0))
      .slice(0, LISTED_MAX)
    res.json({
      account: { ...state.account, id: state.credentials.oaId },
      menu: deps.menu,
      now: clock.now(),
      citizens,
      log: world.log.list(),
      settings,
      webhook: webhook.status(),
      shortMessages: state.shortMessages.toReversed(),
      letters: state.letters.map(({ html: _html, ...letter }) => letter).toReversed(),
      templates: state.templates,
    })
  })
  router.get('/api/stream', (req, res) => openStream(req, res))

  router.post('/api/citizens', express.json(), (req, res) => {
    const person = parse(NewCitizen, req, res)
    if (person === undefined) return
    if (Object.keys(state.citizens).length >= CITIZENS_MAX) return fail(res, 409, 'Đã có quá nhiều người dùng thử.')
    const citizen = createCitizen(world.random, person, Object.keys(state.citizens).length % COLORS)
    state.citizens[citizen.id] = citizen
    world.storage.changed()
    changes.publish({ type: 'citizen', citizen })
    res.status(201).json(citizen)
  })
  router.use('/api/templates', createTemplateActs(world))
  router.get('/mail/:id', (req, res) => sendLetter(state.letters, req, res))
  router.use('/api/citizens/:citizenId', createPhoneActs({ world, chats, menu: deps.menu }))

  router.get('/media/:id', (req, res) => {
    const bytes = world.storage.media(String(req.params.id))
    if (bytes === undefined) return fail(res, 404, 'Tệp không còn.')
    // Only pictures are ever shown; anything else must not run in this page's name.
    const type = pictureType(bytes)
    if (type === undefined) res.set('content-disposition', 'attachment')
    res.type(type ?? 'application/octet-stream').send(bytes)
  })

  router.post('/api/clock', express.json(), (req, res) => {
    const body = parse(
      z.object({
        advanceMs: z
          .number()
          .int()
          .min(1)
          .max(366 * 86_400_000),
      }),
      req,
      res,
    )
    if (body === undefined) return
    clock.advance(body.advanceMs)
    changes.publish({ type: 'clock', now: clock.now() })
    res.json({ now: clock.now() })
  })
  router.post('/api/faults', express.json(), (req, res) => {
    const fault = parse(Fault, req, res)
    if (fault === undefined) return
    const { citizenId, strikesLeft, delaySeconds, code, ...rest } = fault
    settings.callFaults.push({
      ...rest,
      id: world.random.hex(8),
      seen: 0,
      ...(citizenId === undefined ? {} : { citizenId }),
      ...(strikesLeft === undefined ? {} : { strikesLeft }),
      ...(delaySeconds === undefined ? {} : { delaySeconds }),
      ...(code === undefined ? {} : { code }),
    })
    publishSettings(res)
  })
  router.post('/api/faults/remove', express.json(), (req, res) => {
    const body = parse(z.object({ id: z.string().optional() }), req, res)
    if (body === undefined) return
    settings.callFaults = body.id === undefined ? [] : settings.callFaults.filter((fault) => fault.id !== body.id)
    publishSettings(res)
  })
  router.post('/api/webhook-faults', express.json(), (req, res) => {
    const body = parse(WebhookFaultFields, req, res)
    if (body === undefined) return
    Object.assign(settings.webhookFaults, body)
    publishSettings(res)
  })
  router.post('/api/account', express.json(), (req, res) => {
    const body = parse(AccountFields, req, res)
    if (body === undefined) return
    const { type, ...fields } = body
    if (type !== undefined) state.account.type = type
    Object.assign(settings, fields)
    world.storage.changed()
    publishSettings(res)
  })
  router.post('/api/webhook/:act', async (req, res) => {
    switch (req.params.act) {
      case 'deliver-now':
        webhook.deliverNow()
        break
      case 'repeat':
        webhook.repeatLast(3)
        break
      case 'probe':
        await webhook.probe()
        break
      case 'resubscribe':
        webhook.resubscribe()
        break
      default:
        return fail(res, 404, 'Không có thao tác này.')
    }
    res.json(webhook.status())
  })
  router.post('/api/grant/:act', (req, res) => {
    switch (req.params.act) {
      case 'kill-access-token':
        authorisation.killAccessToken()
        return res.json({})
      case 'revoke':
        authorisation.revoke()
        return res.json({})
      case 'issue':
        return res.json({ refreshToken: authorisation.issue() })
      default:
        return fail(res, 404, 'Không có thao tác này.')
    }
  })
  router.use((_req, res) => fail(res, 404, 'Không có trang này.'))
  router.use(answerFaults(deps.logger))

  function publishSettings(res: Response): void {
    changes.publish({ type: 'settings', settings })
    res.json(settings)
  }

  function openStream(req: Request, res: Response): void {
    res.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', connection: 'keep-alive' })
    res.flushHeaders()
    const write = (type: string, data: unknown): void => {
      res.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    // The page reads the whole state whenever a stream opens, so nothing that happened in between is missed.
    write('hello', { now: clock.now() })
    const unsubscribe = changes.subscribe((change) => write(change.type, change))
    const heartbeat = setInterval(() => write('clock', { type: 'clock', now: clock.now() }), HEARTBEAT_MS)
    streams.add(res)
    req.on('close', () => {
      clearInterval(heartbeat)
      unsubscribe()
      streams.delete(res)
    })
  }

  return {
    router,
    stop() {
      for (const stream of streams) stream.end()
    },
  }
}

/** A letter as a mail program shows it: in a frame of its own, in which nothing runs and nothing is fetched. */
function sendLetter(letters: Letter[], req: Request, res: Response): void {
  const letter = letters.find(({ id }) => id === req.params.id)
  if (letter === undefined) return fail(res, 404, 'Thư không còn.')
  res.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox")
  res.type('html').send(letter.html)
}

function pictureType(bytes: Buffer): string | undefined {
  const hex = bytes.subarray(0, 12).toString('hex')
  if (hex.startsWith('ffd8ff')) return 'image/jpeg'
  if (hex.startsWith('89504e47')) return 'image/png'
  if (hex.startsWith('47494638')) return 'image/gif'
  if (hex.startsWith('52494646') && hex.endsWith('57454250')) return 'image/webp'
  return undefined
}
