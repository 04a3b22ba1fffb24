import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ACT_NAMES } from '../../src/cases/acts.ts'
import { createTexts } from '../../src/texts.ts'

const sources = { vi: readJson('locales/vi.json'), en: readJson('locales/en.json') }
const texts = createTexts(sources, {})
const code = readdirSync('src/cases', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(`src/cases/${file}`, 'utf8'))
  .join('\n')

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function keysIn(pattern: RegExp): string[] {
  return [...new Set([...code.matchAll(pattern)].map(([, key]) => key ?? ''))].sort()
}

const refusals = keysIn(/(?:illegal\(|deny\('\w+', |\{ code: '(?:forbidden|same_person)', key: )'(\w+)'/g)
refusals.push('needsLeader', 'notYourAct', 'allowed', 'nothingAllowed')
const faults = keysIn(/fault\((?:[^,()]|\([^()]*\))+, '(\w+)'/g)

test.each(['vi', 'en'] as const)('every refusal and every fault of the rules has its sentence in %s', (locale) => {
  expect(refusals.length).toBeGreaterThan(20)
  expect(faults.length).toBeGreaterThan(20)
  const missing = [
    ...refusals.map((key) => `refusal.${key}`),
    ...faults.map((key) => `fault.${key}`),
    ...ACT_NAMES.map((act) => `refusal.act.${act}`),
  ].filter((key) => valueAt(sources[locale], key) === undefined)
  expect(missing).toEqual([])
})

test('what may be done instead is said in a sentence', () => {
  const acts = { list: [{ key: 'refusal.act.forward' }, { key: 'refusal.act.refuse' }, { key: 'refusal.act.note' }] }
  expect(texts.translate('vi', 'refusal.allowed', { acts })).toBe(
    'Việc Ông/Bà có thể làm bây giờ: chuyển đơn vị xử lý, không tiếp nhận và ghi chú.',
  )
  expect(texts.translate('en', 'refusal.allowed', { acts })).toBe(
    'What you can do now: forward it to a unit, refuse it and write a note.',
  )
})

function valueAt(tree: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], tree)
}
