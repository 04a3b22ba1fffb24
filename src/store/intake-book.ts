import type { mongo } from 'mongoose'
import type { ReadBook } from '../usecases/intake-book.ts'
import { type CaseCollections, type CaseDocument, openCase } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'

/** The intake book in MongoDB, read by the index of that name. */
export function createReadBook(collections: Pick<CaseCollections, 'cases'>, cipher: FieldCipher): ReadBook {
  return async ({ unitCodes, from, before }, after, limit) => {
    const at = after === null ? null : new Date(after.receivedAt)
    const receivedAt = { $gte: at ?? new Date(from), $lt: new Date(before) }
    const filter: mongo.Filter<CaseDocument> = { intakeUnitCode: { $in: [...unitCodes] }, receivedAt }
    const later = at === null ? {} : { $or: [{ receivedAt: { $gt: at } }, { _id: { $gt: after?.code ?? '' } }] }
    const found = await collections.cases
      .find({ ...filter, ...later })
      .sort({ receivedAt: 1, _id: 1 })
      .hint('intakeBook')
      .limit(limit)
      .toArray()
    return found.map((document) => openCase(cipher, document))
  }
}
