import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { mongo } from 'mongoose'
import supertest from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runPakn } from '../../src/operator/program.ts'
import { type CaseDocument, caseContext, type HistoryDocument, openCase } from '../../src/store/case-documents.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { sealJson } from '../../src/store/sealed.ts'
import { type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
const cipher = createFieldCipher(parseDataKeys(dataKeys))
let dataDir: string
let house: House
let token: string
let cases: mongo.Collection<CaseDocument>
let history: mongo.Collection<HistoryDocument>

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-'))
  house = await openHouse(uri, dataKeys)
  token = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  cases = house.database.collection<CaseDocument>('cases')
  history = house.database.collection<HistoryDocument>('history')
})
afterAll(async () => {
  await house.close()
  await rm(dataDir, { recursive: true, force: true })
})
beforeEach(async () => {
  await cases.deleteMany({})
  await history.deleteMany({})
  await house.database.collection('newLines').deleteMany({})
  await house.database.collection('counters').deleteMany({})
  await house.database.collection('caseEvents').deleteMany({})
})

async function pakn(...args: string[]): Promise<{ code: number; out: string[]; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const output = { result: (line: string) => void out.push(line), say: (line: string) => void err.push(line) }
  const env = { MONGODB_URI: uri, DATA_DIR: dataDir, DATA_KEYS: dataKeys }
  return { code: await runPakn(args, env, output), out, err: err.join('\n') }
}

async function fileWithPaper(): Promise<string> {
  const file = { id: `paper-${randomBytes(4).toString('hex')}`, name: 'Giấy hẹn.pdf', mediaType: 'application/pdf' }
  const stored = await house.files.put({ ...file, bytes: randomBytes(1_000), owner: 'draft' })
  return house.file({ attachments: [{ ...stored, ...file, kind: 'pdf' }] })
}

async function forward(code: string): Promise<void> {
  const answer = await supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set({ Authorization: `Bearer ${token}`, 'If-Match': '"1"' })
    .send({
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Đề nghị xem xét.',
    })
  expect(answer.status, answer.text).toBe(200)
}

/** Changes what is inside the encryption, as somebody could who had the keys. */
async function reseal(code: string, change: object): Promise<void> {
  const document = await cases.findOne({ _id: code })
  if (document === null) throw new Error(`no case ${code}`)
  const sealed = sealJson(cipher, { ...openCase(cipher, document), ...change }, caseContext(code))
  await cases.updateOne({ _id: code }, { $set: { sealed } })
}

describe('everything that was changed behind the back of the service is found', () => {
  test.each<[string, (code: string, other: string) => Promise<unknown>, string[]]>([
    [
      'a line of the history',
      (code) => history.updateOne({ _id: `${code}#000002` }, { $set: { actor: 'nobody' } }),
      ['2\tentry_changed'],
    ],
    [
      'the data of a line',
      async (code, other) => {
        const theirs = await history.findOne({ _id: `${other}#000001` })
        await history.updateOne({ _id: `${code}#000001` }, { $set: { sealed: theirs?.sealed as Buffer } })
      },
      ['-\tunreadable'],
    ],
    ['a line taken out', (code) => history.deleteOne({ _id: `${code}#000001` }), ['2\tgap', '2\tlink_broken']],
    [
      'the last line cut off',
      (code) => history.deleteOne({ _id: `${code}#000002` }),
      ['2\thead_differs', '-\tversion_differs', '-\tstate_differs'],
    ],
    [
      'the whole case removed, its history left',
      (code) => cases.deleteOne({ _id: code }),
      ['-\tcase_missing', '-\tcode_missing'],
    ],
    [
      'the case removed with its history',
      async (code) => {
        await cases.deleteOne({ _id: code })
        await history.deleteMany({ code })
      },
      ['-\tcode_missing'],
    ],
    [
      'the words of the citizen',
      (code) => reseal(code, { content: 'Không có gì.' }),
      ['content\toriginal_changed', 'lists\tcopy_differs'],
    ],
    [
      'the state inside',
      (code) => reseal(code, { state: 'PUBLISHED' }),
      ['-\tstate_differs', 'state\tcopy_differs', 'lists\tcopy_differs', 'open\tcopy_differs'],
    ],
    [
      'the copy that lists are made of',
      (code) => cases.updateOne({ _id: code }, { $set: { leadUnitCode: 'QN-C23530' } }),
      ['leadUnitCode\tcopy_differs'],
    ],
    [
      'the due day',
      (code) => cases.updateOne({ _id: code }, { $set: { answerBy: '2027-01-01' } }),
      ['answerBy\tdeadline_differs'],
    ],
    [
      'a case under another code',
      async (code) => {
        const document = await cases.findOne({ _id: code })
        const copy = { ...document, _id: code.replace(/\d{4}$/, '0099'), draftId: 'another' } as CaseDocument
        await cases.insertOne(copy)
      },
      [],
    ],
  ])('%s', async (_what, plant, expected) => {
    const [code, other] = [await fileWithPaper(), await house.file()]
    await forward(code)
    const before = await pakn('verify')
    expect(before, before.out.join('\n')).toMatchObject({ code: 0, out: [] })
    await plant(code, other)
    const { code: exit, out } = await pakn('verify')
    expect(exit).toBe(1)
    if (expected.length === 0) {
      const copy = code.replace(/\d{4}$/, '0099')
      expect(out).toEqual([`${copy}\t-\tunreadable`, `${copy}\t-\tcode_never_given`])
    } else expect(out).toEqual(expected.map((line) => `${code}\t${line}`))
    // Nothing was mended by looking.
    expect((await pakn('verify')).out).toEqual(out)
  })

  test('a file that was changed, and one that is gone', async () => {
    const [changed, gone, left] = [await fileWithPaper(), await fileWithPaper(), await fileWithPaper()]
    const idOf = async (code: string) => (await house.cases.find(code))?.attachments[0]?.id ?? ''
    const [changedId, goneId] = [await idOf(changed), await idOf(gone)]
    const files = house.database.collection<{ _id: mongo.ObjectId; metadata: { fileId: string } }>('attachments.files')
    const chunks = house.database.collection<{ files_id: mongo.ObjectId; data: Buffer }>('attachments.chunks')
    const file = await files.findOne({ 'metadata.fileId': changedId })
    const chunk = await chunks.findOne({ files_id: file?._id as mongo.ObjectId })
    const bytes = Buffer.from(chunk?.data ?? '')
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await chunks.updateOne({ files_id: file?._id as mongo.ObjectId }, { $set: { data: bytes } })
    await house.files.remove(goneId)
    const { code, out } = await pakn('verify')
    expect(code).toBe(1)
    expect(out.sort()).toEqual([`${changed}\t${changedId}\tfile_changed`, `${gone}\t${goneId}\tfile_missing`].sort())
    expect(await pakn('verify', '--no-files')).toMatchObject({ code: 0, out: [] })
    expect(await pakn('verify', left)).toMatchObject({ code: 0, out: [] })
    expect(await pakn('verify', gone)).toMatchObject({ code: 1 })
  })
})

