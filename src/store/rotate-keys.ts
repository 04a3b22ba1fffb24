import mongoose, { type mongo } from 'mongoose'
import type { FieldCipher } from './crypto.ts'

/** One encrypted field of a collection; `context` names its place as the code that writes it does. */
export type SealedField = {
  collection: string
  /** Dotted. */
  path: string
  context(id: string): string
}

const batchSize = 200

/**
 * Writes every value anew that another key than the writing one sealed, while the service runs: a value that somebody else
 * changed meanwhile is left to them, for they write with their own first key. Answers how many values were written.
 */
export async function rotateFields(
  db: mongo.Db,
  cipher: FieldCipher,
  fields: readonly SealedField[],
  progress: (done: { collection: string; path: string; rewritten: number }) => void,
): Promise<number> {
  let total = 0
  for (const field of fields) {
    const rewritten = await rotateField(db.collection<{ _id: string }>(field.collection), cipher, field)
    total += rewritten
    progress({ collection: field.collection, path: field.path, rewritten })
  }
  return total
}

async function rotateField(
  collection: mongo.Collection<{ _id: string }>,
  cipher: FieldCipher,
  field: SealedField,
): Promise<number> {
  let rewritten = 0
  let updates: mongo.AnyBulkWriteOperation<{ _id: string }>[] = []
  const flush = async () => {
    if (updates.length === 0) return
    const { modifiedCount } = await collection.bulkWrite(updates, { ordered: false, writeConcern: { w: 'majority' } })
    rewritten += modifiedCount
    updates = []
  }
  const cursor = collection.find({ [field.path]: { $type: 'binData' } } as mongo.Filter<{ _id: string }>, {
    projection: { [field.path]: 1 },
    promoteBuffers: true,
    batchSize,
  })
  for await (const document of cursor) {
    const sealed = valueAt(document, field.path)
    if (sealed === null || !cipher.needsRotation(sealed)) continue
    const context = field.context(document._id)
    const next = new mongoose.mongo.Binary(cipher.encrypt(cipher.decryptBytes(sealed, context), context))
    updates.push({
      updateOne: {
        filter: { _id: document._id, [field.path]: new mongoose.mongo.Binary(sealed) } as mongo.Filter<{ _id: string }>,
        update: { $set: { [field.path]: next } } as mongo.UpdateFilter<{ _id: string }>,
      },
    })
    if (updates.length === batchSize) await flush()
  }
  await flush()
  return rewritten
}

function valueAt(document: object, path: string): Buffer | null {
  let value: unknown = document
  for (const part of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part]
  if (value instanceof mongoose.mongo.Binary) return Buffer.from(value.buffer)
  return value instanceof Uint8Array ? Buffer.from(value) : null
}
