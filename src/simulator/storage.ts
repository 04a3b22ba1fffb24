import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { defaultTemplates } from './default-templates.ts'
import type { State } from './model.ts'

export type Storage = {
  /** The state of the last run, or undefined on a first start. A file that cannot be read is moved aside. */
  load(): State | undefined
  /** Writes soon; many calls become one write. */
  changed(): void
  /** Writes before returning: a rotated token must be on disk before anybody hears of it. */
  flush(): void
  keepMedia(id: string, bytes: Buffer): void
  /** Drops every file that is not among these. */
  dropMediaExcept(ids: Set<string>): void
  media(id: string): Buffer | undefined
}

const WRITE_DELAY_MS = 400
/** Bound on what a simulator without a folder keeps of files, oldest out first. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024

/** Keeps the state in `<dataDir>/simulator.json`, or nowhere when there is no folder. */
export function createStorage(options: {
  dataDir?: string | undefined
  current: () => State
  logger: Logger
}): Storage {
  if (options.dataDir === undefined) return createMemoryStorage()
  const folder = options.dataDir
  const mediaFolder = join(folder, 'simulator-media')
  mkdirSync(mediaFolder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'simulator.json')
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    try {
      writeFileSync(`${path}.new`, JSON.stringify(options.current()), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch (error) {
      // A full disk must not take the service with it: the demonstration goes on and forgets at its end.
      options.logger.warn({ err: error }, 'simulator state not written')
    }
  }
  return {
    load() {
      const text = readText(path)
      if (text === undefined) return undefined
      try {
        const state = JSON.parse(text) as State
        // Kept by an earlier version, which had neither.
        state.letters ??= []
        state.templates ??= defaultTemplates()
        if (state.version === 1) return state
      } catch {
        // Falls through: a broken file must not stop the demonstration.
      }
      renameSync(path, `${path}.unreadable`)
      return undefined
    },
    changed() {
      timer ??= setTimeout(flush, WRITE_DELAY_MS)
    },
    flush,
    keepMedia: (id, bytes) => writeFileSync(join(mediaFolder, id), bytes, { mode: 0o600 }),
    dropMediaExcept(ids) {
      for (const name of readdirSync(mediaFolder)) {
        if (!ids.has(name)) rmSync(join(mediaFolder, name), { force: true })
      }
    },
    media(id) {
      if (!/^[0-9a-f]+$/.test(id)) return undefined
      try {
        return readFileSync(join(mediaFolder, id))
      } catch {
        return undefined
      }
    },
  }
}

function createMemoryStorage(): Storage {
  const files = new Map<string, Buffer>()
  let total = 0
  return {
    load: () => undefined,
    changed() {},
    flush() {},
    keepMedia(id, bytes) {
      files.set(id, bytes)
      total += bytes.length
      for (const [oldest, content] of files) {
        if (total <= MEMORY_BYTES_MAX) break
        files.delete(oldest)
        total -= content.length
      }
    },
    dropMediaExcept() {},
    media: (id) => files.get(id),
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
