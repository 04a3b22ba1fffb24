import { createHash } from 'node:crypto'
import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { minuteOfDay } from '../../src/cases/days.ts'
import { photo } from '../media/samples.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let zalo: FakeZalo
let service: TestApp
let officers: Officers

beforeAll(async () => {
  zalo = await startFakeZalo({ receipts: true })
  service = await startTestApp({ uri, zalo, env: atTen() })
  officers = await openOfficers(service.env, service.url)
}, 30_000)
afterAll(async () => {
  await service?.stop()
  await zalo?.stop()
})

/** Zalo takes no broadcast at night, and tests run at any hour: for this service it is between ten and eleven. */
function atTen(): Record<string, string> {
  const hours = 10 - Math.floor(minuteOfDay(Date.now()) / 60)
  return hours === 0 ? {} : { CLOCK_OFFSET: `${hours > 0 ? '+' : ''}${hours}h` }
}

const news = {
  title: 'Đường dây 1022 cũ ngừng hoạt động',
  text: 'Từ ngày 16/12, Ông/Bà gửi phản ánh, kiến nghị qua Zalo này hoặc Cổng Dịch vụ công quốc gia.',
  link: 'https://quangngai.gov.vn/1022',
  way: 'direct',
}

async function follow(...ids: string[]): Promise<void> {
  for (const id of ids) expect(await zalo.post(zalo.events.userFollows(id))).toBe(200)
  await until('the followers are greeted', () => ids.every((id) => zalo.texts(id).length > 0))
}

const told = (id: string) => zalo.texts(id).filter((text) => text.includes(news.title))
// biome-ignore lint/suspicious/noExplicitAny: an answer of the outside
const read = async (id: string): Promise<any> => (await officers.get('leader', `/broadcasts/${id}`)).body
const act = (who: string, id: string, name: string, more: object = {}) =>
  officers.post(who, `/broadcasts/${id}/acts`, { act: name, ...more })

async function approved(change: object = {}): Promise<string> {
  const created = await officers.post('publisher', '/broadcasts', { ...news, ...change })
  expect([created.status, created.body.state]).toEqual([201, 'waitingApproval'])
  const { id } = created.body
  expect((await act('leader', id, 'approve')).body.state).toBe('approved')
  return id
}

async function withCollection<T>(name: string, work: (found: mongoose.mongo.Collection) => Promise<T>): Promise<T> {
  const client = await mongoose.mongo.MongoClient.connect(uri)
  try {
    return await work(client.db().collection(name))
  } finally {
    await client.close()
  }
}
const consentsOf = (purpose: string) =>
  withCollection('consents', (consents) => consents.find({ purpose }).sort({ at: 1 }).toArray())
const forgetArticleDays = () => withCollection('broadcastDays', (days) => days.deleteMany({}))

