import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { mongo } from 'mongoose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createIdempotencyStore, type IdempotencyDocument, keepMark } from '../../src/store/idempotency-store.ts'
import { createWriteTogether, type WriteTogether } from '../../src/store/write-together.ts'
import {
  type IdempotencyMark,
  type IdempotencyStore,
  markOf,
  type OnceAnswer,
  once,
} from '../../src/usecases/idempotency.ts'
import { RefusedError } from '../../src/usecases/refused-error.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
let database: Database
let store: IdempotencyStore
let writeTogether: WriteTogether
let marks: mongo.Collection<IdempotencyDocument>
let things: mongo.Collection<{ _id: string; text: string }>

beforeAll(async () => {
  database = await openDatabase({ uri })
  const cipher = createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`))
  store = createIdempotencyStore({ database, cipher })
  writeTogether = createWriteTogether(database)
  marks = database.collection('idempotencyMarks')
  things = database.collection('things')
  await database.connection.createCollection('things')
})
afterAll(() => database.close())

const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
let keys = 0
function mark(body: unknown = { text: 'a' }, key = `key-${keys++}`): IdempotencyMark {
  const made = markOf({ login: 'intake', route: 'POST /things', key, body })
  if (made === null) throw new Error('no mark')
  return made
}
const codeOf = (error: unknown) => (error as { code?: string }).code
const refusal = (work: Promise<OnceAnswer>) => work.then(() => 'done', codeOf)

describe('the mark of a request', () => {
  const from = { login: 'intake', route: 'POST /things', key: 'k', body: { a: 1, b: [1, { c: null }] } }

  test('is none without a key', () => {
    expect(markOf({ ...from, key: null })).toBeNull()
  })

  test('is another for another person, route or key', () => {
    const others = [{ login: 'leader' }, { route: 'POST /others' }, { key: 'K' }]
    const found = [from, ...others.map((change) => ({ ...from, ...change }))].map((one) => markOf(one)?.key)
    expect(new Set(found).size).toBe(4)
  })

  test('knows the same JSON in another order, and no other JSON', () => {
    expect(markOf({ ...from, body: { b: [1, { c: null }], a: 1 } })?.bodyHash).toBe(markOf(from)?.bodyHash)
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = markOf({ ...from, body: one })?.bodyHash === markOf({ ...from, body: other })?.bodyHash
        expect(same).toBe(isDeepStrictEqual(sent(one), sent(other)))
      }),
    )
  })
})

describe('work that is guarded by a claim', () => {
  const counting = () => {
    let runs = 0
    return {
      runs: () => runs,
      run: async (): Promise<OnceAnswer> => {
        runs += 1
        await new Promise((resolve) => setTimeout(resolve, 20))
        return { status: 201, headers: { Location: '/things/1' }, body: { run: runs, text: 'Thôn 2' } }
      },
    }
  }

  test('is done each time where there is no key', async () => {
    const work = counting()
    await once(store, null, work)
    await once(store, null, work)
    expect(work.runs()).toBe(2)
  })

  test('is done once by twenty at once, and each gets the same answer', async () => {
    const work = counting()
    const one = mark()
    const answers = await Promise.all(Array.from({ length: 20 }, () => once(store, one, work)))
    expect(work.runs()).toBe(1)
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 201, headers: { Location: '/things/1' }, body: { run: 1, text: 'Thôn 2' } })]),
    )
  })

  test('is refused with another body, also while the first is at work', async () => {
    const work = counting()
    const first = once(store, mark({ text: 'a' }, 'both'), work)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await refusal(once(store, mark({ text: 'b' }, 'both'), work))).toBe('idempotency_key_reused')
    await first
    expect(await refusal(once(store, mark({ text: 'b' }, 'both'), work))).toBe('idempotency_key_reused')
    expect(work.runs()).toBe(1)
  })

  test('leaves no mark where it fails: the same key is free for anything', async () => {
    const one = mark({ text: 'a' }, 'failed')
    const fails = { run: () => Promise.reject(new RefusedError('invalid_fields')) }
    expect(await refusal(once(store, one, fails))).toBe('invalid_fields')
    expect(await marks.findOne({ _id: one.key })).toBeNull()
    expect((await once(store, mark({ text: 'b' }, 'failed'), counting())).status).toBe(201)
  })

  test('is taken over a minute after whoever had it was killed, and not before', async () => {
    const one = mark()
    expect(await store.claim(one, 'killed')).toBe('claimed')
    expect(await store.claim(one, 'next')).toMatchObject({ answer: null })
    await marks.updateOne({ _id: one.key }, { $set: { 'claim.until': new Date(Date.now() - 1) } })
    const work = counting()
    await once(store, one, work)
    expect(work.runs()).toBe(1)
    // Whoever was believed dead and is not cannot replace the answer.
    await store.keepAnswer(one, 'killed', { body: 'late' })
    await store.release(one, 'killed')
    expect((await store.find(one.key))?.answer?.body).toMatchObject({ run: 1 })
  })

  test('keeps its answer encrypted and for a day', async () => {
    const one = mark()
    await once(store, one, counting())
    expect(JSON.stringify(await marks.findOne({ _id: one.key }))).not.toContain('Thôn 2')
    const [retention] = (await marks.indexes()).filter(({ name }) => name === 'retention')
    expect(retention).toMatchObject({ key: { createdAt: 1 }, expireAfterSeconds: 86_400 })
  })
})

describe('work whose transaction keeps the mark', () => {
  const adding = (id: string, fail?: Error) => ({
    run: async (kept: IdempotencyMark | null): Promise<OnceAnswer> => {
      await writeTogether(async (session) => {
        await keepMark(database, session, kept, id)
        await things.insertOne({ _id: id, text: 'new' }, { session })
        if (fail !== undefined) throw fail
      })
      return { status: 201, body: { id, text: 'new' } }
    },
    again: async (subject: string | null): Promise<OnceAnswer> => {
      const found = await things.findOne({ _id: subject ?? '' })
      return { status: 201, body: { id: found?._id, text: found?.text } }
    },
  })

  test('is done once by twenty at once, each of which would have chosen another id', async () => {
    const one = mark()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => once(store, one, adding(`race-${index}`))),
    )
    const made = await things.find({ _id: /^race-/ }).toArray()
    expect(made).toHaveLength(1)
    expect(answers.map(({ body }) => body)).toEqual(Array(20).fill({ id: made[0]?._id, text: 'new' }))
  })

  test('is answered from what is stored now, and nothing of the answer is in the mark', async () => {
    const one = mark()
    await once(store, one, adding('changes'))
    await things.updateOne({ _id: 'changes' }, { $set: { text: 'changed' } })
    expect((await once(store, one, adding('other'))).body).toEqual({ id: 'changes', text: 'changed' })
    expect(await marks.findOne({ _id: one.key })).toEqual({
      _id: one.key,
      bodyHash: one.bodyHash,
      subject: 'changes',
      createdAt: expect.any(Date),
    })
  })

  test('is answered even where the process died before it could answer', async () => {
    const one = mark()
    await adding('orphan').run(one)
    expect((await once(store, one, adding('never'))).body).toEqual({ id: 'orphan', text: 'new' })
  })

  test('leaves neither effect nor mark where it fails, and the fault is told', async () => {
    const one = mark({ text: 'a' }, 'broken')
    expect(await refusal(once(store, one, adding('broken', new RefusedError('illegal_act'))))).toBe('illegal_act')
    expect(await store.find(one.key)).toBeNull()
    expect(await things.findOne({ _id: 'broken' })).toBeNull()
    expect((await once(store, mark({ text: 'b' }, 'broken'), adding('mended'))).status).toBe(201)
  })

  test('is refused with another body', async () => {
    await once(store, mark({ text: 'a' }, 'reused'), adding('reused'))
    expect(await refusal(once(store, mark({ text: 'b' }, 'reused'), adding('reused-2')))).toBe('idempotency_key_reused')
    expect(await things.findOne({ _id: 'reused-2' })).toBeNull()
  })
})

describe('a transaction that gives way', () => {
  test('waits for a living one and then does its work anew', async () => {
    await things.insertOne({ _id: 'held', text: '0' })
    const other = database.transaction(async (session) => {
      await things.updateOne({ _id: 'held' }, { $set: { text: '1' } }, { session })
      await new Promise((resolve) => setTimeout(resolve, 300))
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    const read = await writeTogether(async (session) => {
      const found = await things.findOne({ _id: 'held' }, { session })
      await things.updateOne({ _id: 'held' }, { $set: { text: `${found?.text}2` } }, { session })
      return found?.text
    })
    await other
    expect(read).toBe('1')
    expect((await things.findOne({ _id: 'held' }))?.text).toBe('12')
  })

  test('ends one that nobody works at any more, long before the server would', async () => {
    await things.insertOne({ _id: 'dead', text: '0' })
    const session = database.connection.getClient().startSession()
    session.startTransaction()
    await things.updateOne({ _id: 'dead' }, { $set: { text: 'lost' } }, { session })
    await writeTogether(async (mine) => {
      await things.updateOne({ _id: 'dead' }, { $set: { text: 'kept' } }, { session: mine })
    })
    expect((await things.findOne({ _id: 'dead' }))?.text).toBe('kept')
    await session.endSession().catch(() => undefined)
  })

  test('says that it is busy when its time is over', async () => {
    await things.insertOne({ _id: 'busy', text: '0' })
    const session = database.connection.getClient().startSession()
    session.startTransaction()
    await things.updateOne({ _id: 'busy' }, { $set: { text: '1' } }, { session })
    const impatient = createWriteTogether(database, { waitMaxMs: 200 })
    const write = impatient(async (mine) => {
      await things.updateOne({ _id: 'busy' }, { $set: { text: '2' } }, { session: mine })
    })
    expect(await write.then(() => 'done', codeOf)).toBe('unavailable')
    await session.abortTransaction()
    await session.endSession()
  })
})
