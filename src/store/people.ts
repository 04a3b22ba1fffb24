import { type Connection, type mongo, Schema } from 'mongoose'
import type { ApiToken, PeopleStore, Person, SignInLink } from '../usecases/people.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'

type PersonDocument = {
  _id: string
  name: string
  unitCode: string
  roles: string[]
  /** Encrypted. */
  email: mongo.Binary | Buffer | null
  createdAt: Date
  disabledAt: Date | null
}
type TokenDocument = {
  _id: string
  login: string
  name: string
  hash: Buffer
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}
type LinkDocument = { _id: string; hash: Buffer; expiresAt: Date }

/** People, their API tokens and sign-in links in MongoDB. */
export async function openPeopleStore(database: Database, cipher: FieldCipher): Promise<PeopleStore> {
  for (const model of defineModels(database.connection)) {
    await model.createCollection()
    await model.createIndexes()
  }
  const people = database.collection<PersonDocument>('people')
  const tokens = database.collection<TokenDocument>('apiTokens')
  const links = database.collection<LinkDocument>('signInLinks')

  const toPerson = (document: PersonDocument): Person => ({
    login: document._id,
    name: document.name,
    unitCode: document.unitCode,
    roles: document.roles as Person['roles'],
    email: document.email === null ? null : cipher.decryptText(bytesOf(document.email), emailContext(document._id)),
    createdAt: document.createdAt.getTime(),
    disabledAt: document.disabledAt?.getTime() ?? null,
  })

  return {
    async add(person) {
      try {
        await people.insertOne({
          _id: person.login,
          name: person.name,
          unitCode: person.unitCode,
          roles: [...person.roles],
          email: person.email === null ? null : cipher.encrypt(person.email, emailContext(person.login)),
          createdAt: new Date(person.createdAt),
          disabledAt: null,
        })
        return true
      } catch (error) {
        if ((error as { code?: unknown }).code === 11_000) return false
        throw error
      }
    },
    async find(login) {
      const document = await people.findOne({ _id: login })
      return document === null ? null : toPerson(document)
    },
    async list() {
      return (await people.find().sort({ _id: 1 }).toArray()).map(toPerson)
    },
    disable: (login, now) =>
      database.transaction(async (session) => {
        const disabledAt = new Date(now)
        const { matchedCount } = await people.updateOne({ _id: login }, { $set: { disabledAt } }, { session })
        await tokens.updateMany({ login, revokedAt: null }, { $set: { revokedAt: disabledAt } }, { session })
        await links.deleteOne({ _id: login }, { session })
        return matchedCount === 1
      }),
    async saveSignInLink({ login, hash, expiresAt }: SignInLink) {
      await links.updateOne({ _id: login }, { $set: { hash, expiresAt: new Date(expiresAt) } }, { upsert: true })
    },
    async addToken({ id, createdAt, expiresAt, ...rest }) {
      await tokens.insertOne({
        ...rest,
        _id: id,
        createdAt: new Date(createdAt),
        expiresAt: new Date(expiresAt),
        lastUsedAt: null,
        revokedAt: null,
      })
    },
    async findToken(id) {
      const document = await tokens.findOne({ _id: id })
      return document === null ? null : toToken(document)
    },
    async listTokens(login) {
      const found = await tokens
        .find(login === undefined ? {} : { login })
        .sort({ createdAt: 1 })
        .toArray()
      return found.map(toToken)
    },
    async revokeToken(id, now) {
      const { matchedCount } = await tokens.updateOne({ _id: id }, { $set: { revokedAt: new Date(now) } })
      return matchedCount === 1
    },
    async markTokenUsed(id, now) {
      await tokens.updateOne({ _id: id }, { $max: { lastUsedAt: new Date(now) } })
    },
  }
}

/** The place that a person's address belongs to; only there can it be read (see `createFieldCipher`). */
export function emailContext(login: string): string {
  return `people.email/${login}`
}

function toToken({ _id, ...document }: TokenDocument): ApiToken {
  return {
    id: _id,
    login: document.login,
    name: document.name,
    hash: bytesOf(document.hash),
    createdAt: document.createdAt.getTime(),
    expiresAt: document.expiresAt.getTime(),
    lastUsedAt: document.lastUsedAt?.getTime() ?? null,
    revokedAt: document.revokedAt?.getTime() ?? null,
  }
}

function bytesOf(value: mongo.Binary | Uint8Array): Buffer {
  return Buffer.from('buffer' in value && !(value instanceof Uint8Array) ? value.buffer : (value as Uint8Array))
}

function defineModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const person = new Schema(
    { _id: String, name: String, unitCode: String, roles: [String], email: Buffer, createdAt: Date, disabledAt: Date },
    options,
  )
  person.index({ unitCode: 1 }, { name: 'unit' })
  const token = new Schema(
    {
      _id: String,
      login: String,
      name: String,
      hash: Buffer,
      createdAt: Date,
      expiresAt: Date,
      lastUsedAt: Date,
      revokedAt: Date,
    },
    options,
  )
  token.index({ login: 1, createdAt: 1 }, { name: 'login' })
  const link = new Schema({ _id: String, hash: Buffer, expiresAt: Date }, options)
  return [
    connection.model('Person', person, 'people'),
    connection.model('ApiToken', token, 'apiTokens'),
    connection.model('SignInLink', link, 'signInLinks'),
  ]
}