describe('a broadcast', () => {
  test('is written by one, approved by another, and reaches both followers once', async () => {
    await follow('7001', '7002')
    const id = await approved()
    expect((await officers.get('leader', `/broadcasts/${id}/estimate`)).body).toMatchObject({
      total: 2,
      reachable: 2,
      free: 2,
      costVnd: 0,
      isComplete: true,
    })
    expect((await act('publisher', id, 'start')).body.state).toBe('running')
    await until('it is done', async () => (await read(id)).state === 'done')
    for (const follower of ['7001', '7002']) {
      expect(told(follower)).toHaveLength(1)
      expect(told(follower)[0]).toContain('ngừng nhận tin')
      expect(told(follower)[0]).toContain(news.link)
    }
    await zalo.settled()
    await until('the receipts are counted', async () => (await read(id)).counts.delivered === 2)
    expect((await read(id)).counts).toEqual({ total: 2, sent: 2, delivered: 2, skipped: 0, failed: 0 })
  })

  test('"ngung nhan tin" in the chat ends it, a new follow does not undo it, "nhận lại tin" does', async () => {
    await follow('7003')
    const say = async (text: string) => {
      const before = zalo.texts('7003').length
      await zalo.post(zalo.events.userSendsText('7003', text))
      await until(`"${text}" is answered`, () => zalo.texts('7003').length > before)
    }
    const sendNews = async () => {
      const id = await approved()
      await act('leader', id, 'start')
      await until('it is done', async () => (await read(id)).state === 'done')
      return read(id)
    }
    await say('ngung nhan tinn')
    await zalo.post(zalo.events.userUnfollows('7003'))
    await zalo.post(zalo.events.userFollows('7003'))
    expect((await sendNews()).reasons).toMatchObject({ optedOut: 1 })
    expect(told('7003')).toEqual([])
    await say('nhan lai tin')
    await sendNews()
    expect(told('7003')).toHaveLength(1)
    const consents = await consentsOf('broadcasts')
    expect(consents.map(({ given }) => given)).toEqual([false, true])
    for (const { textVersion, eventId } of consents) expect([textVersion, eventId]).not.toContain('')
  })

  test('shows its cover to everybody once it is approved, drawn anew, above the words', async () => {
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(await photo())], { type: 'image/jpeg' }), 'bia.jpg')
    const authorization = `Bearer ${officers.tokens.publisher}`
    const upload = await fetch(`${service.url}/api/v1/attachments`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    })
    const { id: coverAttachmentId, sha256 } = (await upload.json()) as { id: string; sha256: string }
    const foreign = await officers.post('intake', '/broadcasts', { ...news, coverAttachmentId })
    expect(foreign.body.errors.map(({ path }: { path: string }) => path)).toEqual(['coverAttachmentId'])
    const created = await officers.post('publisher', '/broadcasts', { ...news, coverAttachmentId })
    const { id } = created.body
    const cover = `${service.url}/thong-bao/${id}/anh-bia`
    expect((await fetch(cover)).status).toBe(404)
    await act('leader', id, 'approve')
    const shown = await fetch(cover)
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    const bytes = Buffer.from(await shown.arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).not.toBe(sha256)
    await follow('7004')
    await act('leader', id, 'start')
    await until('it is done', async () => (await read(id)).state === 'done')
    const copy = zalo.delivered.find(({ userId, message }) => userId === '7004' && message.text?.startsWith(news.title))
    expect(copy?.message.attachment?.payload).toEqual({
      template_type: 'media',
      elements: [{ media_type: 'image', url: cover.replace(service.url, service.config.http.publicUrl) }],
    })
  })

  test('as an article is made, told once with its target, and at most once a day', async () => {
    const article = { way: 'article', target: { cities: [52, 19], gender: 0 } }
    const first = await approved(article)
    await act('leader', first, 'start')
    await until('it is done', async () => (await read(first)).state === 'done')
    expect((await read(first)).article).toMatchObject({ state: 'announced', reason: null })
    expect(zalo.announced).toEqual([{ articleId: zalo.articles[0]?.id, target: { gender: '0', cities: '52,19' } }])
    expect(zalo.articles[0]?.body).toMatchObject({ type: 'normal', title: news.title, status: 'show', comment: 'hide' })
    const second = await approved({ way: 'article', title: 'Lịch tiếp công dân tháng 12' })
    await act('leader', second, 'start')
    await until('it waits', async () => (await read(second)).article?.reason === 'onceADay')
    expect((await act('leader', second, 'stop')).body.state).toBe('stopped')
    expect(zalo.announced).toHaveLength(1)
  })

  test('of which Zalo does not say whether it went out is never sent again', async () => {
    await forgetArticleDays()
    zalo.fail({ mode: 'html502' }, { path: '/v2.0/oa/message' })
    const id = await approved({ way: 'article', title: 'Đường dây nóng mới' })
    await act('leader', id, 'start')
    await until('it is done', async () => (await read(id)).state === 'done')
    expect((await read(id)).article).toMatchObject({ state: 'unknown' })
    expect(zalo.announced).toHaveLength(1)
  })

  test('that the account may not send is paused with the reason, and goes on when that is mended', async () => {
    await forgetArticleDays()
    zalo.fail({ mode: 'error', code: -224 }, { path: '/v2.0/oa/message' })
    const id = await approved({ way: 'article', title: 'Bảo trì hệ thống' })
    await act('leader', id, 'start')
    await until('it is paused', async () => (await read(id)).state === 'paused')
    expect(await read(id)).toMatchObject({ fault: 'zalo-224', article: { state: 'ready' } })
    await act('leader', id, 'resume')
    await until('it is done', async () => (await read(id)).state === 'done')
    expect(zalo.announced).toHaveLength(2)
  })

  test('that Zalo refuses for good is mended, approved again and sent, as the same article and with its record', async () => {
    await forgetArticleDays()
    await follow('7010')
    zalo.fail({ mode: 'error', code: -201 }, { path: '/v2.0/oa/message', times: 1 })
    const plan = { way: 'article', title: 'Hướng dẫn tuần này' }
    const id = await approved(plan)
    const madeBefore = zalo.articles.length
    const announcedBefore = zalo.announced.length
    await act('leader', id, 'start')
    await until('it is paused', async () => (await read(id)).state === 'paused')
    expect(await read(id)).toMatchObject({ fault: 'zalo-201', article: { state: 'refused', reason: '-201' } })
    expect((await read(id)).allowedActs).toEqual(['edit', 'test', 'stop'])
    expect((await act('leader', id, 'resume')).status).toBe(422)
    const mended = { ...news, ...plan, title: 'Hướng dẫn gửi ảnh kèm phản ánh' }
    const edited = await officers.post('publisher', `/broadcasts/${id}/acts`, { act: 'edit', plan: mended })
    expect(edited.body).toMatchObject({
      state: 'waitingApproval',
      fault: null,
      article: { state: 'none' },
      earlier: [{ title: plan.title, by: 'publisher' }],
    })
    expect((await act('publisher', id, 'approve')).status).toBe(422)
    expect(zalo.announced).toHaveLength(announcedBefore)
    await act('leader', id, 'approve')
    await act('leader', id, 'start')
    await until('it is done', async () => (await read(id)).state === 'done')
    expect(zalo.articles).toHaveLength(madeBefore + 1)
    expect(zalo.articles.at(-1)?.body).toMatchObject({ title: mended.title })
    expect(zalo.announced).toHaveLength(announcedBefore + 1)
    const { history } = await read(id)
    expect(history.map(({ act: done }: { act: string }) => done)).toEqual([
      'create',
      'approve',
      'start',
      'halt',
      'edit',
      'approve',
      'start',
      'finish',
    ])
  })
})
