import { Worker } from 'node:worker_threads'
import type { Printed } from './draw-pdf.ts'

const timeoutMs = 30_000
const drawnAtOnceMax = 2
const waitingMax = 20

let drawn = 0
const waiting: (() => void)[] = []

/**
 * The bytes of a PDF, drawn beside the service: fonts and pages take a second that no citizen should wait for. Rejects with
 * code `unavailable` when too many wait already, or when drawing takes longer than it may.
 */
export async function printPdf(printed: Printed): Promise<Buffer> {
  if (waiting.length >= waitingMax) throw unavailable('too many prints are waiting')
  if (drawn >= drawnAtOnceMax) await new Promise<void>((resolve) => void waiting.push(resolve))
  drawn += 1
  try {
    return await draw(printed)
  } finally {
    drawn -= 1
    waiting.shift()?.()
  }
}

function draw(printed: Printed): Promise<Buffer> {
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
    workerData: printed,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  const timer = setTimeout(() => void worker.terminate(), timeoutMs)
  return new Promise<Buffer>((resolve, reject) => {
    worker.once('message', (bytes: Uint8Array) => resolve(Buffer.from(bytes)))
    worker.once('error', reject)
    worker.once('exit', () => reject(unavailable('drawing ended without a page')))
  }).finally(() => clearTimeout(timer))
}

function unavailable(message: string): Error {
  return Object.assign(new Error(message), { code: 'unavailable' })
}
