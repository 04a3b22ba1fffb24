import { type Connection, type mongo, Schema } from 'mongoose'
import { type DataFault, DataFileError } from '../cases/data-file.ts'
import { type CalendarVersion, createLawBook, type RuleSetVersion, type Stored } from '../cases/law-book.ts'
import { readCalendars, readRuleSets, type SourcedCalendarYear } from '../cases/load-calendars.ts'
import type { RuleSet } from '../cases/rule-set.ts'
import type { LawStore } from '../usecases/law.ts'
import type { Database } from './database.ts'
import { ConflictError, isConflict } from './errors.ts'
import { makeAllIndexes } from './make-indexes.ts'

type VersionDocument<Content> = Content &
  Omit<Stored, 'importedAt'> & {
    /** `2027@3`, `qd29-2026@4`: what it is a version of, and the revision that brought it. */
    _id: string
    importedAt: Date
  }

type CalendarDocument = VersionDocument<SourcedCalendarYear>
type RuleSetDocument = VersionDocument<RuleSet>
type LawDocument = { _id: 'law'; revision: number; sweep?: { owner: string; until: Date } }

/** Calendars and rule sets in MongoDB: one document per year or rule set and version, and one that counts the changes. */
export async function openLawStore(database: Database): Promise<LawStore> {
  await makeAllIndexes(defineLawModels(database.connection))
  const calendars = database.collection<CalendarDocument>('calendars')
  const ruleSets = database.collection<RuleSetDocument>('ruleSets')
  const law = database.collection<LawDocument>('law')
  // What a new primary could take back must not have judged anything.
  const lasting = { readConcern: { level: 'majority' } } as const

  async function revision(): Promise<number> {
    return (await law.findOne({ _id: 'law' }, { ...lasting, projection: { revision: 1 } }))?.revision ?? 0
  }

  return {
    revision,

    async load() {
      const newest = await revision()
      if (newest === 0) return null
      // Versions of a change that comes while these are read belong to the next look.
      const known = { revision: { $lte: newest } }
      const faults: DataFault[] = []
      const years = (await calendars.find(known, lasting).toArray()).flatMap((found) => readYear(found, faults))
      const sets = (await ruleSets.find(known, lasting).toArray()).flatMap((found) => readRuleSet(found, faults))
      if (faults.length > 0) throw new DataFileError(faults)
      return createLawBook({ years, ruleSets: sets })
    },

    async append(expected, added) {
      const next = expected + 1
      await inTransaction(async (session) => {
        await raise(session, expected)
        const stored = <Content extends Stored>(content: Content, of: string | number) => ({
          ...content,
          _id: `${of}@${next}`,
          revision: next,
          importedAt: new Date(content.importedAt),
        })
        if (added.years.length > 0)
          await calendars.insertMany(
            added.years.map((year) => stored(year, year.year)),
            { session },
          )
        if (added.ruleSets.length > 0)
          await ruleSets.insertMany(
            added.ruleSets.map((ruleSet) => stored(ruleSet, ruleSet.id)),
            { session },
          )
      })
    },

    async claimSweep(owner, leaseMs) {
      const { matchedCount } = await law.updateOne(
        {
          _id: 'law',
          $or: [
            { sweep: { $exists: false } },
            { 'sweep.owner': owner },
            { $expr: { $lte: ['$sweep.until', '$$NOW'] } },
          ],
        },
        [{ $set: { sweep: { owner, until: { $add: ['$$NOW', leaseMs] } } } }],
      )
      return matchedCount === 1
    },

    async endSweep(owner) {
      await law.updateOne({ _id: 'law', 'sweep.owner': owner }, { $unset: { sweep: '' } })
    },
  }

  /** Two imports at once meet in the document that counts: one of them has to look again. */
  async function inTransaction(work: (session: mongo.ClientSession) => Promise<void>): Promise<void> {
    try {
      await database.transaction(work)
    } catch (error) {
      if (!isConflict(error)) throw error
      throw new ConflictError('somebody else has changed the law meanwhile', { cause: error })
    }
  }

  async function raise(session: mongo.ClientSession, expected: number): Promise<void> {
    if (expected === 0) {
      await law.insertOne({ _id: 'law', revision: 1 }, { session })
      return
    }
    const { matchedCount } = await law.updateOne(
      { _id: 'law', revision: expected },
      { $set: { revision: expected + 1 } },
      { session },
    )
    if (matchedCount === 0) throw new ConflictError(`the law is not at revision ${expected} any more`)
  }
}

/** What is stored is held to the same rules as a file. */
function readYear({ _id, ...found }: CalendarDocument, faults: DataFault[]): CalendarVersion[] {
  const { year, version, provisional, off, makeUp, sources } = found
  const text = JSON.stringify({
    timezone: 'Asia/Ho_Chi_Minh',
    [year]: { version, provisional, off, makeUp, sources },
  })
  const reading = readCalendars(`calendars ${_id}`, text)
  faults.push(...reading.faults)
  return reading.years.map((read) => ({ ...read, ...storedOf(found) }))
}

function readRuleSet({ _id, ...found }: RuleSetDocument, faults: DataFault[]): RuleSetVersion[] {
  const { revision: _revision, importedAt: _at, importedBy: _by, ...content } = found
  const reading = readRuleSets(`ruleSets ${_id}`, JSON.stringify({ ruleSets: [content] }))
  faults.push(...reading.faults)
  return reading.ruleSets.map((read) => ({ ...read, ...storedOf(found) }))
}

function storedOf({ revision, importedAt, importedBy }: Omit<VersionDocument<object>, '_id'>): Stored {
  return { revision, importedAt: importedAt.getTime(), importedBy }
}

function defineLawModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const origin = { revision: Number, importedAt: Date, importedBy: String, version: String, sources: [String] }
  const calendar = new Schema(
    { _id: String, ...origin, year: Number, provisional: Boolean, off: [String], makeUp: [String] },
    options,
  )
  const ruleSet = new Schema(
    {
      _id: String,
      ...origin,
      id: String,
      name: String,
      validFrom: String,
      validTo: String,
      verified: Boolean,
      workingDays: Schema.Types.Mixed,
      lateSupplementDays: Number,
      supplementClock: String,
      afterHoursPolicy: String,
      officeClosesAt: String,
      unitSupplementsMax: Number,
      refusalNeedsApproval: Boolean,
    },
    { ...options, id: false },
  )
  const law = new Schema(
    { _id: String, revision: Number, sweep: new Schema({ owner: String, until: Date }, { _id: false }) },
    options,
  )
  return [
    connection.model('CalendarVersion', calendar, 'calendars'),
    connection.model('RuleSetVersion', ruleSet, 'ruleSets'),
    connection.model('Law', law, 'law'),
  ]
}
