import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadUnits, UnitDataError } from '../../src/conversation/load-units.ts'

const FILES = ['kontum-2022-units.json', 'quangngai-2025-units.json', 'provinces.json', 'unit-synonyms.yaml']
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'units-'))
  for (const file of FILES) await copyFile(join('data', file), join(dir, file))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function faults(): Promise<readonly string[]> {
  try {
    await loadUnits(dir)
  } catch (error) {
    if (error instanceof UnitDataError) return error.faults
    throw error
  }
  return []
}

type Raw = { units: Record<string, unknown>[] }

async function edit(file: string, change: (data: Raw) => void): Promise<void> {
  const data = JSON.parse(await readFile(join(dir, file), 'utf8')) as Raw
  change(data)
  await writeFile(join(dir, file), JSON.stringify(data))
}

test('the shipped files are whole', async () => {
  expect(await faults()).toEqual([])
})

test('every fault is named with its file and unit, not only the first', async () => {
  await edit('quangngai-2025-units.json', ({ units }) => {
    const [province, office, , , department] = units
    if (province === undefined || office === undefined || department === undefined) throw new Error('too few units')
    office.level = 'village'
    department.parent = 'QN-NOWHERE'
  })
  await edit('kontum-2022-units.json', ({ units }) => {
    const ward = units.find(({ code }) => code === 'KT-C23281')
    if (ward !== undefined) ward.succeededBy = ['QN-C00000']
  })
  const all = (await faults()).join('\n')
  expect(all).toContain('quangngai-2025-units.json: QN-VP: level')
  expect(all).toContain('QN-NOWHERE is not a unit')
  expect(all).toContain('kontum-2022-units.json: KT-C23281: succeededBy QN-C00000 is not a unit')
})

test('a code used twice and a second focal unit are faults', async () => {
  await edit('kontum-2022-units.json', ({ units }) => {
    const office = units.find(({ code }) => code === 'KT-VP')
    if (office !== undefined) units.push({ ...office })
  })
  const all = (await faults()).join('\n')
  expect(all).toContain('KT-VP: code is used twice')
  expect(all).toContain('has 2 units with the roles intake and routing')
})

test('a missing file, broken JSON and broken YAML are faults beside each other', async () => {
  await rm(join(dir, 'provinces.json'))
  await writeFile(join(dir, 'kontum-2022-units.json'), '{"meta":')
  await writeFile(join(dir, 'unit-synonyms.yaml'), 'units:\n  - unit: [QN\n')
  const all = await faults()
  expect(all.some((fault) => fault.startsWith('provinces.json: cannot be read'))).toBe(true)
  expect(all.some((fault) => fault.startsWith('kontum-2022-units.json: is not JSON'))).toBe(true)
  expect(all.some((fault) => /^unit-synonyms\.yaml:\d+: /.test(fault))).toBe(true)
})

test('a synonym of an unknown unit is a fault', async () => {
  const file = join(dir, 'unit-synonyms.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('- unit: QN-VP', '- unit: QN-XX'))
  expect(await faults()).toEqual(['unit-synonyms.yaml: QN-XX is not a unit'])
})
