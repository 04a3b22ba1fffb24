import type { mongo } from 'mongoose'
import type { IdempotencyMark, IdempotencyStore, KnownMark, OnceAnswer } from '../usecases/idempotency.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { ConflictError } from './errors.ts'
import { openJson, sealJson } from './sealed.ts'

/** Ends by itself 24 hours after `createdAt`, which is real time whatever the service's clock says. */
export type IdempotencyDocument = {
  /** The key of the mark. */
  _id: string
  bodyHash: string
  createdAt: Date
  subject?: string
  /** Who does the work now, and until when that is believed. */
  claim?: { id: string; until: Date }
  /** Encrypted. */
  answer?: Buffer
}

/** Marks of writes in MongoDB. Every write is a majority write. */
export function createIdempotencyStore(deps: { database: Database; cipher: FieldCipher }): IdempotencyStore {
  const marks = marksOf(deps.database)

  const toKnown = ({ _id, bodyHash, subject, answer }: IdempotencyDocument): KnownMark => ({
    key: _id,
    bodyHash,
    subject: subject ?? null,
    answer: answer === undefined ? null : (openJson(deps.cipher, answer, answerContext(_id)) as OnceAnswer),
  })

  return {
    async find(key) {
      const found = await marks.findOne({ _id: key })
      return found === null ? null : toKnown(found)
    },

    async claim(mark, claimId) {
      const claim = { id: claimId, until: new Date(Date.now() + claimMs) }
      try {
        await marks.insertOne({ _id: mark.key, bodyHash: mark.bodyHash, createdAt: new Date(), claim })
        return 'claimed'
      } catch (error) {
        if (!isTaken(error)) throw error
      }
      const { modifiedCount } = await marks.updateOne(
        { _id: mark.key, bodyHash: mark.bodyHash, 'claim.until': { $lt: new Date() } },
        { $set: { claim } },
      )
      if (modifiedCount === 1) return 'claimed'
      const known = await marks.findOne({ _id: mark.key })
      // Released in this very moment: the caller asks again.
      return known === null ? { ...mark, subject: null, answer: null } : toKnown(known)
    },

    async keepAnswer(mark, claimId, answer) {
      const sealed = sealJson(deps.cipher, answer, answerContext(mark.key))
      await marks.updateOne(
        { _id: mark.key, 'claim.id': claimId },
        { $set: { answer: sealed, createdAt: new Date() }, $unset: { claim: '' } },
      )
    },

    async release(mark, claimId) {
      await marks.deleteOne({ _id: mark.key, 'claim.id': claimId })
    },
  }
}

/**
 * Keeps the mark of a request inside the transaction of its work, before anything else is written there. Rejects with
 * `ConflictError` where the same request has done the work already.
 */
export async function keepMark(
  database: Database,
  session: mongo.ClientSession,
  mark: IdempotencyMark | null,
  subject: string | null = null,
): Promise<void> {
  if (mark === null) return
  const document = { _id: mark.key, bodyHash: mark.bodyHash, createdAt: new Date() }
  try {
    await marksOf(database).insertOne(subject === null ? document : { ...document, subject }, { session })
  } catch (error) {
    if (isTaken(error)) throw new ConflictError('this request was handled already', { cause: error })
    throw error
  }
}

/** The place that a stored answer belongs to; only there can it be read (see `createFieldCipher`). */
export function answerContext(key: string): string {
  return `idempotencyMarks.answer:${key}`
}

/** Longer than any request of the API takes. */
const claimMs = 60_000

function marksOf(database: Database): mongo.Collection<IdempotencyDocument> {
  return database.collection<IdempotencyDocument>('idempotencyMarks')
}

function isTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === 11_000
}
