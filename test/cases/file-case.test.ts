import { describe, expect, test } from 'vitest'
import { type Filing, fileCase, modelOn } from '../../src/cases/file-case.ts'
import { appendEntry, FIRST_PREVIOUS_HASH, verifyChain } from '../../src/cases/history.ts'
import { at, CODE, filing } from './fixtures.ts'
import { calendar, qd31 } from './support.ts'

function file(change: Partial<Filing> = {}, now = at('2026-03-02', 9)) {
  return fileCase(
    { ...filing, ...change },
    { code: CODE, now, ruleSet: qd31, calendar, lawRevision: 1, intakeUnitCode: 'QN-VP' },
  )
}

function faultsOf(change: Partial<Filing>): string[] {
  const filed = file(change)
  return filed.ok ? [] : filed.faults.map(({ path, key }) => `${path} ${key.replace('fault.', '')}`)
}

const byOfficer: Partial<Filing> = { channel: 'letter', draftId: null, citizenKey: null, enteredBy: 'io', consents: [] }

describe('a draft from the chat', () => {
  test('becomes a case that waits for the intake, with its due days and N1', () => {
    const filed = file()
    if (!filed.ok) throw new Error('refused')
    expect(filed.next).toMatchObject({
      code: CODE,
      version: 1,
      state: 'PENDING_INTAKE',
      draftId: 'draft-1',
      citizenKey: 'key-of-the-sender',
      ruleSetId: 'qd31-2021',
      model: '2025',
      lawRevision: 1,
      intakeUnitCode: 'QN-VP',
      intakeOfficer: null,
      name: 'Y Hà',
      handler: null,
      round: 0,
    })
    expect(filed.clocks).toMatchObject({
      receivedDate: '2026-03-02',
      refuseBy: '2026-03-04',
      forwardBy: '2026-03-09',
      answerBy: '2026-03-23',
    })
    expect(filed.notices).toEqual([
      {
        notice: 'N1',
        caseCode: CODE,
        mandatory: true,
        quiet: false,
        params: {
          state: 'PENDING_INTAKE',
          code: CODE,
          title: filing.title,
          receivedAt: { time: filing.receivedAt },
          unitCode: 'QN-VP',
          answerBy: { day: '2026-03-23' },
        },
      },
    ])
    expect(filed.warnings).toEqual([])
  })

  test('leaves a first line of history that proves words, files, consents and due days', () => {
    const filed = file()
    if (!filed.ok) throw new Error('refused')
    expect(filed.entry).toMatchObject({ actor: 'citizen', act: 'submit', from: 'DRAFT', to: 'PENDING_INTAKE' })
    expect(filed.entry.data).toMatchObject({
      title: filing.title,
      content: filing.content,
      attachments: [{ sha256: 'a'.repeat(64) }],
      consents: [{ purpose: 'handling', given: true }, { purpose: 'publication' }],
      ruleSetId: 'qd31-2021',
      ruleSetVersion: '1',
      clocks: { answerBy: '2026-03-23' },
      calendarVersions: { 2026: '2026.1' },
    })
    expect(JSON.stringify(filed.entry)).not.toContain('key-of-the-sender')
    expect(verifyChain([appendEntry(FIRST_PREVIOUS_HASH, 1, filed.entry, 'salt')])).toEqual([])
  })

  test('needs its draft, its sender and the consent to handling', () => {
    expect(faultsOf({ draftId: null, citizenKey: null, consents: [] })).toEqual([
      'draftId required',
      'citizenKey required',
      'consents consentMissing',
    ])
    const taken = [...(filing.consents ?? []), { purpose: 'handling' as const, given: false, textVersion: '1', at: 0 }]
    expect(faultsOf({ consents: taken })).toEqual(['consents consentMissing'])
  })

  test('has a title of 10 to 300 and a content of 20 to 5,000 letters', () => {
    expect(faultsOf({ title: 'x'.repeat(9), content: 'x'.repeat(19) })).toEqual(['title tooShort', 'content tooShort'])
    expect(faultsOf({ title: 'x'.repeat(301), content: 'x'.repeat(5_001) })).toEqual([
      'title tooLong',
      'content tooLong',
    ])
    expect(faultsOf({ title: 'x'.repeat(10), content: 'x'.repeat(20) })).toEqual([])
    expect(faultsOf({ title: 'x'.repeat(300), content: 'x'.repeat(5_000) })).toEqual([])
  })

  test('for a body names a person to talk to', () => {
    for (const submitterType of ['enterprise', 'organisation', 'state_agency'] as const) {
      expect(faultsOf({ submitterType })).toEqual(['contactPerson required'])
      expect(faultsOf({ submitterType, contactPerson: 'A Thăng' })).toEqual([])
    }
  })
})

