import { readPhone } from '../conversation/text/phone.ts'
import type { NoticeChannel } from '../usecases/notice-channels.ts'
import type { SmsSender } from './sms.ts'
import { fitSms, withoutAccents } from './sms-text.ts'
import type { Trouble } from './trouble.ts'

export type SmsStyle = {
  /** With accents a part holds 70 letters instead of 160, so the same words cost twice or three times as much. */
  accents: boolean
  /** A longer text is shortened; its link stays. */
  partsMax: number
}

/** Notices by SMS: mobile numbers only, and never more parts than allowed. `now` is the real clock. */
export function createSmsChannel(deps: {
  sender: SmsSender
  style: SmsStyle
  trouble: Trouble
  now(): number
}): NoticeChannel {
  const { sender, style, trouble } = deps
  return {
    name: 'sms',
    hindrance(_notice, { phone }) {
      if (phone === null) return 'noPhone'
      if (!isMobile(phone)) return 'notMobile'
      return trouble.current(deps.now()) === null ? null : 'providerRefuses'
    },
    async send({ phone }, message) {
      if (phone === null) return { ok: false, class: 'user', code: 'noPhone' }
      if (!isMobile(phone)) return { ok: false, class: 'user', code: 'notMobile' }
      const text = smsText(message.shortText, message.link, style)
      if (text === '') return { ok: false, class: 'drop', code: 'empty' }
      const result = await sender.send({ phone, text, reference: message.reference })
      if (result.ok) trouble.end()
      else if (result.class === 'admin') trouble.begin(result.code, deps.now())
      return result
    },
  }
}

/** The words as they go out. */
export function smsText(words: string, link: string, { accents, partsMax }: SmsStyle): string {
  const tidy = accents ? words.normalize('NFC').trim() : withoutAccents(words)
  return fitSms(tidy, { partsMax, keep: link })
}

/** Whether an SMS can arrive there; a number of a range that is not known yet may be a new mobile one. */
export function isMobile(e164: string): boolean {
  if (!/^\+84\d{9,10}$/.test(e164)) return false
  const reading = readPhone(e164)
  if (reading.kind === 'ok') return reading.type === 'mobile'
  return reading.kind === 'confirm' && reading.reason === 'unknownRange'
}
