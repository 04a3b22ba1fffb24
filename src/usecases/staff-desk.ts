import type { Officer } from '../cases/case.ts'
import type { Params } from '../conversation/effects.ts'
import type { Locale, Texts } from './ports.ts'
import { requireScope } from './require-scope.ts'
import type { StaffNotice, StaffNoticePosition, StaffNoticeStore } from './staff-ports.ts'

export type StaffDesk = ReturnType<typeof createStaffDesk>

/** Counting stops here: more is "many". */
const unreadMax = 1_000

/** The notices of one officer, to read and to put aside. Nobody reaches another's. */
export function createStaffDesk(deps: { store: StaffNoticeStore; publicUrl: string }) {
  const { store } = deps
  return {
    /** One page, newest first; `next` is where the following one begins. */
    async list(
      officer: Officer,
      asked: { unreadOnly: boolean; after: StaffNoticePosition | null; limit: number },
    ): Promise<{ items: StaffNotice[]; next: StaffNoticePosition | null; unread: number }> {
      requireScope(officer, 'read')
      const found = await store.list(officer.login, { ...asked, limit: asked.limit + 1 })
      const items = found.slice(0, asked.limit)
      const last = items.at(-1)
      const isMore = found.length > asked.limit && last !== undefined
      const unread = await store.countUnread(officer.login, unreadMax)
      return { items, next: isMore ? { createdAt: last.createdAt, id: last.id } : null, unread }
    },

    /** The page that a notice leads to. */
    linkOf: (notice: StaffNotice): string => linkOfNotice(notice, deps.publicUrl),

    /** Answers how many were unread. */
    async markRead(officer: Officer, ids: readonly string[] | 'all', now: number): Promise<number> {
      requireScope(officer, 'write')
      return store.markRead(officer.login, ids, now)
    },
  }
}

/** The sentence of a notice: the code, what is wanted, and until when; nothing of a person. */
export function sentenceOfNotice(
  notice: StaffNotice,
  words: { texts: Pick<Texts, 'translate'>; locale: Locale; unitName(code: string): string },
): string {
  const { due, left, unitCode, request, notice: told } = notice.params
  const params: Params = {
    code: notice.caseCode,
    unit: unitCode === undefined ? { key: 'desk.theUnit' } : words.unitName(unitCode),
    ...(request === undefined ? {} : { request }),
    ...(told === undefined ? {} : { notice: { key: `case.notice.${told}` } }),
    ...(due === undefined ? {} : { due: { day: due } }),
    ...(left === undefined ? {} : { when: whenOf(left) }),
  }
  return words.texts.translate(words.locale, `desk.kinds.${notice.kind}`, params)
}

/** The page that a notice leads to (interface.md). */
export function linkOfNotice(notice: Pick<StaffNotice, 'caseCode'>, publicUrl: string): string {
  if (notice.caseCode === '') return `${publicUrl}/staff`
  return `${publicUrl}/staff/cases/${encodeURIComponent(notice.caseCode)}`
}

function whenOf(left: number): Params[string] {
  if (left === 0) return { key: 'desk.when.today' }
  return { key: left > 0 ? 'desk.when.left' : 'desk.when.late', params: { days: Math.abs(left) } }
}
