import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type mongo, Schema } from 'mongoose'
import { type AuditEntry, type ChainHead, chainAudit, EMPTY_CHAIN, TECHNICAL_ACTS } from '../cases/audit.ts'
import type { JsonObject } from '../cases/chain.ts'
import type { AuditFilter, AuditKeeping, AuditPosition, AuditStore } from '../usecases/audit.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { ConflictError } from './errors.ts'
import { makeIndexes } from './make-indexes.ts'
import { openJson, sealJson } from './sealed.ts'

type AuditDocument = Omit<AuditEntry, 'at' | 'data' | 'salt'> & {
  /** `auditKey(seq)`: a place in the chain can be taken once, by whichever process. */
  _id: string
  at: string
  time: Date
  /** Encrypted JSON of data and salt. */
  sealed?: Buffer
}
type MarkDocument = { _id: 'start' | 'known'; seq: number; hash: string }

export type MongoAuditStore = AuditStore & AuditKeeping

export const auditContext = (id: string): string => `audit.sealed:${id}`
const auditKey = (seq: number): string => String(seq).padStart(12, '0')
const attemptsMax = 200

/** The audit log in MongoDB: one chain for all processes, many lines in one write. */
export async function openAuditStore(database: Database, cipher: FieldCipher): Promise<MongoAuditStore> {
  const model = database.connection.model('Audit', schema, 'audit')
  await makeIndexes(model)
  const audit = database.collection<AuditDocument>('audit')
  const marks = database.collection<MarkDocument>('auditMarks')
  /** The last line that this process knows of; another one may have gone on since. */
  let head: ChainHead | null = null

  async function readHead(): Promise<ChainHead> {
    const last = await audit.findOne({}, { sort: { _id: -1 }, projection: { seq: 1, hash: 1 } })
    if (last !== null) return { seq: last.seq, hash: last.hash }
    const start = await marks.findOne({ _id: 'start' })
    return start === null ? EMPTY_CHAIN : { seq: start.seq, hash: start.hash }
  }

  /** Raised behind the chain, so that its end cannot be cut off unseen; it may lag by a write. */
  async function raiseKnown({ seq, hash }: ChainHead): Promise<void> {
    try {
      await marks.updateOne({ _id: 'known', seq: { $lt: seq } }, { $set: { seq, hash } }, { upsert: true })
    } catch (error) {
      // Somebody has raised it further already.
      if ((error as { code?: unknown }).code !== 11_000) throw error
    }
  }

  return {
    async append(drafts) {
      let rest = drafts
      for (let attempt = 1; rest.length > 0; attempt++) {
        let last = head ?? (await readHead())
        const documents = rest.map((draft): AuditDocument => {
          const entry = chainAudit(last, draft, randomBytes(16).toString('hex'))
          last = { seq: entry.seq, hash: entry.hash }
          const { data, salt, ...open } = entry
          const _id = auditKey(entry.seq)
          // Just as exact as the text that is hashed, so that a place in a list is found again.
          const time = new Date(entry.at)
          return { ...open, _id, time, sealed: sealJson(cipher, { data, salt }, auditContext(_id)) }
        })
        try {
          await audit.insertMany(documents, { ordered: true })
          head = last
          break
        } catch (error) {
          head = null
          const written = takenAt(error)
          if (written === null) throw error
          // What was written before the place that another process took stands, and that process went on from there.
          rest = rest.slice(written)
          if (attempt === attemptsMax) throw new ConflictError('the audit log is written by too many at once')
          await sleep(Math.random() * Math.min(attempt, 10))
        }
      }
      // Nobody waits for it: it may lag, and the next write makes up for one that failed.
      if (head !== null) void raiseKnown(head).catch(() => undefined)
    },

    async list(filter, after, limit) {
      const found = await audit.find(filterOf(filter, after)).sort({ time: -1, _id: -1 }).limit(limit).toArray()
      return found.map((document) => openEntry(cipher, document))
    },

    async *entries() {
      for await (const document of audit.find().sort({ _id: 1 })) yield openEntry(cipher, document)
    },

    async marks() {
      const found = await marks.find().toArray()
      const mark = (id: MarkDocument['_id']): ChainHead | null => {
        const one = found.find(({ _id }) => _id === id)
        return one === undefined ? null : { seq: one.seq, hash: one.hash }
      }
      return { start: mark('start') ?? EMPTY_CHAIN, known: mark('known') }
    },

    async removeBefore(time, limit) {
      const old = await audit
        .find({}, { projection: { seq: 1, hash: 1, time: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      // Without gaps from the old end: the first line that is young enough stays with everything after it.
      const young = old.findIndex((document) => document.time.getTime() >= time)
      const last = (young === -1 ? old : old.slice(0, young)).at(-1)
      if (last === undefined) return 0
      await marks.updateOne({ _id: 'start' }, { $set: { seq: last.seq, hash: last.hash } }, { upsert: true })
      return (await audit.deleteMany({ _id: { $lte: last._id } })).deletedCount
    },
  }
}

/** How many lines of a write stand before the place that somebody else had taken; null for any other failure. */
function takenAt(error: unknown): number | null {
  const { code, writeErrors } = error as { code?: unknown; writeErrors?: { index: number } | { index: number }[] }
  if (code !== 11_000) return null
  const [first] = Array.isArray(writeErrors) ? writeErrors : writeErrors === undefined ? [] : [writeErrors]
  return first?.index ?? 0
}

function filterOf(filter: AuditFilter, after: AuditPosition | null): mongo.Filter<AuditDocument> {
  const { actor, act, caseCode, from, to, technicalOnly } = filter
  const conditions: mongo.Filter<AuditDocument>[] = []
  if (actor !== undefined) conditions.push({ actor })
  if (act !== undefined) conditions.push({ act })
  if (caseCode !== undefined) conditions.push({ caseCodes: caseCode })
  if (from !== undefined) conditions.push({ time: { $gte: new Date(from) } })
  if (to !== undefined) conditions.push({ time: { $lt: new Date(to) } })
  if (technicalOnly) conditions.push({ act: { $in: [...TECHNICAL_ACTS] } })
  if (after !== null) {
    const time = new Date(after.at)
    conditions.push({ time: { $lte: time } })
    conditions.push({ $or: [{ time: { $lt: time } }, { time, _id: { $lt: auditKey(after.seq) } }] })
  }
  return conditions.length === 0 ? {} : { $and: conditions }
}

function openEntry(cipher: FieldCipher, { _id, time: _time, sealed, ...open }: AuditDocument): AuditEntry {
  if (sealed === undefined) return open
  const { data, salt } = openJson(cipher, sealed, auditContext(_id)) as { data: JsonObject; salt: string }
  return { ...open, data, salt }
}

const schema = new Schema(
  {
    _id: String,
    seq: Number,
    at: String,
    time: Date,
    actor: String,
    unitCode: String,
    act: String,
    caseCodes: [String],
    dataHash: String,
    previousHash: String,
    hash: String,
    sealed: Buffer,
  },
  { versionKey: false, strict: true, autoCreate: false },
)
schema.index({ time: -1, _id: -1 }, { name: 'newest' })
schema.index({ actor: 1, time: -1, _id: -1 }, { name: 'actor' })
schema.index({ caseCodes: 1, time: -1, _id: -1 }, { name: 'cases' })
schema.index({ act: 1, time: -1, _id: -1 }, { name: 'act' })
