import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { defaultAttachmentLimits, faultOfAdding, inspectFile } from '../../src/media/inspect.ts'
import { compound, docx, heic, pdf, photo, picture, wordStream, workbookStream, xlsx } from './samples.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const amr = bytes(`#!AMR\n${'\x3c'.repeat(64)}`)
const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), bytes('ftypmp42\0\0\0\0mp42isom'), Buffer.alloc(100)])

describe('what is accepted', () => {
  test.each([
    ['a JPG photo', () => photo(), { mediaType: 'image/jpeg', extension: 'jpg', kind: 'image' }],
    [
      'a PNG',
      async () => (await picture()).png().toBuffer(),
      { mediaType: 'image/png', extension: 'png', kind: 'image' },
    ],
    ['a HEIC photo', () => heic, { mediaType: 'image/heic', extension: 'heic', kind: 'image', heic: true }],
    ['a PDF', () => pdf(), { mediaType: 'application/pdf', extension: 'pdf', kind: 'pdf' }],
    ['a Word document', () => docx(), { extension: 'docx', kind: 'document' }],
    ['an Excel document', () => xlsx(), { extension: 'xlsx', kind: 'document' }],
    ['an old Word document', () => compound({ WordDocument: wordStream() }), { extension: 'doc', kind: 'document' }],
    ['an old Excel document', () => compound({ Workbook: workbookStream() }), { extension: 'xls', kind: 'document' }],
    ['a voice message', () => amr, { mediaType: 'audio/amr', extension: 'amr', kind: 'audio' }],
  ])('%s', async (_name, make, expected) => {
    expect(await inspectFile(await make())).toMatchObject({ ok: true, ...expected })
  })

  test('the content decides, whatever the name says', async () => {
    expect(await inspectFile(await photo(), { nameHint: 'virus.exe' })).toMatchObject({
      ok: true,
      mediaType: 'image/jpeg',
    })
  })

  test('a video only where the province allows it', async () => {
    expect(await inspectFile(mp4)).toEqual({ ok: false, reason: 'unsupported' })
    const limits = { ...defaultAttachmentLimits, allowVideo: true }
    expect(await inspectFile(mp4, { limits })).toMatchObject({ ok: true, kind: 'video' })
  })
})

