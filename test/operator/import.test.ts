import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { createUnitDirectory } from '../../src/usecases/unit-directory.ts'
import { testDatabase } from '../support/database.ts'
import { runTool } from './support.ts'

type UnitJson = { code: string; name: string; shortName: string; [field: string]: unknown }
type FileJson = { meta: { title: string }; units: UnitJson[] }

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
const shipped = 'data/quangngai-2025-units.json'
let dataDir: string
let file: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-import-test-'))
  file = join(dataDir, 'units.json')
  const account = ['--login', 'ha', '--name', 'Y Hà', '--unit', 'QN-C23527', '--role', 'handler']
  expect((await pakn('user', 'add', ...account)).code).toBe(0)
})
beforeEach(() => rm(join(dataDir, 'data'), { recursive: true, force: true }))
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const pakn = (...args: string[]) => runTool(args, { MONGODB_URI: uri, DATA_DIR: dataDir, DATA_KEYS: dataKeys })

async function write(change: (content: FileJson) => void): Promise<void> {
  const content = JSON.parse(await readFile(shipped, 'utf8')) as FileJson
  change(content)
  await writeFile(file, JSON.stringify(content))
}

const unit = (content: FileJson, code: string): UnitJson => {
  const found = content.units.find((one) => one.code === code)
  if (found === undefined) throw new Error(`no unit ${code}`)
  return found
}

/** A new department and another name for an old one. */
const twoChanges = (content: FileJson) => {
  content.units.push({
    ...unit(content, 'QN-SXD'),
    code: 'QN-MOI',
    name: 'Sở Thử nghiệm',
    shortName: 'STN',
    aliases: [],
  })
  unit(content, 'QN-STP').name = 'Sở Tư pháp và Hộ tịch'
}

test('a dry run says what would change and writes nothing', async () => {
  await write(twoChanges)
  const ran = await pakn('import', 'units', file, '--dry-run')
  expect(ran.code, ran.err).toBe(0)
  expect(ran.out.split('\n').sort()).toEqual(['added\tQN-MOI\tSở Thử nghiệm', 'changed\tQN-STP\tname'])
  expect((await readdir(dataDir)).includes('data')).toBe(false)
})

test('an import counts for the next command and the next start, and a second one changes nothing', async () => {
  await write(twoChanges)
  expect((await pakn('import', 'units', file)).code).toBe(0)
  const { files } = await loadUnits('data', join(dataDir, 'data'))
  const names = new Map(files.flatMap(({ units }) => units.map(({ code, name }) => [code, name])))
  expect(names.get('QN-STP')).toBe('Sở Tư pháp và Hộ tịch')
  expect(names.get('KT-VP')).toBeDefined()
  const account = ['--name', 'An', '--unit', 'QN-MOI', '--role', 'handler']
  expect((await pakn('user', 'add', '--login', 'an', ...account)).code).toBe(0)
  const again = await pakn('import', 'units', file)
  expect(again).toMatchObject({ code: 0, out: '' })
  expect(again.err).toMatch(/Không có gì thay đổi/)
  expect((await pakn('user', 'disable', '--login', 'an')).code).toBe(0)
})

test('a unit that the file does not name any more ends and stays, and its accounts are named', async () => {
  await write((content) => {
    content.units = content.units.filter(({ code }) => code !== 'QN-C23527')
  })
  const dry = await pakn('import', 'units', file, '--dry-run')
  expect(dry.out).toMatch(/^ended\tQN-C23527\t\d{4}-\d{2}-\d{2}$/)
  expect(dry.err).toMatch(/user move.*: ha$/m)
  expect((await pakn('import', 'units', file)).code).toBe(0)
  const { files } = await loadUnits('data', join(dataDir, 'data'))
  const ended = files.flatMap(({ units }) => units).find(({ code }) => code === 'QN-C23527')
  expect(ended?.validTo).toBe(dry.out.split('\t')[2])
  const account = ['--login', 'moi', '--name', 'An', '--unit', 'QN-C23527', '--role', 'handler']
  expect(await pakn('user', 'add', ...account)).toMatchObject({ code: 1, out: '' })

  expect(await pakn('import', 'units', file)).toMatchObject({ code: 0, out: '' })
  expect((await pakn('import', 'units', shipped, '--model', '2025')).out).toBe('changed\tQN-C23527\tvalidTo')
})

test('another focal unit takes over where the former one loses its roles', async () => {
  await write((content) => {
    unit(content, 'QN-STP').roles = ['intake', 'routing', 'publication', 'urging', 'handling']
    unit(content, 'QN-VP').roles = ['handling']
    unit(content, 'QN-C23527').directIntake = true
  })
  const ran = await pakn('import', 'units', file)
  expect(ran.code, ran.err).toBe(0)
  const units = createUnitDirectory(await loadUnits('data', join(dataDir, 'data')))
  expect([units.isOffice('QN-STP'), units.isOffice('QN-VP'), units.isOffice('QN-TTPVHCC')]).toEqual([
    true,
    false,
    false,
  ])
  expect([units.hasDirectIntake('QN-C23527'), units.hasDirectIntake('QN-C23530')]).toEqual([true, false])
})

test('every fault of a file is named and nothing is written', async () => {
  await write((content) => {
    unit(content, 'QN-STP').parent = 'NOWHERE'
    unit(content, 'QN-SXD').name = ''
  })
  const refused = await pakn('import', 'units', file)
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toMatch(/QN-SXD: name/)
  expect((await readdir(dataDir)).includes('data')).toBe(false)
})

test.each([
  ['no JSON', 'xin chào'],
  ['no list of units', '{}'],
  ['another province', '{"units":[{"code":"HN","level":"province"}]}'],
])('%s is refused with a sentence', async (_what, text) => {
  await writeFile(file, text)
  const refused = await pakn('import', 'units', file)
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).not.toMatch(/Error|at /)
})

test('wrong use is told apart from a refusal', async () => {
  expect((await pakn('import', 'units', join(dataDir, 'none.json'))).code).toBe(1)
  expect((await pakn('import', 'units')).code).toBe(2)
  expect((await pakn('import', 'units', file, '--model', '1999')).code).toBe(2)
  const { code, out } = await pakn('import', '--help')
  expect(code).toBe(0)
  expect(out).toMatch(/units/)
})
