import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { StartError } from './start-error.ts'

/** A 256-bit key with the name by which ciphertexts know it. The name is no secret. */
export type DataKey = { id: string; key: KeyObject }

/** The first key writes; all of them read. */
export type DataKeys = readonly [DataKey, ...DataKey[]]

export type FieldCipher = {
  /**
   * `context` names the place of the value, such as `cases.phone/PAKN.20261123.0001`: only there can it be read again, so
   * that nobody with write access to the database can move one citizen's value to another's.
   */
  encrypt(plain: string | Uint8Array, context: string): Buffer
  /** Throws `CipherError` for anything but what `encrypt` made for this context. */
  decryptText(sealed: Uint8Array, context: string): string
  decryptBytes(sealed: Uint8Array, context: string): Buffer
  /** The key that a value was written with. */
  keyIdOf(sealed: Uint8Array): string
  /** Whether a value was written with another key than the one that writes now. */
  needsRotation(sealed: Uint8Array): boolean
}

/** Finds a person without storing what identifies them: equal inputs give equal keys, and without the secret nothing else. */
export type KeyedHash = {
  citizenKey(zaloId: string): string
  /** For a phone in its one normal form, E.164. */
  phoneKey(e164: string): string
  /** For any other value, apart for each `purpose`. */
  keyOf(purpose: string, value: string): string
}

/** A ciphertext that cannot be opened. It never carries the value. */
export class CipherError extends Error {
  readonly code: 'malformed' | 'unknownKey' | 'tampered'
  readonly keyId: string | undefined

  constructor(code: CipherError['code'], keyId?: string, options?: ErrorOptions) {
    super(keyId === undefined ? `ciphertext ${code}` : `ciphertext ${code}, key ${keyId}`, options)
    this.name = 'CipherError'
    this.code = code
    this.keyId = keyId
  }
}

const algorithm = 'aes-256-gcm'
const fieldVersion = 1
const nonceBytes = 12
const tagBytes = 16
const keyId = /^[A-Za-z0-9_-]{1,32}$/

/** Reads `id:base64,id2:base64`; a start with a fault in it is refused, and every fault is named without quoting a key. */
export function parseDataKeys(text: string): DataKeys {
  const vi: string[] = []
  const en: string[] = []
  const keys: DataKey[] = []
  for (const [index, part] of text.split(',').entries()) {
    const [id = '', encoded, ...rest] = part.trim().split(':')
    const place = index + 1
    const bytes = Buffer.from(encoded ?? '', 'base64')
    if (encoded === undefined || !keyId.test(id) || rest.length > 0) {
      vi.push(`mục ${place} phải có dạng mã:base64, mã gồm 1–32 chữ cái không dấu, chữ số, "-" hoặc "_"`)
      en.push(`entry ${place} must be id:base64 with an id of 1-32 letters, digits, "-" or "_"`)
    } else if (keys.some((key) => key.id === id)) {
      vi.push(`mục ${place} lặp lại mã "${id}"`)
      en.push(`entry ${place} repeats the id "${id}"`)
    } else if (bytes.length !== 32 || bytes.toString('base64').replace(/=+$/, '') !== standardBase64(encoded)) {
      vi.push(`khóa "${id}" phải là đúng 32 byte viết theo base64`)
      en.push(`key "${id}" must be exactly 32 bytes in base64`)
    } else if (bytes.every((byte) => byte === bytes[0])) {
      vi.push(`khóa "${id}" không phải là khóa ngẫu nhiên`)
      en.push(`key "${id}" is not random`)
    } else {
      keys.push({ id, key: createSecretKey(bytes) })
    }
  }
  const [first, ...others] = keys
  if (first === undefined || en.length > 0) {
    throw new StartError('dataKeysInvalid', {
      vi: `DATA_KEYS không dùng được: ${vi.join('; ')}. Tạo khóa mới bằng: openssl rand -base64 32`,
      en: `DATA_KEYS cannot be used: ${en.join('; ')}. Make a key with: openssl rand -base64 32`,
    })
  }
  return [first, ...others]
}

function standardBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
}

