import { randomBytes } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { AuditDraft, AuditFault } from '../../src/cases/audit.ts'
import { type MongoAuditStore, openAuditStore } from '../../src/store/audit-store.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createAudit, verifyAudit } from '../../src/usecases/audit.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const cipher = createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`))
const at = Date.parse('2026-11-23T09:00:00.123+07:00')
const databases: Database[] = []
let database: Database
let store: MongoAuditStore

beforeEach(async () => {
  store = await anotherProcess()
  await database.collection('audit').deleteMany({})
  await database.collection('auditMarks').deleteMany({})
})
afterAll(async () => {
  for (const one of databases) await one.close()
})

/** A store of its own on the same data, as another process has it. */
async function anotherProcess(): Promise<MongoAuditStore> {
  database = await openDatabase({ uri })
  databases.push(database)
  return openAuditStore(database, cipher)
}

function read(actor: string, code: string, time = at): AuditDraft {
  return { at: time, actor, unitCode: 'QN-VP', act: 'readCase', caseCodes: [code], data: { why: `của ${actor}` } }
}

async function faults(): Promise<AuditFault[]> {
  const found: AuditFault[] = []
  await verifyAudit(store, (fault) => found.push(fault))
  return found
}

type Line = { _id: string; seq: number; actor: string; caseCodes: string[] }
const lines = () => database.collection<Line>('audit')

describe('the chain', () => {
  test('holds what many readers of several processes did at once, each once and without a gap', async () => {
    const processes = [store, await anotherProcess(), await anotherProcess()].map((one) =>
      createAudit({ store: one, now: () => at }),
    )
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        processes[index % 3]?.record({ actor: `reader-${index}`, act: 'readCase', caseCodes: [`C${index}`] }),
      ),
    )
    const actors: string[] = []
    const sequence: number[] = []
    for await (const entry of store.entries()) {
      actors.push(entry.actor)
      sequence.push(entry.seq)
    }
    expect(actors.sort()).toEqual(Array.from({ length: 300 }, (_, index) => `reader-${index}`).sort())
    expect(sequence).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
    expect(await faults()).toEqual([])
  })

  test('needs few writes for many readers', async () => {
    let writes = 0
    const counting = {
      append(drafts: readonly AuditDraft[]) {
        writes += 1
        return store.append(drafts)
      },
    }
    const audit = createAudit({ store: counting, now: () => at })
    await Promise.all(Array.from({ length: 200 }, () => audit.record({ actor: 'lan', act: 'readCase' })))
    expect(writes).toBeLessThanOrEqual(3)
  })

  test('goes on from where another process ended, and after a write that failed', async () => {
    await store.append([read('lan', 'C1')])
    const other = await anotherProcess()
    await other.append([read('hung', 'C2')])
    await store.append([read('lan', 'C3'), read('lan', 'C4')])
    expect(await faults()).toEqual([])
    expect((await store.list({ technicalOnly: false }, null, 10)).map(({ seq }) => seq)).toEqual([4, 3, 2, 1])
  })

  test.each<[string, (all: ReturnType<typeof lines>) => Promise<unknown>, AuditFault[]]>([
    [
      'a changed actor',
      (all) => all.updateOne({ seq: 2 }, { $set: { actor: 'nobody' } }),
      [{ seq: 2, code: 'entry_changed' }],
    ],
    [
      'a case taken out',
      (all) => all.updateOne({ seq: 2 }, { $set: { caseCodes: [] } }),
      [{ seq: 2, code: 'entry_changed' }],
    ],
    [
      'a line removed',
      (all) => all.deleteOne({ seq: 2 }),
      [
        { seq: 3, code: 'gap' },
        { seq: 3, code: 'link_broken' },
      ],
    ],
    ['the end cut off', (all) => all.deleteMany({ seq: { $gte: 3 } }), [{ seq: 4, code: 'end_missing' }]],
    ['everything removed', (all) => all.deleteMany({}), [{ seq: 4, code: 'end_missing' }]],
  ])('tells of %s', async (_what, change, expected) => {
    await store.append([read('lan', 'C1'), read('lan', 'C2'), read('lan', 'C3'), read('lan', 'C4')])
    await until('the end is remembered', async () => (await store.marks()).known?.seq === 4)
    await change(lines())
    expect(await faults()).toEqual(expected)
  })

  test('begins later once old lines are gone by law, and nothing is missed then', async () => {
    const day = 86_400_000
    await store.append([read('lan', 'C1', at - 3 * day), read('lan', 'C2', at - 2 * day), read('lan', 'C3', at)])
    expect(await store.removeBefore(at - day, 100)).toBe(2)
    expect(await store.removeBefore(at - day, 100)).toBe(0)
    expect(await faults()).toEqual([])
    await store.append([read('lan', 'C4', at)])
    expect(await faults()).toEqual([])
    await lines().updateOne({ seq: 3 }, { $set: { actor: 'x' } })
    expect(await faults()).toEqual([{ seq: 3, code: 'entry_changed' }])
    expect(await store.removeBefore(at + day, 100)).toBe(2)
    await store.append([read('lan', 'C5', at)])
    expect((await store.list({ technicalOnly: false }, null, 10)).map(({ seq }) => seq)).toEqual([5])
    expect(await faults()).toEqual([])
  })
})

describe('reading', () => {
  test('pages hold every line once, newest first, also where times are equal', async () => {
    await store.append(
      Array.from({ length: 7 }, (_, index) => read('lan', `C${index}`, at + Math.floor(index / 3) * 1_000)),
    )
    const seen: number[] = []
    let after = null
    for (;;) {
      const page: Awaited<ReturnType<typeof store.list>> = await store.list({ technicalOnly: false }, after, 2)
      seen.push(...page.map(({ seq }) => seq))
      const last = page.at(-1)
      if (last === undefined) break
      after = { at: Date.parse(last.at), seq: last.seq }
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
  })

  test('by person, act, case and time, each by an index', async () => {
    await store.append([
      read('lan', 'C1', at),
      read('hung', 'C1', at + 5_000),
      { ...read('lan', 'C2', at + 10_000), act: 'signIn' },
    ])
    const seqs = async (filter: Partial<Parameters<typeof store.list>[0]>) =>
      (await store.list({ technicalOnly: false, ...filter }, null, 10)).map(({ seq }) => seq)
    expect(await seqs({ actor: 'lan' })).toEqual([3, 1])
    expect(await seqs({ caseCode: 'C1' })).toEqual([2, 1])
    expect(await seqs({ act: 'signIn' })).toEqual([3])
    expect(await seqs({ from: at + 1_000, to: at + 6_000 })).toEqual([2])
    expect(await seqs({ technicalOnly: true })).toEqual([3])
    expect(await seqs({ technicalOnly: true, act: 'readCase' })).toEqual([])
    for (const filter of [{}, { actor: 'lan' }, { caseCodes: 'C1' }, { act: 'signIn' }]) {
      const plan = await database.collection('audit').find(filter).sort({ time: -1, _id: -1 }).explain('queryPlanner')
      expect(JSON.stringify(plan)).not.toMatch(/COLLSCAN|"SORT"/)
    }
  })

  test('the words of a line are not in the database in clear', async () => {
    await store.append([{ ...read('lan', 'C1'), data: { reason: 'Trả lời bà Y Hà' } }])
    const raw = await database.collection('audit').find().toArray()
    expect(raw.map((one) => Object.values(one).map(String).join(' ')).join()).not.toContain('Y Hà')
    expect((await store.list({ technicalOnly: false }, null, 1))[0]?.data).toEqual({ reason: 'Trả lời bà Y Hà' })
  })
})
