import type { mongo } from 'mongoose'
import type { Case } from '../cases/case.ts'
import type { ListDays } from '../cases/flags.ts'
import { type CaseCollections, type CaseDocument, caseFields, openCase } from './case-documents.ts'
import { KEYS_VERSION, keysOf, wordKeys } from './case-keys.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'

/**
 * Makes the keys of every case anew where an earlier version of the service made them otherwise, or made none; and drops indexes
 * that nothing reads any more. Broken off, it begins again at the next start; a case that is changed meanwhile has its keys from
 * whoever changed it. Gives the number of cases that were renewed.
 */
export async function renewKeys(deps: {
  collections: Pick<CaseCollections, 'cases' | 'counters'>
  cipher: FieldCipher
  hash: KeyedHash
  listDays(current: Case): ListDays
  say(done: number): void
}): Promise<number> {
  const { cases, counters } = deps.collections
  const mark = await counters.findOne({ _id: MARK })
  if (mark?.value === KEYS_VERSION) return 0
  const obsolete = (await cases.indexes()).flatMap(({ name }) =>
    name !== undefined && OBSOLETE.has(name) ? [name] : [],
  )
  for (const name of obsolete) await cases.dropIndex(name)

  let renewed = 0
  let batch: mongo.AnyBulkWriteOperation<CaseDocument>[] = []
  const write = async () => {
    if (batch.length > 0) await cases.bulkWrite(batch, { ordered: false })
    renewed += batch.length
    batch = []
    deps.say(renewed)
  }
  for await (const document of cases.find({}).sort({ _id: 1 })) {
    const current = openCase(deps.cipher, document)
    const { version, sealed: _sealed, ...fields } = caseFields(deps, current, deps.listDays(current))
    const words = wordKeys(keysOf(deps.hash), current)
    batch.push({ updateOne: { filter: { _id: document._id, version }, update: { $set: { ...fields, words } } } })
    if (batch.length === BATCH) await write()
  }
  if (batch.length > 0) await write()
  await markKeysNew(counters)
  return renewed
}

/** Says that the keys of every case are as this version makes them. */
export async function markKeysNew(counters: CaseCollections['counters']): Promise<void> {
  await counters.updateOne({ _id: MARK }, { $set: { value: KEYS_VERSION } }, { upsert: true })
}

const MARK = 'caseKeys'
const BATCH = 500
const OBSOLETE = new Set([
  'received',
  'state',
  'leadUnit',
  'coordinatingUnits',
  'handler',
  'intakeUnit',
  'phone',
  'published',
])
