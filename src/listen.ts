import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import type { Config } from './config.ts'

/**
 * Takes the port before anything else is built on it, so that a taken one is one clear sentence, and serves when all is ready.
 * Requests that come in between wait.
 */
export async function listen(config: Pick<Config, 'http'>) {
  const ready = Promise.withResolvers<Express>()
  const server = createServer((request, response) => {
    ready.promise.then((app) => app(request, response)).catch(() => response.destroy())
  })
  // Longer than proxies and Zalo keep a connection that they may still write on: who ends it last never meets a closed one.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.http.port, config.http.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    serve: (app: Express) => ready.resolve(app),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        // Streams such as the simulator's live updates never end by themselves.
        setTimeout(() => server.closeAllConnections(), 2_000).unref()
      }),
  }
}
