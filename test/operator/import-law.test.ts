import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'
import { runTool } from './support.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
let house: House
let dataDir: string
let file: string
let code: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-import-law-'))
  file = join(dataDir, 'lịch.json')
  house = await openHouse(uri, dataKeys)
  code = await house.file()
})
afterAll(async () => {
  await house.close()
  await rm(dataDir, { recursive: true, force: true })
})

const pakn = (...args: string[]) => runTool(args, { MONGODB_URI: uri, DATA_DIR: dataDir, DATA_KEYS: dataKeys })

type CalendarFile = Record<string, { off: string[]; makeUp: string[]; [field: string]: unknown }>

async function write(change: (content: CalendarFile) => void): Promise<void> {
  const content = JSON.parse(await readFile('data/calendars.json', 'utf8')) as CalendarFile
  change(content)
  await writeFile(file, JSON.stringify(content, null, 2))
}

const monday = (content: CalendarFile) => {
  const year = content[2026]
  if (year === undefined) throw new Error('no 2026')
  year.off.push('2026-12-14')
  year.workingDays = 248
}

describe('import calendar', () => {
  test('a dry run names years, days and cases, and writes nothing', async () => {
    await write(monday)
    const ran = await pakn('import', 'calendar', file, '--dry-run')
    expect(ran.code, ran.err).toBe(0)
    expect(ran.out.split('\n')).toEqual([
      'changed\t2026\t2026.1\t2026.2\tfinal',
      'workingDays\t2026\t249\t248',
      'off\t2026\t-\t2026-12-14',
      `case\t${code}\tanswerBy\t2026-12-15\t2026-12-16`,
    ])
    expect(ran.err).toMatch(/1 trong 1 hồ sơ đang mở đổi hạn.*Chưa ghi gì/s)
    expect(await house.law.store.revision()).toBe(1)
  })

  test('the import leads the cases over; a second one changes nothing', async () => {
    await write(monday)
    const ran = await pakn('import', 'calendar', file)
    expect(ran.code, ran.err).toBe(0)
    expect(ran.err).toMatch(/lịch sử của 1 hồ sơ/)
    const again = await pakn('import', 'calendar', file)
    expect(again).toMatchObject({ code: 0, out: '' })
    expect(again.err).toMatch(/Không có gì thay đổi/)
    const history = await house.cases.history(code)
    expect(history.map(({ act }) => act)).toEqual(['submit', 'recomputeClocks'])
    expect(await house.database.collection('cases').findOne({ state: 'PENDING_INTAKE' })).toMatchObject({
      answerBy: '2026-12-16',
      lawRevision: 2,
    })
    expect((await pakn('verify', code)).code).toBe(0)
  })

  test('what an import before has left undone is done by the next', async () => {
    const left = await house.file()
    await house.database.collection('cases').updateMany({}, { $set: { lawRevision: 1, answerBy: '2026-12-15' } })
    expect((await pakn('import', 'calendar', file, '--dry-run')).code).toBe(0)
    expect(await house.cases.history(left)).toHaveLength(1)
    expect((await pakn('import', 'calendar', file)).code).toBe(0)
    expect(await house.cases.history(left)).toHaveLength(2)
  })

  test('every fault is refused with its line, in both languages', async () => {
    await write((content) => {
      content[2026]?.off.push('2026-01-01')
      content[2025]?.makeUp.push('2025-04-27')
    })
    const ran = await pakn('import', 'calendar', file)
    expect(ran).toMatchObject({ code: 1, out: '' })
    const lines = (await readFile(file, 'utf8')).split('\n')
    const line = lines.lastIndexOf('      "2026-01-01"') + 1
    expect(ran.err).toContain(`lịch.json:${line} 2026.off.14: ngày 2026-01-01 được ghi hai lần`)
    expect(ran.err).toMatch(/lịch\.json:\d+ 2025\.workingDays: ghi 250 ngày làm việc, đếm được 251/)
    expect(ran.err).toMatch(/2026\.off\.14: 2026-01-01 is listed twice/)
    expect(await house.law.store.revision()).toBe(2)
  })
})

describe('import rule-set', () => {
  test('names each value with what it was', async () => {
    const content = JSON.parse(await readFile('data/rule-sets.json', 'utf8'))
    content.ruleSets[1].verified = true
    content.ruleSets[1].workingDays.answer = 12
    await writeFile(file, JSON.stringify(content))
    const ran = await pakn('import', 'rule-set', file, '--dry-run')
    expect(ran.out.split('\n')).toEqual([
      'changed\tqd29-2026\t1\t2',
      'value\tqd29-2026\tverified\tfalse\ttrue',
      'value\tqd29-2026\tworkingDays.answer\t15\t12',
      expect.stringMatching(/^case\t.*\tanswerBy\t2026-12-16\t2026-12-10$/),
      expect.stringMatching(/^case\t.*\tanswerBy\t2026-12-16\t2026-12-10$/),
    ])
  })
})

test.each([
  ['calendar', 'xin chào', /cú pháp|chưa đúng/],
  ['rule-set', '{"ruleSets":[]}', /ruleSets/],
])('import %s refuses what is no such file', async (kind, text, sentence) => {
  await writeFile(file, text)
  const refused = await pakn('import', kind, file)
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toMatch(sentence)
  expect(refused.err).not.toMatch(/Error|^\s+at /m)
  expect((await pakn('import', kind, join(dataDir, 'none.json'))).code).toBe(1)
  expect((await pakn('import', kind)).code).toBe(2)
})
