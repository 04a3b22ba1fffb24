import type { Calendar } from '../cases/calendar.ts'
import type { Case, Officer } from '../cases/case.ts'
import { normaliseNationalCode, readCaseCode } from '../cases/code.ts'
import { addDays, type Day, dayOf, startOfDay } from '../cases/days.ts'
import { MATRIX } from '../cases/matrix.ts'
import { partsOf } from '../cases/rights.ts'
import type { Channel, ContentKind, Field, State } from '../cases/words.ts'
import { readPhone } from '../conversation/text/phone.ts'
import type { Audit } from './audit.ts'
import type {
  CaseCounts,
  CaseFilter,
  CasePosition,
  CaseSort,
  CaseStore,
  DueFilter,
  DueRanges,
  Units,
} from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { type SeenCase, seeCase } from './read-cases.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'
import { senderWords, textWords, wordsAsked } from './search-words.ts'

/** What an officer asks of a list; everything that is given has to be true of each case in it. */
export type CaseListRequest = {
  states?: readonly State[]
  unitCode?: string
  handler?: { login: string } | 'me' | 'none'
  field?: Field
  channel?: Channel
  contentKind?: ContentKind
  due?: DueFilter
  /** Days of receipt in Vietnam, both included. */
  receivedFrom?: Day
  receivedTo?: Day
  /** A code in any spelling (R3-16), a code of the national system, or words. */
  text?: string
  /** A telephone number in any spelling. */
  phone?: string
  sort: CaseSort
  after: CasePosition | null
  limit: number
}

export type ListCases = ReturnType<typeof createListCases>

/** The lists that officers work with. Nothing is found, counted or sorted that its reader may not know of (§7.2, R2-30). */
export function createListCases(deps: {
  cases: Pick<CaseStore, 'list' | 'named' | 'counts'>
  units: Units
  law: { calendar(): Calendar }
  codePrefix: string
  audit: Audit
}) {
  const { cases, units } = deps

  return {
    /** One page; a page may hold fewer cases than asked for and still have a `next`, where few of very many fit. */
    async list(
      officer: Officer,
      asked: CaseListRequest,
      now: number,
    ): Promise<{ items: SeenCase[]; next: CasePosition | null }> {
      requireScope(officer, 'read')
      const filter = filterOf(officer, asked, now)
      if (filter.phone !== undefined && !filter.looksAtSenders) return { items: [], next: null }
      if (asked.text === undefined) return shown(officer, await page(officer, filter, asked))
      const named = await cases.named(filter, codesIn(asked.text, now))
      const items = named.flatMap((current) => see(officer, current, filter) ?? [])
      if (items.length > 0) return shown(officer, { items, next: null })
      const words = wordsAsked(asked.text)
      if (words.length === 0) return { items, next: null }
      return shown(officer, await page(officer, { ...filter, words }, asked))
    },

    /** The numbers beside the lists, each exact up to `COUNTED_EXACTLY`. */
    async counts(officer: Officer, now: number): Promise<CaseCounts> {
      requireScope(officer, 'read')
      return cases.counts(scopeOf(officer, units), { due: dueRanges(now), exactUpTo: COUNTED_EXACTLY })
    },
  }

  async function page(
    officer: Officer,
    filter: CaseFilter,
    { sort, after, limit }: CaseListRequest,
  ): Promise<{ items: SeenCase[]; next: CasePosition | null }> {
    const items: SeenCase[] = []
    let position = after
    // Words may meet in one key, and rights judge each case once more: what falls out leaves gaps, which a few more steps fill.
    for (let step = 0; step < STEPS_MAX; step++) {
      const wanted = limit + 1 - items.length
      const { found, next } = await cases.list(filter, { sort, after: position, limit: wanted })
      for (const { current, at } of found) {
        const seen = see(officer, current, filter)
        if (seen !== null && items.length === limit) return { items, next: position }
        if (seen !== null) items.push(seen)
        position = at
      }
      position = next
      if (next === null || found.length < wanted) break
    }
    return { items, next: position }
  }

  /** A case as this reader sees it, where what was looked for stands in what they see of it. */
  function see(officer: Officer, current: Case, { words = [], phone }: CaseFilter): SeenCase | null {
    const seen = seeCase(current, officer, units)
    if (seen === null) return null
    const { sender } = seen.sight
    if (phone !== undefined && (!sender || current.phone !== phone)) return null
    if (words.length === 0) return seen
    const found = textWords(seen.current)
    const named = sender ? senderWords(seen.current) : null
    return words.every((word) => found.has(word) || named?.has(word)) ? seen : null
  }

  /** Whoever sees names in a list stands in the audit log before they see them. */
  async function shown<Page extends { items: SeenCase[] }>(officer: Officer, page: Page): Promise<Page> {
    const named = page.items.filter(({ current, sight }) => sight.sender && current.submitterType === 'citizen')
    if (named.length > 0) {
      const caseCodes = named.map(({ current }) => current.code)
      await deps.audit.record({ actor: officer, act: 'listCases', caseCodes })
    }
    return page
  }

  function filterOf(officer: Officer, asked: CaseListRequest, now: number): CaseFilter {
    const { states, unitCode, handler, field, channel, contentKind, due, receivedFrom, receivedTo, phone } = asked
    return {
      scope: scopeOf(officer, units),
      looksAtSenders: seesSenders(officer),
      ...(states === undefined ? {} : { states }),
      ...(unitCode === undefined ? {} : { unitCode }),
      ...(handler === undefined ? {} : { handler: loginOf(handler, officer) }),
      ...(field === undefined ? {} : { field }),
      ...(channel === undefined ? {} : { channel }),
      ...(contentKind === undefined ? {} : { contentKind }),
      ...(due === undefined ? {} : { due: dueRanges(now)[due] }),
      ...(phone === undefined ? {} : { phone: normalPhone(phone) }),
      ...(receivedFrom === undefined && receivedTo === undefined
        ? {}
        : {
            received: {
              from: receivedFrom === undefined ? null : startOfDay(receivedFrom),
              before: receivedTo === undefined ? null : startOfDay(addDays(receivedTo, 1)),
            },
          }),
    }
  }

  function dueRanges(now: number): DueRanges {
    const today = dayOf(now)
    return {
      overdue: { from: null, before: today },
      today: { from: today, before: addDays(today, 1) },
      '3wd': { from: today, before: addDays(deps.law.calendar().dueDay(today, 3), 1) },
    }
  }

  function codesIn(text: string, now: number): { own: string | null; foreign: string | null } {
    const own = readCaseCode(text, { prefix: deps.codePrefix, nowDay: dayOf(now) })?.code ?? null
    const foreign = normaliseNationalCode(text)
    return { own, foreign }
  }
}

/** How far counts are exact. */
export const COUNTED_EXACTLY = 1_000

const STEPS_MAX = 4

/** Whether there may be a case of which this officer sees who the sender is (§7.2); of which, the rules say each time. */
function seesSenders({ roles }: Officer): boolean {
  return [...MATRIX.readSender, ...MATRIX.readSenderAsUnit].some((grant) => roles.includes(partsOf(grant)[0]))
}

function loginOf(handler: NonNullable<CaseListRequest['handler']>, officer: Officer): string | null {
  if (handler === 'none') return null
  return handler === 'me' ? officer.login : handler.login
}

function normalPhone(text: string): string {
  const reading = readPhone(text)
  if (reading.kind === 'wrong')
    throw new RefusedError('invalid_fields', [{ path: 'phone', key: 'fault.invalid', params: {} }])
  return reading.e164
}
