import type { ConsentRequests } from '../usecases/consent-requests.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'

type RequestDocument = { _id: string; verifier: Buffer; login: string; expiresAt: Date }

/** Consents that were begun, for all replicas: whoever gets the callback may finish it. */
export async function openConsentRequests(database: Database, cipher: FieldCipher): Promise<ConsentRequests> {
  const requests = database.collection<RequestDocument>('consentRequests')
  await requests.createIndex({ expiresAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  const context = (stateHash: string) => `consentRequests.verifier:${stateHash}`
  return {
    async save({ stateHash, verifier, login, expiresAt }) {
      const sealed = cipher.encrypt(verifier, context(stateHash))
      await requests.insertOne({ _id: stateHash, verifier: sealed, login, expiresAt: new Date(expiresAt) })
    },
    async take(stateHash, now) {
      const found = await requests.findOneAndDelete({ _id: stateHash })
      if (found === null || found.expiresAt.getTime() <= now) return null
      const verifier = cipher.decryptText(found.verifier, context(stateHash))
      return { stateHash, verifier, login: found.login, expiresAt: found.expiresAt.getTime() }
    },
  }
}
