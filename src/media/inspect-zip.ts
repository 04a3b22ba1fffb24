import type { Inspection } from './inspection.ts'
import { listZip, readZipText } from './zip.ts'

const contentTypesBytesMax = 1024 * 1024
const unpackedBytesMax = 512 * 1024 * 1024
const ratioMax = 200

const documents = [
  {
    main: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml',
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    extension: 'docx',
  },
  {
    main: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml',
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
  },
]

/** A Word or Excel document without macros, or the reason against it. Any other zip file is an archive. */
export function inspectZip(content: Buffer): Inspection {
  const entries = listZip(content)
  if (entries === undefined) return { ok: false, reason: 'unsupported' }
  const names = entries.map((entry) => entry.name)
  if (entries.some((entry) => entry.isEncrypted)) return { ok: false, reason: 'encrypted' }
  if (names.some((name) => /^(?:classes\.dex|AndroidManifest\.xml|META-INF\/MANIFEST\.MF)$/i.test(name))) {
    return { ok: false, reason: 'executable' }
  }
  if (names.includes('mimetype')) return { ok: false, reason: 'unsupported' }
  if (!names.includes('[Content_Types].xml')) return { ok: false, reason: 'archive' }
  const unpackedBytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (unpackedBytes > Math.min(unpackedBytesMax, content.length * ratioMax)) return { ok: false, reason: 'unsupported' }
  const types = readZipText(content, '[Content_Types].xml', contentTypesBytesMax)
  if (types === undefined) return { ok: false, reason: 'unsupported' }
  if (/macroEnabled|vbaProject|ms-excel\.intlmacrosheet|ms-excel\.macrosheet/i.test(types))
    return { ok: false, reason: 'macro' }
  if (names.some((name) => /(?:vbaProject\.bin|vbaData\.xml)$|\/macrosheets\//i.test(name)))
    return { ok: false, reason: 'macro' }
  const found = documents.find((document) => types.includes(document.main))
  if (found === undefined) return { ok: false, reason: 'unsupported' }
  return { ok: true, mediaType: found.mediaType, extension: found.extension, kind: 'document' }
}
