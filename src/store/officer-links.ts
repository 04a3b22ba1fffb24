import { type Connection, type mongo, Schema } from 'mongoose'
import type { OfficerLinkStore } from '../usecases/officer-links.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { makeAllIndexes } from './make-indexes.ts'

export type OfficerLinkDocument = {
  /** The login. */
  _id: string
  unitCode: string
  citizenKey: string
  /** Encrypted. */
  userId: Buffer
  linkedAt: Date
}

type LinkCodeDocument = {
  /** The login. */
  _id: string
  unitCode: string
  hash: Buffer
  usedBy: string | null
  expiresAt: Date
}

export const linkContext = (login: string): string => `officerLinks.userId:${login}`

/** Officers' own Zalo accounts in MongoDB. */
export async function openOfficerLinks(database: Database, cipher: FieldCipher): Promise<OfficerLinkStore> {
  await makeAllIndexes(defineModels(database.connection))
  const links = database.collection<OfficerLinkDocument>('officerLinks')
  const codes = database.collection<LinkCodeDocument>('officerLinkCodes')

  return {
    async saveCode({ login, unitCode, hash, expiresAt }) {
      const code = { unitCode, hash, usedBy: null, expiresAt: new Date(expiresAt) }
      await codes.updateOne({ _id: login }, { $set: code }, { upsert: true })
    },

    async useCode(hash, eventId, now) {
      const found = await codes.findOneAndUpdate(
        { hash, expiresAt: { $gt: new Date(now) }, usedBy: { $in: [null, eventId] } },
        { $set: { usedBy: eventId } },
      )
      return found === null ? null : { login: found._id, unitCode: found.unitCode }
    },

    async save({ login, unitCode, citizenKey, userId, linkedAt }) {
      const link = {
        unitCode,
        citizenKey,
        userId: cipher.encrypt(userId, linkContext(login)),
        linkedAt: new Date(linkedAt),
      }
      await database.transaction(async (session) => {
        await links.deleteMany({ citizenKey, _id: { $ne: login } }, { session })
        await links.updateOne({ _id: login }, { $set: link }, { session, upsert: true })
      })
    },

    async find(login) {
      const found = await links.findOne({ _id: login })
      if (found === null) return null
      const { unitCode, citizenKey, userId, linkedAt } = found
      const opened = cipher.decryptText(userId, linkContext(login))
      return { login, unitCode, citizenKey, userId: opened, linkedAt: linkedAt.getTime() }
    },

    async ofCitizen(citizenKey) {
      const found = await links.findOne({ citizenKey }, { projection: { unitCode: 1 } })
      return found === null ? null : { login: found._id, unitCode: found.unitCode }
    },

    async linkedUnits(logins) {
      if (logins.length === 0) return new Map()
      const found = await links.find({ _id: { $in: [...logins] } }, { projection: { unitCode: 1 } }).toArray()
      return new Map(found.map(({ _id, unitCode }) => [_id, unitCode]))
    },

    async end(login) {
      return (await links.deleteOne({ _id: login })).deletedCount === 1
    },

    async endOf(citizenKey) {
      return (await links.findOneAndDelete({ citizenKey }))?._id ?? null
    },
  }
}

/** Ends the link of somebody who leaves, with the rest of what they were given. */
export async function endOfficerLink(database: Database, session: mongo.ClientSession, login: string): Promise<void> {
  await database.collection<OfficerLinkDocument>('officerLinks').deleteOne({ _id: login }, { session })
  await database.collection<LinkCodeDocument>('officerLinkCodes').deleteOne({ _id: login }, { session })
}

function defineModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const link = new Schema(
    { _id: String, unitCode: String, citizenKey: String, userId: Buffer, linkedAt: Date },
    options,
  )
  link.index({ citizenKey: 1 }, { name: 'citizen', unique: true })
  const code = new Schema({ _id: String, unitCode: String, hash: Buffer, usedBy: String, expiresAt: Date }, options)
  code.index({ hash: 1 }, { name: 'hash' })
  code.index({ expiresAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  return [
    connection.model('OfficerLink', link, 'officerLinks'),
    connection.model('OfficerLinkCode', code, 'officerLinkCodes'),
  ]
}