test('a changed line of the audit log is named, too', async () => {
  const code = await house.file()
  await supertest(house.app).get(`/api/v1/cases/${code}`).set('Authorization', `Bearer ${token}`)
  expect(await pakn('verify')).toMatchObject({ code: 0, out: [] })
  const audit = house.database.collection<{ _id: number; actor: string }>('audit')
  const last = await audit.findOne({}, { sort: { _id: -1 } })
  await audit.updateOne({ _id: last?._id ?? 0 }, { $set: { actor: 'nobody' } })
  const { code: exit, out } = await pakn('verify')
  expect(exit).toBe(1)
  expect(out[0]).toMatch(/^audit\t\d+\tentry_changed$/)
  await audit.updateOne({ _id: last?._id ?? 0 }, { $set: { actor: last?.actor ?? '' } })
})

test('cases that officers move meanwhile are not accused', async () => {
  const codes: string[] = []
  for (let index = 0; index < 12; index++) codes.push(await house.file())
  const [ran] = await Promise.all([pakn('verify'), ...codes.map((code) => forward(code))])
  expect(ran, ran.out.join('\n')).toMatchObject({ code: 0, out: [] })
})

describe('an exported case', () => {
  test('is whole and fits what is stored; changed, foreign or something else it is refused', async () => {
    const code = await fileWithPaper()
    await forward(code)
    const taken = await supertest(house.app)
      .get(`/api/v1/cases/${code}/export`)
      .set('Authorization', `Bearer ${token}`)
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = []
        const stream = response as unknown as NodeJS.ReadableStream
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => done(null, Buffer.concat(chunks)))
      })
    const path = join(dataDir, `${code}.zip`)
    await writeFile(path, taken.body as Buffer)
    const whole = await pakn('verify', path)
    expect(whole).toMatchObject({ code: 0, out: [] })
    expect(whole.err).toContain('khớp với hồ sơ đang lưu')

    await history.updateOne({ _id: `${code}#000002` }, { $set: { hash: 'f'.repeat(64) } })
    expect(await pakn('verify', path)).toMatchObject({ code: 1, out: ['history.json\t2\tchainBroken'] })
    await cases.deleteMany({})
    await history.deleteMany({})
    const alone = await pakn('verify', path)
    expect(alone).toMatchObject({ code: 0, out: [] })
    expect(alone.err).toContain('không có trong cơ sở dữ liệu')

    await writeFile(path, 'not an archive')
    expect((await pakn('verify', path)).err).toContain('không phải là tệp hồ sơ')
    expect(await pakn('verify', join(dataDir, 'nowhere.zip'))).toMatchObject({ code: 1, out: [] })
  })
})
