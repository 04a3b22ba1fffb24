import { randomBytes } from 'node:crypto'

/** One file as a multipart form with the field `file`, as Zalo's upload calls want it (zalo §5). */
export function multipartOf(file: { bytes: Buffer; name: string; mediaType: string }): {
  contentType: string
  body: Buffer
} {
  const boundary = `----pakn${randomBytes(16).toString('hex')}`
  // Quotes and line ends would break out of the header; the name means nothing to Zalo but its ending.
  const name = file.name.toWellFormed().replace(/[\p{Cc}"\\]/gu, '_') || 'file'
  const mediaType = /^[\w.+-]+\/[\w.+-]+$/.test(file.mediaType) ? file.mediaType : 'application/octet-stream'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${mediaType}\r\n\r\n`
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}
