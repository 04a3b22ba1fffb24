import { BesideError, createBeside } from './beside.ts'

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

// One unpacked picture takes up to 200 MB.
const decodeHeic = createBeside<Uint8Array, Uint8Array>({
  file: new URL('./heic-worker.ts', import.meta.url),
  atOnceMax: 1,
  waitingMax: 20,
  timeoutMs: defaults.timeoutMs,
  memoryMegabytesMax: 512,
})

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
    if (error instanceof BesideError) return { ok: false, reason: error.code === 'ended' ? 'damaged' : 'timeout' }
    return { ok: false, reason: error instanceof Error && /timeout/i.test(error.message) ? 'timeout' : 'damaged' }
  }
}
