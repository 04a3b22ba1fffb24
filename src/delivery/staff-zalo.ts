import type { ChatFacts } from '../usecases/notice-records.ts'
import type { ChatLine, MessagingPlatform } from '../usecases/ports.ts'
import type { StaffMessage, StaffSendResult } from '../usecases/staff-ports.ts'
import { openWindows } from './windows.ts'

/** What is known of an officer's own chat with the account. */
export type StaffChat = { userId: string; facts: ChatFacts }

const hourMs = 3_600_000
const textMax = 2_000
/** How far the platform's clock may be behind ours. */
const skewMs = 5 * 60_000

/**
 * Writes to officers in their own chat with the account: within the free window, for what the package holds beyond it is for
 * citizens, or while it is open at all for somebody who has no other way. A message of unknown outcome is looked for in the chat before it counts as not sent.
 */
export function createStaffZalo(deps: {
  platform: MessagingPlatform
  /** The officer's chat; null where none is linked any more. */
  chatOf(login: string): Promise<StaffChat | null>
  hasOtherWay(login: string): Promise<boolean>
  /** By service time. */
  now(): number
}) {
  return {
    async send(message: StaffMessage): Promise<StaffSendResult> {
      const chat = await deps.chatOf(message.login)
      if (chat === null) return { ok: false, class: 'drop', code: 'notLinked' }
      const window = openWindows(chat.facts, deps.now())
      if (!window.isOpen) return { ok: false, class: 'drop', code: window.reason }
      if (!window.isFree && (await deps.hasOtherWay(message.login))) {
        return { ok: false, class: 'drop', code: 'windowClosed' }
      }
      const text = chatTextOf(message)
      if (message.isRepeat && (await isInChat(chat.userId, text))) return { ok: true }
      const result = await deps.platform.send(chat.userId, { type: 'text', text, buttons: [] }, { priority: 3 })
      if (result.ok) return { ok: true }
      if (result.class === 'ambiguous' && (await isInChat(chat.userId, text))) return { ok: true }
      const isFinal = result.class === 'user' || result.class === 'drop'
      return { ok: false, class: isFinal ? 'drop' : 'retry', code: result.code }
    },
  }

  async function isInChat(userId: string, text: string): Promise<boolean> {
    const lines = await deps.platform.chat(userId, { offset: 0, count: 10 }).catch((): ChatLine[] => [])
    const since = Date.now() - hourMs - skewMs
    return lines.some((line) => !line.fromCitizen && line.at >= since && same(line.text) === same(text))
  }
}

/** One bubble: as many of the notices as fit, the most urgent first, and how many more there are. */
export function chatTextOf({ subject, lines, closing, more }: StaffMessage): string {
  const items = lines.flatMap(({ heading, items: own }) => own.map((item) => ({ heading, ...item })))
  for (let shown = items.length; ; shown--) {
    const parts = [subject]
    let heading = ''
    for (const item of items.slice(0, shown)) {
      if (item.heading !== heading) parts.push('', item.heading)
      heading = item.heading
      parts.push(`• ${item.text}`, `  ${item.link}`)
    }
    if (shown < items.length) parts.push('', more(items.length - shown))
    const text = [...parts, '', closing].join('\n').normalize('NFC')
    if ([...text].length <= textMax || shown === 0) return text
  }
}

const same = (text: string) => text.normalize('NFC').replace(/\s+/gu, ' ').trim()
