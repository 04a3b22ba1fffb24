import { type Connection, Schema } from 'mongoose'
import type { ReminderCounts, ReminderRun, ReminderRuns } from '../usecases/staff-ports.ts'
import type { Database } from './database.ts'
import { ConflictError } from './errors.ts'
import { makeIndexes } from './make-indexes.ts'

type ReminderRunDocument = {
  /** The day. */
  _id: string
  /** Counts upwards with each begun run: a run of an earlier day with a higher number shows that the clock went back. */
  number: number
  since: string | null
  begun: { day: string; upTo: string }[]
  cursor: string
  owner: string
  /** The database's time. */
  until: Date
  counts: ReminderCounts
  doneAt: Date | null
}

const none: ReminderCounts = { cases: 0, reminders: 0, citizens: 0, nobody: 0, failed: 0 }
/** Runs that were begun and never ended matter for as long as nobody was reminded since. */
const begunMax = 10

/** The daily runs in MongoDB. Leases are by the database's time, so that the clocks of the processes do not matter. */
export async function openReminderRuns(database: Database): Promise<ReminderRuns> {
  const model = defineModel(database.connection)
  await makeIndexes(model)
  const runs = database.collection<ReminderRunDocument>('reminderRuns')

  async function plan(day: string): Promise<Pick<ReminderRunDocument, 'number' | 'since' | 'begun'>> {
    const [last] = await runs
      .find({}, { projection: { number: 1 } })
      .sort({ number: -1 })
      .limit(1)
      .toArray()
    const [done] = await runs
      .find({ _id: { $lt: day }, doneAt: { $ne: null } })
      .sort({ _id: -1 })
      .limit(1)
      .toArray()
    const since = done?._id ?? null
    const between = { ...(since === null ? {} : { $gt: since }), $lt: day }
    const open = await runs.find({ _id: between, doneAt: null }).sort({ _id: -1 }).limit(begunMax).toArray()
    const begun = open.map(({ _id, cursor }) => ({ day: _id, upTo: cursor }))
    return { number: (last?.number ?? 0) + 1, since, begun }
  }

  /** A day that was run while the clock stood wrong, ahead of days that came after it, is run again when it truly comes. */
  async function reopenIfEarly(day: string): Promise<void> {
    const run = await runs.findOne({ _id: day }, { projection: { number: 1, doneAt: 1 } })
    if (run === null || run.doneAt === null) return
    const after = await runs.findOne({ number: { $gt: run.number }, _id: { $lt: day } }, { projection: { _id: 1 } })
    if (after === null) return
    const again = { ...(await plan(day)), cursor: '', counts: none, doneAt: null, until: new Date(0) }
    await runs.updateOne({ _id: day, number: run.number }, { $set: again })
  }

  return {
    async begin(day, owner, leaseMs): Promise<ReminderRun | null> {
      await reopenIfEarly(day)
      if ((await runs.findOne({ _id: day }, { projection: { _id: 1 } })) === null) {
        const fresh = { ...(await plan(day)), cursor: '', counts: none, doneAt: null, until: new Date(0), owner: '' }
        await runs.updateOne({ _id: day }, { $setOnInsert: fresh }, { upsert: true }).catch(unlessDuplicate)
      }
      const run = await runs.findOneAndUpdate(
        { _id: day, doneAt: null, $or: [{ owner }, { $expr: { $lte: ['$until', '$$NOW'] } }] },
        [{ $set: { owner: { $literal: owner }, until: { $add: ['$$NOW', leaseMs] } } }],
        { returnDocument: 'after' },
      )
      return run === null ? null : { day, number: run.number, since: run.since, begun: run.begun, cursor: run.cursor }
    },

    async advance(day, owner, leaseMs, cursor, counts) {
      const added = Object.entries(counts).map(([name, count]) => [
        `counts.${name}`,
        { $add: [`$counts.${name}`, count] },
      ])
      const { matchedCount } = await runs.updateOne({ _id: day, owner, doneAt: null }, [
        { $set: { until: { $add: ['$$NOW', leaseMs] }, cursor: { $literal: cursor }, ...Object.fromEntries(added) } },
      ])
      if (matchedCount === 0) throw new ConflictError(`the reminders of ${day} are in another hand`)
    },

    async finish(day, owner, now) {
      const done = await runs.findOneAndUpdate(
        { _id: day, owner, doneAt: null },
        { $set: { doneAt: new Date(now) } },
        { returnDocument: 'after' },
      )
      if (done === null) throw new ConflictError(`the reminders of ${day} are in another hand`)
      return done.counts
    },

    async isUnderWay() {
      const [last] = await runs
        .find({}, { projection: { doneAt: 1 } })
        .sort({ number: -1 })
        .limit(1)
        .toArray()
      return last !== undefined && last.doneAt === null
    },
  }
}

function unlessDuplicate(error: unknown): void {
  if ((error as { code?: unknown }).code !== 11_000) throw error
}

function defineModel(connection: Connection) {
  const counts = { cases: Number, reminders: Number, citizens: Number, nobody: Number, failed: Number }
  const schema = new Schema(
    {
      _id: String,
      number: Number,
      since: String,
      begun: [new Schema({ day: String, upTo: String }, { _id: false })],
      cursor: String,
      owner: String,
      until: Date,
      counts: new Schema(counts, { _id: false }),
      doneAt: Date,
    },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ number: -1 }, { name: 'number' })
  return connection.model('ReminderRun', schema, 'reminderRuns')
}
