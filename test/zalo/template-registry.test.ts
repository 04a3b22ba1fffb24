import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NOTICES } from '../../src/cases/words.ts'
import { loadTemplates, parseTemplates, TemplateFileError } from '../../src/zalo/template-registry.ts'
import { fillTemplate, type ParameterRule, valuesOf } from '../../src/zalo/template-values.ts'

function faultsOf(text: string): readonly string[] {
  try {
    parseTemplates('zbs.json', text)
    return []
  } catch (error) {
    if (error instanceof TemplateFileError) return error.faults
    throw error
  }
}

const entry = (parameters: unknown, template_id: unknown = '418203') => ({ template_id, parameters })

describe('the file', () => {
  test('a parameter is a value by name, a list of names, a value with a length, or words with values in them', () => {
    const text = JSON.stringify({
      N1: entry({ ma: 'code', ngay: { value: 'answerBy', maxLength: 10 }, loi: { text: 'Mã {code}, {state}' } }),
      N9: entry(['code', 'state'], 418209),
    })
    expect(parseTemplates('zbs.json', text)).toEqual([
      {
        name: 'N1',
        templateId: '418203',
        parameters: {
          ma: { pattern: '{code}' },
          ngay: { pattern: '{answerBy}', maxLength: 10 },
          loi: { pattern: 'Mã {code}, {state}' },
        },
      },
      { name: 'N9', templateId: '418209', parameters: { code: { pattern: '{code}' }, state: { pattern: '{state}' } } },
    ])
  })

  test('the file that is shipped with the program is right', async () => {
    const file = fileURLToPath(new URL('../../data/zbs-templates.json', import.meta.url))
    expect((await loadTemplates(file)).map(({ name }) => name)).toEqual(['N1', 'N2', 'N3', 'N3b', 'N4', 'N7', 'N10'])
  })

  test('every fault is named with its line, and no other than its own', () => {
    const text = `{
  "N99": { "template_id": "1", "parameters": {} },
  "N1": { "template_id": "1", "parameters": { "a": "replyBy", "b": "name", "c": { "text": "{title}" } } },
  "otp": { "template_id": "1", "parameters": { "a": "state" } },
  "N3": { "template_id": "1", "parameters": { "ok": "code" } }
}`
    const faults = faultsOf(text)
    expect(faults).toHaveLength(6)
    expect(faults[0]).toMatch(/^zbs\.json:2 N99: không có thông báo này\. .*N1, N2, .*otp/)
    expect(faults[1]).toMatch(/^zbs\.json:3 N1\.parameters\.a: không thông báo nào điền được "replyBy".*answerBy/)
    expect(faults[2]).toMatch(/^zbs\.json:3 N1\.parameters\.b: mẫu tin không được mang "name" .*R5-4/)
    expect(faults[3]).toMatch(/^zbs\.json:3 N1\.parameters\.c: mẫu tin không được mang "title"/)
    expect(faults[4]).toMatch(/^zbs\.json:4 otp\.parameters\.a: không thông báo nào/)
    expect(faults[5]).toMatch(/^zbs\.json:4 otp\.parameters: mẫu mã xác nhận phải có/)
  })

  test.each([
    ['no JSON', '{"N1": '],
    ['a list', '[]'],
    ['an id of letters', JSON.stringify({ N1: entry({ a: 'code' }, 'abc') })],
    ['no id', JSON.stringify({ N1: { parameters: {} } })],
    ['a word too many', JSON.stringify({ N1: { ...entry({}), tag: 1 } })],
    ['a notice twice', '{"N1": {"template_id": "1", "parameters": {}}, "N1": {"template_id": "2", "parameters": {}}}'],
    ['a length of nothing', JSON.stringify({ N1: entry({ a: { value: 'code', maxLength: 0 } }) })],
  ])('%s is refused', (_, text) => {
    expect(faultsOf(text).length).toBeGreaterThan(0)
  })

  test('a file that is not there is said to be missing', async () => {
    await expect(loadTemplates('/nowhere/zbs.json')).rejects.toThrow('không tìm thấy tệp')
  })

  test('no notice offers anything of a person or of the matter', () => {
    const offered = new Set(NOTICES.flatMap((notice) => valuesOf(notice)))
    for (const name of ['name', 'phone', 'title', 'answer', 'reason', 'missing', 'text'])
      expect(offered).not.toContain(name)
    for (const notice of NOTICES) expect(valuesOf(notice)).toEqual(expect.arrayContaining(['code', 'state', 'link']))
  })
})

