import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { makePublicCopy } from '../../src/media/public-copy.ts'
import { claimingPng, heic, pdf, photo, picture } from './samples.ts'

describe('a copy for the public', () => {
  test('carries nothing of what the camera wrote, and stands upright', async () => {
    const original = await photo(64, 32)
    const before = await sharp(original).metadata()
    expect([before.orientation, original.includes('MARKEDCAMERA')]).toEqual([6, true])
    const copy = await copied(original, 'image/jpeg')
    expect(copy.bytes.includes('MARKEDCAMERA') || copy.bytes.includes('Exif')).toBe(false)
    const after = await sharp(copy.bytes).metadata()
    expect([after.exif, after.xmp, after.iptc, after.orientation]).toEqual([undefined, undefined, undefined, undefined])
    expect([copy.width, copy.height]).toEqual([32, 64])
    expect(await colourAt(copy.bytes, 16, 4)).toBe('red')
    expect(await colourAt(copy.bytes, 16, 60)).toBe('blue')
  })

  test('of a HEIC photo is a JPG without its data', async () => {
    expect(heic.includes('MARKEDCAMERA')).toBe(true)
    const copy = await copied(heic, 'image/heic')
    expect([copy.mediaType, copy.width, copy.height]).toEqual(['image/jpeg', 64, 32])
    expect(copy.bytes.includes('MARKEDCAMERA')).toBe(false)
    expect(await colourAt(copy.bytes, 4, 16)).toBe('red')
    expect(await colourAt(copy.bytes, 60, 16)).toBe('blue')
  })

  test('of a PNG is a JPG on white', async () => {
    const clear = { width: 10, height: 10, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } }
    const copy = await copied(await sharp({ create: clear }).png().toBuffer(), 'image/png')
    expect(await colourAt(copy.bytes, 5, 5)).toBe('white')
  })

  test('is no larger than a screen needs, and never larger than the original', async () => {
    const large = await (await picture(4_000, 1_000)).jpeg().toBuffer()
    expect(await copied(large, 'image/jpeg')).toMatchObject({ width: 2_048, height: 512 })
    expect(await copied(await photo(64, 32), 'image/jpeg')).toMatchObject({ width: 32, height: 64 })
  })

  test('is not made of anything but an image', async () => {
    expect(await makePublicCopy(pdf(), 'application/pdf')).toEqual({ ok: false, reason: 'notAnImage' })
  })

  test('is not made of damaged images, whatever they claim to be', async () => {
    const jpeg = await photo(640, 320)
    for (const [bytes, mediaType] of [
      [jpeg.subarray(0, 600), 'image/jpeg'],
      [heic.subarray(0, 560), 'image/heic'],
      [Buffer.from('not a picture'), 'image/png'],
      [jpeg, 'image/heic'],
    ] as const) {
      expect(await makePublicCopy(bytes, mediaType)).toEqual({ ok: false, reason: 'damaged' })
    }
  })

  test('is not made of an image whose few bytes unpack to very many pixels', async () => {
    const bomb = await claimingPng(20_000, 20_000)
    expect(await makePublicCopy(bomb, 'image/png')).toEqual({ ok: false, reason: 'tooManyPixels' })
    expect(await makePublicCopy(heic, 'image/heic', { heicPixelsMax: 1_000 })).toEqual({
      ok: false,
      reason: 'tooManyPixels',
    })
  })

  test('of a HEIC photo is given up when the decoder takes too long', async () => {
    expect(await makePublicCopy(heic, 'image/heic', { timeoutMs: 1 })).toEqual({ ok: false, reason: 'timeout' })
  })
})

async function copied(bytes: Buffer, mediaType: string) {
  const copy = await makePublicCopy(bytes, mediaType)
  if (!copy.ok) throw new Error(copy.reason)
  return copy
}

async function colourAt(bytes: Buffer, left: number, top: number): Promise<string> {
  const pixel = await sharp(bytes).extract({ left, top, width: 1, height: 1 }).raw().toBuffer()
  const [red = 0, green = 0, blue = 0] = pixel
  if (red > 200 && green > 200 && blue > 200) return 'white'
  return red > blue ? 'red' : 'blue'
}