describe('what is refused', () => {
  const macroSheet = { type: 0x0085, data: [0, 0, 0, 0, 0, 1, 1, 0, 65] }
  const workSheet = { type: 0x0085, data: [0, 0, 0, 0, 0, 0, 1, 0, 65] }

  test.each([
    ['nothing at all', 'empty', () => Buffer.alloc(0)],
    ['one byte too much', 'tooLarge', () => Buffer.alloc(defaultAttachmentLimits.fileBytesMax + 1)],
    ['a PDF with a password', 'encrypted', () => pdf('/Encrypt 5 0 R')],
    ['a PDF with a password in place', 'encrypted', () => pdf('/Encrypt << /Filter /Standard >>')],
    [
      'a Word document with a password',
      'encrypted',
      () => compound({ EncryptedPackage: Buffer.alloc(5_000), EncryptionInfo: Buffer.alloc(100) }),
    ],
    ['an old Word document with a password', 'encrypted', () => compound({ WordDocument: wordStream(0x0100) })],
    [
      'an old Excel document with a password',
      'encrypted',
      () => compound({ Workbook: workbookStream({ type: 0x002f, data: [0, 0] }) }),
    ],
    ['an archive with a password', 'encrypted', () => withPassword(Buffer.from(zipSync({ 'a.txt': strToU8('x') })))],
    ['a Word document with macros', 'macro', () => docx({ 'word/vbaProject.bin': strToU8('x') })],
    [
      'a macro document under a harmless name',
      'macro',
      () => docx({}, 'application/vnd.ms-word.document.macroEnabled.main+xml'),
    ],
    ['an Excel document with old macro sheets', 'macro', () => xlsx({ 'xl/macrosheets/sheet1.xml': strToU8('<x/>') })],
    [
      'an old Word document with macros',
      'macro',
      () => compound({ WordDocument: wordStream(), 'Macros/VBA/dir': Buffer.alloc(5_000) }),
    ],
    [
      'an old Excel document with macros',
      'macro',
      () => compound({ Workbook: workbookStream(), '_VBA_PROJECT_CUR/VBA/dir': Buffer.alloc(5_000) }),
    ],
    [
      'an old Excel document with a macro sheet',
      'macro',
      () => compound({ Workbook: workbookStream(workSheet, macroSheet) }),
    ],
    ['a Windows program', 'executable', () => bytes(`MZ${'\0'.repeat(200)}`)],
    ['a Linux program', 'executable', () => bytes(`\x7fELF${'\0'.repeat(200)}`)],
    ['a script that calls itself a voice message', 'executable', () => bytes('#!AMRITA\nrm -rf /\n')],
    ['a shell script', 'executable', () => bytes('#!/bin/sh\nrm -rf /\n')],
    ['a Java archive', 'executable', () => Buffer.from(zipSync({ 'META-INF/MANIFEST.MF': strToU8('x') }))],
    ['an Android app', 'executable', () => Buffer.from(zipSync({ 'classes.dex': strToU8('x') }))],
    ['an archive', 'archive', () => Buffer.from(zipSync({ 'a.txt': strToU8('x') }))],
    ['a RAR archive', 'archive', () => bytes(`Rar!\x1a\x07\x01\x00${'\0'.repeat(50)}`)],
    [
      'a presentation',
      'unsupported',
      () => docx({}, 'application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml'),
    ],
    [
      'an OpenDocument text',
      'unsupported',
      () => Buffer.from(zipSync({ mimetype: strToU8('application/vnd.oasis.opendocument.text') })),
    ],
    ['an old presentation', 'unsupported', () => compound({ 'PowerPoint Document': Buffer.alloc(5_000) })],
    ['a web page in the place of a photo', 'unsupported', () => bytes('<!doctype html><title>404</title>')],
    [
      'an SVG',
      'unsupported',
      () => bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    ],
    ['a cut zip file', 'unsupported', () => docx().subarray(0, 100)],
    ['a cut compound file', 'unsupported', () => compound({ WordDocument: wordStream() }).subarray(0, 600)],
  ])('%s is %s', async (_name, reason, make) => {
    expect(await inspectFile(make())).toEqual({ ok: false, reason })
  })

  test('a script is called what it is by its name, since a text has no other mark', async () => {
    expect(await inspectFile(bytes('del *.*'), { nameHint: 'mau-don.BAT' })).toEqual({
      ok: false,
      reason: 'executable',
    })
    expect(await inspectFile(bytes('xin chào'), { nameHint: 'mau-don.txt' })).toEqual({
      ok: false,
      reason: 'unsupported',
    })
  })

  test('a document that unpacks to far more than it is, without being unpacked', async () => {
    const bomb = docx({ 'word/media/image1.png': new Uint8Array(20 * 1024 * 1024) })
    expect(bomb.length).toBeLessThan(100_000)
    const begin = performance.now()
    expect(await inspectFile(bomb)).toEqual({ ok: false, reason: 'unsupported' })
    expect(performance.now() - begin).toBeLessThan(200)
  })

  test('a table of contents that states a false size does not unpack more', async () => {
    const types = 'x'.repeat(5 * 1024 * 1024)
    const lying = Buffer.from(zipSync({ '[Content_Types].xml': strToU8(types) }))
    const directory = lying.lastIndexOf('PK\x01\x02', undefined, 'latin1')
    lying.writeUInt32LE(500, directory + 24)
    expect(await inspectFile(lying)).toEqual({ ok: false, reason: 'unsupported' })
  })
})

test('damage anywhere never throws and never takes long', async () => {
  const samples = [
    docx(),
    xlsx(),
    compound({ WordDocument: wordStream() }),
    compound({ Workbook: workbookStream() }),
    pdf(),
    heic,
    amr,
    mp4,
  ]
  const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...samples), damage, async (sample, changes) => {
      const damaged = Buffer.from(sample)
      for (const [at, value] of changes) damaged.writeUInt8(value, Math.floor(at * damaged.length))
      const begin = performance.now()
      await inspectFile(damaged)
      expect(performance.now() - begin).toBeLessThan(5_000)
    }),
    { numRuns: 500 },
  )
})

test('five files, ten megabytes each, thirty together (R3-7d)', () => {
  const mb = 1024 * 1024
  const files = (...sizes: number[]) => sizes.map((sizeBytes) => ({ sizeBytes }))
  expect(faultOfAdding(files(), 10 * mb)).toBeUndefined()
  expect(faultOfAdding(files(), 10 * mb + 1)).toBe('tooLarge')
  expect(faultOfAdding(files(1, 1, 1, 1), 1)).toBeUndefined()
  expect(faultOfAdding(files(1, 1, 1, 1, 1), 1)).toBe('tooMany')
  expect(faultOfAdding(files(10 * mb, 10 * mb), 10 * mb)).toBeUndefined()
  expect(faultOfAdding(files(10 * mb, 10 * mb, 1), 10 * mb)).toBe('togetherTooLarge')
})

/** Sets the flag by which a zip file says that a member is encrypted. */
function withPassword(zip: Buffer): Buffer {
  zip.writeUInt16LE(zip.readUInt16LE(6) | 1, 6)
  const directory = zip.lastIndexOf('PK\x01\x02', undefined, 'latin1')
  zip.writeUInt16LE(zip.readUInt16LE(directory + 8) | 1, directory + 8)
  return zip
}
