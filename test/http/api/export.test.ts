import fc from 'fast-check'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { caseSchema, noticeSchema } from '../../../src/http/api/schemas.ts'
import { readZip, ZipError } from '../../../src/media/archive.ts'
import { verifyExport } from '../../../src/usecases/case-export.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
let code: string
const tokens: Record<string, string> = {}
const note = Buffer.from('Giấy hẹn trả kết quả ngày 15/10/2026')

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.helper = await house.tokenOf('helper', 'QN-C23530', 'agencyCoordinator')
  tokens.stranger = await house.tokenOf('stranger', 'QN-C23534', 'agencyCoordinator')
  const file = { id: 'note-1', name: '../Giấy hẹn/số 1.pdf', mediaType: 'application/pdf' }
  const stored = await house.files.put({ ...file, bytes: note, owner: 'draft' })
  code = await house.file({ attachments: [{ ...stored, ...file, kind: 'pdf' }] })
  const forward = {
    act: 'forward',
    contentKind: 'conduct',
    field: 'land',
    leadUnitCode: 'QN-C23527',
    coordinatingUnitCodes: ['QN-C23530'],
    note: 'Đề nghị xã xem xét.',
  }
  const answer = await supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set({ ...as('intake'), 'If-Match': '"1"' })
    .send(forward)
  expect(answer.status, answer.text).toBe(200)
})
afterAll(() => house.close())

const as = (who: string) => ({ Authorization: `Bearer ${tokens[who]}` })
const take = (who: string, what: 'export' | 'print') =>
  supertest(house.app).get(`/api/v1/cases/${code}/${what}`).set(as(who)).buffer(true).parse(readBytes)

function readBytes(response: supertest.Response, done: (error: Error | null, bytes: Buffer) => void): void {
  const stream = response as unknown as NodeJS.ReadableStream
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => done(null, Buffer.concat(chunks)))
}

async function exported(who: string): Promise<Map<string, Uint8Array>> {
  const answer = await take(who, 'export')
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('application/zip')
  expect(answer.headers['content-disposition']).toBe(`attachment; filename="${code}.zip"`)
  return readZip(answer.body as Buffer, 10_000_000)
}

const json = (files: Map<string, Uint8Array>, path: string) => JSON.parse(Buffer.from(files.get(path) ?? '').toString())

describe('a whole case as an archive', () => {
  test('holds the case, its print, history, notices and files, and proves itself', async () => {
    const files = await exported('intake')
    expect([...files.keys()].sort()).toEqual([
      'README.txt',
      'case.json',
      'case.pdf',
      'files/01-__Giấy hẹn_số 1.pdf',
      'history.json',
      'manifest.json',
      'notices.json',
    ])
    expect(Buffer.from(files.get('files/01-__Giấy hẹn_số 1.pdf') ?? '')).toEqual(note)
    expect(caseSchema.parse(json(files, 'case.json'))).toMatchObject({ code, phone: '+84905000012' })
    expect(json(files, 'history.json').map(({ act }: { act: string }) => act)).toEqual(['submit', 'forward'])
    expect(json(files, 'notices.json').map(({ notice }: { notice: string }) => notice)).toEqual(['N1', 'N6'])
    expect(json(files, 'notices.json')).toEqual(z.array(noticeSchema).parse(json(files, 'notices.json')))
    expect(Buffer.from(files.get('case.pdf') ?? '').toString('latin1')).toMatch(/^%PDF-1\.\d[\s\S]*%%EOF\s*$/)
    expect(json(files, 'manifest.json')).toMatchObject({ code, exportedBy: 'intake', view: 'full' })
    expect(verifyExport(files, house.seal)).toEqual([])
    expect(verifyExport(files, null)).toEqual([])
    expect(house.exports).toContainEqual({ login: 'intake', code, form: 'zip' })
  })

  test('whatever byte of whatever file is changed, it is found', async () => {
    const files = await exported('intake')
    const paths = [...files.keys()]
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.nat(), fc.integer({ min: 1, max: 255 }), (path, place, change) => {
        const bytes = Buffer.from(files.get(path) ?? '')
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ change
        expect(verifyExport(new Map([...files, [path, bytes]]), house.seal)).not.toEqual([])
      }),
      { numRuns: 200 },
    )
    for (const path of paths) {
      const without = new Map([...files].filter(([kept]) => kept !== path))
      expect(verifyExport(without, house.seal)[0], path).toMatchObject({ path, code: 'missing' })
    }
    expect(verifyExport(new Map([...files, ['files/02-x.pdf', note]]), house.seal)).toEqual([
      { path: 'files/02-x.pdf', code: 'unlisted' },
    ])
  })

  test('one that somebody else has put together is not sealed here', async () => {
    const files = await exported('intake')
    const faults = verifyExport(files, (canonical) => `other${canonical.length}`)
    expect(faults).toEqual([{ path: 'manifest.json', code: 'notSealedHere' }])
  })

  test('without the right to contact data it is masked throughout, without files and the data of the history', async () => {
    const files = await exported('auditor')
    expect(verifyExport(files, house.seal)).toEqual([])
    expect(json(files, 'manifest.json').view).toBe('masked')
    expect([...files.keys()].some((path) => path.startsWith('files/'))).toBe(false)
    const texts = ['case.json', 'history.json', 'notices.json'].map((path) =>
      Buffer.from(files.get(path) ?? '').toString(),
    )
    for (const personal of ['905000012', 'Thôn 2', 'yha@example.vn', 'Y Hà Niê']) {
      expect(texts.join('')).not.toContain(personal)
    }
    expect(json(files, 'history.json').some((line: { data?: unknown }) => line.data !== undefined)).toBe(false)
  })

  test('is refused to who only coordinates, and does not exist for strangers', async () => {
    for (const what of ['export', 'print'] as const) {
      expect((await take('helper', what)).status).toBe(403)
      expect((await take('stranger', what)).status).toBe(404)
      expect((await supertest(house.app).get(`/api/v1/cases/${code}/${what}`)).status).toBe(401)
    }
    expect(house.exports.some(({ login }) => login === 'helper' || login === 'stranger')).toBe(false)
  })
})

test('the print alone is a PDF, for the agency in charge too', async () => {
  const answer = await take('coordinator', 'print')
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('application/pdf')
  expect((answer.body as Buffer).subarray(0, 5).toString()).toBe('%PDF-')
  expect(house.exports).toContainEqual({ login: 'coordinator', code, form: 'pdf' })
})

test('what is no archive, or unpacks to too much, is refused', () => {
  expect(() => readZip(Buffer.from('not a zip at all'), 1_000)).toThrow(ZipError)
  expect(() => readZip(Buffer.alloc(0), 1_000)).toThrow(ZipError)
})
