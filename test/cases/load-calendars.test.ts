import { describe, expect, test } from 'vitest'
import { DataFileError } from '../../src/cases/data-file.ts'
import { loadCalendars, readCalendars, readRuleSets } from '../../src/cases/load-calendars.ts'
import { ruleSetOn } from '../../src/cases/rule-set.ts'
import { ruleSets, years } from './support.ts'

const FILE = 'calendars.json'

describe('the shipped data', () => {
  test('knows 2022, 2025 and 2026, and marks the years between and after', () => {
    expect(years.map((year) => [year.year, year.provisional])).toEqual([
      [2022, false],
      [2023, true],
      [2024, true],
      [2025, false],
      [2026, false],
      [2027, true],
    ])
    for (const year of years) expect(year.sources.length).toBeGreaterThan(0)
  })

  test('has the rule set of each day since December 2021, the newest one unconfirmed', () => {
    expect(ruleSetOn(ruleSets, '2021-12-08')).toBeUndefined()
    expect(ruleSetOn(ruleSets, '2021-12-09')).toMatchObject({ id: 'qd31-2021', verified: true })
    expect(ruleSetOn(ruleSets, '2026-07-19')).toMatchObject({ id: 'qd31-2021' })
    expect(ruleSetOn(ruleSets, '2026-07-20')).toMatchObject({ id: 'qd29-2026', verified: false })
  })

  test('gives the unconfirmed set the values of the one before', () => {
    const [before, after] = ruleSets
    expect(after?.workingDays).toEqual(before?.workingDays)
    expect(before?.workingDays).toMatchObject({
      refuse: 2,
      forward: 5,
      answer: 15,
      progressUpdate: 5,
      publish: 2,
      supplement: 10,
    })
  })
})

describe('faults of a calendar', () => {
  test('are all listed with their lines', () => {
    const text = `{
  "timezone": "Asia/Ho_Chi_Minh",
  "2026": {
    "off": [
      "2026-01-01",
      "2026-01-03",
      "2025-12-31",
      "2026-01-01"
    ],
    "makeUp": ["2026-01-05"],
    "workingDays": 250
  },
  "19": { "off": [], "makeUp": [] }
}`
    const { faults } = readCalendars(FILE, text)
    expect(faults.map(({ line, path, key }) => [line, path, key])).toEqual([
      [13, '19', 'dataFault.notAYear'],
      [6, '2026.off.1', 'dataFault.offOnWeekend'],
      [7, '2026.off.2', 'dataFault.otherYear'],
      [8, '2026.off.3', 'dataFault.dayTwice'],
      [10, '2026.makeUp.0', 'dataFault.makeUpOnWeekday'],
      [11, '2026.workingDays', 'dataFault.workingDays'],
    ])
  })

  test('include a day that is both off and worked, and a year written twice', () => {
    const both = '{"timezone":"Asia/Ho_Chi_Minh","2026":{"off":["2026-01-02"],"makeUp":["2026-01-02"]}}'
    expect(readCalendars(FILE, both).faults).toContainEqual(expect.objectContaining({ key: 'dataFault.dayTwice' }))
    const twice = '{"timezone":"Asia/Ho_Chi_Minh",\n"2026":{"off":[],"makeUp":[]},\n"2026":{"off":[],"makeUp":[]}}'
    expect(readCalendars(FILE, twice).faults).toEqual([
      expect.objectContaining({ line: 3, key: 'dataFault.duplicateKey' }),
    ])
  })

  test('include wrong shapes, unknown words and broken files', () => {
    const shapes = '{"timezone":"UTC",\n"2026":{"off":["2026-02-30"],\n"makeup":[]}}'
    expect(
      readCalendars(FILE, shapes)
        .faults.map(({ line, path, key }) => [line, path, key])
        .sort(),
    ).toEqual([
      [1, 'timezone', 'dataFault.shape'],
      [2, '2026.makeUp', 'dataFault.shape'],
      [2, '2026.off.0', 'dataFault.shape'],
      [3, '2026.makeup', 'dataFault.unknownKey'],
    ])
    expect(readCalendars(FILE, '{"timezone": ').faults[0]?.key).toBe('dataFault.syntax')
    expect(readCalendars(FILE, 'null').faults[0]?.key).toBe('dataFault.shape')
  })
})

describe('faults of rule sets', () => {
  test('are all listed', () => {
    const [first] = ruleSets
    const text = JSON.stringify({
      ruleSets: [
        first,
        { ...first, validTo: '2020-01-01', workingDays: { ...first?.workingDays, refuse: 6, supplementReminder: 10 } },
        { ...first, id: 'other' },
      ],
    })
    expect(readRuleSets('rule-sets.json', text).faults.map(({ path, key }) => [path, key])).toEqual([
      ['ruleSets.1.id', 'dataFault.idTwice'],
      ['ruleSets.1.validTo', 'dataFault.endsBeforeStart'],
      ['ruleSets.1.workingDays', 'dataFault.clockOrder'],
      ['ruleSets.1.workingDays.supplementReminder', 'dataFault.reminderTooLate'],
      ['ruleSets.2', 'dataFault.overlap'],
    ])
    expect(readRuleSets('rule-sets.json', '{"ruleSets":[{"id":"A B"}]}').faults.length).toBeGreaterThan(5)
  })

  test('stop the load, naming every place', () => {
    const files = {
      calendars: new URL('../../data/rule-sets.json', import.meta.url).pathname,
      ruleSets: new URL('../../data/calendars.json', import.meta.url).pathname,
    }
    expect(() => loadCalendars(files)).toThrow(DataFileError)
    expect(() => loadCalendars(files)).toThrow(/rule-sets\.json:\d+ .*timezone/)
  })
})
