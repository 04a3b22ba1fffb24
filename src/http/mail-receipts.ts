import { codeIn, entriesOf, idIn, present, type ReadReceipt, timeIn } from './receipts.ts'

const FAILED = /^(failed|bounce|bounced|hard_?bounce|dropped|reject|rejected|undeliverable|blocked|invalid)$/i
const DELIVERED = /^(delivered|delivery|success)$/i

/**
 * What a mail server says of letters: JSON `{messageId or reference, state, at, code}`, or the bounce itself as it came
 * (`message/rfc822`, RFC 3464), so that the script behind a mailbox has nothing to understand.
 */
export function readMailReceipts(raw: Buffer, contentType: string): ReadReceipt[] | null {
  if (/^\s*(message\/(rfc822|delivery-status)|multipart\/report|text\/plain)\b/i.test(contentType)) {
    return [readBounce(raw.toString('latin1'))]
  }
  const entries = entriesOf(raw)
  return entries === null ? null : entries.map(readOne)
}

function readOne(entry: Record<string, unknown>): ReadReceipt {
  const messageId = idIn(entry, 'messageId', 'message_id', 'message-id')
  const reference = idIn(entry, 'reference') ?? referenceOf(messageId)
  const word = String(entry.state ?? entry.event ?? entry.status ?? '')
  if (messageId === undefined && reference === undefined) return { kind: 'unreadable' }
  const state = DELIVERED.test(word) ? 'delivered' : FAILED.test(word) ? 'failed' : null
  // Deferred, opened, complained of: none of them says that it arrived or never will.
  if (state === null) return { kind: word === '' ? 'unreadable' : 'progress' }
  const at = timeIn(entry, 'at', 'time', 'timestamp')
  const code = state === 'failed' ? (codeIn(entry, 'code', 'enhancedCode') ?? 'bounced') : undefined
  return { kind: 'receipt', state, ...present({ messageId, reference, at, code }) }
}

/** The letter that a bounce is about, found by the envelope id or the Message-ID that we gave it. */
function readBounce(text: string): ReadReceipt {
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(?:\\r?\\n[ \\t]+)?([^\\r\\n]*)`, 'im').exec(text)?.[1]?.trim()
  const action = field('Action')?.toLowerCase()
  if (action === undefined) return { kind: 'unreadable' }
  const reference = referenceIn(field('Original-Envelope-Id')) ?? referenceOf(originalMessageId(text))
  if (reference === undefined) return { kind: 'unreadable' }
  if (action !== 'failed') return { kind: 'progress' }
  return {
    kind: 'receipt',
    state: 'failed',
    reference,
    code: /^\d\.\d{1,3}\.\d{1,3}/.exec(field('Status') ?? '')?.[0] ?? 'bounced',
  }
}

/** The last Message-ID belongs to the letter that came back; the first to the bounce. */
function originalMessageId(text: string): string | undefined {
  const ids = [...text.matchAll(/^Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^>\s]{1,200}>)/gim)]
  return ids.length > 1 ? ids.at(-1)?.[1] : undefined
}

function referenceOf(messageId: string | undefined): string | undefined {
  return referenceIn(/^<?([^@<>]+)@/.exec(messageId ?? '')?.[1])
}

function referenceIn(text: string | undefined): string | undefined {
  return text !== undefined && /^[A-Za-z0-9_-]{1,48}$/.test(text) ? text : undefined
}
