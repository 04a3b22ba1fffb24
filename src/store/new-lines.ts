import type { NewLines } from '../usecases/staff-ports.ts'
import { type CaseCollections, openCase, openLine } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'

/** Lines of history that officers have not been told of. */
export function createNewLines(deps: { collections: CaseCollections; cipher: FieldCipher }): NewLines {
  const { cases, history, newLines } = deps.collections

  return {
    async next(limit) {
      const ids = (await newLines.find({}).sort({ _id: 1 }).limit(limit).toArray()).map(({ _id }) => _id)
      if (ids.length === 0) return []
      const lines = await history.find({ _id: { $in: ids } }).toArray()
      const codes = [...new Set(lines.map(({ code }) => code))]
      const found = await cases.find({ _id: { $in: codes } }).toArray()
      const caseOf = new Map(
        found.map((document) => [document._id, unlessBroken(() => openCase(deps.cipher, document))]),
      )
      const lineOf = new Map(lines.map((document) => [document._id, document]))
      return ids.map((id) => {
        const document = lineOf.get(id)
        if (document === undefined) return { id, line: null, current: null }
        const line = unlessBroken(() => openLine(deps.cipher, document))
        return { id, line, current: caseOf.get(document.code) ?? null }
      })
    },
    async done(ids) {
      await newLines.deleteMany({ _id: { $in: [...ids] } })
    },
  }
}

/** What cannot be opened is `verify`'s to report; here it must not keep the next ones waiting. */
function unlessBroken<T>(open: () => T): T | null {
  try {
    return open()
  } catch {
    return null
  }
}
