import { BesideError, createBeside } from './beside.ts'
import type { Printed } from './draw-pdf.ts'

const draw = createBeside<Printed, Uint8Array>({
  file: new URL('./pdf-worker.ts', import.meta.url),
  atOnceMax: 2,
  waitingMax: 20,
  timeoutMs: 30_000,
  memoryMegabytesMax: 256,
})

/**
 * The bytes of a PDF, drawn beside the service: fonts and pages take a second that no citizen should wait for. Rejects with
 * code `unavailable` when too many wait already, or when drawing takes longer than it may.
 */
export async function printPdf(printed: Printed): Promise<Buffer> {
  try {
    return Buffer.from(await draw(printed))
  } catch (error) {
    if (!(error instanceof BesideError)) throw error
    throw Object.assign(new Error('no page was drawn', { cause: error }), { code: 'unavailable' })
  }
}
