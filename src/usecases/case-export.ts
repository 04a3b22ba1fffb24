import { createHash, hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { type HistoryEntry, verifyChain } from '../cases/history.ts'

/** One file of an exported case. */
export type ExportEntry = { path: string; content: AsyncIterable<Uint8Array>; isCompressed: boolean }

const manifestSchema = z.strictObject({
  format: z.literal('pakn-case'),
  formatVersion: z.literal(1),
  code: z.string(),
  exportedAt: z.string(),
  /** A login. */
  exportedBy: z.string(),
  view: z.enum(['full', 'masked']),
  history: z.strictObject({ lines: z.int(), hash: z.string() }),
  files: z.array(z.strictObject({ path: z.string(), sizeBytes: z.int(), sha256: z.string() })),
  /** Keyed hash over everything above, by which the service knows its own exports. */
  seal: z.string(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** The purpose of the keyed hash that makes seals. */
export const EXPORT_SEAL = 'export'

/** Makes the seal of a manifest; only who has the service's secret can. */
export type Seal = (canonical: string) => string

const MANIFEST = 'manifest.json'
const HISTORY = 'history.json'
const CASE = 'case.json'

/** Hands the entries on and adds the manifest, which names each with its size and SHA-256. */
export async function* withManifest(
  entries: AsyncIterable<ExportEntry>,
  about: Omit<Manifest, 'format' | 'formatVersion' | 'files' | 'seal'>,
  seal: Seal,
): AsyncGenerator<ExportEntry> {
  const files: Manifest['files'] = []
  for await (const entry of entries) {
    const digest = createHash('sha256')
    let sizeBytes = 0
    async function* counted() {
      for await (const piece of entry.content) {
        digest.update(piece)
        sizeBytes += piece.length
        yield piece
      }
      files.push({ path: entry.path, sizeBytes, sha256: digest.digest('hex') })
    }
    yield { ...entry, content: counted() }
  }
  const unsealed = { format: 'pakn-case' as const, formatVersion: 1 as const, ...about, files }
  const manifest: Manifest = { ...unsealed, seal: seal(canonicalize(unsealed) ?? '') }
  yield textEntry(MANIFEST, manifestText(manifest))
}

function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2)
}

export function textEntry(path: string, text: string | Uint8Array): ExportEntry {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return {
    path,
    isCompressed: true,
    content: (async function* () {
      yield bytes
    })(),
  }
}

export type ExportFault = {
  path: string
  code:
    | 'missing'
    | 'unlisted'
    | 'unreadable'
    | 'changed'
    | 'otherCase'
    | 'chainBroken'
    | 'notSealedHere'
    | 'attachmentMissing'
  /** The line of the history, where the fault is in one. */
  line?: number
}

/** Every fault of an exported case; none means that it is as it was exported. `seal` is null where the secret is not at hand. */
export function verifyExport(files: ReadonlyMap<string, Uint8Array>, seal: Seal | null): ExportFault[] {
  const manifest = readJson(files, MANIFEST, manifestSchema)
  if (manifest === null) return [{ path: MANIFEST, code: files.has(MANIFEST) ? 'unreadable' : 'missing' }]
  // The list names no hash of itself: it has to stand exactly as it is written, spaces included.
  const isWritten = Buffer.from(files.get(MANIFEST) ?? '').toString('utf8') === manifestText(manifest)
  return [
    ...(isWritten ? [] : [{ path: MANIFEST, code: 'changed' as const }]),
    ...faultsOfFiles(files, manifest),
    ...faultsOfSeal(manifest, seal),
    ...faultsOfHistory(files, manifest),
    ...faultsOfCase(files, manifest),
  ]
}

/** What an export says of itself; null where it is no export. */
export function readManifest(files: ReadonlyMap<string, Uint8Array>): Manifest | null {
  return readJson(files, MANIFEST, manifestSchema)
}

function faultsOfFiles(files: ReadonlyMap<string, Uint8Array>, manifest: Manifest): ExportFault[] {
  const listed = new Set([MANIFEST, ...manifest.files.map(({ path }) => path)])
  const unlisted = [...files.keys()].filter((path) => !listed.has(path))
  return [
    ...manifest.files.flatMap(({ path, sizeBytes, sha256 }): ExportFault[] => {
      const bytes = files.get(path)
      if (bytes === undefined) return [{ path, code: 'missing' }]
      return bytes.length === sizeBytes && hash('sha256', bytes, 'hex') === sha256 ? [] : [{ path, code: 'changed' }]
    }),
    ...unlisted.map((path): ExportFault => ({ path, code: 'unlisted' })),
  ]
}

function faultsOfSeal({ seal: stated, ...unsealed }: Manifest, seal: Seal | null): ExportFault[] {
  if (seal === null) return []
  return seal(canonicalize(unsealed) ?? '') === stated ? [] : [{ path: MANIFEST, code: 'notSealedHere' }]
}

const historySchema = z.array(
  z.object({
    seq: z.int(),
    at: z.string(),
    actor: z.string(),
    act: z.string(),
    from: z.string(),
    to: z.string(),
    data: z.record(z.string(), z.json()).optional(),
    salt: z.string().optional(),
    dataHash: z.string(),
    previousHash: z.string(),
    hash: z.string(),
  }),
)

function faultsOfHistory(files: ReadonlyMap<string, Uint8Array>, { history }: Manifest): ExportFault[] {
  const lines = readJson(files, HISTORY, historySchema)
  if (lines === null) return [{ path: HISTORY, code: 'unreadable' }]
  const faults = verifyChain(lines as HistoryEntry[], { seq: history.lines, hash: history.hash })
  return faults.map(({ seq }) => ({ path: HISTORY, code: 'chainBroken', line: seq }))
}

const caseSchema = z.looseObject({ code: z.string() })

function faultsOfCase(files: ReadonlyMap<string, Uint8Array>, manifest: Manifest): ExportFault[] {
  const current = readJson(files, CASE, caseSchema)
  if (current === null) return [{ path: CASE, code: 'unreadable' }]
  if (current.code !== manifest.code) return [{ path: CASE, code: 'otherCase' }]
  if (manifest.view !== 'full') return []
  // Every file that the case names, wherever it names it, lies beside it.
  const kept = new Set(manifest.files.map(({ sha256 }) => sha256))
  const named = [
    ...new Set([...JSON.stringify(current).matchAll(/"sha256":"([0-9a-f]{64})"/g)].map(([, sha256 = '']) => sha256)),
  ]
  return named.filter((sha256) => !kept.has(sha256)).map((sha256) => ({ path: sha256, code: 'attachmentMissing' }))
}

function readJson<Shape extends z.ZodType>(
  files: ReadonlyMap<string, Uint8Array>,
  path: string,
  schema: Shape,
): z.output<Shape> | null {
  const bytes = files.get(path)
  if (bytes === undefined) return null
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    return null
  }
}
