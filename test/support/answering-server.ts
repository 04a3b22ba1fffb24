import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Asked = { method: string; path: string; headers: IncomingHttpHeaders; body: Record<string, unknown> }
/** What an asker gets; `drop` closes the connection once the question was read, `hang` never answers. */
export type Answering = { status?: number; json?: unknown; headers?: Record<string, string> } | 'drop' | 'hang'

/** An HTTP server that keeps what it is asked and answers as it is told. */
export async function startAnsweringServer(answer: (asked: Asked) => Answering) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8')
      const { method = '', url = '', headers } = request
      const one: Asked = { method, path: url, headers, body: raw === '' ? {} : JSON.parse(raw) }
      asked.push(one)
      const answering = answer(one)
      if (answering === 'drop') return void request.socket.destroy()
      if (answering === 'hang') return
      response.writeHead(answering.status ?? 200, { 'content-type': 'application/json', ...answering.headers })
      response.end(answering.json === undefined ? '' : JSON.stringify(answering.json))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
