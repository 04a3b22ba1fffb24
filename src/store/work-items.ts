import { type Connection, type mongo, Schema } from 'mongoose'
import type {
  NewWork,
  ReassignedWork,
  WorkInBrief,
  WorkItem,
  WorkItemPosition,
  WorkItemScope,
  WorkItems,
  WorkToTell,
} from '../usecases/work-items.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { ConflictError } from './errors.ts'
import { workNoticeDocument } from './notice-documents.ts'
import { openJson, sealJson } from './sealed.ts'

/** A work item as it is kept: what lists are made of in clear, what was said to whom encrypted. */
export type WorkItemDocument = {
  _id: string
  kind: WorkItem['kind']
  caseCode: string
  notice: string
  mandatory: boolean
  textVersion: string
  assignee: string | null
  unitCode: string
  createdAt: Date
  dueAt: Date
  state: WorkItem['state']
  doneAt: Date | null
  /** When its people hear of it next; absent when there is nothing more to be said. */
  tellAt?: Date
  /** How many steps they have heard of. */
  told?: number
  sealed: Buffer
}

export type WorkItemStore = WorkItems &
  WorkToTell & {
    /** Work of an earlier build of which nobody was told: it is told now. */
    catchUp(): Promise<void>
    /** Rejects with `ConflictError` where the item is not open any more, or not this person's. */
    reassign(session: mongo.ClientSession, work: ReassignedWork): Promise<void>
    /** Inside the transaction of what caused them. */
    insert(session: mongo.ClientSession, items: readonly NewWork[]): Promise<void>
    /** Rejects with `ConflictError` where the item is not open any more. */
    finish(session: mongo.ClientSession, item: WorkItem): Promise<void>
  }

export const workItemContext = (id: string): string => `workItems.sealed:${id}`