describe('filling', () => {
  const rule = (fields: Partial<ParameterRule>): ParameterRule => ({
    name: 'p',
    required: true,
    acceptsNull: false,
    type: 'text',
    minLength: 0,
    maxLength: null,
    ...fields,
  })
  const fill = (
    pattern: string,
    values: Record<string, string>,
    fields: Partial<ParameterRule> = {},
    isQuiet = false,
  ) => fillTemplate({ p: { pattern } }, values, { rules: [rule(fields)], isQuiet })
  const given = { code: 'PAKN.20261123.0001', state: 'Chờ bổ sung thông tin', unit: 'Sở Xây dựng', day: '' }

  test.each<[string, string, Partial<ParameterRule>, object]>([
    ['a value as it is', '{code}', {}, { ok: true, data: { p: 'PAKN.20261123.0001' } }],
    ['words around it', 'Mã {code}', {}, { ok: true, data: { p: 'Mã PAKN.20261123.0001' } }],
    ['a state is cut where it must be', '{state}', { maxLength: 10 }, { ok: true, data: { p: 'Chờ bổ su…' } }],
    ['a code never', '{code}', { maxLength: 10 }, { ok: false, fault: 'tooLong' }],
    ['a code among words neither', 'Mã {code} {state}', { maxLength: 25 }, { ok: false, fault: 'tooLong' }],
    ['too little', '{unit}', { minLength: 40 }, { ok: false, fault: 'tooShort' }],
    ['what is not there', '{answerBy}', {}, { ok: false, fault: 'missing' }],
    ['what is empty', '{day}', {}, { ok: false, fault: 'missing' }],
    ['what is not there and need not be', '{answerBy}', { required: false }, { ok: true, data: {} }],
    ['what may be nothing', '{answerBy}', { acceptsNull: true }, { ok: true, data: { p: '' } }],
    ['words for a number', '{state}', { type: 'number' }, { ok: false, fault: 'notANumber' }],
    ['words for a day', '{state}', { type: 'date' }, { ok: false, fault: 'notADay' }],
  ])('%s', (_, pattern, fields, expected) => {
    expect(fill(pattern, given, fields)).toMatchObject(expected)
  })

  test('a day is written as the platform wants it, whatever stands around it', () => {
    for (const shown of [
      '8/12/2026',
      '08/12/2026',
      'thứ Ba, 8/12/2026',
      '09:12, 8/12/2026',
      'Tuesday 8 December 2026',
    ]) {
      expect(fill('{day}', { day: shown }, { type: 'date' })).toEqual({ ok: true, data: { p: '08/12/2026' } })
    }
  })

  test('of a suspected denunciation the unit is not said', () => {
    expect(fill('{unit}', given, {}, true)).toMatchObject({ ok: false, fault: 'quiet' })
    expect(fill('{code} {state}', given, {}, true)).toMatchObject({ ok: true })
  })

  test('what goes out is one line, composed, and never longer than allowed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.integer({ min: 2, max: 40 }),
        (state, maxLength) => {
          const filled = fill('{state}', { state }, { maxLength })
          if (!filled.ok) return expect(filled.fault).toBe('missing')
          const words = filled.data.p ?? ''
          expect([...words].length).toBeLessThanOrEqual(maxLength)
          expect(words).toBe(words.normalize('NFC'))
          expect(words).not.toMatch(/[\r\n]/)
        },
      ),
    )
  })
})
