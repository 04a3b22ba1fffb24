import { lookup as systemLookup } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { AddressError, allowedOnly, isPublicAddress } from '../outside-address.ts'

export type MediaFault =
  | 'hostNotAllowed'
  | 'addressNotAllowed'
  | 'tooManyRedirects'
  | 'tooLarge'
  | 'expired'
  | 'refused'
  | 'unreachable'
  | 'timeout'

export type MediaResult =
  | { ok: true; bytes: Buffer }
  /** `retryable`: the same address may answer later. */
  | { ok: false; reason: MediaFault; retryable: boolean }

export type MediaFetcher = { fetch(url: string): Promise<MediaResult> }

const redirectsMax = 3
const retryable: ReadonlySet<MediaFault> = new Set(['unreachable', 'timeout'])

/**
 * Fetches what a citizen sent from the platform's media hosts (zalo §9.8), and from nowhere else, whatever the event says:
 * each address, redirects included, must be https on an allowed host, and the machine that is reached in the end must be a
 * public one. `allowedHosts` are host suffixes; `host:port` allows one exact plain-http origin, which may be on this
 * machine, and not in production. Size and time are bounded over the whole of it. It never throws.
 */
export function createMediaFetcher(options: {
  allowedHosts: readonly string[]
  production: boolean
  maxBytes: number
  timeoutMs: number
  lookup?: LookupFunction
}): MediaFetcher {
  const origins = new Set(options.allowedHosts.filter((host) => host.includes(':')).map((host) => host.toLowerCase()))
  const suffixes = options.allowedHosts.filter((host) => !host.includes(':')).map((host) => host.toLowerCase())
  if (options.production && origins.size > 0) {
    throw new Error(`plain-http media origins are not allowed in production: ${[...origins].join(', ')}`)
  }
  const lookup = allowedOnly(options.lookup ?? systemLookup, isPublicAddress)

  const kindOf = (url: URL): 'public' | 'origin' | undefined => {
    if (url.username !== '' || url.password !== '') return undefined
    if (url.protocol === 'http:') return origins.has(`${url.hostname}:${url.port || '80'}`) ? 'origin' : undefined
    // Port 443 is written as an empty one.
    if (url.protocol !== 'https:' || url.port !== '' || isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0)
      return undefined
    return suffixes.some((suffix) => url.hostname === suffix || url.hostname.endsWith(`.${suffix}`))
      ? 'public'
      : undefined
  }

  const get = async (address: string, signal: AbortSignal): Promise<Buffer> => {
    let url = parseUrl(address)
    for (let redirects = 0; ; redirects += 1) {
      const kind = kindOf(url)
      if (kind === undefined) throw new Fault('hostNotAllowed')
      const response = await request(url, kind, lookup, signal)
      try {
        const location = redirectOf(response)
        if (location === undefined) return await readBody(response, options.maxBytes)
        if (redirects === redirectsMax) throw new Fault('tooManyRedirects')
        url = parseUrl(location, url)
      } finally {
        response.destroy()
      }
    }
  }

  return {
    async fetch(address) {
      const signal = AbortSignal.timeout(options.timeoutMs)
      try {
        return { ok: true, bytes: await get(address, signal) }
      } catch (error) {
        const reason = reasonOf(error, signal)
        return { ok: false, reason, retryable: retryable.has(reason) }
      }
    },
  }
}

class Fault extends Error {
  readonly reason: MediaFault

  constructor(reason: MediaFault) {
    super(reason)
    this.reason = reason
  }
}

function parseUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href)
  if (url === null) throw new Fault('hostNotAllowed')
  return url
}

function request(url: URL, kind: 'public' | 'origin', lookup: LookupFunction, signal: AbortSignal) {
  // A compressed body could grow past every bound; pictures gain nothing from it.
  const headers = { 'accept-encoding': 'identity', accept: '*/*' }
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent =
      kind === 'origin'
        ? http.get(url, { headers, signal, agent: false })
        : https.get(url, { headers, signal, lookup, agent: false })
    sent.once('response', resolve)
    sent.on('error', reject)
  })
}

function redirectOf(response: IncomingMessage): string | undefined {
  const status = response.statusCode ?? 0
  if ([301, 302, 303, 307, 308].includes(status)) return response.headers.location ?? ''
  if (status === 200) return undefined
  // The platform's links end after some days; it answers with any of these.
  if ([401, 403, 404, 410].includes(status)) throw new Fault('expired')
  if (status === 408 || status === 425 || status === 429 || status >= 500) throw new Fault('unreachable')
  throw new Fault('refused')
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw new Fault('tooLarge')
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > maxBytes) throw new Fault('tooLarge')
    pieces.push(piece)
  }
  // An answer that ends early is an error of the stream already; this is the rest.
  if (length === 0) throw new Fault('unreachable')
  return Buffer.concat(pieces, length)
}

function reasonOf(error: unknown, signal: AbortSignal): MediaFault {
  if (error instanceof Fault) return error.reason
  if (error instanceof AddressError) return 'addressNotAllowed'
  if (signal.aborted) return 'timeout'
  return 'unreachable'
}
