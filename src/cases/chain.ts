import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** What JSON can say; nothing else may enter a chained record, for it must read back as it was written. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** `previousHash` of the first line of a chain. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64)

/** SHA-256 of `salt` and `data` as RFC 8785 JSON: data of little variety cannot be guessed from it once the salt is gone. */
export function hashData(salt: string, data: JsonObject): string {
  return hash('sha256', salt + canonical(data), 'hex')
}

/** Data changed into something that has no canonical form is changed data, not a crash. */
export function safeHashData(salt: string, data: JsonObject): string | null {
  try {
    return hashData(salt, data)
  } catch {
    return null
  }
}

/** SHA-256 of a line without `data`, `salt` and `hash`, as RFC 8785 JSON. */
export function hashLine(signed: object): string {
  return hash('sha256', canonical(signed), 'hex')
}

/** JSON without what JSON cannot say: missing values are left out, lone surrogates replaced. */
export function wellFormed(value: unknown): Json {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return value.map((item) => wellFormed(item))
  if (typeof value === 'object') {
    const kept = Object.entries(value).filter(([, item]) => item !== undefined)
    return Object.fromEntries(kept.map(([key, item]) => [key.toWellFormed(), wellFormed(item)]))
  }
  return null
}

function canonical(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('not a JSON value')
  return text
}
