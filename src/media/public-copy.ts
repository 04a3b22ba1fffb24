import { Worker } from 'node:worker_threads'

export type PublicCopy =
  | { ok: true; bytes: Buffer; mediaType: 'image/jpeg'; width: number; height: number }
  | { ok: false; reason: 'notAnImage' | 'tooManyPixels' | 'damaged' | 'timeout' }

export type PublicCopyOptions = { longestSide: number; pixelsMax: number; heicPixelsMax: number; timeoutMs: number }

const defaults: PublicCopyOptions = {
  longestSide: 2_048,
  pixelsMax: 120_000_000,
  // These are unpacked whole, 4 bytes a pixel; the largest that phones write has 48 million.
  heicPixelsMax: 50_000_000,
  timeoutMs: 30_000,
}

/**
 * A JPG that may be shown in public: drawn anew, upright, no larger than a screen needs, and without what a camera writes
 * beside the picture, such as the place (R3-7e). Only images get one; the original stays as it is.
 */
export async function makePublicCopy(
  bytes: Uint8Array,
  mediaType: string,
  options: Partial<PublicCopyOptions> = {},
): Promise<PublicCopy> {
  const settings = { ...defaults, ...options }
  if (!['image/jpeg', 'image/png', 'image/heic'].includes(mediaType)) return { ok: false, reason: 'notAnImage' }
  // Loaded with the first picture: the library alone takes as much memory as a small service.
  const { default: sharp } = await import('sharp')
  const isHeic = mediaType === 'image/heic'
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata()
    if (width * height > (isHeic ? settings.heicPixelsMax : settings.pixelsMax))
      return { ok: false, reason: 'tooManyPixels' }
    const readable = isHeic ? await decodeHeic(bytes, settings.timeoutMs) : bytes
    const { data, info } = await sharp(readable, { limitInputPixels: settings.pixelsMax, failOn: 'error' })
      .timeout({ seconds: Math.max(1, Math.ceil(settings.timeoutMs / 1_000)) })
      .autoOrient()
      .resize({ width: settings.longestSide, height: settings.longestSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 82 })
      .toBuffer({ resolveWithObject: true })
    return { ok: true, bytes: data, mediaType: 'image/jpeg', width: info.width, height: info.height }
  } catch (error) {
    return { ok: false, reason: error instanceof Error && /timeout/i.test(error.message) ? 'timeout' : 'damaged' }
  }
}

/** In a thread of its own, for the decoder runs without a pause and could hold up every citizen. */
function decodeHeic(bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  const worker = new Worker(new URL('./heic-worker.ts', import.meta.url), { workerData: bytes })
  return new Promise<Uint8Array>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('timeout')), timeoutMs)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the decoder ended without an answer')))
    worker.once('exit', () => clearTimeout(late))
  }).finally(() => worker.terminate())
}
