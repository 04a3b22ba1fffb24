import { createReadStream } from 'node:fs'
import { z } from 'zod'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()
export const manifestSchema = z.object({
  format: z.literal('pakn-backup'),
  formatVersion: z.literal(1),
  takenAt: z.iso.datetime(),
  database: z.string(),
  /** The data keys without which nobody can read what is inside; the keys themselves are not here. */
  keyIds: z.array(z.string()),
  collections: z.array(
    z.object({
      name: z.string().regex(/^[A-Za-z][\w.-]{0,119}$/),
      documents: count,
      bytes: count,
      sha256: digest,
      indexes: z.array(z.looseObject({ key: z.record(z.string(), z.unknown()), name: z.string() })),
    }),
  ),
  /** Settings that were imported and lie beside the database. */
  settings: z.array(z.object({ name: z.string().regex(/^[\w-]{1,80}\.json$/), bytes: count, sha256: digest })),
})

export type BackupManifest = z.output<typeof manifestSchema>

/** Why a backup cannot be taken or used; `code` names the reason, `what` the file or collection. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code: 'folderNotEmpty' | 'noBackup' | 'damaged' | 'databaseNotEmpty' | 'tookTooLong'
  readonly what: string

  constructor(code: BackupError['code'], what: string, options?: ErrorOptions) {
    super(`${code}: ${what}`, options)
    this.code = code
    this.what = what
  }
}

export type Progress = (done: { name: string; documents: number }) => void

export const manifestName = 'manifest.json'
export const settingsFolder = 'settings'
export const fileOf = (collection: string) => `${collection}.bson`
/** The documents of a file one by one, as the bytes that they were. */
export async function* documentsIn(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const part of createReadStream(path, { highWaterMark: readBytes })) {
      rest = rest.length === 0 ? (part as Buffer) : Buffer.concat([rest, part as Buffer])
      let at = 0
      while (rest.length - at >= 4) {
        const length = rest.readInt32LE(at)
        if (length < 5 || length > documentBytesMax) throw new BackupError('damaged', path)
        if (rest.length - at < length) break
        yield rest.subarray(at, at + length)
        at += length
      }
      rest = rest.subarray(at)
    }
  } catch (cause) {
    throw cause instanceof BackupError ? cause : new BackupError('damaged', path, { cause })
  }
  if (rest.length > 0) throw new BackupError('damaged', path)
}

const readBytes = 1024 * 1024
// What MongoDB takes, and a little for its own fields.
const documentBytesMax = 17 * 1024 * 1024
