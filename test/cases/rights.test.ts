import { describe, expect, test } from 'vitest'
import type { Actor, Case } from '../../src/cases/case.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { dueDayOf, flagsOf } from '../../src/cases/flags.ts'
import { toPublicView } from '../../src/cases/public-view.ts'
import { mayReveal, type View, view } from '../../src/cases/rights.ts'
import { STATES } from '../../src/cases/words.ts'
import { at, caseIn, citizen, contextAt, filedCase, NOW, people, publication, stranger, units } from './fixtures.ts'

const ACTORS: Record<string, Actor> = { ...people, citizen, stranger, system: { type: 'system' } }

function views(current: Case): Partial<Record<View, string>> {
  const byView = Object.groupBy(Object.keys(ACTORS), (person) => view(current, ACTORS[person] ?? stranger, units))
  return Object.fromEntries(Object.entries(byView).map(([seen, persons]) => [seen, persons.join(' ')]))
}

describe('who reads a case', () => {
  test('at the intake', () => {
    expect(views(caseIn('PENDING_INTAKE'))).toEqual({
      full: 'io io2 ol ol2 citizen system',
      masked: 'p au dpo',
      none: 'ac h h2 al al2 acc alc acx hx alx iox ad stranger',
    })
  })

  test('at a unit, with another one coordinating', () => {
    expect(views(caseIn('PROCESSING'))).toEqual({
      full: 'io io2 ol ol2 ac h al al2 citizen system',
      masked: 'p acc alc au dpo',
      none: 'h2 acx hx alx iox ad stranger',
    })
  })

  test('that may be a denunciation', () => {
    expect(views(caseIn('PROCESSING', { denunciationSuspected: true }))).toEqual({
      full: 'io ol ol2 citizen system',
      masked: 'dpo',
      none: 'io2 p ac h h2 al al2 acc alc acx hx alx iox au ad stranger',
    })
    const againstTheOffice = caseIn('PROCESSING', { denunciationSuspected: true, concernedUnitCodes: ['QN-VP'] })
    expect(views(againstTheOffice).full).toBe('citizen system')
    expect(views(againstTheOffice).masked).toBeUndefined()
  })

  test('of a unit below the own one, and of none above', () => {
    const below = caseIn('PROCESSING', { leadUnitCode: 'QN-C1-T', handler: 'somebody' })
    expect(view(below, people.ac, units)).toBe('full')
    const above = { ...people.ac, unitCode: 'QN-C1-T' }
    expect(view(caseIn('PROCESSING'), above, units)).toBe('none')
  })

  test('from another channel: no citizen of the chat', () => {
    const letter = { ...caseIn('PROCESSING'), citizenKey: null }
    expect(view(letter, citizen, units)).toBe('none')
  })

  test('with the widest of several roles', () => {
    expect(view(caseIn('PROCESSING'), { ...people.au, roles: ['auditor', 'officeLeader'] }, units)).toBe('full')
    expect(view(caseIn('PROCESSING'), { ...people.ad, roles: ['administrator'] }, units)).toBe('none')
    expect(view(caseIn('PROCESSING'), { ...people.ad, roles: [] }, units)).toBe('none')
  })

  test('contact data is revealed to those who read it whole, and to the data protection officer', () => {
    const current = caseIn('PROCESSING')
    const may = Object.keys(people).filter((person) => mayReveal(current, people[person as keyof typeof people], units))
    expect(may.join(' ')).toBe('io io2 ol ol2 ac h al al2 dpo')
  })
})