/** Work items in MongoDB. */
export function createWorkItemStore(database: Database, cipher: FieldCipher): WorkItemStore {
  const items = database.collection<WorkItemDocument>('workItems')
  const { notices } = database.collections
  const open = (document: WorkItemDocument): WorkItem => {
    const { text, done } = openJson(cipher, document.sealed, workItemContext(document._id)) as Opened
    return { ...brief(document), text, done }
  }
  const seal = ({ id, text, done, createdAt, dueAt, ...clear }: WorkItem): WorkItemDocument => ({
    ...clear,
    _id: id,
    createdAt: new Date(createdAt),
    dueAt: new Date(dueAt),
    doneAt: done === null ? null : new Date(done.recordedAt),
    sealed: sealJson(cipher, { text, done }, workItemContext(id)),
  })

  return {
    async find(id) {
      const found = await items.findOne({ _id: id })
      return found === null ? null : open(found)
    },

    async ofCase(caseCode) {
      const found = await items.find({ caseCode }).sort({ createdAt: 1, _id: 1 }).toArray()
      return found.map(open)
    },

    async openOf(assignee, after, limit) {
      const found = await items
        .find({ assignee, state: 'open', ...(after === null ? {} : { _id: { $gt: after } }) })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(open)
    },

    async toTell(now, limit) {
      const found = await items
        .find({ tellAt: { $lte: new Date(now) } }, { projection: { sealed: 0 } })
        .sort({ tellAt: 1 })
        .limit(limit)
        .hint('tell')
        .toArray()
      return found.map((document) => ({ item: brief(document), step: document.told ?? 0 }))
    },

    async told(id, step, nextAt) {
      const isOver = nextAt === null
      const { matchedCount } = await items.updateOne(
        { _id: id, told: step, ...(isOver ? {} : { state: 'open' as const }) },
        isOver
          ? { $inc: { told: 1 }, $unset: { tellAt: '' } }
          : { $inc: { told: 1 }, $set: { tellAt: new Date(nextAt) } },
        { writeConcern: { w: 'majority' } },
      )
      return matchedCount === 1
    },

    async catchUp() {
      await items.updateMany({ state: 'open', tellAt: { $exists: false } }, [
        { $set: { tellAt: '$createdAt', told: { $ifNull: ['$told', 0] } } },
      ])
    },

    async reassign(session, { id, assigneeBefore, at }) {
      const { matchedCount } = await items.updateOne(
        { _id: id, state: 'open', assignee: assigneeBefore },
        // Whoever is just telling the one before does not close what is to be told now.
        { $set: { assignee: null, tellAt: new Date(at) }, $inc: { told: 1 } },
        { session },
      )
      if (matchedCount === 0) throw new ConflictError(`work item ${id} is not open any more`)
    },

    async list({ scope, state }, after, limit) {
      const found = await items
        .find({ $and: [{ state, ...scopeOf(scope) }, ...(after === null ? [] : [laterThan(after)])] })
        .sort({ dueAt: 1, _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(open)
    },

    async insert(session, fresh) {
      const work = fresh.flatMap(({ tryFirst, hasRecord: _hasRecord, ...item }) =>
        tryFirst === undefined ? [item] : [],
      )
      const told = (item: WorkItem) => ({ ...seal(item), tellAt: new Date(item.createdAt), told: 0 })
      if (work.length > 0) await items.insertMany(work.map(told), { session, ordered: true })
      const records = fresh.flatMap((item) => (item.hasRecord === true ? [] : [workNoticeDocument(cipher, item)]))
      if (records.length > 0) await notices.insertMany(records, { session, ordered: true })
    },

    async finish(session, item) {
      const { _id, state, doneAt, sealed } = seal(item)
      const { matchedCount } = await items.updateOne(
        { _id, state: 'open' },
        // What its people were told is put aside with the next look.
        { $set: { state, doneAt, sealed, tellAt: new Date(0) } },
        { session },
      )
      if (matchedCount === 0) throw new ConflictError(`work item ${_id} is not open any more`)
      // What the service itself proved is written down by whoever proved it.
      if (item.done?.by === 'system') return
      // Whoever did it has told the sender: the notice has ended with it. The words of the chat stay kept.
      await notices.updateOne(
        { workItem: _id, _id, state: 'workItem' },
        { $set: { state: 'done' }, $unset: { lookAt: '', missing: '' }, $inc: { version: 1 } },
        { session },
      )
    },
  }
}

/** Declares the collection with an index for each list that is shown. */
export function defineWorkItems(connection: Connection) {
  const schema = new Schema(
    {
      _id: String,
      kind: String,
      caseCode: String,
      notice: String,
      mandatory: Boolean,
      textVersion: String,
      assignee: String,
      unitCode: String,
      createdAt: Date,
      dueAt: Date,
      state: String,
      doneAt: Date,
      tellAt: Date,
      told: Number,
      sealed: Buffer,
    },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ caseCode: 1, createdAt: 1, _id: 1 }, { name: 'case' })
  schema.index({ assignee: 1, state: 1, dueAt: 1, _id: 1 }, { name: 'assignee' })
  schema.index({ unitCode: 1, state: 1, dueAt: 1, _id: 1 }, { name: 'unit' })
  schema.index({ state: 1, dueAt: 1, _id: 1 }, { name: 'due' })
  schema.index({ assignee: 1, state: 1, _id: 1 }, { name: 'ofPerson' })
  schema.index({ tellAt: 1 }, { name: 'tell', partialFilterExpression: { tellAt: { $type: 'date' } } })
  return connection.model('WorkItem', schema, 'workItems')
}

type Opened = Pick<WorkItem, 'text' | 'done'>

function brief(document: Omit<WorkItemDocument, 'sealed'>): WorkInBrief {
  const { _id: id, kind, caseCode, notice, mandatory, textVersion, assignee, unitCode, state } = document
  const [createdAt, dueAt] = [document.createdAt.getTime(), document.dueAt.getTime()]
  return { id, kind, caseCode, notice, mandatory, textVersion, assignee, unitCode, createdAt, dueAt, state }
}

function scopeOf(scope: WorkItemScope): mongo.Filter<WorkItemDocument> {
  if (scope === 'all') return {}
  return 'assignee' in scope ? { assignee: scope.assignee } : { unitCode: { $in: [...scope.unitCodes] } }
}

function laterThan({ dueAt, id }: WorkItemPosition): mongo.Filter<WorkItemDocument> {
  const at = new Date(dueAt)
  return { $or: [{ dueAt: { $gt: at } }, { dueAt: at, _id: { $gt: id } }] }
}
