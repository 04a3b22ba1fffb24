import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CipherError, parseDataKeys } from '../../src/store/crypto.ts'
import { createFileCipher } from '../../src/store/file-cipher.ts'

const first = parseDataKeys(`k1:${randomBytes(32).toString('base64')}`)
const second = parseDataKeys(`k2:${randomBytes(32).toString('base64')}`)
const cipher = createFileCipher(first)
const place = 'files/1'
const frame = 64 * 1024
const sealedFrame = frame + 16
const headBytes = 2 + 2 + 32

const collect = async (source: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = []
  for await (const piece of source) all.push(piece)
  return Buffer.concat(all)
}
const seal = (plain: Uint8Array) => collect(cipher.encrypt([plain], place))
const open = (sealed: Uint8Array, context = place) => collect(cipher.decrypt([sealed], context))

describe('a file', () => {
  test.each([0, 1, frame - 1, frame, frame + 1, 3 * frame, 3 * frame + 5])('of %i bytes comes back', async (size) => {
    const plain = randomBytes(size)
    expect((await open(await seal(plain))).equals(plain)).toBe(true)
  })

  test('comes back however it is cut on the way in and out', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 200_000 }), cuts, cuts, async (size, inCuts, outCuts) => {
        const plain = randomBytes(size)
        const sealed = await collect(cipher.encrypt(pieces(plain, inCuts), place))
        expect((await collect(cipher.decrypt(pieces(sealed, outCuts), place))).equals(plain)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('cut off anywhere, also between two frames, is refused', async () => {
    const sealed = await seal(randomBytes(3 * frame))
    const ends = [
      0,
      1,
      headBytes - 1,
      headBytes,
      headBytes + 15,
      headBytes + sealedFrame,
      headBytes + 2 * sealedFrame,
      sealed.length - 1,
    ]
    for (const end of ends) await expect(open(sealed.subarray(0, end))).rejects.toThrow(CipherError)
  })

  test('with frames exchanged, repeated, left out or added is refused', async () => {
    const sealed = await seal(randomBytes(4 * frame))
    const head = sealed.subarray(0, headBytes)
    const frames = [0, 1, 2, 3].map((at) =>
      sealed.subarray(headBytes + at * sealedFrame, headBytes + (at + 1) * sealedFrame),
    )
    const arrange = (...order: number[]) => Buffer.concat([head, ...order.map((at) => frames[at] ?? Buffer.alloc(0))])
    expect((await open(arrange(0, 1, 2, 3))).length).toBe(4 * frame)
    for (const order of [[1, 0, 2, 3], [0, 0, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2, 3, 3], [3]]) {
      await expect(open(arrange(...order))).rejects.toThrow(CipherError)
    }
  })

  test('with a changed byte in any part is refused', async () => {
    const sealed = await seal(randomBytes(frame + 100))
    for (const at of [0, 1, 2, 3, 4, 20, headBytes, headBytes + frame, headBytes + sealedFrame, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      await expect(open(changed)).rejects.toThrow(CipherError)
    }
  })

  test('cannot be read in the place of another, nor with frames of another', async () => {
    const sealed = await seal(randomBytes(2 * frame))
    const other = await seal(randomBytes(2 * frame))
    await expect(open(sealed, 'files/2')).rejects.toMatchObject({ code: 'tampered' })
    const mixed = Buffer.concat([sealed.subarray(0, headBytes + sealedFrame), other.subarray(headBytes + sealedFrame)])
    await expect(open(mixed)).rejects.toMatchObject({ code: 'tampered' })
  })

  test('is read after a change of key and told apart', async () => {
    const sealed = await seal(Buffer.from('x'))
    const rotated = createFileCipher([second[0], first[0]])
    expect((await collect(rotated.decrypt([sealed], place))).toString()).toBe('x')
    expect([rotated.needsRotation(sealed), cipher.needsRotation(sealed)]).toEqual([true, false])
    await expect(collect(createFileCipher(second).decrypt([sealed], place))).rejects.toMatchObject({
      code: 'unknownKey',
    })
  })
})

function* pieces(bytes: Buffer, sizes: number[]): Generator<Buffer> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}
