import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Broadcast } from '../../src/cases/broadcasts/broadcast.ts'
import { createLogger } from '../../src/logger.ts'
import { createArticleRuns } from '../../src/store/broadcast-articles.ts'
import { type BroadcastCollections, openBroadcastCollections } from '../../src/store/broadcast-documents.ts'
import type { ArticleAnswer, ArticlePlatform, ArticleStep } from '../../src/usecases/broadcast-ports.ts'
import { createArticleSteps } from '../../src/workers/broadcast-article.ts'
import { openBroadcastHouse } from '../support/broadcast-house.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const OWNER = 'one'
let house: Awaited<ReturnType<typeof openBroadcastHouse>>
let collections: BroadcastCollections
let now = Date.parse('2026-11-23T09:00:00+07:00')
let calls: string[] = []

beforeAll(async () => {
  house = await openBroadcastHouse(uri)
  collections = await openBroadcastCollections(house.database)
})
afterEach(async () => {
  calls = []
  now += 86_400_000
  await house.empty()
})
afterAll(() => house.close())

type Hook = () => Promise<void>

/** A platform that takes everything; `during` runs while a call is under way, as a person's act does. */
function platformWith(
  during: Partial<Record<keyof ArticlePlatform, Hook>> = {},
  answers: Partial<Record<keyof ArticlePlatform, ArticleAnswer<string>>> = {},
): ArticlePlatform {
  const say = async (name: keyof ArticlePlatform, value: string): Promise<ArticleAnswer<string>> => {
    calls.push(name)
    await during[name]?.()
    return answers[name] ?? { ok: true, value }
  }
  return {
    create: () => say('create', 'token'),
    update: () => say('update', 'token-2'),
    verify: () => say('verify', 'article'),
    announce: () => say('announce', 'message'),
    async findByTitle() {
      await say('findByTitle', '')
      return { ok: true, value: { id: null } }
    },
  }
}

async function running(): Promise<Broadcast> {
  const broadcast = await house.addRunning(now, { way: 'article' })
  await house.runs.take(broadcast.id, OWNER, 60_000)
  return broadcast
}

/** Steps as a process takes them, with the time that Zalo needs between. */
async function goOn(broadcast: Broadcast, platform: ArticlePlatform, times = 4): Promise<string> {
  const advance = createArticleSteps({
    platform,
    runs: createArticleRuns(collections),
    author: 'UBND tỉnh',
    coverUrl: () => 'https://pakn.example.vn/bia.jpg',
    quietHours: null,
    owner: OWNER,
    clock: { now: () => now },
    logger: createLogger({ level: 'silent' }),
  })
  let said = ''
  for (let time = 0; time < times; time++) {
    const outcome = await advance(broadcast)
    said = outcome.outcome === 'halt' ? `halt ${outcome.fault}` : outcome.outcome
    now += 31_000
  }
  return said
}
const stepOf = async (id: string): Promise<ArticleStep | undefined> =>
  (await collections.broadcasts.findOne({ _id: id }))?.article?.step

test('a pause or a stop while the article is made lets nothing go out; resumed, it goes on where it was', async () => {
  for (const [during, reached] of [
    // To look whether it is made changes nothing for anybody.
    ['create', 'ready'],
    ['verify', 'ready'],
  ] as const) {
    calls = []
    const broadcast = await running()
    await goOn(broadcast, platformWith({ [during]: () => house.change(broadcast.id, 'paused') }))
    expect([during, await stepOf(broadcast.id)]).toEqual([during, reached])
    expect(calls).not.toContain('announce')
    await house.change(broadcast.id, 'running')
    expect(await goOn(broadcast, platformWith())).toBe('over')
    expect(calls.filter((call) => call === 'create' || call === 'announce')).toEqual(['create', 'announce'])
    now += 86_400_000
  }
  calls = []
  const broadcast = await running()
  await goOn(broadcast, platformWith({ create: () => house.change(broadcast.id, 'stopped') }))
  expect(await stepOf(broadcast.id)).toBe('ready')
  expect(calls).not.toContain('announce')
})

test('a stop that comes while it goes out cannot call it back, and what came of it is written down', async () => {
  const broadcast = await running()
  await goOn(broadcast, platformWith({ announce: () => house.change(broadcast.id, 'stopped') }))
  expect(await stepOf(broadcast.id)).toBe('announced')
  expect(calls.filter((call) => call === 'announce')).toHaveLength(1)
})

test('what is refused is mended in the article that is there, also where an answer is lost', async () => {
  const broadcast = await running()
  const no = { ok: false, class: 'drop', code: '-201' } as const
  expect(await goOn(broadcast, platformWith({}, { announce: no }))).toBe('halt zalo-201')
  const current = { ...(await house.store.find(broadcast.id)), version: 2, title: 'Nghỉ lễ 24 tháng 11' } as Broadcast
  expect(await house.store.replace(current, null, { mended: true, now })).toBe(true)
  // Only what was refused begins anew.
  expect(await house.store.replace({ ...current, version: 3 }, null, { mended: true, now })).toBe(false)
  calls = []
  const lost = { ok: false, class: 'ambiguous', code: 'timeout' } as const
  await goOn(current, platformWith({}, { update: lost }), 1)
  expect(await goOn(current, platformWith())).toBe('over')
  expect(calls).toEqual(['update', 'update', 'verify', 'announce'])
})
