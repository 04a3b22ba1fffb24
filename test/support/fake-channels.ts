import type {
  ChannelAddress,
  ChannelMessage,
  NoticeChannel,
  OutsideChannel,
} from '../../src/usecases/notice-channels.ts'
import type { SendResult } from '../../src/usecases/ports.ts'

export type FakeSent = { channel: OutsideChannel; address: ChannelAddress; message: ChannelMessage }

/** Providers in memory. `answers` decides what each says; what it does not decide is accepted. */
export function createFakeChannels(names: readonly OutsideChannel[] = ['template', 'sms', 'email']) {
  const sent: FakeSent[] = []
  const answers: Partial<Record<OutsideChannel, (sent: FakeSent) => SendResult | Promise<SendResult> | undefined>> = {}
  const hindered: Partial<Record<OutsideChannel, string>> = {}
  const has: Record<OutsideChannel, (address: ChannelAddress) => string | null> = {
    template: ({ userId, phone }) => (userId === null && phone === null ? 'noPhone' : null),
    sms: ({ phone }) => (phone === null ? 'noPhone' : null),
    email: ({ email }) => (email === null ? 'noEmail' : null),
  }
  const channels = names.map(
    (name): NoticeChannel => ({
      name,
      hindrance: (_notice, address) => hindered[name] ?? has[name](address),
      async send(address, message) {
        const one = { channel: name, address, message }
        const answer = await answers[name]?.(one)
        if (answer === undefined || answer.ok) sent.push(one)
        return answer ?? { ok: true, messageId: `${name}-${message.reference}`, sentAt: Date.now() }
      },
    }),
  )
  return { channels, sent, answers, hindered }
}

export function channelRefusal(
  refusalClass: Extract<SendResult, { ok: false }>['class'],
  code: string,
): Extract<SendResult, { ok: false }> {
  return { ok: false, class: refusalClass, code }
}
