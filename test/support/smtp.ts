import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export type Letter = {
  to: string[]
  headers: Record<string, string>
  /** Decoded parts by media type. */
  parts: Record<string, string>
}

export type MailServer = {
  url: string
  letters: Letter[]
  /** What the next recipients are answered; null takes them. */
  refuseWith: { code: number; text: string } | null
  stop(): Promise<void>
}

/** A mail server of this machine that keeps what it is given. */
export async function startMailServer(): Promise<MailServer> {
  const letters: Letter[] = []
  const mail: MailServer = { url: '', letters, refuseWith: null, stop: async () => undefined }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, done) {
      if (mail.refuseWith === null) return done()
      done(Object.assign(new Error(mail.refuseWith.text), { responseCode: mail.refuseWith.code }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
      stream.on('end', () => {
        letters.push(
          read(
            Buffer.concat(chunks).toString('latin1'),
            session.envelope.rcptTo.map(({ address }) => address),
          ),
        )
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  mail.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  mail.stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return mail
}

function read(raw: string, to: string[]): Letter {
  const { headers, body } = split(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const parts: Record<string, string> = {}
  for (const part of boundary === undefined ? [] : body.split(`--${boundary}`).slice(1, -1)) {
    const inner = split(part.replace(/^\r\n/, ''))
    const type = /^[a-z/]+/.exec(inner.headers['content-type'] ?? '')?.[0] ?? ''
    parts[type] = decode(inner.body, inner.headers['content-transfer-encoding'] ?? '')
  }
  return { to, headers: { ...headers, subject: decodeWords(headers.subject ?? '') }, parts }
}

function split(raw: string): { headers: Record<string, string>; body: string } {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { headers: Object.fromEntries(headers), body: raw.slice(end + 4) }
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString()
  return unquote(body.replace(/=\r\n/g, ''))
}

function unquote(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString() : unquote(word.replaceAll('_', ' ')),
    )
}
