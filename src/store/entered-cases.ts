import type { Filed } from '../cases/file-case.ts'
import { createGroupCommit } from '../group-commit.ts'
import type { StoreEntered } from '../usecases/file-other-channel.ts'
import { withWork } from '../usecases/tell-senders.ts'
import type { NewWork } from '../usecases/work-items.ts'
import { historyKey } from './case-documents.ts'
import { createFileCases, type FilingDeps, type StoredFiling } from './case-filing.ts'
import type { Database } from './database.ts'
import { isCommitUnknown, isDatabaseAway } from './errors.ts'
import { keepMark } from './idempotency-store.ts'
import { createWorkItemStore } from './work-items.ts'
import { BusyError, createWriteTogether } from './write-together.ts'

/** Stores cases that officers enter, those of one moment in one majority transaction with their numbers, histories, work and marks. */
export function createStoreEntered(deps: FilingDeps & { database: Database }): StoreEntered {
  const { database, cipher } = deps
  const { history } = deps.collections
  const fileCases = createFileCases(deps)
  const workItems = createWorkItemStore(database, cipher)
  const writeTogether = createWriteTogether(database)

  /** Whether exactly this case was filed: nobody else can have written its first line, for its salt is random. */
  async function stands({ next, lineHash }: StoredFiling): Promise<boolean> {
    const line = await history.findOne(
      { _id: historyKey(next.code, 1), hash: lineHash },
      { projection: { _id: 1 }, readConcern: { level: 'majority' } },
    )
    return line !== null
  }

  /** All or none of them, in one transaction. */
  async function storeTogether(entered: readonly Entered[]): Promise<StoredFiling[]> {
    let tried: StoredFiling[] = []
    try {
      return await writeTogether(async (session) => {
        const work: NewWork[] = []
        const asked = entered.map(({ filing, intakeUnitCode, now, workOf }) => ({
          filing,
          intakeUnitCode,
          now,
          entryOf(one: Filed) {
            const items = workOf(one)
            work.push(...items)
            return withWork(one.entry, one.next.code, items)
          },
        }))
        tried = await fileCases(session, asked)
        for (const [index, { mark, subject }] of entered.entries()) {
          const filed = tried[index]
          if (filed === undefined) throw new Error('nothing was filed')
          await keepMark(database, session, mark, subject(filed))
        }
        await workItems.insert(session, work)
        return tried
      })
    } catch (error) {
      const [first] = tried
      if (isCommitUnknown(error) && first !== undefined && (await stands(first))) return tried
      throw error
    }
  }

  async function storeAll(entered: Entered[]): Promise<Outcome[]> {
    try {
      return (await storeTogether(entered)).map((filed) => ({ filed }))
    } catch (error) {
      // Nothing is tried again where it is not known what became of it, or where the database has no room for it now.
      const isHopeless = isCommitUnknown(error) || error instanceof BusyError || isDatabaseAway(error)
      if (entered.length === 1 || isHopeless) return entered.map(() => ({ error }))
      // One of them spoils it for all; which one shows when each stands alone.
      const outcomes: Outcome[] = []
      for (const one of entered) outcomes.push(...(await storeAll([one])))
      return outcomes
    }
  }

  // Every filing raises the same two counters: apart, those of one moment would only keep each other waiting.
  const filings = createGroupCommit<Entered, Outcome>({ itemsMax: filingsAtOnceMax, write: storeAll })

  return async (entered) => {
    const outcome = await filings.add(entered)
    if ('error' in outcome) throw outcome.error
    return outcome.filed
  }
}

const filingsAtOnceMax = 32

type Entered = Parameters<StoreEntered>[0]
type Outcome = { filed: StoredFiling } | { error: unknown }
