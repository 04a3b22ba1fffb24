/** The parts of a letter that a mailbox shows. */
export type ReadLetter = { subject: string; from: string; messageId: string; text: string; html: string }

/** Reads a letter of simple make: text and HTML side by side, as a program writes it. */
export function readLetter(raw: string): ReadLetter {
  const { headers, body } = split(raw)
  const boundary = /boundary="?([^";]+)"?/i.exec(headers['content-type'] ?? '')?.[1]
  const pieces = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1)
  const parts = pieces.map((piece) => split(piece.replace(/^\r\n/, '')))
  const part = (type: string) => {
    const found = parts.find(({ headers: own }) => (own['content-type'] ?? 'text/plain').toLowerCase().startsWith(type))
    return found === undefined ? '' : decode(found.body, found.headers['content-transfer-encoding'] ?? '')
  }
  return {
    subject: decodeWords(headers.subject ?? ''),
    from: decodeWords(headers.from ?? ''),
    messageId: headers['message-id'] ?? '',
    text: part('text/plain').replaceAll('\r', ''),
    html: part('text/html'),
  }
}

function split(raw: string): { headers: Record<string, string>; body: string } {
  const end = raw.indexOf('\r\n\r\n')
  const head = end < 0 ? raw : raw.slice(0, end)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { headers: Object.fromEntries(headers), body: end < 0 ? '' : raw.slice(end + 4) }
}

function decode(body: string, encoding: string): string {
  if (encoding.toLowerCase() === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding.toLowerCase() !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8')
  return unquote(body.replace(/=\r\n/g, ''))
}

function unquote(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Encoded words (RFC 2047). */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('utf8') : unquote(word.replaceAll('_', ' ')),
    )
}
