import type { ChatLine, MessagingPlatform, OutgoingBody, SendResult } from '../../src/usecases/ports.ts'

export type SentMessage = { userId: string; text: string; messageId: string }

/**
 * A messaging platform in memory. `answer` decides about a send before it happens; what it does not decide is delivered.
 * `delivers` says that the message reached the citizen whatever the answer was.
 */
export function createFakePlatform() {
  const sent: SentMessage[] = []
  const chats = new Map<string, ChatLine[]>()
  let count = 0
  const fake = {
    sent,
    chatCalls: 0,
    isChatDown: false,
    isDead: false,
    answer: undefined as
      | undefined
      | ((userId: string, text: string) => Answer | undefined | Promise<Answer | undefined>),
    textsTo: (userId: string) => sent.filter((message) => message.userId === userId).map(({ text }) => text),
    /** Puts words into the platform's record as if they had been delivered. */
    record,
    platform: {
      async send(userId: string, body: OutgoingBody): Promise<SendResult> {
        if (fake.isDead) return never()
        const text = textOf(body)
        const answer = await fake.answer?.(userId, text)
        if (fake.isDead) return never()
        if (answer === undefined) return { ok: true, messageId: deliver(userId, text), sentAt: Date.now() }
        if (answer.delivers === true) deliver(userId, text)
        return answer.hangs === true ? never() : answer.result
      },
      async chat(userId: string, { offset, count: wanted }: { offset: number; count: number }) {
        if (fake.isDead) return never()
        fake.chatCalls += 1
        if (fake.isChatDown) throw new Error('the record cannot be read')
        return (chats.get(userId) ?? []).slice(offset, offset + wanted)
      },
    } satisfies MessagingPlatform,
  }

  function deliver(userId: string, text: string): string {
    const messageId = record(userId, text)
    sent.push({ userId, text, messageId })
    return messageId
  }

  function record(userId: string, text: string): string {
    count += 1
    const messageId = `m${count}-${Math.random().toString(36).slice(2)}`
    chats.set(userId, [
      { messageId, fromCitizen: false, at: Date.now(), type: 'text', text },
      ...(chats.get(userId) ?? []),
    ])
    return messageId
  }

  return fake
}

export type Answer = { result: SendResult; delivers?: boolean; hangs?: boolean }

export function refusal(
  refusalClass: Extract<SendResult, { ok: false }>['class'],
  code: string,
  more: { retryAfterMs?: number; delivers?: boolean } = {},
): Answer {
  const { delivers, ...rest } = more
  return { result: { ok: false, class: refusalClass, code, ...rest }, ...(delivers === undefined ? {} : { delivers }) }
}

export function textOf(body: OutgoingBody): string {
  return body.type === 'text' ? body.text : body.title
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
