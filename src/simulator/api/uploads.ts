import { once } from 'node:events'
import busboy from 'busboy'
import type { Request } from 'express'
import { DAY_MS, type World } from '../world.ts'
import type { Json } from './read.ts'
import { invalid, Refusal } from './refusal.ts'

type Kind = 'image' | 'gif' | 'file'

const SIZE_BYTES_MAX: Record<Kind, number> = { image: 1_048_576, gif: 5_242_880, file: 5_242_880 }

export type ReceivedFile = { field: string; name: string; mediaType: string; bytes: Buffer; tooBig: boolean }

/** An asset for later messages; it expires after seven days (zalo §5). */
export async function receiveUpload(world: World, req: Request, kind: Kind): Promise<Json> {
  const form = await readForm(req, { filesMax: 1, sizeBytesMax: SIZE_BYTES_MAX[kind] })
  const file = form.files.find((each) => each.field === 'file')
  if (file === undefined) throw invalid('file')
  if (file.tooBig) throw new Refusal(-210, 'file is over the maximum allowed size')
  const mediaType = typeByContent(file)
  if (!allowed(kind, mediaType)) throw invalid('file')
  const id = world.random.token(44)
  const media = world.keepMedia({ name: file.name, mediaType, bytes: file.bytes })
  world.state.uploads[id] = { kind, media, expiresAt: world.clock.now() + 7 * DAY_MS }
  world.storage.changed()
  return kind === 'file' ? { token: id } : { attachment_id: id }
}

/** Reads a multipart form; files over the bound are cut and marked. */
export async function readForm(
  req: Request,
  limits: { filesMax: number; sizeBytesMax: number },
): Promise<{ fields: Record<string, string>; files: ReceivedFile[] }> {
  const fields: Record<string, string> = {}
  const files: ReceivedFile[] = []
  let parser: busboy.Busboy
  try {
    parser = busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: limits.filesMax, fileSize: limits.sizeBytesMax, fields: 20, fieldSize: 20_000 },
    })
  } catch {
    throw invalid('file')
  }
  parser.on('field', (name, value) => {
    fields[name] = value
  })
  parser.on('file', (field, stream, info) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('close', () => {
      files.push({
        field,
        name: info.filename ?? '',
        mediaType: info.mimeType,
        bytes: Buffer.concat(chunks),
        tooBig: stream.truncated === true,
      })
    })
  })
  req.pipe(parser)
  try {
    await once(parser, 'close')
  } catch {
    throw invalid('file')
  }
  return { fields, files }
}

/** The type that the first bytes show; for text formats the name decides. */
export function typeByContent(file: { name: string; mediaType: string; bytes: Buffer }): string {
  const { bytes } = file
  const starts = (hex: string): boolean => bytes.subarray(0, hex.length / 2).toString('hex') === hex
  if (starts('ffd8ff')) return 'image/jpeg'
  if (starts('89504e470d0a1a0a')) return 'image/png'
  if (starts('47494638')) return 'image/gif'
  if (starts('255044462d')) return 'application/pdf'
  if (starts('d0cf11e0a1b11ae1')) return 'application/msword'
  if (starts('504b0304') && /\.docx$/i.test(file.name)) {
    return 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  }
  if (/\.csv$/i.test(file.name)) return 'text/csv'
  return file.mediaType
}

function allowed(kind: Kind, mediaType: string): boolean {
  switch (kind) {
    case 'image':
      return mediaType === 'image/jpeg' || mediaType === 'image/png'
    case 'gif':
      return mediaType === 'image/gif'
    case 'file':
      return mediaType === 'application/pdf' || mediaType === 'text/csv' || /msword|wordprocessingml/.test(mediaType)
  }
}
