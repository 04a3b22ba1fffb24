import { type Connection, type mongo, Schema } from 'mongoose'
import type { TokenScope } from '../cases/case.ts'
import type { HandBackReason } from '../cases/hand-back.ts'
import type { ApiToken } from '../usecases/people/ports.ts'

export type PersonDocument = {
  /** The login. */
  _id: string
  name: string
  unitCode: string
  roles: string[]
  /** Encrypted. */
  email: mongo.Binary | Buffer | null
  validFrom: string | null
  validTo: string | null
  createdAt: Date
  disabledAt: Date | null
  epoch: number
  /** When what follows from the last day of the account was done. */
  endedAt?: Date | null
  handingBack: { reason: HandBackReason; since: Date } | null
}
export type TokenDocument = {
  _id: string
  login: string
  name: string
  hash: Buffer
  scopes: TokenScope[]
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}
export type LinkDocument = { _id: string; hash: Buffer; expiresAt: Date }
/** `sealed` is the encrypted text of an argon2id hash: without the keys there is nothing to guess at. */
export type PasswordDocument = { _id: string; sealed: Buffer; setAt: Date }
export type DeviceDocument = { _id: string; login: string; hash: Buffer; expiresAt: Date }

export function toToken({ _id, ...document }: TokenDocument): ApiToken {
  return {
    id: _id,
    login: document.login,
    name: document.name,
    hash: bytesOf(document.hash),
    scopes: document.scopes ?? ['read', 'write', 'admin'],
    createdAt: document.createdAt.getTime(),
    expiresAt: document.expiresAt.getTime(),
    lastUsedAt: document.lastUsedAt?.getTime() ?? null,
    revokedAt: document.revokedAt?.getTime() ?? null,
  }
}

export function bytesOf(value: mongo.Binary | Uint8Array): Buffer {
  return Buffer.from('buffer' in value && !(value instanceof Uint8Array) ? value.buffer : (value as Uint8Array))
}

/** Declares the collections about people with their indexes. */
export function definePeopleModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const person = new Schema(
    {
      _id: String,
      name: String,
      unitCode: String,
      roles: [String],
      email: Buffer,
      validFrom: String,
      validTo: String,
      createdAt: Date,
      disabledAt: Date,
      epoch: Number,
      endedAt: Date,
      handingBack: new Schema({ reason: String, since: Date }, { _id: false }),
    },
    options,
  )
  person.index({ unitCode: 1, _id: 1 }, { name: 'unitAndLogin' })
  person.index({ roles: 1 }, { name: 'roles' })
  person.index(
    { 'handingBack.since': 1 },
    { name: 'handingBack', partialFilterExpression: { 'handingBack.since': { $type: 'date' } } },
  )
  person.index({ validTo: 1 }, { name: 'validTo', partialFilterExpression: { validTo: { $type: 'string' } } })
  const token = new Schema(
    {
      _id: String,
      login: String,
      name: String,
      hash: Buffer,
      scopes: [String],
      createdAt: Date,
      expiresAt: Date,
      lastUsedAt: Date,
      revokedAt: Date,
    },
    options,
  )
  token.index({ login: 1, createdAt: -1 }, { name: 'newestOfLogin' })
  token.index({ createdAt: -1 }, { name: 'newest' })
  const link = new Schema({ _id: String, hash: Buffer, expiresAt: Date }, options)
  const password = new Schema({ _id: String, sealed: Buffer, setAt: Date }, options)
  const device = new Schema({ _id: String, login: String, hash: Buffer, expiresAt: Date }, options)
  device.index({ login: 1 }, { name: 'login' })
  device.index({ expiresAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  const tries = new Schema({ _id: String, failures: Number, until: Date, expiresAt: Date }, options)
  tries.index({ expiresAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  return [
    connection.model('Person', person, 'people'),
    connection.model('ApiToken', token, 'apiTokens'),
    connection.model('SignInLink', link, 'signInLinks'),
    connection.model('Password', password, 'passwords'),
    connection.model('KnownDevice', device, 'knownDevices'),
    connection.model('SignInTries', tries, 'signInTries'),
  ]
}
