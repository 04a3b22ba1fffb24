import { crc32 } from 'node:zlib'
import { utils, write } from 'cfb'
import { strToU8, zipSync } from 'fflate'
import sharp from 'sharp'

/** 64 × 32 pixels, left red, right blue, with a position and the maker `MARKEDCAMERA` in it. */
export const heic = Buffer.from(
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB4gABAAAAAAAAAGoAAgAAAAACTAABAAAAAAAAAG8AAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAIAAAAAEAAAAAAAAAAv///+AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAA4W1kYXQAAABmKAGvE4D4EOGn//xNKP/6dc8P08yJif/601JH+FQ7/9aJw/JKRbOseX2e/wfiHUqkSrfGkr4d8zax/53i28UCGd4jLollcsQ/7OXExr6p3DvuY3p9qlFt/zeaobjG4afcbHo7nxK4AAAABkV4aWYAAE1NACoAAAAIAAIBDwACAAAADQAAACaIJQAEAAAAAQAAADMAAAAATUFSS0VEQ0FNRVJBAAACAAEAAgAAAAJOAAAAAAIABQAAAAMAAABNAAAADgAAAAEAAAAVAAAAAQAAAAAAAAAB',
  'base64',
)

/** Left red, right blue. */
export async function picture(width = 64, height = 32) {
  const half = { create: { width: width / 2, height, channels: 3 as const, background: '#0000ff' } }
  return sharp({ create: { width, height, channels: 3, background: '#ff0000' } }).composite([
    { input: await sharp(half).png().toBuffer(), left: width / 2, top: 0 },
  ])
}

/** A photo as a camera writes it: turned by 90°, with maker and position. */
export async function photo(width = 64, height = 32): Promise<Buffer> {
  const place = {
    GPSLatitudeRef: 'N',
    GPSLatitude: '14/1 21/1 0/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '108/1 0/1 0/1',
  }
  return (await picture(width, height))
    .withMetadata({ orientation: 6 })
    .withExif({ IFD0: { Make: 'MARKEDCAMERA' }, IFD3: place })
    .jpeg()
    .toBuffer()
}

export function pdf(trailer = ''): Buffer {
  return Buffer.from(`%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R ${trailer} >>\n%%EOF\n`)
}

const wordMain = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'
const excelMain = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'

export function docx(more: Record<string, Uint8Array> = {}, main = wordMain): Buffer {
  const types = `<Types><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`
  return Buffer.from(
    zipSync({
      '[Content_Types].xml': strToU8(types),
      '_rels/.rels': strToU8('<Relationships/>'),
      'word/document.xml': strToU8('<w:document/>'),
      ...more,
    }),
  )
}

export function xlsx(more: Record<string, Uint8Array> = {}): Buffer {
  return docx({ 'xl/workbook.xml': strToU8('<workbook/>'), ...more }, excelMain)
}

export function compound(streams: Record<string, Buffer>): Buffer {
  const container = utils.cfb_new()
  for (const [path, content] of Object.entries(streams)) utils.cfb_add(container, `/${path}`, content)
  return Buffer.from(write(container, { type: 'buffer' }) as Buffer)
}

export function wordStream(flags = 0): Buffer {
  const stream = Buffer.alloc(6_000)
  stream.writeUInt16LE(0xa5ec, 0)
  stream.writeUInt16LE(flags, 10)
  return stream
}

export function workbookStream(...records: { type: number; data: number[] }[]): Buffer {
  const begin = { type: 0x0809, data: Array.from({ length: 16 }, () => 0) }
  const all = [begin, ...records, { type: 0x000a, data: [] }].map(({ type, data }) => {
    const head = Buffer.alloc(4)
    head.writeUInt16LE(type, 0)
    head.writeUInt16LE(data.length, 2)
    return Buffer.concat([head, Buffer.from(data)])
  })
  return Buffer.concat([...all, Buffer.alloc(5_000)])
}

/** A PNG of a few bytes that says it is this large. */
export async function claimingPng(width: number, height: number): Promise<Buffer> {
  const png = await (await picture()).png().toBuffer()
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}
