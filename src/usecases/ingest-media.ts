import { createHash } from 'node:crypto'
import type { Incoming, IncomingMedia } from '../conversation/incoming.ts'
import type { Received, ReceivedFile } from '../conversation/received.ts'
import type { FileStore } from './file-store.ts'

type Fetched = { ok: true; bytes: Buffer } | { ok: false; reason: string; retryable: boolean }
type Refused = Extract<ReceivedFile, { ok: false }>['reason']
type Inspected =
  | { ok: true; mediaType: string; extension: string; kind: Extract<ReceivedFile, { ok: true }>['kind'] }
  | { ok: false; reason: string }

/** Looks into a file by its content. */
export type Inspect = (bytes: Buffer, nameHint: string | undefined) => Promise<Inspected>

export type IngestMediaDeps = {
  fetch(url: string): Promise<Fetched>
  inspect: Inspect
  files: FileStore
  /** Counts what came by its outcome. */
  count(outcome: string): void
  triesMax: number
}

const NAME_LENGTH_MAX = 120

/**
 * Fetches what one event holds while its links are still alive (R3-7f), looks into it and keeps it. `later` asks for
 * another try of the whole event; files that are stored already are not stored again.
 */
export function createIngestMedia(deps: IngestMediaDeps) {
  return async (event: {
    citizenKey: string
    incoming: Extract<Incoming, { type: 'media' }>
    tries: number
  }): Promise<Received | 'later'> => {
    const { incoming, tries } = event
    const files: ReceivedFile[] = []
    for (const [index, media] of incoming.media.entries()) {
      const file = await ingest(deps, media, `${incoming.id}#${index}`, { mayWait: tries + 1 < deps.triesMax })
      if (file === 'later') return 'later'
      deps.count(file.ok ? file.kind : file.reason)
      files.push(file)
    }
    return { id: incoming.id, at: incoming.at, type: 'files', files, text: incoming.text }
  }
}

async function ingest(
  deps: IngestMediaDeps,
  media: IncomingMedia,
  cause: string,
  options: { mayWait: boolean },
): Promise<ReceivedFile | 'later'> {
  const fetched = await deps.fetch(media.url)
  if (!fetched.ok) {
    if (fetched.retryable && options.mayWait) return 'later'
    return {
      ok: false,
      reason: fetched.reason === 'tooLarge' || fetched.reason === 'expired' ? fetched.reason : 'unreachable',
    }
  }
  const inspected = await deps.inspect(fetched.bytes, media.name)
  if (!inspected.ok) return { ok: false, reason: refusal(inspected.reason, media.kind) }
  // From the cause, so that a repeated turn finds the same file (R3-10).
  const id = createHash('sha256').update(cause).digest('hex').slice(0, 32)
  const name = fileName(media.name, inspected.extension, inspected.kind)
  const stored = await deps.files.put({
    id,
    bytes: fetched.bytes,
    name,
    mediaType: inspected.mediaType,
    owner: 'draft',
  })
  return { ok: true, kind: inspected.kind, name, mediaType: inspected.mediaType, ...stored }
}

function refusal(reason: string, kind: IncomingMedia['kind']): Refused {
  if (kind === 'video' && reason === 'unsupported') return 'video'
  const known: Record<string, Refused> = {
    encrypted: 'encrypted',
    macro: 'macro',
    executable: 'executable',
    archive: 'archive',
    tooLarge: 'tooLarge',
    empty: 'empty',
  }
  return known[reason] ?? 'unsupported'
}

/** A name without a path, ending in what the file really is. */
function fileName(given: string | undefined, extension: string, kind: string): string {
  const base = (given ?? '')
    .replace(/^.*[\\/]/, '')
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
    .trim()
  const stem = base
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .slice(0, NAME_LENGTH_MAX)
    .toWellFormed()
  return `${stem === '' ? kind : stem}.${extension}`
}
