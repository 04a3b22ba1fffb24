import { createHash } from 'node:crypto'
import type { Params } from '../conversation/effects.ts'
import { fittingCommand } from './officer-chat/fitting-command.ts'
import type { Texts } from './ports.ts'
import { linkOfNotice, sentenceOfNotice } from './staff-desk.ts'
import type {
  StaffChannel,
  StaffDeliveries,
  StaffMember,
  StaffMessage,
  StaffNotice,
  StaffNoticeStore,
  StaffStore,
} from './staff-ports.ts'

export type WriteStaffDeps = {
  notices: Pick<StaffNoticeStore, 'awaiting' | 'awaitingOf' | 'settleChannel'>
  deliveries: StaffDeliveries
  staff: Pick<StaffStore, 'activeBy'>
  channel: StaffChannel
  /** Ways for what this one cannot carry, in their order. */
  others?: readonly StaffChannel[]
  texts: Pick<Texts, 'translate'>
  unitName(code: string): string
  publicUrl: string
  /** Whether officers act in the chat by short commands. */
  hasCommands: boolean
  owner: string
  onOutcome(outcome: 'sent' | 'failed' | 'passedOn' | 'givenUp', about: { login: string; code?: string }): void
}

const minuteMs = 60_000
/** Many who wait at once are one message all the same. */
const waitedForEveryMs = minuteMs
/** The longest that one letter may take before another process may try it. */
const leaseMs = 5 * minuteMs
/** More do not fit one letter that anybody reads; the desk has them all. */
const itemsMax = 200
const triesMax = 8
/** Letters under way at once. */
const lanes = 4
const retryFirstMs = 2 * minuteMs
const retryMaxMs = 4 * 60 * minuteMs

/**
 * Writes to officers on one channel what waits for them there, everything for one person as one message. Times are real, for
 * people and their servers live by them. A message may arrive twice where a process dies between sending and noting it; it
 * then carries the same reference.
 */