/**
 * AES-256-GCM with a random nonce per value. One key may write 2^32 values before a repeated nonce grows likely (NIST SP
 * 800-38D §8.3): rotate long before. Layout: version, length of key id, key id, nonce, tag, ciphertext.
 */
export function createFieldCipher(keys: DataKeys): FieldCipher {
  const [writing] = keys
  const byId = new Map(keys.map(({ id, key }) => [id, fieldKey(key)]))
  const writingKey = fieldKey(writing.key)
  const header = headerOf(fieldVersion, writing.id)
  const nextNonce = createNonces()

  const decryptBytes = (sealed: Uint8Array, context: string): Buffer => {
    const bytes = asBuffer(sealed)
    const { id, bodyAt } = readHeader(bytes, fieldVersion)
    const key = byId.get(id)
    if (key === undefined) throw new CipherError('unknownKey', id)
    if (bytes.length < bodyAt + nonceBytes + tagBytes) throw new CipherError('malformed')
    const tagAt = bodyAt + nonceBytes
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(bodyAt, tagAt), { authTagLength: tagBytes })
    decipher.setAAD(associated(bytes.subarray(0, bodyAt), context))
    decipher.setAuthTag(bytes.subarray(tagAt, tagAt + tagBytes))
    const plain = decipher.update(bytes.subarray(tagAt + tagBytes))
    try {
      decipher.final()
    } catch (cause) {
      throw new CipherError('tampered', id, { cause })
    }
    return plain
  }
  const keyIdOf = (sealed: Uint8Array) => readHeader(asBuffer(sealed), fieldVersion).id

  return {
    encrypt(plain, context) {
      const nonce = nextNonce()
      const cipher = createCipheriv(algorithm, writingKey, nonce, { authTagLength: tagBytes })
      cipher.setAAD(associated(header, context))
      const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
      cipher.final()
      return Buffer.concat([header, nonce, cipher.getAuthTag(), body])
    },
    decryptText: (sealed, context) => decryptBytes(sealed, context).toString('utf8'),
    decryptBytes,
    keyIdOf,
    needsRotation: (sealed) => keyIdOf(sealed) !== writing.id,
  }
}

/** Random nonces, drawn from the system in larger pieces: one draw costs as much as one encryption. */
function createNonces(): () => Buffer {
  let pool = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at === pool.length) {
      pool = randomBytes(nonceBytes * 256)
      at = 0
    }
    at += nonceBytes
    return pool.subarray(at - nonceBytes, at)
  }
}

/** The configured key itself encrypts nothing: fields and files each take their own from it. */
function fieldKey(key: KeyObject): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', 'field', 32)))
}

/** HMAC-SHA256 under a key of its own for each purpose, base64url. */
export function createKeyedHash(secret: Uint8Array): KeyedHash {
  if (secret.length < 32) throw new Error('the index secret is too short')
  const keys = new Map<string, KeyObject>()
  const keyOf = (purpose: string, value: string) => {
    let key = keys.get(purpose)
    if (key === undefined) {
      key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `index:${purpose}`, 32)))
      keys.set(purpose, key)
    }
    return createHmac('sha256', key).update(value).digest('base64url')
  }
  return {
    keyOf,
    citizenKey: (zaloId) => keyOf('citizen', zaloId),
    phoneKey: (e164) => keyOf('phone', e164),
  }
}

/** Version, length of the key's name and the name: how every ciphertext of ours begins. */
export function headerOf(version: number, id: string): Buffer {
  const name = Buffer.from(id, 'latin1')
  return Buffer.concat([Buffer.from([version, name.length]), name])
}

/** Reads what `headerOf` wrote. */
export function readHeader(bytes: Buffer, version: number): { id: string; bodyAt: number } {
  const length = bytes[1] ?? 0
  const bodyAt = 2 + length
  const id = bytes.toString('latin1', 2, bodyAt)
  if (bytes[0] !== version || bytes.length < bodyAt || !keyId.test(id)) throw new CipherError('malformed')
  return { id, bodyAt }
}

// The header tells its own length, so the two cannot be cut at another place.
function associated(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, 'utf8')])
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
