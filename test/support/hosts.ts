import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type MediaHost = {
  /** `host:port`, as `ZALO_MEDIA_HOSTS` takes it. */
  host: string
  /** Puts a file there and gives its address. */
  put(name: string, bytes: Buffer): string
  /** Every path that was asked for. */
  asked: string[]
  stop(): Promise<void>
}

/** A place from which the files of a chat can be fetched. */
export async function startMediaHost(): Promise<MediaHost> {
  const files = new Map<string, Buffer>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const bytes = files.get(path)
    if (bytes === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes)
  })
  const host = await listen(server)
  return {
    host,
    put(name, bytes) {
      const path = `/${files.size + 1}/${encodeURIComponent(name)}`
      files.set(path, bytes)
      return `http://${host}${path}`
    },
    asked,
    stop: () => close(server),
  }
}

export type ShortMessage = { to: string; text: string; reference: string }

export type SmsProvider = {
  url: string
  token: string
  sent: ShortMessage[]
  /** The code in the last message to this number. */
  codeFor(phone: string): string | undefined
  /** Statuses of the next answers; 200 when they are used up. */
  answerWith(...statuses: number[]): void
  stop(): Promise<void>
}

/** An SMS provider as `SMS_URL` describes it. */
export async function startSmsProvider(): Promise<SmsProvider> {
  const token = 'token-of-the-provider'
  const sent: ShortMessage[] = []
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    const body = await readBody(request)
    const status = request.headers.authorization === `Bearer ${token}` ? (statuses.shift() ?? 200) : 401
    if (status === 200) sent.push(JSON.parse(body) as ShortMessage)
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ id: `sms-${sent.length}` }))
  })
  const host = await listen(server)
  return {
    url: `http://${host}/send`,
    token,
    sent,
    codeFor: (phone) => /\b(\d{6})\b/.exec(sent.findLast(({ to }) => to === phone)?.text ?? '')?.[1],
    answerWith: (...next) => void statuses.push(...next),
    stop: () => close(server),
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
