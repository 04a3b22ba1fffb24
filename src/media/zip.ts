import { unzipSync } from 'fflate'

export type ZipEntry = { name: string; isEncrypted: boolean; size: number }

const entriesMax = 10_000
const centralHeader = 0x02014b50
const endOfDirectory = 0x06054b50

/**
 * The table of contents of a zip file, without unpacking anything; undefined where it is damaged or larger than any
 * office document.
 */
export function listZip(bytes: Buffer): ZipEntry[] | undefined {
  const end = findEnd(bytes)
  if (end === undefined) return undefined
  const count = bytes.readUInt16LE(end + 10)
  if (count > entriesMax) return undefined
  const entries: ZipEntry[] = []
  let at = bytes.readUInt32LE(end + 16)
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== centralHeader) return undefined
    const nameLength = bytes.readUInt16LE(at + 28)
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      isEncrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0,
      size: bytes.readUInt32LE(at + 24),
    })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return entries
}

/** One small member as text; undefined where it is missing, damaged or larger than `maxBytes`. */
export function readZipText(bytes: Buffer, name: string, maxBytes: number): string | undefined {
  try {
    // What is unpacked is bounded by the size that the directory states, whatever the data says.
    const files = unzipSync(bytes, { filter: (file) => file.name === name && file.originalSize <= maxBytes })
    const found = files[name]
    return found === undefined ? undefined : Buffer.from(found).toString('utf8')
  } catch {
    return undefined
  }
}

/** The record at the end, which a comment of up to 65,535 bytes may follow. */
function findEnd(bytes: Buffer): number | undefined {
  const lowest = Math.max(0, bytes.length - 22 - 0xffff)
  for (let at = bytes.length - 22; at >= lowest; at -= 1) {
    if (bytes.readUInt32LE(at) === endOfDirectory) return at
  }
  return undefined
}
