import { randomBytes } from 'node:crypto'
import type { Calendar } from '../cases/calendar.ts'
import type { Case } from '../cases/case.ts'
import { formatTime } from '../cases/days.ts'
import type { HistoryEntryDraft } from '../cases/history.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { CitizenMessages, RenderNotice } from './case-ports.ts'
import type { OutgoingMessage } from './turn.ts'
import { type NewWork, needsPerson, workItemOf } from './work-items.ts'

export type TellDeps = {
  renderNotice: RenderNotice
  /** The version of the words of a notice, kept with it (R5-5). */
  textVersion(notice: NoticeDraft, current: Case): string
  /** Whether a channel beside the chat may carry this notice to this sender (R3-24). @default none does */
  hasWay?(notice: NoticeDraft, current: Case): boolean
}

/** How everybody is told who has to be told: in the chat, or by a person where there is no chat. */
export type Telling = { messages: CitizenMessages[]; workItems: NewWork[] }

/** Turns notices into messages and work. `caseOf` answers with a case as it will stand. */
export async function tellSenders(
  deps: TellDeps,
  notices: readonly NoticeDraft[],
  caseOf: (code: string) => Promise<Case | null>,
  at: { now: number; calendar: Calendar },
): Promise<Telling> {
  const byCitizen = new Map<string, OutgoingMessage[]>()
  const workItems: NewWork[] = []
  for (const drafted of notices) {
    const current = await caseOf(drafted.caseCode)
    if (current === null) continue
    // The answer to a parent is told to a child as quietly as the child's own case has to be treated (R2-31).
    const notice = current.denunciationSuspected ? { ...drafted, quiet: true } : drafted
    if (current.citizenKey === null) {
      if (needsPerson(notice)) workItems.push(workFor(deps, notice, current, at))
      continue
    }
    const messages = messagesOf(deps, notice, current)
    byCitizen.set(current.citizenKey, [...(byCitizen.get(current.citizenKey) ?? []), ...messages])
  }
  return { messages: [...byCitizen].map(([citizenKey, messages]) => ({ citizenKey, messages })), workItems }
}

/** The work of telling a sender without a chat; a person comes after the channels that may reach them. */
export function workFor(
  deps: TellDeps,
  notice: NoticeDraft,
  current: Case,
  at: { now: number; calendar: Calendar },
): NewWork {
  const text = deps
    .renderNotice(notice, current)
    .flatMap(({ body }) => (body.type === 'text' ? [body.text] : []))
    .join('\n\n')
  const made = { id: freshId(), text, textVersion: deps.textVersion(notice, current), ...at }
  const item = workItemOf(notice, current, made)
  if (deps.hasWay?.(notice, current) !== true) return item
  return { ...item, tryFirst: { draft: notice, locale: current.locale ?? 'vi', body: null } }
}

/** By real time, so that work of one moment of the service's clock still stands in the order in which it arose. */
function freshId(): string {
  return `${Date.now().toString(36).padStart(9, '0')}-${randomBytes(8).toString('hex')}`
}

/** The line of history with the work that follows from it, so that the case itself shows who had to be told (R5-5). */
export function withWork(entry: HistoryEntryDraft, caseCode: string, workItems: readonly NewWork[]): HistoryEntryDraft {
  const own = workItems.filter((item) => item.caseCode === caseCode && item.tryFirst === undefined)
  if (own.length === 0) return entry
  const work = own.map(({ id, notice, assignee, dueAt }) => ({ id, notice, assignee, dueAt: formatTime(dueAt) }))
  return { ...entry, data: { ...entry.data, workItems: work } }
}

function messagesOf(deps: TellDeps, notice: NoticeDraft, current: Case): OutgoingMessage[] {
  return deps.renderNotice(notice, current).map(({ body }) => ({
    body,
    priority: notice.mandatory ? 2 : 3,
    notice: {
      caseCode: notice.caseCode,
      id: notice.notice,
      mandatory: notice.mandatory,
      textVersion: deps.textVersion(notice, current),
      draft: notice,
      locale: current.locale ?? 'vi',
    },
  }))
}
