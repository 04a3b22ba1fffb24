import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { CipherError, type DataKeys, headerOf, readHeader } from './crypto.ts'

/** Encrypts files of any size piece by piece; `context` binds a file to its place, as with fields. */
export type FileCipher = {
  encrypt(plain: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, context: string): AsyncGenerator<Buffer>
  /**
   * Gives each piece only after it has been proved. Throws `CipherError` when a piece was changed, moved, left out or the
   * end is missing; the reader must then discard what it has.
   */
  decrypt(sealed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, context: string): AsyncGenerator<Buffer>
  needsRotation(head: Uint8Array): boolean
}

const algorithm = 'aes-256-gcm'
const fileVersion = 2
const saltBytes = 32
const tagBytes = 16
const frameBytes = 64 * 1024
const longestHead = 2 + 32 + saltBytes

/**
 * The STREAM construction over AES-256-GCM: each file has a key of its own, derived with a random salt, so a frame's nonce
 * can be its number, with a last byte that marks the final frame. Layout: version, length of key id, key id, salt, then
 * frames of ciphertext and tag.
 */
export function createFileCipher(keys: DataKeys): FileCipher {
  const [writing] = keys
  return {
    async *encrypt(plain, context) {
      const header = headerOf(fileVersion, writing.id)
      const salt = randomBytes(saltBytes)
      const key = fileKey(writing.key, salt, header, context)
      yield Buffer.concat([header, salt])
      for await (const { frame, number, isLast } of framesOf(plain, frameBytes)) {
        const cipher = createCipheriv(algorithm, key, nonceOf(number, isLast), { authTagLength: tagBytes })
        const body = cipher.update(frame)
        cipher.final()
        yield Buffer.concat([body, cipher.getAuthTag()])
      }
    },

    async *decrypt(sealed, context) {
      const { head, rest } = await readHead(sealed)
      const { id, bodyAt } = readHeader(head, fileVersion)
      const found = keys.find((key) => key.id === id)
      if (found === undefined) throw new CipherError('unknownKey', id)
      const saltEnd = bodyAt + saltBytes
      if (head.length < saltEnd) throw new CipherError('malformed')
      const key = fileKey(found.key, head.subarray(bodyAt, saltEnd), head.subarray(0, bodyAt), context)
      for await (const { frame, number, isLast } of framesOf(
        prepend(head.subarray(saltEnd), rest),
        frameBytes + tagBytes,
      )) {
        if (frame.length < tagBytes) throw new CipherError('tampered', id)
        const decipher = createDecipheriv(algorithm, key, nonceOf(number, isLast), { authTagLength: tagBytes })
        decipher.setAuthTag(frame.subarray(frame.length - tagBytes))
        const plain = decipher.update(frame.subarray(0, frame.length - tagBytes))
        try {
          decipher.final()
        } catch (cause) {
          throw new CipherError('tampered', id, { cause })
        }
        if (plain.length > 0) yield plain
      }
    },

    needsRotation: (head) => readHeader(Buffer.from(head), fileVersion).id !== writing.id,
  }
}

function fileKey(secret: KeyObject, salt: Buffer, header: Buffer, context: string): Buffer {
  // HKDF takes at most 1,024 bytes of information; the context is a short name of ours.
  const information = Buffer.concat([Buffer.from('file:'), header, Buffer.from(context, 'utf8')])
  return Buffer.from(hkdfSync('sha256', secret, salt, information, 32))
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(number, 7)
  nonce.writeUInt8(isLast ? 1 : 0, 11)
  return nonce
}

/** Pieces of exactly `size` bytes and a last one that may be shorter, even empty, where there is nothing at all. */
async function* framesOf(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, size: number) {
  let waiting: Uint8Array[] = []
  let length = 0
  let number = 0
  for await (const piece of source) {
    waiting.push(piece)
    length += piece.length
    // A frame is only known not to be the last one once a byte of the next has come.
    if (length <= size) continue
    const all = Buffer.concat(waiting)
    let at = 0
    for (; length - at > size; at += size) {
      yield { frame: all.subarray(at, at + size), number, isLast: false }
      number += 1
      if (number > 0xffff_fffe) throw new Error('the file is too large')
    }
    waiting = [all.subarray(at)]
    length -= at
  }
  yield { frame: Buffer.concat(waiting), number, isLast: true }
}

async function readHead(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const rest = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let head = Buffer.alloc(0)
  while (head.length < longestHead) {
    const next = await rest.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return { head, rest }
}

async function* prepend(first: Buffer, rest: AsyncIterator<Uint8Array> | Iterator<Uint8Array>) {
  try {
    if (first.length > 0) yield first
    for (;;) {
      const next = await rest.next()
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await rest.return?.()
  }
}
