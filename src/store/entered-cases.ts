import type { Filed } from '../cases/file-case.ts'
import type { StoreEntered } from '../usecases/file-other-channel.ts'
import { withWork } from '../usecases/tell-senders.ts'
import type { WorkItem } from '../usecases/work-items.ts'
import { historyKey } from './case-documents.ts'
import { createFileCases, type FilingDeps, type StoredFiling } from './case-filing.ts'
import type { Database } from './database.ts'
import { isCommitUnknown } from './errors.ts'
import { keepMark } from './idempotency-store.ts'
import { createWorkItemStore } from './work-items.ts'
import { createWriteTogether } from './write-together.ts'

/** Stores cases that officers enter, each in one majority transaction with its numbers, history, work and mark. */
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

  return async ({ filing, intakeUnitCode, now, mark, subject, workOf }) => {
    let tried: StoredFiling | null = null
    try {
      return await writeTogether(async (session) => {
        let items: WorkItem[] = []
        const entryOf = (one: Filed) => {
          items = workOf(one)
          return withWork(one.entry, one.next.code, items)
        }
        const [filed] = await fileCases(session, [{ filing, intakeUnitCode, now, entryOf }])
        if (filed === undefined) throw new Error('nothing was filed')
        tried = filed
        await keepMark(database, session, mark, subject(filed))
        await workItems.insert(session, items)
        return filed
      })
    } catch (error) {
      if (isCommitUnknown(error) && tried !== null && (await stands(tried))) return tried
      throw error
    }
  }
}
