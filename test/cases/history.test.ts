import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  appendEntry,
  FIRST_PREVIOUS_HASH,
  type HistoryEntry,
  type HistoryEntryDraft,
  type Json,
  verifyChain,
  wellFormed,
} from '../../src/cases/history.ts'

function draft(change: Partial<HistoryEntryDraft> = {}): HistoryEntryDraft {
  return {
    at: Date.parse('2026-11-23T02:12:00Z'),
    actor: 'io',
    act: 'refuse',
    from: 'PENDING_INTAKE',
    to: 'PENDING_INTAKE',
    data: { reason: 'Nội dung là đơn khiếu nại.', b: 1, a: [true, null, '€\u2028'] },
    ...change,
  }
}

function chain(length: number): HistoryEntry[] {
  const entries: HistoryEntry[] = []
  for (let seq = 1; seq <= length; seq += 1) {
    const previous = entries.at(-1)?.hash ?? FIRST_PREVIOUS_HASH
    entries.push(appendEntry(previous, seq, draft({ data: { seq } }), `salt-${seq}`))
  }
  return entries
}

const headOf = (entries: readonly HistoryEntry[]) => ({ seq: entries.length, hash: entries.at(-1)?.hash ?? '' })

test('a line has the hashes that another program computes from the promise', () => {
  // Computed with Python: SHA-256 over sorted, compact JSON in UTF-8.
  expect(appendEntry(FIRST_PREVIOUS_HASH, 1, draft(), 'c2FsdA')).toEqual({
    seq: 1,
    at: '2026-11-23T09:12:00+07:00',
    actor: 'io',
    act: 'refuse',
    from: 'PENDING_INTAKE',
    to: 'PENDING_INTAKE',
    data: draft().data,
    salt: 'c2FsdA',
    dataHash: '4d6469de42a3965ae78fc682df378587074b7b91c2e317dd9c08d4d045a2fd56',
    previousHash: '0'.repeat(64),
    hash: '7347c4526f51a605c2a337d0287598c325db742aa2e2a9b6266c4f485fe9f7db',
  })
})

describe('a chain', () => {
  test('that nobody touched has no fault, with or without its data', () => {
    const entries = chain(5)
    expect(verifyChain(entries, headOf(entries))).toEqual([])
    expect(verifyChain([], { seq: 0, hash: '' })).toEqual([])
    const bare = entries.map(({ data: _data, salt: _salt, ...rest }) => rest)
    expect(verifyChain(bare, headOf(entries))).toEqual([])
  })

  test.each<[string, (entries: HistoryEntry[]) => HistoryEntry[], string[]]>([
    ['changed data', (e) => e.map((x) => (x.seq === 3 ? { ...x, data: { seq: 99 } } : x)), ['3 data_changed']],
    [
      'data that is no JSON',
      (e) => e.map((x) => (x.seq === 3 ? { ...x, data: { a: '\ud800' } } : x)),
      ['3 data_changed'],
    ],
    ['another actor', (e) => e.map((x) => (x.seq === 3 ? { ...x, actor: 'ol' } : x)), ['3 entry_changed']],
    [
      'another time',
      (e) => e.map((x) => (x.seq === 3 ? { ...x, at: '2026-11-22T09:12:00+07:00' } : x)),
      ['3 entry_changed'],
    ],
    ['a field more', (e) => e.map((x) => (x.seq === 3 ? { ...x, extra: 1 } : x)), ['3 entry_changed']],
    ['a line left out', (e) => e.filter((x) => x.seq !== 3), ['4 gap', '4 link_broken']],
    [
      'lines in another order',
      (e) => [e[0], e[2], e[1]].filter((x) => x !== undefined),
      ['3 gap', '3 link_broken', '2 gap', '2 link_broken', '5 head_differs'],
    ],
    ['the last line cut off', (e) => e.slice(0, 4), ['5 head_differs']],
    ['everything gone', () => [], ['5 head_differs']],
    ['a salt taken away', (e) => e.map((x) => (x.seq === 3 ? without(x, 'salt') : x)), ['3 salt_missing']],
    [
      'a line written anew with right hashes',
      (e) => e.map((x) => (x.seq === 3 ? appendEntry(x.previousHash, 3, draft({ actor: 'ol' }), 'salt') : x)),
      ['4 link_broken'],
    ],
  ])('with %s is found out', (_name, tamper, faults) => {
    const entries = chain(5)
    expect(verifyChain(tamper(entries), headOf(entries)).map(({ seq, code }) => `${seq} ${code}`)).toEqual(faults)
  })

  test('survives being stored as JSON, whatever was written into it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.anything({ maxDepth: 3 })), { maxLength: 5 }),
        (all) => {
          const entries: HistoryEntry[] = []
          all.forEach((data, index) => {
            const previous = entries.at(-1)?.hash ?? FIRST_PREVIOUS_HASH
            entries.push(
              appendEntry(previous, index + 1, draft({ data: wellFormed(data) as { [key: string]: Json } }), 's'),
            )
          })
          return verifyChain(JSON.parse(JSON.stringify(entries))).length === 0
        },
      ),
    )
  })
})

test('what JSON cannot say does not enter the history', () => {
  const value = { a: undefined, b: Number.NaN, c: 'x\ud800y', d: () => 1, e: [undefined, 2] }
  expect(wellFormed(value)).toEqual({ b: null, c: 'x\ufffdy', d: null, e: [null, 2] })
})

function without<Key extends keyof HistoryEntry>(entry: HistoryEntry, key: Key): HistoryEntry {
  const { [key]: _gone, ...rest } = entry
  return rest as HistoryEntry
}
