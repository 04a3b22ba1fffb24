import { type Connection, Schema } from 'mongoose'
import type { ClosedWays, WayTarget } from '../usecases/closed-ways.ts'
import type { OutsideWay } from '../usecases/notice-records.ts'
import type { KeyedHash } from './crypto.ts'
import type { Database } from './database.ts'
import { makeAllIndexes } from './make-indexes.ts'

type ClosedWayDocument = {
  /** The way and the keyed hash of the number or person that it does not reach. */
  _id: string
  code: string
  since: Date
  until: Date
}

/** What the platform said of numbers and persons that a template does not reach, in MongoDB; nothing outlives its `until`. */
export async function openClosedWays(database: Database, hash: Pick<KeyedHash, 'phoneKey'>): Promise<ClosedWays> {
  await makeAllIndexes([defineClosedWays(database.connection)])
  const ways = database.collection<ClosedWayDocument>('closedWays')

  function idsOf({ citizenKey, phone }: WayTarget): Map<string, OutsideWay> {
    const ids = new Map<string, OutsideWay>()
    if (citizenKey !== null) ids.set(`templateByUser:${citizenKey}`, 'templateByUser')
    if (phone !== null) ids.set(`templateByPhone:${hash.phoneKey(phone)}`, 'templateByPhone')
    return ids
  }

  return {
    async of(target, now) {
      const ids = idsOf(target)
      if (ids.size === 0) return []
      const found = await ways.find({ _id: { $in: [...ids.keys()] }, until: { $gt: new Date(now) } }).toArray()
      return found.flatMap(({ _id, code, since, until }) => {
        const way = ids.get(_id)
        return way === undefined ? [] : [{ way, code, since: since.getTime(), until: until.getTime() }]
      })
    },

    async close(target, { way, code, since, until }) {
      const id = [...idsOf(target)].find(([, one]) => one === way)?.[0]
      if (id === undefined) return
      const said = { code, since: new Date(since), until: new Date(until) }
      await ways.updateOne({ _id: id }, { $set: said }, { upsert: true, writeConcern: { w: 'majority' } })
    },
  }
}

function defineClosedWays(connection: Connection) {
  const schema = new Schema(
    { _id: String, code: String, since: Date, until: Date },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ until: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  return connection.model('ClosedWay', schema, 'closedWays')
}
