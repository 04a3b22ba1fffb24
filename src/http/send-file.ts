import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { OpenedFile } from '../usecases/file-store.ts'

/** Sends a kept file as a download; a file that was changed in the store ends the connection instead of its content. */
export async function sendFile(response: Response, file: OpenedFile, options: { cacheControl: string }): Promise<void> {
  const plain = file.name.normalize('NFD').replace(/[^\x20-\x7e]|["\\]/g, '')
  response.set({
    'Content-Type': file.mediaType,
    'Content-Length': String(file.sizeBytes),
    'Content-Disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'Cache-Control': options.cacheControl,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  })
  await pipeline(Readable.from(file.content, { objectMode: false }), response)
}
