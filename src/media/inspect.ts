import { fileTypeFromBuffer } from 'file-type'
import { inspectCompound } from './inspect-compound.ts'
import { inspectZip } from './inspect-zip.ts'
import { type AttachmentLimits, defaultAttachmentLimits, type Inspection, type MediaKind } from './inspection.ts'

export {
  type AttachmentLimits,
  defaultAttachmentLimits,
  faultOfAdding,
  type Inspection,
  type InspectionFault,
  type MediaKind,
} from './inspection.ts'

/**
 * What a file is by its content (R3-7b, R3-7c, R3-7e). `nameHint` never makes a file acceptable: it only words the refusal
 * of one that is not. Nothing is unpacked beyond a small, bounded part.
 */
export async function inspectFile(
  bytes: Uint8Array,
  options: { nameHint?: string; limits?: AttachmentLimits } = {},
): Promise<Inspection> {
  const limits = options.limits ?? defaultAttachmentLimits
  if (bytes.length === 0) return { ok: false, reason: 'empty' }
  if (bytes.length > limits.fileBytesMax) return { ok: false, reason: 'tooLarge' }
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isProgram(content)) return { ok: false, reason: 'executable' }
  if (startsWith(content, 'PK')) return inspectZip(content)
  if (startsWith(content, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return inspectCompound(content)
  const found = await fileTypeFromBuffer(content).catch(() => undefined)
  return judge(content, found?.mime, options.nameHint, limits)
}

const accepted: Record<string, { mediaType: string; extension: string; kind: MediaKind; heic?: boolean }> = {
  'image/jpeg': { mediaType: 'image/jpeg', extension: 'jpg', kind: 'image' },
  'image/png': { mediaType: 'image/png', extension: 'png', kind: 'image' },
  'image/apng': { mediaType: 'image/png', extension: 'png', kind: 'image' },
  'image/heic': { mediaType: 'image/heic', extension: 'heic', kind: 'image', heic: true },
  'image/heif': { mediaType: 'image/heic', extension: 'heic', kind: 'image', heic: true },
  'image/heic-sequence': { mediaType: 'image/heic', extension: 'heic', kind: 'image', heic: true },
  'image/heif-sequence': { mediaType: 'image/heic', extension: 'heic', kind: 'image', heic: true },
  'application/pdf': { mediaType: 'application/pdf', extension: 'pdf', kind: 'pdf' },
  // Zalo's voice messages are .amr (zalo §9.8); the others are what phones make of a recording.
  'audio/amr': { mediaType: 'audio/amr', extension: 'amr', kind: 'audio' },
  'audio/aac': { mediaType: 'audio/aac', extension: 'aac', kind: 'audio' },
  'audio/mpeg': { mediaType: 'audio/mpeg', extension: 'mp3', kind: 'audio' },
  'audio/x-m4a': { mediaType: 'audio/mp4', extension: 'm4a', kind: 'audio' },
  'audio/mp4': { mediaType: 'audio/mp4', extension: 'm4a', kind: 'audio' },
  'video/mp4': { mediaType: 'video/mp4', extension: 'mp4', kind: 'video' },
  'video/quicktime': { mediaType: 'video/quicktime', extension: 'mov', kind: 'video' },
  'video/3gpp': { mediaType: 'video/3gpp', extension: '3gp', kind: 'video' },
}

const archives =
  /^application\/(?:zip|x-7z-compressed|x-rar-compressed|vnd\.rar|gzip|x-tar|x-bzip2|x-xz|zstd|x-lzip|x-compress|x-cpio|x-lzh-compressed|x-iso9660-image|vnd\.ms-cab-compressed)$/
const programNames =
  /\.(?:exe|com|scr|pif|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|apk|xapk|sh|dll|reg|lnk|cpl|app|deb|rpm|dmg)$/i

function judge(
  content: Buffer,
  mime: string | undefined,
  nameHint: string | undefined,
  limits: AttachmentLimits,
): Inspection {
  const base = mime?.split(';')[0] ?? ''
  const found = accepted[base]
  if (found?.kind === 'pdf' && isEncryptedPdf(content)) return { ok: false, reason: 'encrypted' }
  if (found !== undefined && (found.kind !== 'video' || limits.allowVideo)) return { ok: true, ...found }
  if (found === undefined && (isProgramType(base) || programNames.test(nameHint?.trim() ?? ''))) {
    return { ok: false, reason: 'executable' }
  }
  return { ok: false, reason: archives.test(base) ? 'archive' : 'unsupported' }
}

function isProgramType(mime: string): boolean {
  return /x-msdownload|x-elf|x-mach|java-vm|x-msi|x\.ms\.shortcut|wasm|x-executable|x-deb|x-rpm|x-nintendo|x-apple-diskimage/.test(
    mime,
  )
}

/** Windows, Linux, macOS, Java, Android, WebAssembly, shortcuts, and texts that name their interpreter. */
function isProgram(content: Buffer): boolean {
  const starts = [
    '\x7fELF',
    '\xca\xfe\xba\xbe',
    'dex\n',
    '\0asm',
    'L\0\0\0\x01\x14\x02\0',
    '!<arch>\n',
    '\xed\xab\xee\xdb',
  ]
  if (starts.some((start) => startsWith(content, start))) return true
  // Voice messages begin like a script: `#!AMR`.
  if (startsWith(content, '#!')) return !/^#!AMR(?:-WB)?\n/.test(content.toString('latin1', 0, 10))
  if (/^(?:\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe)/.test(content.toString('latin1', 0, 4))) return true
  return startsWith(content, 'MZ')
}

/** The dictionary that names the encryption is never compressed, so that a reader can find it. */
function isEncryptedPdf(content: Buffer): boolean {
  return /\/Encrypt\s*(?:\d+\s+\d+\s+R|<<)/.test(content.toString('latin1'))
}

function startsWith(content: Buffer, start: string): boolean {
  return content.toString('latin1', 0, start.length) === start
}
