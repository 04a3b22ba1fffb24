import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from './usecases/ports.ts'

export type ServiceClock = Clock & {
  /** Moves the service's time forward, for training: the past cannot come back. */
  advance(ms: number): void
}

/** The service's own time: the machine's, moved by `offsetMs` and by what was moved before and kept in `file`. */
export function createServiceClock(options: { offsetMs: number; file: string | null }): ServiceClock {
  const { file } = options
  let movedMs = file === null ? 0 : readMoved(file)
  return {
    now: () => Date.now() + options.offsetMs + movedMs,
    advance(ms) {
      if (!(ms > 0)) return
      movedMs += ms
      if (file !== null) keepMoved(file, movedMs)
    },
  }
}

function readMoved(file: string): number {
  try {
    const { movedMs } = JSON.parse(readFileSync(file, 'utf8')) as { movedMs?: unknown }
    return typeof movedMs === 'number' && movedMs > 0 ? movedMs : 0
  } catch {
    return 0
  }
}

function keepMoved(file: string, movedMs: number): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify({ movedMs }))
  renameSync(`${file}.new`, file)
}
