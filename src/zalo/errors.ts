import { type ErrorClass, oaErrors, type Treatment, zbsErrors } from './error-table.ts'

/**
 * A call to Zalo that gave nothing usable. `code` is ours and stable; `zaloCode` is Zalo's number where there is one. Never
 * carries Zalo's own sentence, which may quote what was sent.
 */
export class ZaloError extends Error {
  readonly code: ZaloErrorCode
  readonly zaloCode: string | undefined

  constructor(code: ZaloErrorCode, message: string, options?: { zaloCode?: string; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ZaloError'
    this.code = code
    this.zaloCode = options?.zaloCode
  }
}

export type ZaloErrorCode =
  /** Zalo answered with a number other than 0. */
  | 'zalo_refused'
  /** No answer: nothing is known about what happened. */
  | 'zalo_unreachable'
  /** An answer that is not Zalo's. */
  | 'zalo_unreadable'
  /** The own rate limit gives no turn in time. */
  | 'zalo_busy'
  /** Nobody has consented yet. */
  | 'zalo_no_grant'
  /** The grant is dead; an administrator must consent again. */
  | 'zalo_grant_lost'
  /** A new pair of tokens waits to be stored, or another replica is refreshing. */
  | 'zalo_grant_busy'

export type Judgement = { class: ErrorClass; treatment: Treatment; meaning: string }

/**
 * What to do about one of Zalo's numbers (zalo §10). -223 has two meanings, told apart by Zalo's text. An unknown number is
 * ambiguous for the first tries and dropped after the third (`tries` counts those made).
 */
export function classify(
  code: string | number,
  context: { api: 'oa' | 'zbs'; message?: string; tries?: number },
): Judgement {
  const table = context.api === 'oa' ? oaErrors : zbsErrors
  const key = String(code)
  if (key === '-223' && context.api === 'oa' && /quota|limit|hạn mức|vượt/iu.test(context.message ?? '')) {
    return { class: 'wait', treatment: 'waitForQuota', meaning: 'article quota used up' }
  }
  const entry = Object.hasOwn(table, key) ? table[key] : undefined
  if (entry !== undefined) return { class: entry[0], treatment: entry[1], meaning: entry[2] }
  return (context.tries ?? 0) >= 3
    ? { class: 'drop', treatment: 'alert', meaning: 'unknown number' }
    : { class: 'ambiguous', treatment: 'settleFirst', meaning: 'unknown number' }
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Viet Nam keeps one time all year. */
const localOffsetMs = 7 * hourMs

/** How long a treatment wants to be waited for, spread by `random` (0 … 1) so that not everything wakes at once. */
export function waitMs(treatment: Treatment, now: number, random: () => number): number | undefined {
  const jitterMs = (upToMs: number) => Math.floor(random() * upToMs)
  const midnight = Math.floor((now + localOffsetMs) / dayMs) * dayMs - localOffsetMs
  switch (treatment) {
    case 'slowDown':
      return minuteMs + jitterMs(15_000)
    case 'pollAgain':
      return 10_000 + jitterMs(5_000)
    case 'backOff':
      return 30_000 + jitterMs(30_000)
    case 'waitForQuota':
      return 6 * hourMs + jitterMs(10 * minuteMs)
    case 'nextDay':
      return midnight + dayMs - now + jitterMs(10 * minuteMs)
    case 'nextMonth': {
      const local = new Date(now + localOffsetMs)
      return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1) - localOffsetMs - now + jitterMs(hourMs)
    }
    case 'morning': {
      const six = midnight + 6 * hourMs
      return (six > now ? six : six + dayMs) - now + jitterMs(10 * minuteMs)
    }
    default:
      return undefined
  }
}
