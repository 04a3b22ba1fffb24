import { isDeepStrictEqual } from 'node:util'
import type { Case } from '../cases/case.ts'
import type { HistoryEntry } from '../cases/history.ts'
import type { StoredCase, StoredCases } from '../usecases/verify-cases.ts'
import {
  type CaseCollections,
  type CaseDocument,
  caseFields,
  type HistoryDocument,
  historyKey,
  openCase,
  openLine,
  storedDays,
} from './case-documents.ts'
import { type CaseKeys, keysOf, wordKeys } from './case-keys.ts'
import { CipherError, type FieldCipher, type KeyedHash } from './crypto.ts'

/** Every case with its history, as both are stored, for whoever verifies them. */
export function createStoredCases(deps: {
  collections: Pick<CaseCollections, 'cases' | 'history' | 'counters'>
  cipher: FieldCipher
  hash: KeyedHash
}): StoredCases {
  const { cases, history, counters } = deps.collections

  function stored(document: CaseDocument | null, lines: readonly HistoryDocument[], code: string): StoredCase {
    if (document === null) return { code, found: 'nothing', lines: lines.length }
    try {
      const current = openCase(deps.cipher, document)
      return {
        code,
        found: 'case',
        current,
        history: lines.map((line) => openLine(deps.cipher, line)) satisfies HistoryEntry[],
        head: document.head,
        days: storedDays(document),
        differing: differingCopies(document, current),
      }
    } catch (error) {
      if (error instanceof CipherError || error instanceof SyntaxError) return { code, found: 'unreadable' }
      throw error
    }
  }

  function differingCopies(document: CaseDocument, current: Case): string[] {
    const { sealed: _sealed, ...fields } = caseFields(deps, current, storedDays(document))
    const expected = { ...fields, words: wordKeys(keysOf(deps.hash), current) }
    const { sealed: _own, head: _head, _id, ...kept } = document
    const names = new Set([...Object.keys(expected), ...Object.keys(kept)])
    const differing = [...names].filter(
      (field) =>
        !isDeepStrictEqual(plain(kept[field as keyof typeof kept]), plain(expected[field as keyof typeof expected])),
    )
    const named = [...new Set(differing.map((field) => (LIST_FIELDS.has(field) ? 'lists' : field)))]
    return _id === current.code ? named : ['_id', ...named]
  }

  return {
    count: () => cases.estimatedDocumentCount(),

    async find(code) {
      const [document, lines] = await Promise.all([
        cases.findOne({ _id: code }),
        history
          .find({ _id: { $gte: historyKey(code, 0), $lte: `${code}#~` } })
          .sort({ _id: 1 })
          .toArray(),
      ])
      return document === null && lines.length === 0 ? null : stored(document, lines, code)
    },

    /** Both collections once, side by side in the order of codes: a line without its case shows, too. */
    async *all() {
      const documents = cases.find().sort({ _id: 1 }).batchSize(batchSize)[Symbol.asyncIterator]()
      const chains = chainsOf(history.find().sort({ _id: 1 }).batchSize(batchSize))[Symbol.asyncIterator]()
      let document = await documents.next()
      let chain = await chains.next()
      while (document.done !== true || chain.done !== true) {
        const caseCode = document.done === true ? null : document.value._id
        const chainCode = chain.done === true ? null : chain.value.code
        const isCaseNext = chainCode === null || (caseCode !== null && `${caseCode}#` <= `${chainCode}#`)
        const isChainNext = caseCode === null || (chainCode !== null && `${chainCode}#` <= `${caseCode}#`)
        const code = (isCaseNext ? caseCode : chainCode) ?? ''
        const nextDocument = isCaseNext && document.done !== true ? document.value : null
        const nextLines = isChainNext && chain.done !== true ? chain.value.lines : []
        yield stored(nextDocument, nextLines, code)
        if (isCaseNext) document = await documents.next()
        if (isChainNext) chain = await chains.next()
      }
    },

    async *numbersGiven() {
      for await (const { _id, value } of counters.find({ _id: /^case:/ }).sort({ _id: 1 })) {
        const [, prefix = '', day = ''] = _id.split(':')
        yield { prefix, day, count: value }
      }
    },

    async codesOfDay(prefix, day) {
      const start = `${prefix}.${day.replaceAll('-', '')}.`
      const found = await cases.find({ _id: { $gte: start, $lt: `${start}~` } }, { projection: { _id: 1 } }).toArray()
      return found.map(({ _id }) => _id)
    },
  }
}

/** By what a case is found; one word for all of them, for they are of one making and no person can read them. */
const LIST_FIELDS: ReadonlySet<string> = new Set<keyof CaseKeys | 'words'>([
  'order',
  'dueKey',
  'facets',
  'words',
  'openUnit',
  'openHandler',
  'publicOrder',
  'publicKeys',
])

const batchSize = 500

async function* chainsOf(
  lines: AsyncIterable<HistoryDocument>,
): AsyncGenerator<{ code: string; lines: HistoryDocument[] }> {
  let chain: { code: string; lines: HistoryDocument[] } | null = null
  for await (const line of lines) {
    // By the key and not by the field beside it: the key is what the order rests on.
    const code = line._id.slice(0, line._id.lastIndexOf('#'))
    if (chain !== null && chain.code === code) {
      chain.lines.push(line)
      continue
    }
    if (chain !== null) yield chain
    chain = { code, lines: [line] }
  }
  if (chain !== null) yield chain
}

/** Values of the driver and of ours in one form. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null && '_bsontype' in value) return String(value)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
  }
  return value
}
