import type { FieldCipher } from './crypto.ts'

/** A value as encrypted JSON. */
export function sealJson(cipher: FieldCipher, value: unknown, context: string): Buffer {
  return cipher.encrypt(JSON.stringify(value ?? null), context)
}

/** The value that `sealJson` sealed for the same context. */
export function openJson(cipher: FieldCipher, sealed: Buffer, context: string): unknown {
  return JSON.parse(cipher.decryptText(sealed, context))
}
