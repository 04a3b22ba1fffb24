import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ACT_NAMES, actSchema, readAct } from '../../src/cases/acts.ts'
import { acts } from './fixtures.ts'

/** Field faults as `path key`. */
function faultsOf(input: unknown): string[] {
  const read = readAct(input)
  return read.ok ? [] : read.faults.map(({ path, key }) => `${path} ${key.replace('fault.', '')}`)
}

test.each(ACT_NAMES)('%s is read as it is written, with a note where one likes', (name) => {
  expect(readAct(acts[name])).toEqual({ ok: true, act: acts[name] })
  expect(readAct({ note: 'ghi chú', ...acts[name] })).toMatchObject({ ok: true })
})

test.each(ACT_NAMES)('%s without one of its fields says which', (name) => {
  const optional = new Set(['coordinatingUnitCodes', 'text'])
  for (const field of Object.keys(acts[name]).filter((key) => key !== 'act')) {
    if (name === 'supplement' && optional.has(field)) continue
    // Of an officer alone it is asked (see decide).
    if ((name === 'disagree' || name === 'rate') && field === 'note') continue
    if (field === 'coordinatingUnitCodes' || (name === 'correctPublication' && field === 'reason')) continue
    expect(faultsOf({ ...acts[name], [field]: undefined }), field).toEqual([`${field} required`])
  }
})

describe('an act', () => {
  test('that nobody knows is told from one with faults', () => {
    expect(readAct({ act: 'fly' })).toMatchObject({ ok: false, code: 'unknown_act', faults: [{ path: 'act' }] })
    expect(readAct({})).toMatchObject({ ok: false, code: 'unknown_act' })
    for (const input of [null, 'forward', 7, []]) expect(readAct(input).ok).toBe(false)
    expect(readAct({ act: 'note' })).toMatchObject({ ok: false, code: 'invalid_fields' })
  })

  test.each<[string, object, string[]]>([
    ['what is missing in 19 letters', { ...acts.requestSupplement, missing: 'x'.repeat(19) }, ['missing tooShort']],
    ['what is missing in 20 letters', { ...acts.requestSupplement, missing: 'x'.repeat(20) }, []],
    ['an answer of 49 letters', { ...acts.submitAnswer, answer: 'x'.repeat(49) }, ['answer tooShort']],
    ['an answer of 50 letters', { ...acts.submitAnswer, answer: 'x'.repeat(50) }, []],
    ['an answer padded with space', { ...acts.submitAnswer, answer: `x${' '.repeat(60)}` }, ['answer tooShort']],
    ['a blank reason', { ...acts.refuse, reason: '   ' }, ['reason tooShort']],
    ['an empty reason', { ...acts.refuse, reason: '' }, ['reason required']],
    ['an endless reason', { ...acts.refuse, reason: 'x'.repeat(5_001) }, ['reason tooLong']],
    ['a forwarding without note', { ...acts.forward, note: '' }, ['note required']],
    [
      'a reason that is to be merged, not refused',
      { ...acts.refuse, reasonCode: 'duplicate' },
      ['reasonCode notOneOf'],
    ],
    ['a day that does not exist', { ...acts.transferOut, date: '2026-02-29' }, ['date notA.date']],
    ['a day in words', { ...acts.requestSupplement, replyBy: 'thứ Sáu' }, ['replyBy notA.date']],
    ['six stars', { ...acts.rate, stars: 6 }, ['stars notOneOf']],
    ['a misspelt field', { ...acts.forward, coordinatingUnitCode: ['QN-C2'] }, ['coordinatingUnitCode unknownField']],
    [
      'an unticked point',
      { ...acts.publish, checklist: { ...acts.publish.checklist, redacted: false } },
      ['checklist.redacted invalid'],
    ],
    [
      'a point left out',
      { ...acts.publish, checklist: { redacted: true } },
      [
        'checklist.thirdPersonsRemoved required',
        'checklist.answerFits required',
        'checklist.noAccusation required',
        'checklist.attachmentsChosen required',
      ],
    ],
    ['nobody asked for an opinion', { ...acts.askOpinion, unitCodes: [] }, ['unitCodes tooFew']],
    ['a field of another kind', { ...acts.accept, handler: { $gt: '' } }, ['handler invalid']],
  ])('with %s', (_name, input, faults) => {
    expect(faultsOf(input)).toEqual(faults)
  })

  test('keeps odd letters whole, in one Unicode form', () => {
    const read = readAct({ act: 'note', text: ' Phản ánh\ud800 '.normalize('NFD') })
    expect(read).toEqual({ ok: true, act: { act: 'note', text: 'Phản ánh\ufffd' } })
  })

  test('never has its input repeated in a fault', () => {
    const secret = '0905000012'
    const read = readAct({ ...acts.forward, field: secret, leadUnitCode: [secret], [secret]: 1 })
    expect(JSON.stringify(read).replaceAll(`"path":"${secret}"`, '')).not.toContain(secret)
  })
})

test('the schema can be written as JSON Schema for the API description', () => {
  const schema = z.toJSONSchema(actSchema, { io: 'input' })
  expect(schema.oneOf ?? schema.anyOf).toHaveLength(ACT_NAMES.length)
})
