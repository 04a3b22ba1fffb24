import { lookup as systemLookup } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { allowedOnly, isOwnOrPublicAddress, isPublicAddress } from '../outside-address.ts'
import type { AddressFault, PostFault, PostReply, PostWebhook } from '../usecases/webhook-ports.ts'

export type WebhookHosts = {
  /** Hosts that end so may be reached by https, at public addresses. */
  suffixes: readonly string[]
  /** `host:port` that may be reached by plain http, wherever that is. */
  origins: readonly string[]
  /** Exactly these hosts may be reached by https at an address of the own networks, too. */
  insideHosts: readonly string[]
}

export type WebhookPost = {
  /** Why this can be no receiver's address, by the configuration alone; null where it can. */
  judge(url: string): AddressFault | null
  post: PostWebhook
  /** Drops kept connections. */
  close(): void
}

type Way = 'public' | 'inside' | 'origin'

/** An answer says all in its status; a receiver that goes on talking is not listened to. */
const answerBytesMax = 64 * 1024

/**
 * Sends to receivers outside, only where the configuration lets it, whatever a webhook says: the machine that is reached in the
 * end is judged as the connection is made, redirects are not followed, time and size are bounded over the whole exchange.
 */
export function createWebhookPost(options: {
  hosts: WebhookHosts
  /** @default 10000 */
  timeoutMs?: number
  lookup?: LookupFunction
}): WebhookPost {
  const { suffixes, origins, insideHosts } = options.hosts
  const timeoutMs = options.timeoutMs ?? 10_000
  const lookup = askedOnce(options.lookup ?? systemLookup)
  // A connection that was made with one judgement is never used for the other.
  const agents = {
    public: new https.Agent({ ...agentOptions, lookup: allowedOnly(lookup, isPublicAddress) }),
    inside: new https.Agent({ ...agentOptions, lookup: allowedOnly(lookup, isOwnOrPublicAddress) }),
    origin: new http.Agent(agentOptions),
  }

  function wayOf(url: URL): Way | AddressFault {
    const { hostname, protocol } = url
    const host = hostname.replaceAll(/[[\]]/g, '')
    if (url.username !== '' || url.password !== '' || url.hash !== '') return 'notAnAddress'
    if (protocol === 'http:') {
      return origins.includes(`${hostname}:${url.port || '80'}`) ? 'origin' : 'notHttps'
    }
    if (protocol !== 'https:') return 'notAnAddress'
    // An address in figures is looked up by nobody, so it is judged here.
    if (insideHosts.includes(host)) {
      return isIP(host) === 0 || isOwnOrPublicAddress(host) ? 'inside' : 'hostNotAllowed'
    }
    if (isIP(host) !== 0) return 'hostNotAllowed'
    return suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`)) ? 'public' : 'hostNotAllowed'
  }

  function wayTo(address: string): { url: URL; way: Way } | AddressFault {
    const url = URL.parse(address)
    if (url === null) return 'notAnAddress'
    const way = wayOf(url)
    return way === 'public' || way === 'inside' || way === 'origin' ? { url, way } : way
  }

  async function exchange(
    { url, way }: { url: URL; way: Way },
    sent: { headers: Record<string, string>; body: Buffer },
    signal: AbortSignal,
  ): Promise<PostReply> {
    for (let attempt = 1; ; attempt++) {
      const trace = { isReused: false }
      try {
        const response = await request(url, agents[way], sent, signal, trace)
        const { statusCode, headers } = response
        await drain(response)
        return { ok: true, status: statusCode ?? 0, retryAfterMs: pauseOf(headers['retry-after']) }
      } catch (error) {
        // A kept connection that the receiver has just closed says nothing about the receiver.
        if (attempt === 1 && trace.isReused && codeOf(error) === 'ECONNRESET' && !signal.aborted) continue
        throw error
      }
    }
  }

  return {
    judge(address) {
      const found = wayTo(address)
      return typeof found === 'string' ? found : null
    },

    async post({ url, headers, body, signal: stopping }) {
      const found = wayTo(url)
      if (typeof found === 'string') return { ok: false, fault: 'hostNotAllowed' }
      const ending = new AbortController()
      const end = () => ending.abort()
      const timer = setTimeout(end, timeoutMs)
      stopping.addEventListener('abort', end, { once: true })
      try {
        if (stopping.aborted) return { ok: false, fault: 'stopped' }
        return await exchange(found, { headers, body: Buffer.from(body) }, ending.signal)
      } catch (error) {
        if (!ending.signal.aborted) return { ok: false, fault: faultOf(error) }
        return { ok: false, fault: stopping.aborted ? 'stopped' : 'timeout' }
      } finally {
        clearTimeout(timer)
        stopping.removeEventListener('abort', end)
      }
    },

    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/**
 * Those who ask for one name at the same time share an answer. The system's look-up takes one of few threads for as long as it
 * lasts, and a name server that hangs must not get them all.
 */
function askedOnce(lookup: LookupFunction): LookupFunction {
  const asking = new Map<string, Parameters<LookupFunction>[2][]>()
  return (hostname, options, callback) => {
    const key = `${hostname} ${JSON.stringify(options)}`
    const waiting = asking.get(key)
    if (waiting !== undefined) return void waiting.push(callback)
    const callbacks = [callback]
    asking.set(key, callbacks)
    lookup(hostname, options, (error, address, family) => {
      asking.delete(key)
      for (const answer of callbacks) answer(error, address, family)
    })
  }
}

const agentOptions = {
  keepAlive: true,
  maxSockets: 16,
  maxFreeSockets: 4,
  // Before a receiver is likely to close them.
  timeout: 4_000,
  scheduling: 'lifo' as const,
}

function request(
  url: URL,
  agent: http.Agent,
  { headers, body }: { headers: Record<string, string>; body: Buffer },
  signal: AbortSignal,
  trace: { isReused: boolean },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, 'content-length': String(body.length), 'accept-encoding': 'identity' }
    const sent = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      headers: all,
      agent,
      signal,
      maxHeaderSize: 16 * 1024,
    })
    sent.once('response', resolve)
    sent.once('socket', () => {
      trace.isReused = sent.reusedSocket
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Hears the rest of an answer, so that the connection can be used again; what goes wrong here changes no status. */
async function drain(response: IncomingMessage): Promise<void> {
  let length = 0
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length
      if (length > answerBytesMax) break
    }
  } catch {
    // The status has been said.
  } finally {
    if (!response.complete) response.destroy()
  }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function pauseOf(header: string | undefined): number | null {
  if (header === undefined) return null
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

function faultOf(error: unknown): PostFault {
  const code = codeOf(error)
  switch (code) {
    case 'addressNotAllowed':
      return 'addressNotAllowed'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'nameNotFound'
    case 'ECONNREFUSED':
      return 'refused'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'unreachable'
    case 'ETIMEDOUT':
      return 'timeout'
    default:
      return /CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code) ? 'tls' : 'reset'
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : ''
}
