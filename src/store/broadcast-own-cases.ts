import type { mongo } from 'mongoose'
import type { CaseDocument } from './case-documents.ts'
import { openCase } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'

/** Of each of these people: how many own cases, how many of them open, and the communes of today in which they lie. */
export type ReadOwnCases = (
  citizenKeys: readonly string[],
) => Promise<Map<string, { all: number; open: number; communeCodes: string[] }>>

/** The latest cases that are looked at, of all these people together: a handful each is plenty to know a place. */
const CASES_PER_PERSON = 10

/** `communeToday` gives the commune that a commune of an address has become part of. */
export function createReadOwnCases(deps: {
  cases: mongo.Collection<CaseDocument>
  cipher: FieldCipher
  communeToday(model: '2022' | '2025', communeCode: string): string | null
}): ReadOwnCases {
  return async (citizenKeys) => {
    const found = await deps.cases
      .find(
        { citizenKey: { $in: [...citizenKeys] } },
        { projection: { citizenKey: 1, open: 1, sealed: 1, lawRevision: 1 } },
      )
      .hint('citizen')
      .limit(citizenKeys.length * CASES_PER_PERSON)
      .toArray()
    const people = new Map<string, { all: number; open: number; communeCodes: string[] }>()
    for (const document of found) {
      const { citizenKey } = document
      if (citizenKey === undefined) continue
      const person = people.get(citizenKey) ?? { all: 0, open: 0, communeCodes: [] }
      people.set(citizenKey, person)
      person.all += 1
      if (document.open === true) person.open += 1
      const { model, communeCode } = openCase(deps.cipher, document).address
      const today = communeCode === null ? null : deps.communeToday(model, communeCode)
      if (today !== null && !person.communeCodes.includes(today)) person.communeCodes.push(today)
    }
    return people
  }
}
