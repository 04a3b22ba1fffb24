import type { mongo } from 'mongoose'
import type { AccountChange, ApiToken, HandingBack, PeopleStore, Person } from '../usecases/people/ports.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { createFindTogether } from './find-together.ts'
import { makeAllIndexes } from './make-indexes.ts'
import { endOfficerLink } from './officer-links.ts'
import {
  bytesOf,
  type DeviceDocument,
  definePeopleModels,
  type LinkDocument,
  type PasswordDocument,
  type PersonDocument,
  type TokenDocument,
  toToken,
} from './people-documents.ts'

/** The place that a person's address belongs to; only there can it be read (see `createFieldCipher`). */
export const emailContext = (login: string): string => `people.email/${login}`
export const passwordContext = (login: string): string => `passwords.sealed/${login}`

/** People, and what lets them in, in MongoDB. */
export async function openPeopleStore(database: Database, cipher: FieldCipher): Promise<PeopleStore> {
  await makeAllIndexes(definePeopleModels(database.connection))
  const people = database.collection<PersonDocument>('people')
  const tokens = database.collection<TokenDocument>('apiTokens')
  const links = database.collection<LinkDocument>('signInLinks')
  const passwords = database.collection<PasswordDocument>('passwords')
  const devices = database.collection<DeviceDocument>('knownDevices')

  // Each request asks for a token and its person.
  const findPerson = createFindTogether(people)
  const findToken = createFindTogether(tokens)

  const toPerson = (document: PersonDocument): Person => ({
    login: document._id,
    name: document.name,
    unitCode: document.unitCode,
    roles: document.roles as Person['roles'],
    email: document.email === null ? null : cipher.decryptText(bytesOf(document.email), emailContext(document._id)),
    validFrom: document.validFrom ?? null,
    validTo: document.validTo ?? null,
    createdAt: document.createdAt.getTime(),
    disabledAt: document.disabledAt?.getTime() ?? null,
    epoch: document.epoch ?? 1,
  })

  /** Ends what was given out to a person; the number of the account itself is raised by the caller. */
  async function endAccess(session: mongo.ClientSession, login: string, at: Date): Promise<void> {
    await tokens.updateMany({ login, revokedAt: null }, { $set: { revokedAt: at } }, { session })
    await links.deleteOne({ _id: login }, { session })
    await devices.deleteMany({ login }, { session })
    await endOfficerLink(database, session, login)
  }

  return {
    async add({ login, email, createdAt, ...rest }) {
      try {
        await people.insertOne({
          ...rest,
          _id: login,
          roles: [...rest.roles],
          email: email === null ? null : cipher.encrypt(email, emailContext(login)),
          createdAt: new Date(createdAt),
          disabledAt: null,
          handingBack: null,
        })
        return true
      } catch (error) {
        if ((error as { code?: unknown }).code === 11_000) return false
        throw error
      }
    },

    async find(login) {
      const document = await findPerson(login)
      return document === null ? null : toPerson(document)
    },

    async list({ unitCodes, after, limit }) {
      const filter = {
        ...(unitCodes === undefined ? {} : { unitCode: { $in: [...unitCodes] } }),
        ...(after === null ? {} : { _id: { $gt: after } }),
      }
      return (await people.find(filter).sort({ _id: 1 }).limit(limit).toArray()).map(toPerson)
    },

    change: (login, change, now) =>
      database.transaction(async (session) => {
        const found = await people.findOneAndUpdate({ _id: login }, updateOf(change, now), {
          session,
          returnDocument: 'after',
        })
        if (change.endsAccess) await endAccess(session, login, new Date(now))
        return found === null ? null : toPerson(found)
      }),

    async handingBack({ login, limit }) {
      const filter = { handingBack: { $ne: null }, ...(login === undefined ? {} : { _id: login }) }
      const found = await people.find(filter).limit(limit).toArray()
      return found.flatMap(({ _id, handingBack }): HandingBack[] =>
        handingBack === null ? [] : [{ login: _id, reason: handingBack.reason, since: handingBack.since.getTime() }],
      )
    },

    async handedBack({ login, since }) {
      // Somebody may have begun anew meanwhile.
      await people.updateOne({ _id: login, 'handingBack.since': new Date(since) }, { $set: { handingBack: null } })
    },

    async endExpired(today, now, limit) {
      const found = await people
        .find({ validTo: { $lt: today }, disabledAt: null, endedAt: null }, { projection: { _id: 1 } })
        .limit(limit)
        .toArray()
      const at = new Date(now)
      for (const { _id } of found) {
        await database.transaction(async (session) => {
          await people.updateOne(
            { _id, endedAt: null },
            { $set: { endedAt: at, handingBack: { reason: 'accountEnded', since: at } }, $inc: { epoch: 1 } },
            { session },
          )
          await endAccess(session, _id, at)
        })
      }
      return found.length
    },

    async saveSignInLink({ login, hash, expiresAt }) {
      await links.updateOne({ _id: login }, { $set: { hash, expiresAt: new Date(expiresAt) } }, { upsert: true })
    },
    async findSignInLink(login) {
      const found = await links.findOne({ _id: login })
      return found === null ? null : { login, hash: bytesOf(found.hash), expiresAt: found.expiresAt.getTime() }
    },
    usePasswordLink: ({ login, hash }, password, now) =>
      database.transaction(async (session) => {
        const taken = await links.deleteOne({ _id: login, hash }, { session })
        if (taken.deletedCount === 0) return false
        const sealed = cipher.encrypt(password, passwordContext(login))
        await passwords.updateOne({ _id: login }, { $set: { sealed, setAt: new Date(now) } }, { upsert: true, session })
        await people.updateOne({ _id: login }, { $inc: { epoch: 1 } }, { session })
        await devices.deleteMany({ login }, { session })
        return true
      }),
    async passwordOf(login) {
      const found = await passwords.findOne({ _id: login })
      return found === null ? null : cipher.decryptText(bytesOf(found.sealed), passwordContext(login))
    },
    savePassword: (login, password, { raisesEpoch, now }) =>
      database.transaction(async (session) => {
        const sealed = cipher.encrypt(password, passwordContext(login))
        await passwords.updateOne({ _id: login }, { $set: { sealed, setAt: new Date(now) } }, { session })
        if (raisesEpoch) await people.updateOne({ _id: login }, { $inc: { epoch: 1 } }, { session })
      }),

    async addDevice({ id, expiresAt, ...rest }) {
      await devices.insertOne({ ...rest, _id: id, expiresAt: new Date(expiresAt) })
    },
    async findDevice(id) {
      const found = await devices.findOne({ _id: id })
      if (found === null) return null
      return { id, login: found.login, hash: bytesOf(found.hash), expiresAt: found.expiresAt.getTime() }
    },

    async addToken({ id, createdAt, expiresAt, scopes, ...rest }) {
      await tokens.insertOne({
        ...rest,
        _id: id,
        scopes: [...scopes],
        createdAt: new Date(createdAt),
        expiresAt: new Date(expiresAt),
        lastUsedAt: null,
        revokedAt: null,
      })
    },
    async findToken(id) {
      const document = await findToken(id)
      return document === null ? null : toToken(document)
    },
    async listTokens({ login, before, limit }) {
      const filter = {
        ...(login === undefined ? {} : { login }),
        ...(before === undefined ? {} : { createdAt: { $lt: new Date(before) } }),
      }
      return (await tokens.find(filter).sort({ createdAt: -1 }).limit(limit).toArray()).map(toToken)
    },
    async revokeToken(id, now): Promise<ApiToken | null> {
      await tokens.updateOne({ _id: id, revokedAt: null }, { $set: { revokedAt: new Date(now) } })
      const document = await findToken(id)
      return document === null ? null : toToken(document)
    },
    async markTokenUsed(id, now) {
      await tokens.updateOne({ _id: id }, { $max: { lastUsedAt: new Date(now) } })
    },
  }
}

function updateOf({ set, endsAccess, handingBack }: AccountChange, now: number): mongo.UpdateFilter<PersonDocument> {
  const { disabledAt, roles, ...rest } = set
  const at = new Date(now)
  return {
    $set: {
      ...rest,
      ...(roles === undefined ? {} : { roles: [...roles] }),
      ...(disabledAt === undefined ? {} : { disabledAt: disabledAt === null ? null : new Date(disabledAt) }),
      ...(handingBack === null ? {} : { handingBack: { reason: handingBack, since: at } }),
      // An account whose last day was moved comes to its end anew.
      ...(set.validTo === undefined ? {} : { endedAt: handingBack === null ? null : at }),
    },
    ...(endsAccess ? { $inc: { epoch: 1 } } : {}),
  }
}
