import http from 'node:http'
import https from 'node:https'
import axios, { AxiosError, type AxiosInstance } from 'axios'

/** What came back, or why nothing did. `sent: 'no'` is certain: the request never left; `maybe` is everything else. */
export type Reply =
  | { ok: true; status: number; headers: Readonly<Record<string, unknown>>; text: string }
  | { ok: false; code: TransportFault; sent: 'no' | 'maybe' }

export type TransportFault =
  | 'timeout'
  | 'reset'
  | 'refused'
  | 'nameNotFound'
  | 'unreachable'
  | 'tls'
  | 'tooLarge'
  | 'closed'

export type TransportRequest = {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: Buffer
  /** Instead of the transport's own bound. */
  timeoutMs?: number
}

export type Transport = {
  /** One exchange, bounded in time and size, without redirects or proxies. Never throws. */
  exchange(request: TransportRequest): Promise<Reply>
  /** Drops kept connections. */
  close(): void
}

const answerBytesMax = 4 * 1024 * 1024

/** Connections are kept and reused, so that a send costs no handshake. */
export function createTransport(options: { timeoutMs?: number; socketsMax?: number } = {}): Transport {
  const timeoutMs = options.timeoutMs ?? 10_000
  const agentOptions = {
    keepAlive: true,
    maxSockets: options.socketsMax ?? 128,
    maxFreeSockets: 64,
    // Idle connections go before a server is likely to close them in the very moment of a send, which would look ambiguous.
    timeout: 4_000,
    scheduling: 'lifo' as const,
  }
  const httpAgent = new http.Agent(agentOptions)
  const httpsAgent = new https.Agent(agentOptions)
  const client = createClient(httpAgent, httpsAgent)
  let isClosed = false

  return {
    async exchange(request) {
      if (isClosed) return { ok: false, code: 'closed', sent: 'no' }
      const trace: Trace = { isConnected: false }
      const signal = AbortSignal.timeout(request.timeoutMs ?? timeoutMs)
      try {
        const answer = await client.request<string>({
          method: request.method,
          url: request.url,
          headers: request.headers,
          signal,
          transport: tracing(trace),
          ...(request.body === undefined ? {} : { data: request.body }),
        })
        return { ok: true, status: answer.status, headers: answer.headers, text: answer.data }
      } catch (error) {
        return {
          ok: false,
          code: signal.aborted ? 'timeout' : faultOf(error),
          sent: trace.isConnected ? 'maybe' : 'no',
        }
      }
    },

    close() {
      isClosed = true
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

function createClient(httpAgent: http.Agent, httpsAgent: https.Agent): AxiosInstance {
  return axios.create({
    adapter: 'http',
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxBodyLength: 12 * 1024 * 1024,
    maxContentLength: answerBytesMax,
    responseType: 'text',
    // The number in the body decides, whatever the status is (zalo §0.3).
    validateStatus: () => true,
    // Bodies are bytes already; answers are read by our own parser, which keeps long ids whole.
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
  })
}

type Trace = { isConnected: boolean }

/** Watches the socket: a request is written as soon as its connection stands, and certainly not before. */
function tracing(trace: Trace) {
  return {
    request(options: https.RequestOptions, callback: (response: http.IncomingMessage) => void): http.ClientRequest {
      const isSecure = options.protocol === 'https:'
      const request = (isSecure ? https : http).request(options, callback)
      request.once('socket', (socket) => {
        if (request.reusedSocket || !(socket.connecting || isSecure)) trace.isConnected = true
        else socket.once(isSecure ? 'secureConnect' : 'connect', () => (trace.isConnected = true))
      })
      return request
    },
  }
}

function faultOf(error: unknown): TransportFault {
  const code = error instanceof AxiosError || error instanceof Error ? (error as { code?: unknown }).code : undefined
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'nameNotFound'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'unreachable'
    case 'ETIMEDOUT':
    case 'ECONNABORTED':
      return 'timeout'
    case 'ERR_BAD_RESPONSE':
      return /maxContentLength/.test(error instanceof Error ? error.message : '') ? 'tooLarge' : 'reset'
    default:
      return typeof code === 'string' && /CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code) ? 'tls' : 'reset'
  }
}
