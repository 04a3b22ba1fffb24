import { setTimeout as sleep } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import type { Database } from './database.ts'
import { ConflictError, isCommitUnknown, isConflict, isDatabaseAway } from './errors.ts'

/** What is to be written was in another transaction's hand all the time that one may wait. */
export class BusyError extends Error {
  override readonly name = 'BusyError'
  readonly code = 'unavailable'
}

/** Runs `work` in one majority transaction; see `createWriteTogether`. */
export type WriteTogether = <T>(work: (session: mongo.ClientSession) => Promise<T>) => Promise<T>

/**
 * Transactions that give way to others: `work` is done again from its start while another transaction holds what it writes.
 * One that a killed process left open is ended (see `Database.endStaleTransactions`), so that nobody waits for its minute.
 * A `ConflictError` of the work itself ends it at once, and so does a key that is taken, as one. Rejects with `BusyError` when
 * the time is over.
 */
export function createWriteTogether(database: Database, options: { waitMaxMs?: number } = {}): WriteTogether {
  const waitMaxMs = options.waitMaxMs ?? 8_000

  return async (work) => {
    const startedAt = performance.now()
    let unblockedAt = startedAt
    for (let attempt = 1; ; attempt++) {
      try {
        return await database.transaction(work)
      } catch (error) {
        if (error instanceof ConflictError || isCommitUnknown(error) || !isConflict(error)) throw error
        if ((error as { code?: unknown }).code === 11_000) {
          throw new ConflictError('somebody was faster', { cause: error })
        }
        const now = performance.now()
        if (now - startedAt > waitMaxMs) throw isDatabaseAway(error) ? error : new BusyError('locked', { cause: error })
        if (now - unblockedAt > staleMs) {
          unblockedAt = now
          // Where this is not allowed the server does it itself, later.
          await database.endStaleTransactions(staleMs).catch(() => undefined)
        }
      }
      await sleep(Math.random() * Math.min(10 * attempt, 200))
    }
  }
}

/** A living process never leaves a transaction alone for so long. */
const staleMs = 1_000
