import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Heard = {
  method: string
  path: string
  /** `X-Pakn-Event`. */
  id: string
  signature: string
  body: string
  event: {
    id: string
    type: string
    caseCode: string
    version: number
    act: string
    from: string
    to: string
    at: string
  }
}

/** What a receiver does with what it hears: a status, or whatever it does to the answer itself. */
export type Behaviour = (heard: Heard, response: ServerResponse, nth: number) => number | undefined

export type Receiver = {
  /** `host:port`, as `WEBHOOK_HOSTS` takes it. */
  host: string
  url: string
  heard: Heard[]
  /** Ids in the order of their coming, of one case or of all. */
  ids(caseCode?: string): string[]
  behave(behaviour: Behaviour): void
  stop(): Promise<void>
}

/** A system outside, with a server of its own; takes everything until it is told to do otherwise. */
export async function startReceiver(behaviour: Behaviour = () => 204): Promise<Receiver> {
  let current = behaviour
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    const body = await readAll(request).catch(() => null)
    if (body === null) return
    const one: Heard = {
      method: request.method ?? '',
      path: request.url ?? '',
      id: String(request.headers['x-pakn-event'] ?? ''),
      signature: String(request.headers['x-pakn-signature'] ?? ''),
      body,
      event: JSON.parse(body),
    }
    heard.push(one)
    const status = current(one, response, heard.length)
    if (status !== undefined) response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}/pakn`,
    heard,
    ids: (caseCode) =>
      heard.filter(({ event }) => caseCode === undefined || event.caseCode === caseCode).map(({ id }) => id),
    behave(next) {
      current = next
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
