import { createHash } from 'node:crypto'
import sharp from 'sharp'
import supertest from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
let photo: Buffer
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator', 'handler')
  tokens.stranger = await house.tokenOf('stranger', 'QN-C23530', 'agencyCoordinator')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  photo = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#808080' } })
    .withExif({ IFD3: { GPSLatitude: '14/1 24/1 0/1', GPSLatitudeRef: 'N' } })
    .jpeg()
    .toBuffer()
})
afterAll(() => house.close())

const as = (who: string) => ({ Authorization: `Bearer ${tokens[who]}` })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function caseWithPhoto(): Promise<{ code: string; id: string }> {
  const id = `photo-${Math.random().toString(36).slice(2)}`
  const stored = await house.files.put({
    id,
    bytes: photo,
    name: 'Giấy hẹn.jpg',
    mediaType: 'image/jpeg',
    owner: 'draft',
  })
  const code = await house.file({
    attachments: [{ ...stored, name: 'Giấy hẹn.jpg', mediaType: 'image/jpeg', kind: 'image' }],
  })
  return { code, id }
}

test('an officer with the whole case opens the file exactly as the citizen sent it', async () => {
  const { code, id } = await caseWithPhoto()
  const answer = await supertest(house.app)
    .get(`/api/v1/cases/${code}/attachments/${id}`)
    .set(as('intake'))
    .buffer(true)
  expect(answer.status).toBe(200)
  expect(sha256(answer.body as Buffer)).toBe(sha256(photo))
  expect(answer.headers['content-disposition']).toContain(encodeURIComponent('Giấy hẹn.jpg'))
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
  expect(answer.headers['cache-control']).toBe('no-store')
})

test('a file is refused to whom the case is unknown, masked, or not its own', async () => {
  const { code, id } = await caseWithPhoto()
  const other = await caseWithPhoto()
  const get = (who: string, path: string) => supertest(house.app).get(`/api/v1/cases/${path}`).set(as(who))
  expect((await get('stranger', `${code}/attachments/${id}`)).status).toBe(404)
  expect((await get('auditor', `${code}/attachments/${id}`)).status).toBe(403)
  expect((await get('intake', `${code}/attachments/${other.id}`)).status).toBe(404)
  expect((await get('intake', `${code}/attachments/nothing`)).status).toBe(404)
})

test('an officer adds a file, judged by its content', async () => {
  const send = (bytes: Buffer, name: string) =>
    supertest(house.app).post('/api/v1/attachments').set(as('intake')).attach('file', bytes, name)
  const added = await send(photo, 'Kết quả.jpg')
  expect(added.status, added.text).toBe(201)
  expect(added.body).toEqual({
    id: expect.any(String),
    name: 'Kết quả.jpg',
    mediaType: 'image/jpeg',
    sizeBytes: photo.length,
    sha256: sha256(photo),
  })
  const program = await send(Buffer.from('MZ\x90\0\x03'.padEnd(200, '\0'), 'latin1'), 'anh.jpg')
  expect(program.status).toBe(422)
  expect(program.body.errors).toEqual([{ path: 'file', message: '[files.refused.executable]' }])
  const large = await send(Buffer.alloc(1024 * 1024 + 1, 1), 'lon.jpg')
  expect(large.body.errors).toEqual([{ path: 'file', message: '[files.refused.tooLarge]' }])
  const nothing = await supertest(house.app).post('/api/v1/attachments').set(as('intake')).send({})
  expect([nothing.status, JSON.parse(nothing.text).code]).toEqual([415, 'unsupported_media_type'])
  const empty = await supertest(house.app).post('/api/v1/attachments').set(as('intake')).field('other', 'x')
  expect([empty.status, JSON.parse(empty.text).errors[0].path]).toEqual([422, 'file'])
})

test('a file that is sent again with its key is kept once; another file with that key is refused', async () => {
  const send = (bytes: Buffer) =>
    supertest(house.app)
      .post('/api/v1/attachments')
      .set(as('intake'))
      .set('Idempotency-Key', 'upload-1')
      .attach('file', bytes, 'Kết quả.jpg')
  const answers = await Promise.all([send(photo), send(photo)])
  answers.push(await send(photo))
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  const other = await send(await sharp(photo).rotate(90).jpeg().toBuffer())
  expect([other.status, JSON.parse(other.text).code]).toEqual([422, 'idempotency_key_reused'])
})

test('an officer names own uploads and files of the case, never a file of another case', async () => {
  const { code } = await caseWithPhoto()
  const other = await caseWithPhoto()
  const upload = async (who: string) =>
    (await supertest(house.app).post('/api/v1/attachments').set(as(who)).attach('file', photo, 'Kết quả.jpg')).body.id
  let version = 1
  const act = async (who: string, fields: object) => {
    const answer = await supertest(house.app)
      .post(`/api/v1/cases/${code}/acts`)
      .set({ ...as(who), 'If-Match': `"${version}"` })
      .send(fields)
    version = answer.body.version ?? version
    return { status: answer.status, errors: answer.status === 200 ? [] : JSON.parse(answer.text).errors }
  }
  const leadUnitCode = 'QN-C23527'
  await act('intake', { act: 'forward', contentKind: 'conduct', field: 'land', leadUnitCode, note: 'Thuộc xã' })
  await act('coordinator', { act: 'accept', handler: 'coordinator' })
  const answerWith = (attachmentIds: string[]) =>
    act('coordinator', {
      act: 'submitAnswer',
      answer: 'Đơn vị đã trả kết quả và xin lỗi Ông/Bà vì sự chậm trễ.',
      form: 'apologised',
      attachmentIds,
    })
  const errors = [{ path: 'attachmentIds.0', message: '[fault.unknownAttachment]' }]
  expect(await answerWith([other.id])).toEqual({ status: 422, errors })
  expect(await answerWith([await upload('intake')])).toEqual({ status: 422, errors })
  expect(await answerWith([await upload('coordinator')])).toEqual({ status: 200, errors: [] })
})

test('nothing is public until it is chosen, and then only a copy without its place', async () => {
  const { code, id } = await caseWithPhoto()
  expect(await house.attachments.openPublic(code, id)).toBeNull()
  const current = await house.cases.find(code)
  if (current === null) throw new Error('no case')
  const files = (await house.attachments.find([id])).map((file) => ({ ...file }))
  const next = {
    ...current,
    version: current.version + 1,
    state: 'PUBLISHED' as const,
    publication: {
      title: 'a',
      content: 'b',
      answer: 'c',
      attachments: files,
      publishedBy: 'publisher',
      publishedAt: 1,
      correctedAt: null,
    },
  }
  const entry = { at: 1, actor: 'publisher', act: 'publish', from: current.state, to: 'PUBLISHED' as const, data: {} }
  await house.cases.storeMoves({ moves: [{ next, entry }], messages: [], mark: null, now: 1 })
  for (let time = 0; time < 2; time += 1) {
    const copy = await house.attachments.openPublic(code, id)
    const bytes = Buffer.concat(await Array.fromAsync(copy?.content ?? []))
    expect(copy?.mediaType).toBe('image/jpeg')
    expect((await sharp(bytes).metadata()).exif).toBeUndefined()
    expect((await sharp(photo).metadata()).exif).toBeDefined()
  }
})
