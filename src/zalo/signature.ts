import { createHash, timingSafeEqual } from 'node:crypto'
import { parseExact, textAt } from './json.ts'

export type SignatureVerdict = 'valid' | 'validByPrevious' | 'missing' | 'wrong'

/** Judges the header `X-ZEvent-Signature` of one request over its exact bytes. */
export type SignatureCheck = (rawBody: Buffer, timestampText: string, header: string | undefined) => SignatureVerdict

/**
 * Zalo signs with plain SHA-256 over app id, raw body, timestamp and the OA secret key (zalo §9.2). The first key is the
 * current one; a match with any later one is `validByPrevious`, so that a renewed key can spread without losing events.
 */
export function createSignatureCheck(options: { appId: string; secretKeys: string[] }): SignatureCheck {
  const secretKeys = options.secretKeys.filter((key) => key !== '')
  return (rawBody, timestampText, header) => {
    if (header === undefined || header.trim() === '') return 'missing'
    const hex = /^\s*(?:mac=)?([0-9a-f]{64})\s*$/i.exec(header)?.[1]
    if (hex === undefined) return 'wrong'
    const claimed = Buffer.from(hex, 'hex')
    let matched = -1
    // Every key is tried whatever the outcome, so that the time taken does not tell which one matched.
    for (const [index, secretKey] of secretKeys.entries()) {
      const expected = createHash('sha256')
        .update(options.appId)
        .update(rawBody)
        .update(timestampText)
        .update(secretKey)
        .digest()
      if (timingSafeEqual(expected, claimed) && matched < 0) matched = index
    }
    return matched < 0 ? 'wrong' : matched === 0 ? 'valid' : 'validByPrevious'
  }
}

/**
 * The top-level `timestamp` as the signature needs it: the content of a text, the literal digits of a number, and the empty
 * text where there is none or the body is not a JSON object.
 */
export function timestampOf(rawBody: Buffer): string {
  const text = rawBody.toString('utf8')
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || Array.isArray(body) || !Object.hasOwn(body, 'timestamp')) return ''
    const timestamp = (body as { timestamp?: unknown }).timestamp
    if (typeof timestamp === 'string') return timestamp
    return typeof timestamp === 'number' ? (textAt(parseExact(text), 'timestamp') ?? '') : ''
  } catch {
    return ''
  }
}
