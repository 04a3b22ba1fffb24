import type { mongo } from 'mongoose'
import type { PublishedCases, PublishedPosition } from '../usecases/public-cases.ts'
import { type CaseDocument, openCase } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'

/** The published cases in MongoDB; brings the index of their list into being. */
export async function openPublishedCases(database: Database, cipher: FieldCipher): Promise<PublishedCases> {
  const cases = database.collection<CaseDocument>('cases')
  await cases.createIndex(
    { publishedAt: -1, _id: -1 },
    { name: 'published', partialFilterExpression: { publishedAt: { $type: 'date' } } },
  )
  return {
    async list(after, limit) {
      const found = await cases
        .find(after === null ? isPublished : { $and: [isPublished, olderThan(after)] })
        .sort({ publishedAt: -1, _id: -1 })
        .hint('published')
        .limit(limit)
        .toArray()
      return found.map((document) => openCase(cipher, document))
    },
  }
}

const isPublished: mongo.Filter<CaseDocument> = { publishedAt: { $type: 'date' } }

function olderThan({ publishedAt, code }: PublishedPosition): mongo.Filter<CaseDocument> {
  const at = new Date(publishedAt)
  return { $or: [{ publishedAt: { $lt: at } }, { publishedAt: at, _id: { $lt: code } }] }
}