describe('a case that an officer enters', () => {
  test('is counted from the day of receipt and belongs to whoever entered it', () => {
    const filed = file({ ...byOfficer, receivedAt: at('2026-02-27', 15), originalDocNumber: '45/CV' })
    if (!filed.ok) throw new Error('refused')
    expect(filed.next).toMatchObject({
      enteredBy: 'io',
      enteredAt: at('2026-03-02', 9),
      intakeOfficer: 'io',
      originalDocNumber: '45/CV',
    })
    expect(filed.entry.actor).toBe('io')
    expect(filed.clocks.answerBy).toBe('2026-03-20')
  })

  test('keeps the model of its day', () => {
    const filed = file({ ...byOfficer, receivedAt: at('2025-06-30', 23) })
    expect(filed.ok && filed.next.model).toBe('2022')
    expect(modelOn('2025-07-01')).toBe('2025')
  })

  test('names who entered it, and is not received tomorrow', () => {
    expect(faultsOf({ ...byOfficer, enteredBy: null })).toEqual(['enteredBy required'])
    expect(faultsOf({ ...byOfficer, receivedAt: at('2026-03-02', 10) })).toEqual(['receivedAt inFuture'])
    expect(faultsOf({ ...byOfficer, incidentDate: '2026-03-03' })).toEqual(['incidentDate inFuture'])
  })

  test('that was told by telephone was read back to the caller', () => {
    expect(faultsOf({ ...byOfficer, channel: 'phone' })).toEqual(['readBackConfirmed notReadBack'])
    expect(faultsOf({ ...byOfficer, channel: 'phone', readBackConfirmed: true })).toEqual([])
  })

  test('has its place in the intake book of the year of receipt, and says so in its history', () => {
    const letter = { ...filing, ...byOfficer, receivedAt: at('2025-12-31', 15) }
    const context = {
      code: CODE,
      now: at('2026-03-02', 9),
      ruleSet: qd31,
      calendar,
      lawRevision: 1,
      intakeUnitCode: 'QN-VP',
    }
    const filed = fileCase(letter, { ...context, intakeNumber: 17 })
    expect(filed.ok && filed.next.intakeNumber).toEqual({ year: 2025, number: 17 })
    expect(filed.ok && filed.entry.data.intakeNumber).toEqual({ year: 2025, number: 17 })
  })

  test('warns of an old receipt and of a document without number and scan', () => {
    const warnings = (change: Partial<Filing>) => {
      const filed = file({ ...byOfficer, ...change })
      return filed.ok ? filed.warnings.map((warning) => warning.key) : filed.faults
    }
    expect(warnings({ receivedAt: at('2026-02-23') })).toEqual([])
    expect(warnings({ receivedAt: at('2026-02-13') })).toEqual(['warning.receivedLongAgo'])
    expect(warnings({ attachments: [] })).toEqual(['warning.documentMissing'])
    expect(warnings({ attachments: [], originalDocNumber: '45/CV' })).toEqual([])
    expect(warnings({ attachments: [], channel: 'phone', readBackConfirmed: true })).toEqual([])
  })

  test('that a ministry passed on is counted from the transfer', () => {
    const filed = file({ ...byOfficer, receivedAt: at('2026-02-02'), transferredAt: at('2026-02-26') })
    expect(filed.ok && filed.clocks).toMatchObject({
      receivedDate: '2026-02-02',
      countedFrom: '2026-02-26',
      answerBy: '2026-03-19',
    })
  })
})

test('a new case shares nothing with another', () => {
  const one = file()
  const two = file()
  if (!one.ok || !two.ok) throw new Error('refused')
  one.next.pauses.push({ kind: 'supplement', from: 0, to: null })
  expect(two.next.pauses).toEqual([])
})
