import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, given out once. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A name for something that has a secret; no secret itself. */
export function newId(): string {
  return randomBytes(9).toString('base64url')
}

/** What is kept of a secret. It is random enough that nothing slower is needed. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Compared with where there is nothing to compare with, so that the time taken tells nothing. */
export const NO_HASH = Buffer.alloc(32)
