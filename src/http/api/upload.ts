import busboy from 'busboy'
import type { Request } from 'express'
import { z } from 'zod'
import { RefusedError } from '../../usecases/refused-error.ts'

/** What `readUpload` reads. */
export const uploadSchema = z.object({ file: z.string().meta({ format: 'binary' }) })

/** Reads the one file of a multipart form, field `file`, whole and bounded; anything else is a fault of the request. */
export async function readUpload(request: Request, sizeBytesMax: number): Promise<{ bytes: Buffer; name: string }> {
  const wrong = (key: string, params: Record<string, number> = {}) =>
    new RefusedError('invalid_fields', [{ path: 'file', key, params }])
  if (request.is('multipart/form-data') === false) throw new RefusedError('unsupported_media_type')
  let parser: busboy.Busboy
  try {
    parser = busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fields: 10, fieldSize: 1_000, fileSize: sizeBytesMax },
    })
  } catch {
    throw wrong('fault.required')
  }
  return new Promise((resolve, reject) => {
    const found: { bytes: Buffer; name: string; isTooLarge: boolean }[] = []
    parser.on('file', (field, stream, { filename }) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('close', () => {
        const isTooLarge = stream.truncated === true
        if (field === 'file') found.push({ bytes: Buffer.concat(chunks), name: filename ?? '', isTooLarge })
      })
    })
    parser.on('error', () => reject(wrong('fault.invalid')))
    parser.on('close', () => {
      const [file] = found
      if (file === undefined) reject(wrong('fault.required'))
      else if (file.isTooLarge)
        reject(wrong('files.refused.tooLarge', { megabytes: Math.floor(sizeBytesMax / 1_048_576) }))
      else resolve(file)
    })
    request.on('aborted', () => reject(wrong('fault.invalid')))
    request.pipe(parser)
  })
}
