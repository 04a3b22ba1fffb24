import { createHmac, randomBytes } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFakeOAuth, oauthError } from './fake-zalo-oauth.ts'
import { createFakeTemplates } from './fake-zalo-templates.ts'
import type {
  Delivered,
  FakeCall,
  FakeMessage,
  FakeZalo,
  FakeZaloOptions,
  Fault,
  FaultMatch,
  TemplateArrival,
} from './fake-zalo-types.ts'
import { signedEvent, type ZaloEvent, zaloEvents } from './zalo-events.ts'

export type * from './fake-zalo-types.ts'

export { type SignedEvent, signedEvent, writeOddly, type ZaloEvent, zaloEvents } from './zalo-events.ts'

type Rule = { fault: Fault; match: FaultMatch; left: number }
type Line = Record<string, unknown>
type Attachment = { payload?: Record<string, unknown> }

const lineTypes: Record<string, string> = {
  text: 'text',
  image: 'photo',
  gif: 'GIF',
  audio: 'voice',
  sticker: 'sticker',
  location: 'location',
  link: 'link',
  business_card: 'link',
}

/** A Zalo on loopback for tests and benches, written from the reference alone. */
export async function startFakeZalo(options: FakeZaloOptions = {}): Promise<FakeZalo> {
  const account = {
    appId: options.appId ?? '2087416339520788115',
    appSecret: options.appSecret ?? 'app-secret-for-tests',
    oaId: options.oaId ?? '4318072690155387264',
    oaSecretKey: options.oaSecretKey ?? 'oa-secret-for-tests',
  }
  const paths = options.paths ?? 'both'
  const isRecording = options.isRecording ?? true
  const events = zaloEvents(account)
  const counts = { calls: 0, delivered: 0, refreshes: 0, unheard: 0 }
  const oauth = createFakeOAuth(account, options, () => (counts.refreshes += 1))
  const rules: Rule[] = []
  const calls: FakeCall[] = []
  const delivered: Delivered[] = []
  const chats = new Map<string, Line[]>()
  const pending = new Set<Promise<unknown>>()
  const webhookAgent = new http.Agent({ keepAlive: true, maxSockets: 32 })
  let webhookUrl = options.webhookUrl
  let minute = { startedAt: 0, count: 0 }
  const articles: FakeZalo['articles'] = []
  const announced: FakeZalo['announced'] = []
  const templates = createFakeTemplates(followTemplate)
  let serial = 0

  /** Zalo's number for a call that may not even begin, and 0 otherwise. */
  function admit(headers: http.IncomingHttpHeaders, route: string): number {
    const isBusiness = !route.includes('/oa/') && !route.includes('/article/')
    const token = String(headers.access_token ?? '')
    if (token === '' || token !== oauth.tokens.accessToken) return isBusiness ? -124 : -216
    if (oauth.isExpired()) return isBusiness ? -124 : -220
    if (options.requireProof === true) {
      const proof = createHmac('sha256', account.appSecret).update(token).digest('hex')
      if (headers.appsecret_proof !== proof) return -242
    }
    return isOverLimit() ? -32 : 0
  }

  function isOverLimit(): boolean {
    if (options.perMinute === undefined) return false
    if (Date.now() - minute.startedAt >= 60_000) minute = { startedAt: Date.now(), count: 0 }
    minute.count += 1
    return minute.count > options.perMinute
  }

  function refuseMessage(route: string, body: unknown): number {
    const isV3 = route === '/v3.0/oa/message/cs'
    if (isV3 && (paths === 'v2' || paths === 'none')) return -235
    if (!isV3 && (paths === 'v3' || paths === 'none')) return -240
    const { recipient, message } = body as { recipient?: { user_id?: unknown }; message?: FakeMessage }
    if (typeof recipient?.user_id !== 'string' || recipient.user_id === '') return -201
    if (message === undefined || (message.text === undefined && message.attachment === undefined)) return -201
    if (message.text !== undefined && [...message.text.normalize('NFC')].length > 2000) return -210
    if (message.text?.trim() === '') return -201
    const buttons = message.attachment?.payload?.buttons
    if (buttons === undefined) return 0
    if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > 5 || options.buttons === 'plain')
      return -201
    return buttons.every((button) => isButton(button)) ? 0 : -201
  }

  function isButton(button: unknown): boolean {
    const { title, type, payload } = button as Record<string, unknown>
    if (typeof title !== 'string' || title === '' || [...title].length > 100) return false
    if (type === 'oa.query.show' || type === 'oa.query.hide') {
      return typeof payload === 'string' && payload !== '' && [...payload].length <= 1000
    }
    return type === 'oa.open.url' && typeof (payload as { url?: unknown } | undefined)?.url === 'string'
  }

  function deliver(userId: string, message: FakeMessage, route: string): Record<string, unknown> {
    serial += 1
    const messageId = `${serial.toString(16).padStart(8, '0')}a71c0b5f9de2`
    const at = Date.now()
    const item = { userId, messageId, at, message, route }
    counts.delivered += 1
    if (isRecording) {
      delivered.push(item)
      addLine(userId, { src: 0, time: at, type: 'text', message: message.text ?? '', message_id: messageId })
    }
    options.onDelivered?.(item)
    if (webhookUrl !== undefined && (options.echoes === true || options.receipts === true)) follow(item)
    const sentTime = options.oddTypes === true ? at : String(at)
    return route.startsWith('/v3')
      ? { message_id: messageId, user_id: userId, sent_time: sentTime, quota: { quota_type: 'reply' } }
      : { message_id: messageId, user_id: userId }
  }

  function addLine(userId: string, line: Line): void {
    const lines = chats.get(userId) ?? []
    const [from, to] = line.src === 0 ? [account.oaId, userId] : [userId, account.oaId]
    lines.push({ ...line, from_id: from, to_id: to, from_display_name: '', to_display_name: '' })
    lines.sort((one, other) => Number(other.time) - Number(one.time))
    chats.set(userId, lines)
  }

  /** The echo, then delivered, then seen, in this order. */
  function follow({ userId, messageId, message }: Delivered): void {
    carry([
      ...(options.echoes === true ? [events.echo(userId, messageId, message.text ?? '')] : []),
      ...(options.receipts === true ? [events.received(userId, messageId), events.seen(userId, [messageId])] : []),
    ])
  }

  function followTemplate({ to, messageId, reference }: TemplateArrival): void {
    if ('userId' in to) {
      carry([
        ...(options.echoes === true ? [events.templateEcho(to.userId, messageId)] : []),
        ...(options.receipts === true ? [events.received(to.userId, messageId)] : []),
      ])
    } else if (options.receipts === true) carry([events.templateReceived(to.phone, messageId, reference ?? '')])
  }

  function carry(told: ZaloEvent[]): void {
    if (options.carryEvents !== undefined) return options.carryEvents(told)
    const wait = async () => {
      for (const event of told) await post(event)
    }
    const work: Promise<void> = wait().finally(() => pending.delete(work))
    pending.add(work)
  }

  function sign(event: ZaloEvent | Record<string, unknown>, signing: { odd?: boolean; secretKey?: string } = {}) {
    return signedEvent(event, { appId: account.appId, secretKey: signing.secretKey ?? account.oaSecretKey }, signing)
  }

  function post(
    event: ZaloEvent | Record<string, unknown>,
    signing: { odd?: boolean; secretKey?: string } = {},
  ): Promise<number> {
    // The chat has it, whether or not anybody is told.
    if (isRecording) recordIncoming(event)
    if (webhookUrl === undefined) return Promise.resolve(0)
    const { body, headers } = sign(event, signing)
    const target = webhookUrl
    return new Promise((resolve) => {
      const request = http.request(target, { method: 'POST', headers, agent: webhookAgent }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
      })
      request.once('error', () => resolve(0))
      request.end(body)
    })
  }

  function recordIncoming(event: ZaloEvent | Record<string, unknown>): void {
    const [, kind] = /^user_send_(\w+)$/.exec(String(event.event_name)) ?? []
    const userId = (event.sender as { id?: unknown } | undefined)?.id
    const message = event.message as { text?: unknown; msg_id?: unknown; attachments?: Attachment[] } | undefined
    if (kind === undefined || typeof userId !== 'string') return
    if (chats.get(userId)?.some((line) => line.message_id === message?.msg_id)) return
    const [attachment] = message?.attachments ?? []
    const { url, thumbnail, coordinates } = attachment?.payload ?? {}
    addLine(userId, {
      src: 1,
      time: Number(event.timestamp ?? Date.now()),
      type: lineTypes[kind] ?? 'nosupport',
      message: typeof message?.text === 'string' ? message.text : '',
      message_id: message?.msg_id,
      ...(url === undefined ? {} : { url, thumb: thumbnail }),
      ...(coordinates === undefined ? {} : { location: JSON.stringify(coordinates) }),
    })
  }

  /** Newest first; the platform may list every line or the newest of each chat. */
  function recentLines(): Line[] {
    const lines = [...chats.values()].flatMap((chat) => (options.recents === 'chats' ? chat.slice(0, 1) : chat))
    return lines.sort((a, b) => Number(b.time) - Number(a.time))
  }

  /** Articles, made at once (zalo §7.2). */
  function answerArticle(route: string, body: Record<string, unknown>): { error: number; data?: unknown } {
    if (route === '/v2.0/article/create') {
      const made = { id: randomBytes(10).toString('hex'), token: randomBytes(20).toString('base64url'), body }
      articles.push(made)
      return { error: 0, data: { token: made.token } }
    }
    if (route === '/v2.0/article/update') {
      const found = articles.find(({ id }) => id === body.id)
      if (found === undefined) return { error: -201 }
      found.body = body
      found.token = randomBytes(20).toString('base64url')
      return { error: 0, data: { token: found.token } }
    }
    if (route === '/v2.0/article/verify') {
      const found = articles.find(({ token }) => token === body.token)
      return found === undefined ? { error: -201 } : { error: 0, data: { id: found.id } }
    }
    const medias = articles.map(({ id, body: { title } }) => ({ id, title, create_date: Date.now() })).reverse()
    return { error: 0, data: { total: medias.length, medias: medias.slice(0, 10) } }
  }

  function announce(body: unknown): { error: number; data?: unknown } | null {
    const { recipient, message } = body as { recipient?: { target?: unknown }; message?: FakeMessage }
    if (recipient?.target === undefined) return null
    const [element] = (message?.attachment?.payload?.elements ?? []) as { attachment_id?: string }[]
    const articleId = element?.attachment_id ?? ''
    if (!articles.some(({ id }) => id === articleId)) return { error: -201 }
    announced.push({ articleId, target: recipient.target })
    return { error: 0, data: { message_id: randomBytes(10).toString('hex') } }
  }

  function answerApi(route: string, body: unknown, userId: string): { error: number; data?: unknown } {
    const ofTemplates = templates.answer(route, body as Record<string, unknown>)
    if (ofTemplates !== null) return ofTemplates
    if (route.startsWith('/v2.0/article/')) return answerArticle(route, body as Record<string, unknown>)
    const told = route === '/v2.0/oa/message' ? announce(body) : null
    if (told !== null) return told
    if (route === '/v3.0/oa/message/cs' || route === '/v2.0/oa/message') {
      const refusal = refuseMessage(route, body)
      if (refusal !== 0) return { error: refusal }
      return { error: 0, data: deliver(userId, (body as { message: FakeMessage }).message, route) }
    }
    const query = body as { user_id?: string; offset?: number; count?: number }
    const slice = (lines: Line[]) =>
      lines.slice(query.offset ?? 0, (query.offset ?? 0) + Math.min(query.count ?? 10, 10))
    switch (route) {
      case '/v2.0/oa/conversation':
        return { error: 0, data: slice(chats.get(userId) ?? []) }
      case '/v2.0/oa/listrecentchat':
        return { error: 0, data: slice(recentLines()) }
      case '/v3.0/oa/quota/message':
        return { error: 0, data: [{ product_type: 'cs', quota_type: 'sub_quota', total: '500', remain: 493 }] }
      case '/v2.0/oa/getoa':
        return { error: 0, data: oa() }
      case '/v3.0/oa/user/detail':
        return paths === 'v2' ? { error: -235 } : { error: 0, data: person(userId) }
      case '/v2.0/oa/getprofile':
        return { error: 0, data: person(userId) }
      case '/v2.0/oa/upload/image':
      case '/v2.0/oa/upload/gif':
        return { error: 0, data: { attachment_id: randomBytes(24).toString('base64url') } }
      case '/v2.0/oa/upload/file':
        return { error: 0, data: { token: randomBytes(24).toString('base64url') } }
      default:
        return { error: -201 }
    }
  }

  function oa(): Record<string, unknown> {
    const type = paths === 'v2' ? 4 : 2
    return {
      ...(options.oddTypes === true ? { oaid: account.oaId } : { oa_id: account.oaId }),
      name: 'PAKN Tỉnh Mẫu',
      is_verified: true,
      oa_type: options.oddTypes === true ? String(type) : type,
      num_follower: 1204,
      package_name: 'Tăng trưởng',
      package_valid_through_date: '31/12/2026',
    }
  }

  function person(userId: string): Record<string, unknown> {
    return {
      user_id: userId,
      user_id_by_app: `55${userId.slice(-10)}`,
      display_name: 'Lê Thị Mẫu',
      is_sensitive: false,
      user_is_follower: true,
      shared_info: { address: '', city: '', district: '', phone: 0, name: '' },
    }
  }

  function takeFault(route: string, userId: string, body: unknown): Fault | undefined {
    const index = rules.findIndex(({ match }) => {
      if (match.path !== undefined && !route.includes(match.path)) return false
      if (match.userId !== undefined && match.userId !== userId) return false
      return match.buttonsOnly !== true || JSON.stringify(body).includes('"buttons"')
    })
    const rule = rules[index]
    if (rule === undefined) return options.fate?.({ route, userId, body })
    rule.left -= 1
    if (rule.left <= 0) rules.splice(index, 1)
    return rule.fault
  }

  function write(response: http.ServerResponse, status: number, text: string, type = 'application/json'): void {
    const headers: Record<string, string | number> = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }
    if (options.perMinute !== undefined) {
      headers['X-RateLimit-Limit'] = options.perMinute
      headers['X-RateLimit-Remain'] = Math.max(0, options.perMinute - minute.count)
    }
    response.writeHead(status, headers)
    response.end(text)
  }

  function envelope(error: number, message: string, data?: unknown): string {
    const number = options.oddTypes === true ? String(error) : error
    return JSON.stringify({ error: number, message, ...(data === undefined ? {} : { data }) })
  }

  function respond(request: http.IncomingMessage, response: http.ServerResponse, raw: Buffer): void {
    const path = request.url ?? '/'
    const [route = '/', search = ''] = path.split('?', 2)
    const isOAuth = route === '/v4/oa/access_token'
    const body = bodyOf(request, search, raw, isOAuth)
    const userId = userOf(body)
    const fault = takeFault(route, userId, body)
    counts.calls += 1

    function record(outcome: string): void {
      if (!isRecording) return
      const token = String(request.headers.access_token ?? '')
      calls.push({ method: request.method ?? '', path, route, headers: request.headers, body, token, userId, outcome })
    }

    function carryOut(): void {
      if (isOAuth) {
        const answer = oauth.grant(request.headers, new URLSearchParams(raw.toString()))
        record('access_token' in answer ? '0' : String(answer.error))
        write(response, 200, JSON.stringify(answer))
        return
      }
      const refusal = admit(request.headers, route)
      const { error, data } = refusal === 0 ? answerApi(route, body, userId) : { error: refusal, data: undefined }
      record(String(error))
      // Errors come with HTTP 200 too.
      const answer = () => write(response, 200, envelope(error, error === 0 ? 'Success' : 'refused', data))
      const delayMs = options.answerDelayMs?.() ?? 0
      if (delayMs === 0) return answer()
      setTimeout(() => {
        if (request.socket.destroyed && error === 0 && request.method === 'POST') counts.unheard += 1
        else answer()
      }, delayMs)
    }

    if (fault === undefined) carryOut()
    else if (fault.mode === 'slow') setTimeout(carryOut, fault.ms)
    else goWrong(fault)

    function goWrong(wrong: Exclude<Fault, { mode: 'slow' }>): void {
      const isDelivered = wrong.mode.endsWith('ButDelivered') || (wrong.mode === 'answer' && wrong.isDelivered === true)
      if (isDelivered && isOAuth) oauth.grant(request.headers, new URLSearchParams(raw.toString()))
      else if (isDelivered) answerApi(route, body, userId)
      record(wrong.mode)
      if (wrong.mode === 'error' || wrong.mode === 'errorButDelivered') {
        const text = isOAuth
          ? JSON.stringify(oauthError(wrong.code))
          : envelope(wrong.code, wrong.message ?? 'scripted')
        write(response, 200, text)
      } else if (wrong.mode === 'html502' || wrong.mode === 'html502ButDelivered') {
        write(response, 502, '<html><h1>502 Bad Gateway</h1></html>', 'text/html')
      } else if (wrong.mode === 'answer') {
        write(response, wrong.status, wrong.body)
      } else if (wrong.mode === 'reset' || wrong.mode === 'resetButDelivered') {
        request.socket.destroy()
      }
      // A time-out is silence until the caller gives up.
    }
  }

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () =>
      respond(request, response, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    )
    request.on('error', () => undefined)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    account,
    calls,
    articles,
    announced,
    templates: templates.arrivals,
    delivered,
    counts,
    tokens: oauth.tokens,
    fail: (fault, match = {}) => void rules.push({ fault, match, left: match.times ?? 1 }),
    clearFaults: () => void rules.splice(0),
    revokeAccessToken: oauth.revokeAccessToken,
    issueCode: oauth.issueCode,
    post,
    sign,
    events,
    texts: (userId) => delivered.filter((item) => item.userId === userId).map((item) => item.message.text ?? ''),
    setWebhook: (url) => {
      webhookUrl = url
    },
    settled: async () => {
      while (pending.size > 0) await Promise.all(pending)
    },
    stop: async () => {
      webhookAgent.destroy()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function bodyOf(request: http.IncomingMessage, search: string, raw: Buffer, isForm: boolean): unknown {
  if (isForm) return Object.fromEntries(new URLSearchParams(raw.toString()))
  if (request.method === 'GET') return parsed(new URLSearchParams(search).get('data') ?? '{}')
  return (request.headers['content-type'] ?? '').startsWith('multipart/')
    ? raw.toString('latin1')
    : parsed(raw.toString())
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function userOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const { recipient, user_id: direct } = body as { recipient?: { user_id?: unknown }; user_id?: unknown }
  const id = recipient?.user_id ?? direct
  return typeof id === 'string' ? id : ''
}
