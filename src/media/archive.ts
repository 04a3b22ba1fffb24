import { Unzip, UnzipInflate, Zip, ZipDeflate, ZipPassThrough } from 'fflate'

/** One file of an archive; its bytes are read when its turn comes. */
export type ZipEntry = { path: string; content: AsyncIterable<Uint8Array>; isCompressed: boolean }

/** Writes an archive piece by piece, so that nothing larger than a piece is held in memory. */
export async function* writeZip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = []
  let failure: Error | null = null
  const zip = new Zip((error, chunk) => {
    if (error !== null) failure = error
    else ready.push(chunk)
  })
  const written = () => {
    if (failure !== null) throw failure
    return ready.splice(0)
  }
  for await (const { path, content, isCompressed } of entries) {
    const file = isCompressed ? new ZipDeflate(path, { level: 6 }) : new ZipPassThrough(path)
    zip.add(file)
    for await (const piece of content) {
      // The writer keeps what it is given, and the giver may write over it.
      file.push(Uint8Array.from(piece))
      yield* written()
    }
    file.push(new Uint8Array(0), true)
    yield* written()
  }
  zip.end()
  yield* written()
}

export class ZipError extends Error {
  override readonly name = 'ZipError'
  readonly code: 'notAnArchive' | 'tooLarge'

  constructor(code: ZipError['code'], options?: ErrorOptions) {
    super(`archive ${code}`, options)
    this.code = code
  }
}

/** Everything in an archive, in memory; refuses more than `bytesMax` unpacked, whatever the archive claims. */
export function readZip(bytes: Uint8Array, bytesMax: number): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array[]>()
  let total = 0
  try {
    const unzip = new Unzip((file) => {
      const chunks: Uint8Array[] = []
      found.set(file.name, chunks)
      file.ondata = (error, chunk) => {
        if (error !== null) throw error
        total += chunk.length
        if (total > bytesMax) throw new ZipError('tooLarge')
        chunks.push(chunk)
      }
      file.start()
    })
    unzip.register(UnzipInflate)
    const piece = 64 * 1024
    for (let at = 0; at < bytes.length; at += piece)
      unzip.push(bytes.subarray(at, at + piece), at + piece >= bytes.length)
  } catch (cause) {
    throw cause instanceof ZipError ? cause : new ZipError('notAnArchive', { cause })
  }
  if (found.size === 0) throw new ZipError('notAnArchive')
  return new Map([...found].map(([path, chunks]) => [path, Buffer.concat(chunks)]))
}