export function createWriteStaff(deps: WriteStaffDeps) {
  const { notices, deliveries, channel } = deps

  async function writeTo(login: string, realNow: number): Promise<void> {
    const waiting = await notices.awaitingOf(channel.name, login, itemsMax)
    if (waiting.length === 0) return
    const hasReminders = waiting.some(({ digest }) => digest !== null)
    const isWaitedFor = waiting.some(({ kind }) => kind === 'handoffWaits' || kind === 'senderWaits')
    const claim = await deliveries.claim(channel.name, login, {
      owner: deps.owner,
      leaseMs,
      // News of the day are gathered; a reminder goes out at once, and somebody who waits in the chat is not kept waiting.
      sentBefore: hasReminders ? null : realNow - (isWaitedFor ? waitedForEveryMs : channel.newsEveryMs),
      realNow,
    })
    if (claim === null) return
    // Read again under the claim: another process may just have written.
    const letter = await notices.awaitingOf(channel.name, login, itemsMax)
    const settle = (next: string | null) =>
      notices.settleChannel(
        channel.name,
        login,
        letter.map(({ id }) => id),
        Math.max(...letter.map(({ createdAt }) => createdAt)),
        next,
      )
    const person = await deps.staff.activeBy(login)
    const next = person === null ? null : (deps.others?.find((one) => one.reaches(person))?.name ?? null)
    if (letter.length === 0 || person === null || !channel.reaches(person)) {
      if (letter.length > 0) await settle(next)
      await deliveries.release(channel.name, login)
      return
    }
    const result = await channel.send(messageOf(person, letter, claim.tries > 0))
    if (result.ok) {
      await settle(null)
      await deliveries.sent(channel.name, login, realNow)
      deps.onOutcome('sent', { login })
    } else if (result.class === 'drop' || claim.tries + 1 >= triesMax) {
      // The desk has it all; this way is closed until there is something new to say.
      await settle(next)
      if (next === null) await deliveries.sent(channel.name, login, realNow)
      else await deliveries.reset(channel.name, login)
      deps.onOutcome(next === null ? 'givenUp' : 'passedOn', { login, code: result.code })
    } else {
      await deliveries.postpone(channel.name, login, realNow + Math.min(retryFirstMs * 2 ** claim.tries, retryMaxMs))
      deps.onOutcome('failed', { login, code: result.code })
    }
  }

  function messageOf(person: StaffMember, letter: readonly StaffNotice[], isRepeat: boolean): StaffMessage {
    const { login } = person
    const say = (key: string, params?: Parameters<Texts['translate']>[2]) => deps.texts.translate('vi', key, params)
    const reminders = letter.filter(({ digest }) => digest !== null).sort(byUrgency)
    const news = letter.filter(({ digest }) => digest === null)
    const items = (some: readonly StaffNotice[]) =>
      folded(
        some.map((notice) => ({
          text: sentenceOfNotice(notice, { texts: deps.texts, locale: 'vi', unitName: deps.unitName }),
          link: linkOfNotice(notice, deps.publicUrl),
        })),
      )
    const day = reminders[0]?.digest ?? null
    const cases = new Set(letter.map(({ id, caseCode }) => (caseCode === '' ? id : caseCode))).size
    const late = reminders.filter(({ params }) => (params.left ?? 0) < 0)
    const soon = reminders.filter(({ params }) => (params.left ?? 0) >= 0)
    return {
      login,
      subject:
        day === null
          ? say('desk.mail.newsSubject', { cases })
          : say('desk.mail.reminderSubject', { cases, day: { day } }),
      lines: [
        { heading: say('desk.mail.late'), items: items(late) },
        { heading: say('desk.mail.soon'), items: items(soon) },
        { heading: say('desk.mail.news'), items: items(news) },
      ].filter((group) => group.items.length > 0),
      closing: closingOf(person, letter),
      more: (count) => say('desk.zalo.more', { count }),
      isRepeat,
      reference: referenceOf(login, letter),
    }
  }

  function closingOf({ roles }: StaffMember, letter: readonly StaffNotice[]): string {
    const say = (key: string, params?: Params) => deps.texts.translate('vi', key, params)
    const link = `${deps.publicUrl}/staff`
    if (channel.name !== 'zalo') return say('desk.mail.closing', { link })
    const hint = deps.hasCommands ? fittingCommand(letter, roles) : null
    return [...(hint === null ? [] : [say(hint.key, hint.params)]), say('desk.zalo.closing', { link })].join('\n')
  }

  /** One pass over some of those who wait; answers how many. */
  return async (limit: number, realNow: number): Promise<number> => {
    if (channel.isQuiet?.() === true) return 0
    const logins = await notices.awaiting(channel.name, limit)
    for (let start = 0; start < logins.length; start += lanes) {
      await Promise.all(logins.slice(start, start + lanes).map((login) => writeTo(login, realNow)))
    }
    return logins.length
  }
}

/** What reads alike is one line with its number: people who wait in the chat have no codes. */
function folded(items: { text: string; link: string }[]): { text: string; link: string }[] {
  const groups = Map.groupBy(items, ({ text, link }) => `${link} ${text}`)
  return [...groups.values()].flatMap(([first, ...same]) =>
    first === undefined ? [] : [same.length === 0 ? first : { ...first, text: `${first.text} (${same.length + 1})` }],
  )
}

/** The longest overdue first. */
function byUrgency(one: StaffNotice, other: StaffNotice): number {
  return (one.params.left ?? 0) - (other.params.left ?? 0) || (one.caseCode < other.caseCode ? -1 : 1)
}

function referenceOf(login: string, letter: readonly StaffNotice[]): string {
  const parts = letter.map(({ id, createdAt }) => `${id}@${createdAt}`).sort()
  return createHash('sha256')
    .update(JSON.stringify([login, parts]))
    .digest('hex')
    .slice(0, 32)
}
