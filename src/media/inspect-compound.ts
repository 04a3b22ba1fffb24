import { find, parse } from 'cfb'
import type { Inspection } from './inspection.ts'

const filePass = 0x002f
const boundSheet = 0x0085
const endOfFile = 0x000a
const macroSheet = 0x01

/**
 * The compound files of Office until 2003 ([MS-CFB]): .doc and .xls without macros and passwords. Newer documents with a
 * password come in the same envelope.
 */
export function inspectCompound(content: Buffer): Inspection {
  let names: string[]
  let word: Buffer | undefined
  let workbook: Buffer | undefined
  try {
    const container = parse(content)
    const stream = (name: string) => {
      const entry = find(container, name)
      return entry?.type === 2 ? Buffer.from(entry.content) : undefined
    }
    names = container.FileIndex.map((entry) => entry.name)
    word = stream('WordDocument')
    workbook = stream('Workbook') ?? stream('Book')
  } catch {
    return { ok: false, reason: 'unsupported' }
  }
  if (names.includes('EncryptedPackage')) return { ok: false, reason: 'encrypted' }
  // The tables of Windows Installer have names outside of any script, after this one.
  if (names.some((name) => name.startsWith('\u4840'))) return { ok: false, reason: 'executable' }
  if (names.some((name) => /^(?:Macros|_VBA_PROJECT|_VBA_PROJECT_CUR|VBA)$/i.test(name)))
    return { ok: false, reason: 'macro' }
  if (word !== undefined) {
    if (isEncryptedWord(word)) return { ok: false, reason: 'encrypted' }
    return { ok: true, mediaType: 'application/msword', extension: 'doc', kind: 'document' }
  }
  if (workbook !== undefined) {
    const fault = faultOfWorkbook(workbook)
    if (fault !== undefined) return { ok: false, reason: fault }
    return { ok: true, mediaType: 'application/vnd.ms-excel', extension: 'xls', kind: 'document' }
  }
  return { ok: false, reason: 'unsupported' }
}

/** [MS-DOC] §2.5.2 FibBase: the flag fEncrypted. */
function isEncryptedWord(stream: Buffer): boolean {
  return stream.length >= 12 && (stream.readUInt16LE(10) & 0x0100) !== 0
}

/** [MS-XLS] §2.1.4: records of type and length; the globals come first and end with EOF. */
function faultOfWorkbook(stream: Buffer): 'encrypted' | 'macro' | undefined {
  for (let at = 0; at + 4 <= stream.length; ) {
    const type = stream.readUInt16LE(at)
    const length = stream.readUInt16LE(at + 2)
    if (type === filePass) return 'encrypted'
    if (type === boundSheet && at + 10 <= stream.length && stream.readUInt8(at + 9) === macroSheet) return 'macro'
    if (type === endOfFile) return undefined
    at += 4 + length
  }
  return undefined
}