describe('the public view', () => {
  test('shows state, day and unit, and no word before publication', () => {
    const shown = toPublicView(caseIn('PROCESSING'))
    expect(shown).toEqual({
      code: filedCase().code,
      nationalCode: null,
      state: 'PROCESSING',
      stateLabelKey: 'case.state.PROCESSING',
      parentCode: null,
      receivedDate: '2026-03-02',
      unitCode: 'QN-C1',
      closedDate: null,
      published: null,
    })
    expect(toPublicView(caseIn('ANSWERED_UNPUBLISHED'))?.published).toBeNull()
  })

  test('shows a masked name, the redacted words and the answer after it', () => {
    expect(toPublicView(caseIn('PUBLISHED'))?.published).toMatchObject({
      submitterType: 'citizen',
      name: 'Y H**',
      title: publication.title,
      content: publication.content,
      answer: publication.answer,
      unitCode: 'QN-C1',
      publishedDate: '2026-03-19',
      correctedDate: null,
    })
  })

  test('hides a name that is to be hidden, shows that of a body', () => {
    expect(
      toPublicView(caseIn('PUBLISHED', { publicChoice: { content: true, name: 'hidden' } }))?.published?.name,
    ).toBeNull()
    const body = { ...caseIn('PUBLISHED'), submitterType: 'enterprise' as const, name: 'Công ty TNHH Sa Thầy' }
    expect(toPublicView(body)?.published?.name).toBe('Công ty TNHH Sa Thầy')
  })

  test('never holds contact data, original words or names of officers', () => {
    for (const state of STATES) {
      const text = JSON.stringify(toPublicView(caseIn(state)))
      for (const secret of [
        '+84905000012',
        'Thôn 2',
        'từ tháng một',
        'key-of-the-sender',
        'Y Hà',
        '"p"',
        '"h"',
        'draft-1',
      ]) {
        expect(text).not.toContain(secret)
      }
    }
  })

  test('of a suspected denunciation does not exist', () => {
    expect(toPublicView(caseIn('PUBLISHED', { denunciationSuspected: true }))).toBeNull()
  })
})

describe('flags and due days', () => {
  const shown = (current: Case, now: number) => {
    const context = contextAt(now)
    const clocks = clocksOf(current, context)
    return [dueDayOf(current, clocks), ...flagsOf(current, clocks, context)]
  }

  test('follow the clock of whoever has the case', () => {
    expect(shown(caseIn('PENDING_INTAKE'), at('2026-03-03'))).toEqual(['2026-03-09'])
    expect(shown(caseIn('PENDING_INTAKE'), at('2026-03-04'))).toEqual(['2026-03-09', 'dueSoon'])
    expect(shown(caseIn('PENDING_INTAKE'), at('2026-03-10', 0))).toEqual(['2026-03-09', 'overdue'])
    expect(shown(caseIn('PROCESSING', { coordinatingUnitCodes: [] }), at('2026-03-23', 23))).toEqual([
      '2026-03-23',
      'dueSoon',
    ])
    expect(shown(caseIn('PROCESSING'), at('2026-03-24', 0))).toEqual(['2026-03-23', 'overdue', 'coordinating'])
    expect(shown(caseIn('PENDING_PUBLICATION', { coordinatingUnitCodes: [] }), at('2026-03-18', 12))).toEqual([
      '2026-03-20',
      'dueSoon',
    ])
    expect(shown(caseIn('AWAITING_SUPPLEMENT'), NOW)).toEqual([null])
    for (const state of ['REFUSED', 'PUBLISHED', 'WITHDRAWN', 'MERGED'] as const)
      expect(shown(caseIn(state), NOW)).toEqual([null])
  })

  test('say what else is special', () => {
    const escalation = {
      reasonCode: 'agency_conflict' as const,
      positions: [],
      proposal: '',
      proposedBy: 'ol',
      proposedAt: NOW,
      submittedAt: NOW,
      submittedBy: 'ol',
      decision: null,
    }
    const special = caseIn('PROCESSING', { escalation, round: 1, denunciationSuspected: true })
    expect(shown(special, NOW)).toEqual([
      '2026-03-23',
      'dueSoon',
      'escalated',
      'agencyConflict',
      'coordinating',
      'denunciationSuspected',
      'reopenedRound',
    ])
    const proposed = caseIn('PROCESSING', {
      escalation: { ...escalation, submittedAt: null },
      coordinatingUnitCodes: [],
    })
    expect(shown(proposed, NOW)).toEqual(['2026-03-23', 'dueSoon', 'agencyConflict'])
  })
})
