import { Worker } from 'node:worker_threads'

/** Why work beside the service gave no result; anything else that is thrown comes from the work itself. */
export class BesideError extends Error {
  override readonly name = 'BesideError'
  readonly code: 'timeout' | 'tooMany' | 'ended'

  constructor(code: BesideError['code']) {
    super(`work beside the service: ${code}`)
    this.code = code
  }
}

/**
 * Runs work that would hold up every citizen in threads of its own: a few at once, the others wait, and too many are refused.
 * `file` is a module of this folder that posts its one result; `input` is what it finds as `workerData`. Waiting for a turn is
 * not counted as time.
 */
export function createBeside<Input, Result>(options: {
  file: URL
  atOnceMax: number
  waitingMax: number
  timeoutMs: number
  memoryMegabytesMax: number
}): (input: Input, timeoutMs?: number) => Promise<Result> {
  let running = 0
  const waiting: (() => void)[] = []

  async function runOne(input: Input, timeoutMs: number): Promise<Result> {
    const worker = new Worker(options.file, {
      workerData: input,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMegabytesMax },
    })
    const outcome = Promise.withResolvers<Result>()
    const timer = setTimeout(() => outcome.reject(new BesideError('timeout')), timeoutMs)
    worker.once('message', outcome.resolve)
    worker.once('error', (error: NodeJS.ErrnoException) =>
      outcome.reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new BesideError('ended') : error),
    )
    worker.once('exit', () => outcome.reject(new BesideError('ended')))
    try {
      return await outcome.promise
    } finally {
      clearTimeout(timer)
      await worker.terminate()
    }
  }

  return async (input, timeoutMs = options.timeoutMs) => {
    if (waiting.length >= options.waitingMax) throw new BesideError('tooMany')
    if (running >= options.atOnceMax) await new Promise<void>((resolve) => void waiting.push(resolve))
    else running += 1
    try {
      return await runOne(input, timeoutMs)
    } finally {
      // Whoever waits takes the place over, so that nobody slips in between.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
