import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Case } from './cases/case.ts'
import { isPast } from './cases/clocks.ts'
import { type Day, dayOf } from './cases/days.ts'
import { clocksOf } from './cases/decision.ts'
import { type ListDays, listDaysOf } from './cases/flags.ts'
import { yearsMissing } from './cases/law-book.ts'
import { loadCalendars } from './cases/load-calendars.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers } from './open-stores.ts'
import type { Database } from './store/database.ts'
import { openLawStore } from './store/law-store.ts'
import type { CaseStore } from './usecases/case-ports.ts'
import { openKeptLaw, type ShippedLaw } from './usecases/keep-law.ts'
import { createLaw, type JudgedCases, type KeptLaw, type Law, type LawStore } from './usecases/law.ts'
import type { Clock } from './usecases/ports.ts'
import { recomputeClocks } from './usecases/recompute-clocks.ts'
import { startLawWatch } from './workers/law.ts'

export type OpenLaw = Law & {
  kept: KeptLaw
  store: LawStore
  /** Clock C of a case and whether it has passed; null while it stands still. */
  answerBy(current: Case): { day: Day; isPast: boolean } | null
  /**
   * The due days as the case's own `lawRevision` has them: what is stored beside the case and can be verified. An open case into
   * which a newer law has not been led yet may read differently from today's.
   */
  listDays(current: Case): ListDays
  /** Makes sure that at least this revision is known here. */
  catchUp(revision: number): Promise<void>
}

/** Calendars and rule sets that come with the program; throws `DataFileError` with every fault of both files. */
export function readShippedLaw(root: string): ShippedLaw {
  return loadCalendars({
    calendars: join(root, 'data/calendars.json'),
    ruleSets: join(root, 'data/rule-sets.json'),
  })
}

/** The stored law, with what came with the program taken over; throws `DataFileError` where what is stored cannot be used. */
export async function openLaw(deps: { shipped: ShippedLaw; database: Database; clock: Clock }): Promise<OpenLaw> {
  const { clock } = deps
  const store = await openLawStore(deps.database)
  const kept = await openKeptLaw(store, deps.shipped, clock.now())
  const law = createLaw(kept.book)
  const clocks = (current: Case) => clocksOf(current, { ...law.of(current), now: clock.now() })
  return {
    ...law,
    kept,
    store,
    answerBy(current) {
      const { answerBy } = clocks(current)
      return answerBy === null ? null : { day: answerBy, isPast: isPast(answerBy, clock.now()) }
    },
    listDays(current) {
      const { calendar, ruleSet } = kept.book().at(current.lawRevision)
      return listDaysOf(current, clocksOf(current, { calendar, ruleSet: ruleSet(current.ruleSetId), now: clock.now() }))
    },
    async catchUp(revision) {
      if (revision > law.revision()) await kept.refresh()
    },
  }
}

/** Counting further would cost and say nothing more. */
const COUNT_MAX = 10_000

/** Notices changes of other processes, leads the open cases over, and watches for years that nobody has loaded. */
export function watchLaw(deps: {
  law: OpenLaw
  cases: Pick<CaseStore, 'storeMoves'> & JudgedCases
  clock: Clock
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { law, cases, clock, metrics, logger } = deps
  const owner = randomUUID()
  const watch = startLawWatch({
    law: law.kept,
    recompute: (options) => recomputeClocks({ cases, law: law.kept, store: law.store, owner, now: clock.now }, options),
    logger,
  })
  deps.closers.add('law', () => watch.stop())
  const missing = () => yearsMissing(law.kept.book().newest, dayOf(clock.now()))

  return {
    wake: watch.wake,

    /** Sentences for the operator about what nobody has loaded or confirmed. */
    adviceAtStart(): string[] {
      const years = missing()
      if (years.length > 0) logger.warn({ years }, 'the working calendar of these years is not loaded')
      const unconfirmed = law.ruleSets().filter(({ verified }) => !verified)
      return [
        ...years.map(
          (year) =>
            `⚠ Chưa nạp lịch làm việc năm ${year}: hạn trong năm này mới tính theo cuối tuần và ngày lễ cố định (tạm tính). Hãy nạp lịch nghỉ chính thức: npm run -s pakn -- import calendar TỆP`,
        ),
        ...unconfirmed.map(
          ({ id, name }) =>
            `⚠ Bộ quy tắc ${id} (${name}) chưa được xác nhận: hãy đối chiếu với văn bản, rồi nạp lại với "verified": true bằng npm run -s pakn -- import rule-set TỆP`,
        ),
      ]
    },

    /** Figures that are read only when somebody asks for them. */
    async collect(): Promise<void> {
      const { stale, provisional } = await cases.countOpen(law.revision(), COUNT_MAX)
      metrics.lawRevision.set(law.revision())
      metrics.casesToRecompute.set(stale)
      metrics.casesProvisional.set(provisional)
      metrics.calendarYearsMissing.set(missing().length)
    },
  }
}
