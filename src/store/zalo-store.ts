import type { AccountFacts, AccountFactsStore } from '../usecases/account-watch.ts'
import type { PinStore, StoredGrant, TokenPair, TokenStore } from '../usecases/ports.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { openJson, sealJson } from './sealed.ts'

type GrantDocument = {
  _id: string
  pair?: Buffer
  pending?: { hash: string; at: number }
  lost?: { code: string; at: number }
  grantedAt?: number
  usedHashes?: string[]
  lock?: { holder: string; until: Date }
}

/** The account's grant in MongoDB, the pair sealed; every write waits for a majority (zalo §2.3). */
export function createTokenStore(deps: { database: Database; cipher: FieldCipher; oaId: string }): TokenStore {
  const grants = deps.database.collection<GrantDocument>('zaloGrants')
  const _id = deps.oaId
  const context = `zaloGrants.pair:${_id}`

  return {
    async read(): Promise<StoredGrant> {
      const found = await grants.findOne({ _id }, { readConcern: { level: 'majority' } })
      return {
        usedHashes: found?.usedHashes ?? [],
        ...(found?.pair === undefined ? {} : { pair: openJson(deps.cipher, found.pair, context) as TokenPair }),
        ...(found?.grantedAt === undefined ? {} : { grantedAt: found.grantedAt }),
        ...(found?.pending === undefined ? {} : { pending: found.pending }),
        ...(found?.lost === undefined ? {} : { lost: found.lost }),
      }
    },
    async tryLock(holder, ttlMs) {
      const now = new Date()
      const lock = { holder, until: new Date(now.getTime() + ttlMs) }
      try {
        const free = [{ lock: { $exists: false } }, { 'lock.until': { $lte: now } }, { 'lock.holder': holder }]
        const { matchedCount, upsertedCount } = await grants.updateOne(
          { _id, $or: free },
          { $set: { lock } },
          { upsert: true },
        )
        return matchedCount + upsertedCount > 0
      } catch (error) {
        // Somebody else holds the lock: the upsert found the document that the filter passed over.
        if ((error as { code?: unknown }).code === 11000) return false
        throw error
      }
    },
    async unlock(holder) {
      await grants.updateOne({ _id, 'lock.holder': holder }, { $unset: { lock: '' } })
    },
    async markPending(hash, at, { remember }) {
      await grants.updateOne(
        { _id },
        {
          $set: { pending: { hash, at } },
          ...(remember ? { $addToSet: { usedHashes: hash } } : {}),
        },
        { upsert: true },
      )
    },
    async endPending(hash, lost) {
      await grants.updateOne(
        { _id, 'pending.hash': hash },
        { $unset: { pending: '' }, ...(lost === undefined ? {} : { $set: { lost } }) },
      )
    },
    async saveNew(pair, options) {
      const sealed = { pair: sealJson(deps.cipher, pair, context) }
      await grants.updateOne({ _id }, { $set: sealed, $unset: { pending: '', lost: '' } }, { upsert: true })
      // A mark of age is worth no second chance to lose the pair: it follows by itself.
      const since = options?.isConsent === true ? {} : { grantedAt: { $exists: false } }
      await grants.updateOne({ _id, ...since }, { $set: { grantedAt: pair.obtainedAt } }).catch(() => undefined)
    },
  }
}

/** What the platform last said of the account, for all replicas. */
export function createAccountFactsStore(deps: { database: Database; oaId: string }): AccountFactsStore {
  const accounts = deps.database.collection<{ _id: string; facts?: AccountFacts }>('zaloAccounts')
  return {
    async read() {
      return (await accounts.findOne({ _id: deps.oaId }))?.facts ?? null
    },
    async write(facts) {
      await accounts.updateOne({ _id: deps.oaId }, { $set: { facts } }, { upsert: true })
    },
  }
}

/** The message path that the account was found to accept (zalo §3.9), kept for all replicas. */
export function createPinStore(deps: { database: Database; oaId: string }): PinStore {
  const accounts = deps.database.collection<{ _id: string; messagePath?: 'v3' | 'v2' }>('zaloAccounts')
  return {
    async read() {
      return (await accounts.findOne({ _id: deps.oaId }))?.messagePath
    },
    async pin(path) {
      await accounts.updateOne({ _id: deps.oaId }, { $set: { messagePath: path } }, { upsert: true })
    },
  }
}
