import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import pino from 'pino'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts'

export const START = Date.parse('2026-11-23T09:12:00+07:00')

export type Received = { raw: string; headers: IncomingHttpHeaders; body: Record<string, unknown>; at: number }

export type Receiver = {
  url: string
  received: Received[]
  /** What the next deliveries get; `drop` closes the connection. */
  answerWith(status: number | 'drop' | 'hang'): void
  names(): unknown[]
  stop(): Promise<void>
}

/** A webhook that keeps what it gets. */
export async function startReceiver(onEvent?: (event: Received) => void): Promise<Receiver> {
  const received: Received[] = []
  let answer: number | 'drop' | 'hang' = 200
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8')
      const event = { raw, headers: req.headers, body: JSON.parse(raw) as Record<string, unknown>, at: Date.now() }
      received.push(event)
      if (answer === 'drop') return req.socket.destroy()
      if (answer === 'hang') return
      res.statusCode = answer
      res.end()
      onEvent?.(event)
    })
  })
  const url = `${await listen(server)}/webhooks/zalo`
  return {
    url,
    received,
    answerWith(next) {
      answer = next
    },
    names: () => received.map((event) => event.body.event_name),
    stop: () => closeServer(server),
  }
}

/** A clock that stands still until it is moved. */
export function createTestClock(start = START) {
  let time = start
  return {
    now: () => time,
    advance(ms: number) {
      time += ms
    },
  }
}

export type Rig = {
  simulator: Simulator
  clock: ReturnType<typeof createTestClock>
  receiver: Receiver
  /** Base address of the phone page, with its slash. */
  page: string
  /** A call of the simulated API with the token that works now. */
  api(method: 'GET' | 'POST', path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiResult>
  act(path: string, body?: unknown): Promise<Response>
  citizen(name: string): Simulator['state']['citizens'][string]
  stop(): Promise<void>
}

export type ApiResult = {
  status: number
  headers: Headers
  json: { error: number; message: string; data: Record<string, unknown> }
}

/** A simulator with a webhook receiver and the page mounted as the app mounts it. */
export async function startRig(
  options: Partial<SimulatorOptions> & { onEvent?: (event: Received) => void; realClock?: boolean } = {},
): Promise<Rig> {
  const { onEvent, realClock, ...rest } = options
  const clock = createTestClock()
  let offset = 0
  const running = {
    now: () => Date.now() + offset,
    advance(ms: number) {
      offset += ms
    },
  }
  const receiver = await startReceiver(onEvent)
  const simulator = await startSimulator({
    clock: realClock === true ? running : clock,
    tokenNow: (realClock === true ? running : clock).now,
    logger: pino({ level: 'silent' }),
    webhookUrl: receiver.url,
    ...rest,
  })
  const app = express()
  app.use('/simulator', simulator.router)
  const server = createServer(app)
  const origin = await listen(server)
  const page = `${origin}/simulator/`
  return {
    simulator,
    clock,
    receiver,
    page,
    async api(method, path, body, headers = {}) {
      const response = await fetch(simulator.openApiUrl + path, {
        method,
        headers: { access_token: simulator.state.grant.accessToken, ...headers },
        ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      })
      return { status: response.status, headers: response.headers, json: (await response.json()) as ApiResult['json'] }
    },
    act: (path, body = {}) =>
      fetch(`${page}api/${path}`, {
        method: 'POST',
        headers: { 'x-simulator': '1', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    citizen(name) {
      const found = Object.values(simulator.state.citizens).find((each) => each.name === name)
      if (found === undefined) throw new Error(`no citizen ${name}`)
      return found
    },
    async stop() {
      await simulator.stop()
      await closeServer(server)
      await receiver.stop()
    },
  }
}

export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

export function text(userId: string, words: string): Record<string, unknown> {
  return { recipient: { user_id: userId }, message: { text: words } }
}

/** Waits until the condition holds; fails after `timeoutMs`. */
export async function until(condition: () => boolean, timeoutMs = 4_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > end) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export type EventMessage = {
  text?: string
  msg_id?: string
  attachments?: { type: string; payload: Record<string, unknown> }[]
}

/** The `message` part of an event. */
export function messageOf(event: Received | undefined): EventMessage {
  return (event?.body.message ?? {}) as EventMessage
}
