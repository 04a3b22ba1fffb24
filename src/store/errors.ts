import { mongo } from 'mongoose'
import type { JudgeFault } from '../usecases/road.ts'

/** What was read has been changed by somebody else meanwhile; nothing was written. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly code = 'version_conflict'
}

/** True when the database could not be reached or could not answer in time: nothing is wrong with the work itself. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof Error && error.name === 'MongooseServerSelectionError') return true
  if (!(error instanceof mongo.MongoError)) return error instanceof Error && isDatabaseAway(error.cause)
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoOperationTimeoutError ||
    error instanceof mongo.MongoExpiredSessionError ||
    error.name === 'MongoPoolClearedError' ||
    error.name === 'MongoWaitQueueTimeoutError' ||
    error.name === 'PoolClearedOnNetworkError' ||
    error.hasErrorLabel('RetryableWriteError') ||
    awayCodes.has(Number(error.code))
  )
}

/** True when another write was faster and the same work may simply be done again. */
export function isConflict(error: unknown): boolean {
  if (error instanceof ConflictError) return true
  if (!(error instanceof mongo.MongoError)) return false
  return Number(error.code) === 11000 || Number(error.code) === 112 || error.hasErrorLabel('TransientTransactionError')
}

/** See `JudgeFault`. */
export const judgeFault: JudgeFault = (error) => {
  if (isDatabaseAway(error)) return 'away'
  return isConflict(error) ? 'conflict' : 'other'
}

/** True when a commit was asked for and it is not known whether it took place. */
export function isCommitUnknown(error: unknown): boolean {
  return error instanceof mongo.MongoError && error.hasErrorLabel('UnknownTransactionCommitResult')
}

/** True when a write of many only failed on documents that were there already. */
export function isDuplicatesOnly(error: unknown): error is mongo.MongoBulkWriteError {
  if (!(error instanceof mongo.MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) return false
  const faults = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return faults.length > 0 && faults.every(({ code }) => code === 11000)
}

/** Not primary, shutting down, interrupted, host unreachable and their kin, from MongoDB's list of error codes. */
const awayCodes = new Set([6, 7, 89, 91, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436])
