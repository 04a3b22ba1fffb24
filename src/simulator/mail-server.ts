import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Logger } from 'pino'
import type { SMTPServer, SMTPServerOptions } from 'smtp-server'
import type { Letter } from './model.ts'
import type { ProviderReceipts } from './providers.ts'
import { readLetter } from './read-letter.ts'
import type { World } from './world.ts'

export type MailServer = { url: string; stop(): Promise<void> }

const LETTERS_MAX = 100
const LETTER_BYTES_MAX = 1024 * 1024

/** A mail server on one loopback port: whatever the address, the letter lies in the mailbox of the page. */
export async function startMailbox(deps: {
  world: World
  receipts: ProviderReceipts
  logger: Logger
}): Promise<MailServer> {
  const { world, receipts, logger } = deps
  const { state, settings } = world

  function keep(raw: string, to: string): void {
    const letter: Letter = { id: world.random.hex(16), at: world.clock.now(), to, ...readLetter(raw) }
    if (settings.mailFault === 'bounced') {
      const { messageId } = letter
      receipts.post('mail', { messageId, state: 'bounced', code: '5.1.1' })
    } else {
      state.letters.push(letter)
      if (state.letters.length > LETTERS_MAX) state.letters.shift()
      world.storage.changed()
      world.changes.publish({ type: 'letter', letter })
    }
    note(to, '250', false)
  }

  function note(to: string, status: string, failed: boolean): void {
    world.log.add({ at: world.clock.now(), type: 'call', title: 'SMTP', status, failed, request: { to } })
  }

  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: LETTER_BYTES_MAX,
    onRcptTo({ address }, _session, done) {
      const refusal = { deferred: 451, refused: 550 }[String(settings.mailFault)]
      if (refusal === undefined) return done()
      note(address, String(refusal), true)
      done(Object.assign(new Error('Mailbox unavailable'), { responseCode: refusal }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      let length = 0
      stream.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length <= LETTER_BYTES_MAX) chunks.push(chunk)
      })
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1')
        for (const { address } of session.envelope.rcptTo) keep(raw, address)
        done()
      })
    },
  }

  // What speaks SMTP is loaded with the first letter: most demonstrations never send one.
  let speaking: Promise<SMTPServer> | null = null
  async function speak(): Promise<SMTPServer> {
    const { SMTPServer } = await import('smtp-server')
    const smtp = new SMTPServer(options)
    smtp.on('error', (error) => logger.debug({ err: error }, 'mailbox of the simulator'))
    return smtp
  }

  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    speaking ??= speak()
    speaking.then(
      (smtp) => smtp.server.emit('connection', socket),
      (error: unknown) => {
        logger.error({ err: error }, 'the mailbox of the simulator cannot speak SMTP')
        socket.destroy()
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
