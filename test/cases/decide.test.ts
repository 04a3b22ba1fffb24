import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { attachmentsOf } from '../../src/cases/checks.ts'
import { decide } from '../../src/cases/decide.ts'
import type { Accepted } from '../../src/cases/decision.ts'
import type { NoticeDraft } from '../../src/cases/notices.ts'
import {
  accept,
  acts,
  answer,
  at,
  caseIn,
  citizen,
  contextAt,
  decideNow,
  filedCase,
  NOW,
  PARENT_CODE,
  people,
  refusalOf,
  supplement,
} from './fixtures.ts'
import { qd31 } from './support.ts'

const { io, io2, ol, ol2, p, ac, h, al, al2 } = people

function summary(notices: readonly NoticeDraft[]): string[] {
  return notices.map(({ notice, caseCode, mandatory }) => `${notice}${mandatory ? '!' : ''} ${caseCode.slice(-4)}`)
}

/** Plays acts one after another, each at its own time. */
function play(start: Case, ...steps: [Parameters<typeof decide>[1], Parameters<typeof decide>[2], number][]): Accepted {
  let last: Accepted | null = null
  for (const [act, actor, now] of steps) last = accept(decide(last?.next ?? start, act, actor, contextAt(now)))
  if (last === null) throw new Error('nothing played')
  return last
}

describe('the road of a case', () => {
  test('filed, forwarded, accepted, answered, approved, published, each with its notice and due day', () => {
    const filed = filedCase()
    const forwarded = play(filed, [acts.forward, io, at('2026-03-04')])
    expect(forwarded.next).toMatchObject({
      state: 'FORWARDED',
      contentKind: 'conduct',
      kpiClass: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C1',
      coordinatingUnitCodes: ['QN-C2'],
      intakeOfficer: 'io',
    })
    expect(forwarded.clocks).toMatchObject({
      forwardBy: '2026-03-09',
      answerBy: '2026-03-23',
      acknowledgeBy: '2026-03-05',
    })
    expect(forwarded.notices).toEqual([
      {
        notice: 'N6',
        caseCode: filed.code,
        mandatory: false,
        quiet: false,
        params: {
          state: 'FORWARDED',
          code: filed.code,
          title: filed.title,
          unitCode: 'QN-C1',
          answerBy: { day: '2026-03-23' },
        },
      },
    ])
    expect(forwarded.entry.data).toMatchObject({
      rule: 'T8',
      leadUnitCode: 'QN-C1',
      actorUnitCode: 'QN-VP',
      note: 'Chuyển xử lý.',
    })
    expect(forwarded.entry.data).not.toHaveProperty('late')

    const accepted = play(forwarded.next, [acts.accept, ac, at('2026-03-05')])
    expect(accepted.next).toMatchObject({ state: 'PROCESSING', handler: 'h' })
    expect(accepted.clocks.acknowledgeBy).toBeNull()

    const written = play(accepted.next, [acts.submitAnswer, h, at('2026-03-17')])
    expect(written.next).toMatchObject({
      state: 'PROCESSING',
      answer: null,
      pendingApproval: { act: 'submitAnswer', by: 'h' },
    })
    const approved = play(written.next, [acts.approveAnswer, al, at('2026-03-18')])
    expect(approved.next).toMatchObject({
      state: 'PENDING_PUBLICATION',
      pendingApproval: null,
      answer: { text: acts.submitAnswer.answer, writtenBy: 'h', approvedBy: 'al', unitCode: 'QN-C1' },
    })
    expect(approved.entry.data).toMatchObject({ rule: 'T14', firstPerson: 'h' })
    expect(approved.clocks.publishBy).toBe('2026-03-20')

    const published = play(approved.next, [acts.publish, p, at('2026-03-19')])
    expect(published.next).toMatchObject({
      state: 'PUBLISHED',
      closedAt: at('2026-03-19'),
      publication: { publishedBy: 'p' },
    })
    expect(published.clocks.disagreeBy).toBe('2026-04-09')
    expect(published.notices[0]).toMatchObject({
      notice: 'N3',
      mandatory: true,
      params: { answer: acts.publish.answer, disagreeBy: { day: '2026-04-09' }, unitCode: 'QN-C1', corrected: false },
    })
  })

  test('a refusal waits for the leader, then reaches the citizen with its reason', () => {
    const asked = play(filedCase(), [acts.refuse, io, at('2026-03-03')])
    expect(asked.next).toMatchObject({
      state: 'PENDING_INTAKE',
      refusal: null,
      pendingApproval: { act: 'refuse', by: 'io' },
    })
    const refused = play(asked.next, [acts.approveRefusal, ol, at('2026-03-04')])
    expect(refused.next).toMatchObject({
      state: 'REFUSED',
      refusal: { reasonCode: 'complaint', by: 'io', approvedBy: 'ol' },
      closedAt: at('2026-03-04'),
    })
    expect(refused.entry.data).not.toHaveProperty('late')
    expect(refused.notices[0]).toMatchObject({
      notice: 'N4',
      mandatory: true,
      params: { reasonCode: 'complaint', reason: acts.refuse.reason, guidance: acts.refuse.guidance },
    })
  })

  test('where the rule set asks for no approval, one person refuses', () => {
    const context = contextAt(at('2026-03-03'), { ruleSet: { ...qd31, refusalNeedsApproval: false } })
    const refused = accept(decide(filedCase(), acts.refuse, io, context))
    expect(refused.next).toMatchObject({ state: 'REFUSED', refusal: { by: 'io', approvedBy: null } })
    expect(summary(refused.notices)).toEqual(['N4! 0001'])
  })

  test('a late act is carried out and marked late', () => {
    const late = play(filedCase(), [acts.refuse, io, at('2026-03-05')], [acts.approveRefusal, ol, at('2026-03-05')])
    expect(late.entry.data.late).toEqual({ clock: 'A', by: '2026-03-04' })
    expect(play(filedCase(), [acts.forward, io, at('2026-03-10')]).entry.data.late).toEqual({
      clock: 'B',
      by: '2026-03-09',
    })
    const answered = play(
      caseIn('PROCESSING'),
      [acts.submitAnswer, h, at('2026-03-23')],
      [acts.approveAnswer, al, at('2026-03-24')],
    )
    expect(answered.entry.data.late).toEqual({ clock: 'C', by: '2026-03-23' })
    const published = play(caseIn('PENDING_PUBLICATION'), [acts.publish, p, at('2026-03-23')])
    expect(published.entry.data.late).toEqual({ clock: 'P', by: '2026-03-20' })
  })

  test('the Office handles a case itself', () => {
    const self = play(filedCase(), [acts.handleSelf, io, at('2026-03-03')])
    expect(self.next).toMatchObject({
      state: 'PROCESSING',
      leadUnitCode: 'QN-VP',
      handler: 'io',
      kpiClass: 'regulation',
    })
    const written = play(self.next, [acts.submitAnswer, io, at('2026-03-10')])
    expect(refusalOf(decide(written.next, acts.approveAnswer, io, contextAt(NOW)))).toContain('forbidden')
    const approved = play(written.next, [acts.approveAnswer, ol, at('2026-03-10')])
    expect(approved.next.state).toBe('PENDING_PUBLICATION')
    expect(refusalOf(decide(self.next, acts.handleSelf, io, contextAt(NOW)))).toContain('illegal_act')
  })

  test('a unit with an intake of its own takes in, forwards and refuses its cases, and only those', () => {
    const coordinator = { ...ac, login: 'dept', unitCode: 'QN-SXD' }
    const own = { ...filedCase(), intakeUnitCode: 'QN-SXD' }
    expect(accept(decideNow(own, acts.forward, coordinator)).next.state).toBe('FORWARDED')
    expect(accept(decideNow(own, acts.refuse, coordinator)).next.pendingApproval?.by).toBe('dept')
    expect(refusalOf(decideNow(filedCase(), acts.forward, coordinator))).toContain('not_visible')
  })
})

describe('two persons', () => {
  const pending = {
    refuse: accept(decideNow(caseIn('PENDING_INTAKE'), acts.refuse, ol)).next,
    answer: accept(decideNow(caseIn('PROCESSING'), acts.submitAnswer, al)).next,
    supplement: accept(decideNow(caseIn('PROCESSING'), acts.requestSupplement, h)).next,
    correction: accept(decideNow(caseIn('PUBLISHED'), acts.correctPublication, ol)).next,
  }

  test('are two people, whatever roles they have', () => {
    expect(refusalOf(decideNow(pending.refuse, acts.approveRefusal, ol))).toBe('same_person sameOfficer')
    expect(refusalOf(decideNow(pending.answer, acts.approveAnswer, al))).toBe('same_person sameOfficer')
    expect(refusalOf(decideNow(pending.correction, acts.approveCorrection, ol))).toBe('same_person sameOfficer')
    const both = { ...h, roles: ['handler', 'agencyLeader'] as const }
    const own = accept(decideNow(caseIn('PROCESSING'), acts.submitAnswer, both)).next
    expect(refusalOf(decideNow(own, acts.approveAnswer, both))).toBe('same_person sameOfficer')

    expect(accept(decideNow(pending.refuse, acts.approveRefusal, ol2)).next.state).toBe('REFUSED')
    expect(accept(decideNow(pending.answer, acts.approveAnswer, al2)).next.state).toBe('PENDING_PUBLICATION')
    expect(accept(decideNow(pending.correction, acts.approveCorrection, ol2)).next.publication?.correctedAt).toBe(NOW)
  })

  test('have the right role each', () => {
    expect(refusalOf(decideNow(pending.refuse, acts.approveRefusal, io2))).toContain('forbidden')
    expect(refusalOf(decideNow(pending.answer, acts.approveAnswer, ac))).toContain('forbidden')
    expect(refusalOf(decideNow(pending.answer, acts.approveAnswer, ol))).toContain('forbidden')
    expect(refusalOf(decideNow(pending.answer, acts.approveAnswer, people.alx))).toContain('not_visible')
    expect(refusalOf(decideNow(pending.correction, acts.approveCorrection, p))).toContain('forbidden')
  })

  test('a handler asks the citizen through the coordinator, the coordinator directly', () => {
    expect(pending.supplement).toMatchObject({
      state: 'PROCESSING',
      pendingApproval: { act: 'requestSupplement', by: 'h' },
    })
    const asked = accept(decideNow(pending.supplement, acts.approveSupplement, ac))
    expect(asked.next).toMatchObject({
      state: 'AWAITING_SUPPLEMENT',
      supplements: [{ askedFrom: 'PROCESSING', askedBy: 'h' }],
    })
    expect(summary(asked.notices)).toEqual(['N2! 0001'])
    const direct = accept(decideNow(caseIn('PROCESSING'), acts.requestSupplement, ac))
    expect(direct.next).toMatchObject({ state: 'AWAITING_SUPPLEMENT', pendingApproval: null })
  })

  test('may decline with a reason, after which the first may try again', () => {
    const declined = accept(decideNow(pending.answer, acts.declineApproval, al2))
    expect(declined.next).toMatchObject({ state: 'PROCESSING', pendingApproval: null, answer: null })
    expect(declined.entry).toMatchObject({
      act: 'declineApproval',
      data: { declined: 'submitAnswer', firstPerson: 'al', reason: 'Chưa đủ căn cứ.' },
    })
    expect(declined.notices).toEqual([])
    expect(accept(decideNow(declined.next, acts.submitAnswer, al)).next.pendingApproval?.by).toBe('al')
    expect(accept(decideNow(pending.answer, acts.declineApproval, al)).next.pendingApproval).toBeNull()
    expect(refusalOf(decideNow(pending.answer, acts.declineApproval, ac))).toContain('forbidden')
    expect(refusalOf(decideNow(caseIn('PROCESSING'), acts.declineApproval, al))).toBe('illegal_act nothingToApprove')
  })

  test('what waits blocks acts that would move the case, not those beside the way', () => {
    expect(refusalOf(decideNow(pending.refuse, acts.forward, io))).toBe('illegal_act awaitsApproval')
    expect(refusalOf(decideNow(pending.answer, acts.submitAnswer, h))).toBe('illegal_act awaitsApproval')
    expect(refusalOf(decideNow(pending.correction, acts.correctPublication, p))).toBe('illegal_act awaitsApproval')
    expect(accept(decideNow(pending.answer, acts.note, h)).next.pendingApproval?.by).toBe('al')
    expect(accept(decideNow(pending.answer, acts.withdraw, citizen)).next).toMatchObject({
      state: 'WITHDRAWN',
      pendingApproval: null,
    })
  })

  test('an approval of what does not wait is refused', () => {
    expect(refusalOf(decideNow(pending.answer, acts.approveRefusal, ol))).toBe('illegal_act nothingToApprove')
    expect(refusalOf(decideNow(caseIn('PENDING_PUBLICATION'), acts.approveAnswer, al))).toBe(
      'illegal_act nothingToApprove',
    )
  })

  test('a reason outside the list for not publishing needs the leader', () => {
    const other = { ...acts.answerUnpublished, reasonCode: 'other' as const }
    const byPublisher = accept(decideNow(caseIn('PENDING_PUBLICATION'), other, p))
    expect(byPublisher.next).toMatchObject({
      state: 'PENDING_PUBLICATION',
      pendingApproval: { act: 'answerUnpublished', by: 'p' },
    })
    const approved = accept(decideNow(byPublisher.next, acts.approveUnpublished, ol))
    expect(approved.next).toMatchObject({
      state: 'ANSWERED_UNPUBLISHED',
      unpublished: { reasonCode: 'other', by: 'p' },
    })
    expect(summary(approved.notices)).toEqual(['N3b! 0001'])
    expect(accept(decideNow(caseIn('PENDING_PUBLICATION'), other, ol)).next.state).toBe('ANSWERED_UNPUBLISHED')
  })
})

describe('what is forbidden', () => {
  test('nobody releases an answer of their own', () => {
    const both = { ...h, unitCode: 'QN-VP', roles: ['handler', 'publisher'] as const }
    const waiting = caseIn('PENDING_PUBLICATION', { leadUnitCode: 'QN-VP' })
    expect(refusalOf(decideNow(waiting, acts.publish, both))).toBe('same_person ownAnswer')
    expect(refusalOf(decideNow(waiting, acts.answerUnpublished, both))).toBe('same_person ownAnswer')
    const writer = { ...p, login: 'writer' }
    const written = caseIn('PENDING_PUBLICATION', {
      handler: 'h2',
      answer: { ...answer, writtenBy: 'writer' },
    })
    expect(refusalOf(decideNow(written, acts.publish, writer))).toBe('same_person ownAnswer')
  })

  test('nothing is published without an answer', () => {
    expect(refusalOf(decideNow(caseIn('PROCESSING'), acts.publish, p))).toBe('illegal_act wrongState')
    expect(refusalOf(decideNow(caseIn('PENDING_PUBLICATION', { answer: null }), acts.publish, p))).toBe(
      'illegal_act noAnswer',
    )
  })

  test('nothing is refused after forwarding but through the return', () => {
    expect(refusalOf(decideNow(caseIn('FORWARDED'), acts.refuse, io))).toBe('illegal_act wrongState')
    expect(refusalOf(decideNow(caseIn('PROCESSING'), acts.refuse, io))).toBe('illegal_act wrongState')
    const returned = accept(decideNow(caseIn('FORWARDED'), acts.returnToIntake, ac)).next
    const refused = accept(decideNow(accept(decideNow(returned, acts.refuse, io)).next, acts.approveRefusal, ol))
    expect(refused.next.state).toBe('REFUSED')
    expect(refused.entry.data).toMatchObject({ rule: 'T12' })
    expect(refused.entry.data).not.toHaveProperty('late')
  })

  test('a unit gives a case back within two working days, later only its leader does', () => {
    const arrived = caseIn('PROCESSING', { arrivedAt: at('2026-03-16') })
    expect(accept(decide(arrived, acts.returnToIntake, ac, contextAt(at('2026-03-18', 23)))).next.handler).toBeNull()
    expect(refusalOf(decide(arrived, acts.returnToIntake, ac, contextAt(at('2026-03-19', 0))))).toBe(
      'forbidden returnNeedsLeader',
    )
    expect(accept(decide(arrived, acts.returnToIntake, al, contextAt(at('2026-03-19')))).next.state).toBe(
      'RETURNED_TO_INTAKE',
    )
  })

  test('the unit asks for a supplement at most twice', () => {
    const asked = {
      ...supplement,
      askedFrom: 'PROCESSING' as const,
      answeredAt: at('2026-03-10'),
    }
    expect(decideNow(caseIn('PROCESSING', { supplements: [asked] }), acts.requestSupplement, ac).ok).toBe(true)
    expect(
      refusalOf(decideNow(caseIn('PROCESSING', { supplements: [asked, asked] }), acts.requestSupplement, ac)),
    ).toBe('illegal_act supplementsExhausted')
    const byOffice = { ...asked, askedFrom: 'PENDING_INTAKE' as const }
    expect(decideNow(caseIn('PROCESSING', { supplements: [byOffice, byOffice] }), acts.requestSupplement, ac).ok).toBe(
      true,
    )
  })

  test('units, people and files that do not exist, or are not theirs, are named', () => {
    expect(
      refusalOf(
        decideNow(
          caseIn('PENDING_INTAKE'),
          { ...acts.forward, leadUnitCode: 'XX', coordinatingUnitCodes: ['QN-C1', 'YY'] },
          io,
        ),
      ),
    ).toBe('invalid_fields invalidFields leadUnitCode unknownUnit coordinatingUnitCodes.1 unknownUnit')
    expect(
      refusalOf(decideNow(caseIn('PENDING_INTAKE'), { ...acts.forward, coordinatingUnitCodes: ['QN-C1'] }, io)),
    ).toContain('leadAmongThem')
    expect(refusalOf(decideNow(caseIn('FORWARDED'), { act: 'accept', handler: 'nobody' }, ac))).toContain(
      'handler unknownOfficer',
    )
    expect(refusalOf(decideNow(caseIn('FORWARDED'), { act: 'accept', handler: 'hx' }, ac))).toContain(
      'handler officerOfOtherUnit',
    )
    expect(refusalOf(decideNow(caseIn('PENDING_INTAKE'), { ...acts.handleSelf, handler: 'au' }, io))).toContain(
      'handler officerWithoutRole',
    )
    expect(refusalOf(decideNow(caseIn('FORWARDED'), { ...acts.delegate, leadUnitCode: 'QN-C2' }, ac))).toContain(
      'notSubordinate',
    )
    expect(refusalOf(decideNow(caseIn('FORWARDED'), { ...acts.delegate, leadUnitCode: 'QN-C1' }, ac))).toContain(
      'notSubordinate',
    )
    expect(refusalOf(decideNow(caseIn('PROCESSING'), { ...acts.submitAnswer, attachmentIds: ['other'] }, h))).toContain(
      'attachmentIds.0 unknownAttachment',
    )
    expect(refusalOf(decideNow(caseIn('PROCESSING'), { ...acts.urge, unitCode: 'QN-C3' }, io))).toContain(
      'unitNotConcerned',
    )
    expect(refusalOf(decideNow(caseIn('PROCESSING'), acts.urge, ac))).toContain('notSubordinate')
    expect(refusalOf(decideNow(caseIn('PROCESSING'), { ...acts.askOpinion, unitCodes: ['QN-C3'] }, ac))).toContain(
      'notCoordinating',
    )
  })

  test('days in the wrong direction are named', () => {
    expect(
      refusalOf(decideNow(caseIn('PENDING_INTAKE'), { ...acts.requestSupplement, replyBy: '2026-03-19' }, io)),
    ).toContain('replyBy inPast')
    expect(refusalOf(decideNow(caseIn('PENDING_INTAKE'), { ...acts.transferOut, date: '2026-03-21' }, io))).toContain(
      'date inFuture',
    )
    expect(refusalOf(decideNow(caseIn('PROCESSING'), { ...acts.urge, answerBy: '2026-03-19' }, io))).toContain(
      'answerBy inPast',
    )
  })

  test('rights come before fields', () => {
    expect(refusalOf(decideNow(caseIn('PROCESSING'), { ...acts.forward, leadUnitCode: 'XX' }, ac))).toContain(
      'forbidden',
    )
    expect(refusalOf(decideNow(caseIn('PROCESSING'), { ...acts.forward, leadUnitCode: 'XX' }, io))).toContain(
      'illegal_act',
    )
  })

  test('another indicator class than the kind of content gives needs a note', () => {
    const self = { ...acts.handleSelf, kpiClass: 'conduct' as const }
    expect(refusalOf(decideNow(caseIn('PENDING_INTAKE'), self, io))).toContain('note required')
    expect(accept(decideNow(caseIn('PENDING_INTAKE'), { ...self, note: 'Thái độ cán bộ.' }, io)).next.kpiClass).toBe(
      'conduct',
    )
  })
})

describe('the supplement', () => {
  test('asked at the intake pauses C, and what comes starts a new B', () => {
    const asked = play(filedCase(), [{ ...acts.requestSupplement, replyBy: '2026-03-16' }, io, at('2026-03-05')])
    expect(asked.clocks).toMatchObject({
      paused: true,
      answerBy: null,
      supplementReplyBy: '2026-03-19',
      supplementReminderOn: '2026-03-12',
    })
    expect(asked.entry.data).toMatchObject({ answerBy: null, missing: acts.requestSupplement.missing })
    expect(asked.notices[0]?.params).toMatchObject({
      missing: acts.requestSupplement.missing,
      replyBy: { day: '2026-03-16' },
    })
    const came = play(asked.next, [acts.supplement, citizen, at('2026-03-12')])
    expect(came.next).toMatchObject({
      state: 'PENDING_INTAKE',
      supplements: [{ answeredAt: at('2026-03-12'), text: 'Mã hồ sơ là 000.00.01.' }],
    })
    expect(came.clocks).toMatchObject({ answerBy: '2026-03-30', forwardBy: '2026-03-19', usedWorkingDays: 3 })
    expect(came.notices[0]).toMatchObject({
      notice: 'N5',
      mandatory: false,
      params: { answerBy: { day: '2026-03-30' } },
    })
    expect(came.entry).toMatchObject({ actor: 'citizen', data: { rule: 'T5', answerBy: '2026-03-30' } })
    const refused = play(came.next, [acts.refuse, io, at('2026-03-19')], [acts.approveRefusal, ol, at('2026-03-19')])
    expect(refused.entry.data).not.toHaveProperty('late')
  })

  test('asked by the unit goes back to the unit', () => {
    const asked = accept(decideNow(caseIn('PROCESSING'), acts.requestSupplement, ac)).next
    const came = accept(decide(asked, acts.supplement, citizen, contextAt(at('2026-03-25'))))
    expect(came.next).toMatchObject({ state: 'PROCESSING', handler: 'h', intakeResumedAt: null })
    expect(came.clocks.answerBy).toBe('2026-03-26')
  })

  test('brings files, and is not empty', () => {
    const file = {
      id: 'file-2',
      name: 'bien-nhan.jpg',
      mediaType: 'image/jpeg',
      sizeBytes: 900,
      sha256: 'b'.repeat(64),
      kind: 'image',
    }
    const withFile = { act: 'supplement' as const, attachmentIds: ['file-2'] }
    const came = accept(decideNow(caseIn('AWAITING_SUPPLEMENT'), withFile, citizen, { attachments: [file] }))
    expect(came.next.supplements[0]?.attachments).toEqual([file])
    expect(came.entry.data.files).toEqual([{ id: 'file-2', sha256: 'b'.repeat(64) }])
    expect(came.next.attachments).toEqual(filedCase().attachments)
    expect(refusalOf(decideNow(caseIn('AWAITING_SUPPLEMENT'), withFile, citizen))).toContain('unknownAttachment')
    expect(refusalOf(decideNow(caseIn('AWAITING_SUPPLEMENT'), { act: 'supplement', text: '' }, citizen))).toContain(
      'text required',
    )
  })

  test('that does not come closes the case after ten working days and the promised day, not before', () => {
    const asked = play(filedCase(), [{ ...acts.requestSupplement, replyBy: '2026-03-16' }, io, at('2026-03-05')]).next
    expect(refusalOf(decide(asked, acts.closeNoSupplement, io, contextAt(at('2026-03-19', 23))))).toBe(
      'illegal_act supplementStillPossible',
    )
    const closed = accept(decide(asked, acts.closeNoSupplement, io, contextAt(at('2026-03-20', 0))))
    expect(closed.next).toMatchObject({ state: 'CLOSED_NO_SUPPLEMENT', closedAt: at('2026-03-20', 0) })
    expect(summary(closed.notices)).toEqual(['N8 0001'])
    const generous = play(filedCase(), [
      { ...acts.requestSupplement, replyBy: '2026-04-01' },
      io,
      at('2026-03-05'),
    ]).next
    expect(decide(generous, acts.closeNoSupplement, io, contextAt(at('2026-04-01'))).ok).toBe(false)
    expect(decide(generous, acts.closeNoSupplement, io, contextAt(at('2026-04-02'))).ok).toBe(true)
  })

  test('that comes within sixty days of the closing opens the case again', () => {
    const closed = caseIn('CLOSED_NO_SUPPLEMENT')
    const late = accept(decide(closed, acts.supplement, citizen, contextAt(at('2026-05-17', 23))))
    expect(late.next).toMatchObject({ state: 'PENDING_INTAKE', closedAt: null, intakeResumedAt: at('2026-05-17', 23) })
    expect(late.clocks.paused).toBe(false)
    expect(refusalOf(decide(closed, acts.supplement, citizen, contextAt(at('2026-05-18', 0))))).toBe(
      'illegal_act supplementTooLate',
    )
  })
})

describe('routing', () => {
  test('a second forwarding tells the citizen only of another unit, and keeps the clock', () => {
    const returned = caseIn('RETURNED_TO_INTAKE')
    const same = accept(decideNow(returned, acts.forward, io))
    expect(same.notices).toEqual([])
    expect(same.entry.data).toMatchObject({ rule: 'T12' })
    expect(same.entry.data).not.toHaveProperty('late')
    const other = accept(decideNow(returned, { ...acts.forward, leadUnitCode: 'QN-C3' }, io))
    expect(summary(other.notices)).toEqual(['N6 0001'])
    expect(other.clocks.answerBy).toBe('2026-03-23')
    expect(other.next).toMatchObject({ handler: null, arrivedAt: NOW, acceptedAt: null })
  })

  test('a delegation is an arrival at the unit below', () => {
    const delegated = accept(decideNow(caseIn('FORWARDED'), acts.delegate, ac))
    expect(delegated.next).toMatchObject({ state: 'FORWARDED', leadUnitCode: 'QN-C1-T', arrivedAt: NOW })
    expect(delegated.entry.data).toMatchObject({ leadUnitCodeBefore: 'QN-C1' })
    const below = { ...ac, login: 'below', unitCode: 'QN-C1-T' }
    const found = { findOfficer: () => below }
    expect(decideNow(delegated.next, { act: 'accept', handler: 'below' }, below, found).ok).toBe(true)
    expect(decideNow(delegated.next, { act: 'accept', handler: 'below' }, people.acc, found).ok).toBe(false)
  })

  test('a transfer out ends the case here and says who answers', () => {
    const out = accept(
      decide(filedCase(), { ...acts.transferOut, date: '2026-03-10' }, io, contextAt(at('2026-03-10'))),
    )
    expect(out.notices[0]).toMatchObject({
      notice: 'N10',
      mandatory: true,
      params: { body: 'Công an tỉnh', documentNumber: '12/VP' },
    })
    expect(out.entry.data.late).toEqual({ clock: 'B', by: '2026-03-09' })
  })

  test('an escalated case is forwarded by the leader', () => {
    const escalated = accept(decideNow(caseIn('PENDING_INTAKE'), acts.escalate, ol)).next
    expect(refusalOf(decideNow(escalated, acts.forward, io))).toBe('forbidden needsLeader')
    expect(decideNow(escalated, acts.forward, ol).ok).toBe(true)
  })
})

describe('the answer that comes back', () => {
  test('is set aside, and the time at the Office is not charged to the unit', () => {
    const back = accept(decide(caseIn('PENDING_PUBLICATION'), acts.returnToAgency, p, contextAt(at('2026-03-24'))))
    expect(back.next).toMatchObject({ state: 'RETURNED_TO_AGENCY', answer: null, resultAt: null })
    expect(back.next.answerHistory).toHaveLength(1)
    // 12 of 15 days were used on 18 March.
    expect(back.clocks).toMatchObject({ answerBy: '2026-03-27', publishBy: null })
    const again = play(back.next, [acts.submitAnswer, h, at('2026-03-25')], [acts.approveAnswer, al, at('2026-03-26')])
    expect(again.next.state).toBe('PENDING_PUBLICATION')
    expect(again.entry.data).not.toHaveProperty('late')
  })

  test('once disputed is opened again with a new C from the day of the request', () => {
    const disputed = play(caseIn('PUBLISHED'), [acts.disagree, citizen, at('2026-04-09')])
    const said = { at: at('2026-04-09'), text: acts.disagree.text, attachments: [], location: null }
    expect(disputed.next.disagreement).toEqual(said)
    expect(refusalOf(decide(disputed.next, acts.disagree, citizen, contextAt(at('2026-04-09', 12))))).toBe(
      'illegal_act disagreementAsked',
    )
    const reopened = play(disputed.next, [acts.reopen, io, at('2026-04-13')])
    expect(reopened.next).toMatchObject({
      state: 'PROCESSING',
      round: 1,
      handler: 'h',
      answer: null,
      disagreement: null,
      disagreements: [said],
      escalation: null,
      closedAt: null,
    })
    expect(reopened.next.publication).not.toBeNull()
    expect(reopened.clocks).toMatchObject({
      answerBy: '2026-05-05',
      refuseBy: '2026-03-04',
      publishBy: null,
      disagreeBy: null,
    })
    expect(reopened.notices[0]).toMatchObject({
      notice: 'N12',
      params: { round: 1, escalated: false, answerBy: { day: '2026-05-05' } },
    })
    expect(reopened.entry.data).toMatchObject({ round: 1, requestedAt: at('2026-04-09') })
  })

  test('a disagreement keeps its files and its place, also when the case is open again', () => {
    const file = { id: 'file-9', name: 'a.jpg', mediaType: 'image/jpeg', sizeBytes: 1, sha256: 'b', kind: 'image' }
    const place = { latitude: 14.4, longitude: 107.8 }
    const act = { ...acts.disagree, attachmentIds: ['file-9'], location: place }
    expect(refusalOf(decideNow(caseIn('PUBLISHED'), act, citizen))).toBe(
      'invalid_fields invalidFields attachmentIds.0 unknownAttachment',
    )
    const disputed = accept(decideNow(caseIn('PUBLISHED'), act, citizen, { attachments: [file] }))
    expect(disputed.next.disagreement).toMatchObject({ attachments: [file], location: place })
    expect(disputed.entry.data.files).toEqual([{ id: 'file-9', sha256: 'b' }])
    const reopened = accept(decideNow(disputed.next, acts.reopen, io))
    expect(attachmentsOf(reopened.next)).toContainEqual(file)
  })

  test('twice disputed goes up for decision', () => {
    const reopened = accept(decideNow(caseIn('PUBLISHED', { round: 1 }), acts.reopen, io))
    expect(reopened.next).toMatchObject({
      round: 2,
      escalation: { reasonCode: 'repeated_disagreement', submittedAt: NOW, decision: null },
    })
    expect(reopened.clocks.decisionBy).toBe('2026-04-03')
    expect(reopened.notices[0]?.params).toMatchObject({ round: 2, escalated: true })
  })

  test('is disputed and rated within fifteen working days only', () => {
    const last = contextAt(at('2026-04-09', 23))
    const over = contextAt(at('2026-04-10', 0))
    for (const [act, actor] of [
      [acts.disagree, citizen],
      [acts.rate, citizen],
      [acts.reopen, io],
    ] as const) {
      expect(decide(caseIn('PUBLISHED'), act, actor, last).ok).toBe(true)
      expect(refusalOf(decide(caseIn('PUBLISHED'), act, actor, over))).toBe('illegal_act disagreementLate')
    }
    const asked = play(caseIn('PUBLISHED'), [acts.disagree, citizen, at('2026-04-09')]).next
    expect(decide(asked, acts.reopen, io, over).ok).toBe(true)
  })

  test('a corrected publication keeps the old one, and tells the citizen only of another answer', () => {
    const first = accept(decideNow(caseIn('PUBLISHED'), acts.correctPublication, p)).next
    const corrected = accept(decideNow(first, acts.approveCorrection, ol))
    expect(corrected.next.publication).toMatchObject({
      content: 'Người dân phản ánh chậm trả kết quả.',
      correctedAt: NOW,
      publishedAt: at('2026-03-19'),
    })
    expect(corrected.next.publicationHistory).toEqual([caseIn('PUBLISHED').publication])
    expect(summary(corrected.notices)).toEqual(['N3! 0001'])
    const sameAnswer = { ...acts.correctPublication, answer: caseIn('PUBLISHED').publication?.answer ?? '' }
    const quiet = accept(
      decideNow(accept(decideNow(caseIn('PUBLISHED'), sameAnswer, p)).next, acts.approveCorrection, ol),
    )
    expect(quiet.notices).toEqual([])
    expect(refusalOf(decideNow(caseIn('PUBLISHED'), { ...sameAnswer, reason: undefined }, p))).toContain(
      'reason required',
    )
  })

  test('a refusal that is reconsidered starts A, B and C anew', () => {
    const again = accept(decideNow(caseIn('REFUSED'), acts.reconsider, ol))
    expect(again.next).toMatchObject({ state: 'PENDING_INTAKE', refusal: null, closedAt: null })
    expect(again.clocks).toMatchObject({ refuseBy: '2026-03-24', forwardBy: '2026-03-27', answerBy: '2026-04-10' })
    expect(summary(again.notices)).toEqual(['N5 0001'])
  })
})

describe('what an officer enters for the sender', () => {
  test.each(['disagree', 'rate'] as const)('rests on a written request that the note names: %s', (name) => {
    const { note: _note, ...bare } = acts[name]
    expect(refusalOf(decideNow(caseIn('PUBLISHED'), bare, io))).toContain('note writtenRequest')
    expect(accept(decideNow(caseIn('PUBLISHED'), acts[name], io)).entry).toMatchObject({ act: name, actor: io.login })
    expect(accept(decideNow(caseIn('PUBLISHED'), bare, citizen)).entry).toMatchObject({ actor: 'citizen' })
  })
})

describe('publication', () => {
  test('keeps the words of a sender out who did not agree to it', () => {
    const consents = [
      ...filedCase().consents,
      { purpose: 'publication' as const, given: false, textVersion: '1', at: NOW, eventId: null },
    ]
    const published = accept(decideNow(caseIn('PENDING_PUBLICATION', { consents }), acts.publish, p))
    expect(published.next.publication).toMatchObject({ content: null, answer: acts.publish.answer })
    expect(published.entry.data.contentWithheld).toBe(true)
    const onlyAnswer = caseIn('PENDING_PUBLICATION', { publicChoice: { content: false, name: 'hidden' } })
    expect(accept(decideNow(onlyAnswer, acts.publish, p)).next.publication?.content).toBeNull()
  })

  test('of a letter needs no question asked', () => {
    const letter = { ...caseIn('PENDING_PUBLICATION'), channel: 'letter' as const, consents: [] }
    expect(accept(decideNow(letter, acts.publish, p)).next.publication?.content).toBe(acts.publish.content)
    expect(accept(decideNow({ ...letter, channel: 'zalo' }, acts.publish, p)).next.publication?.content).toBeNull()
  })

  test('says what was asked where the sender agreed, and shows only files of the case', () => {
    expect(refusalOf(decideNow(caseIn('PENDING_PUBLICATION'), { ...acts.publish, content: '' }, p))).toContain(
      'content required',
    )
    const chosen = accept(decideNow(caseIn('PENDING_PUBLICATION'), { ...acts.publish, attachmentIds: ['file-1'] }, p))
    expect(chosen.next.publication?.attachments.map((file) => file.id)).toEqual(['file-1'])
    expect(
      refusalOf(decideNow(caseIn('PENDING_PUBLICATION'), { ...acts.publish, attachmentIds: ['file-9'] }, p)),
    ).toContain('unknownAttachment')
  })

  test('of a parent brings the answer to every child under its own code', () => {
    const child = { code: 'PAKN.20260303.0002', receivedAt: at('2026-03-03') }
    const published = accept(decideNow(caseIn('PENDING_PUBLICATION', { children: [child] }), acts.publish, p))
    expect(summary(published.notices)).toEqual(['N3! 0001', 'N3! 0002'])
    expect(published.notices[1]?.params).toMatchObject({ code: child.code, title: null, answer: acts.publish.answer })
  })
})

describe('merging', () => {
  const parent = caseIn('PROCESSING', { code: PARENT_CODE, receivedAt: at('2026-03-04') })

  test('joins a child to an open parent, whose clock becomes the earliest of both', () => {
    const merged = accept(decideNow(caseIn('PENDING_INTAKE'), acts.merge, io, { otherCase: parent }))
    expect(merged.next).toMatchObject({ state: 'MERGED', parentCode: PARENT_CODE })
    expect(summary(merged.notices)).toEqual(['N11 0001'])
    const [other] = merged.others
    expect(other?.next).toMatchObject({ version: parent.version + 1, children: [{ code: merged.next.code }] })
    expect(other?.entry).toMatchObject({
      act: 'childMerged',
      from: 'PROCESSING',
      to: 'PROCESSING',
      data: { childCode: merged.next.code },
    })
    const update = accept(decideNow(other?.next ?? parent, acts.note, h))
    expect(update.clocks.answerBy).toBe('2026-03-23')
  })

  test('needs another, open, known case, and a child without children', () => {
    const child = caseIn('PENDING_INTAKE')
    expect(refusalOf(decideNow(child, acts.merge, io, { otherCase: null }))).toContain('parentCode unknownCase')
    expect(refusalOf(decideNow(child, { act: 'merge', parentCode: child.code }, io, { otherCase: child }))).toContain(
      'parentCode sameCase',
    )
    expect(refusalOf(decideNow(child, acts.merge, io, { otherCase: { ...parent, state: 'MERGED' } }))).toContain(
      'parentCode parentNotOpen',
    )
    const withChild = caseIn('PENDING_INTAKE', { children: [{ code: 'X', receivedAt: 0 }] })
    expect(refusalOf(decideNow(withChild, acts.merge, io, { otherCase: parent }))).toBe('illegal_act hasChildren')
  })

  test('is undone with the case back at the intake under its own clock', () => {
    const child = caseIn('MERGED')
    const otherCase = { ...parent, children: [{ code: child.code, receivedAt: child.receivedAt }] }
    const undone = accept(decideNow(child, acts.unmerge, ol, { otherCase }))
    expect(undone.next).toMatchObject({ state: 'PENDING_INTAKE', parentCode: null, closedAt: null })
    expect(undone.clocks.answerBy).toBe('2026-03-23')
    expect(undone.others[0]?.next.children).toEqual([])
    expect(refusalOf(decideNow(child, acts.unmerge, ol, { otherCase: null }))).toContain('unknownCase')
  })

  test('a link is written on both cases', () => {
    const linked = accept(decideNow(caseIn('PENDING_INTAKE'), acts.link, io, { otherCase: parent }))
    expect(linked.next.relatedCodes).toEqual([PARENT_CODE])
    expect(linked.others[0]?.next.relatedCodes).toEqual([linked.next.code])
  })
})

describe('several agencies', () => {
  test('an opinion is asked, counted and given by the unit that was asked', () => {
    const bare = caseIn('PROCESSING', { opinions: [] })
    expect(refusalOf(decideNow(bare, acts.giveOpinion, people.acc))).toBe('illegal_act opinionNotAsked')
    const asked = accept(decideNow(bare, acts.askOpinion, h))
    expect(asked.clocks.opinionsBy).toEqual([{ unitCode: 'QN-C2', by: '2026-03-27' }])
    expect(accept(decideNow(asked.next, acts.askOpinion, ac)).next.opinions).toHaveLength(1)
    const given = accept(decideNow(asked.next, acts.giveOpinion, people.acc))
    expect(given.next.opinions).toMatchObject([{ answeredBy: 'acc', opinion: acts.giveOpinion.opinion }])
    expect(given.clocks.opinionsBy).toEqual([])
  })

  test('the Office may name another unit, which then coordinates', () => {
    const asked = accept(decideNow(caseIn('PROCESSING'), { ...acts.askOpinion, unitCodes: ['QN-C3'] }, io))
    expect(asked.next.coordinatingUnitCodes).toEqual(['QN-C2', 'QN-C3'])
    expect(decideNow(asked.next, acts.giveOpinion, people.acx).ok).toBe(true)
  })

  test('urges are numbered', () => {
    const first = accept(decideNow(caseIn('PROCESSING'), acts.urge, io))
    const second = accept(decideNow(first.next, { ...acts.urge, unitCode: 'QN-C2' }, ol))
    expect(second.next.urges.map(({ number, unitCode, by }) => [number, unitCode, by])).toEqual([
      [1, 'QN-C1', 'io'],
      [2, 'QN-C2', 'ol'],
    ])
    const below = caseIn('PROCESSING', { coordinatingUnitCodes: ['QN-C1-T'] })
    expect(decideNow(below, { ...acts.urge, unitCode: 'QN-C1-T' }, ac).ok).toBe(true)
  })

  test('a conflict is proposed by a unit, submitted by the leader and decided on record; C runs on', () => {
    const proposed = accept(decideNow(caseIn('PROCESSING'), acts.escalate, al))
    expect(proposed.next.escalation).toMatchObject({ proposedBy: 'al', submittedAt: null })
    expect(proposed.notices).toEqual([])
    expect(refusalOf(decideNow(proposed.next, acts.recordDecision, ol))).toBe('illegal_act notEscalated')
    const submitted = accept(decideNow(proposed.next, acts.escalate, ol))
    expect(submitted.next.escalation).toMatchObject({ proposedBy: 'al', submittedBy: 'ol', submittedAt: NOW })
    expect(submitted.clocks).toMatchObject({ decisionBy: '2026-04-03', answerBy: '2026-03-23' })
    expect(summary(submitted.notices)).toEqual(['N12 0001'])
    expect(refusalOf(decideNow(submitted.next, acts.escalate, ol))).toBe('illegal_act alreadyEscalated')
    const decided = accept(decideNow(submitted.next, acts.recordDecision, ol))
    expect(decided.next.escalation?.decision).toMatchObject({
      text: 'Giao xã chủ trì.',
      documentNumber: '15/QĐ',
      recordedBy: 'ol',
    })
    expect(decided.clocks.decisionBy).toBeNull()
    expect(accept(decideNow(decided.next, acts.escalate, ol)).next.escalationHistory).toHaveLength(1)
  })
})

describe('progress and messages', () => {
  test('an update after C has run out reaches the citizen with the next update day', () => {
    const overdue = contextAt(at('2026-03-30'))
    const update = accept(decide(caseIn('PROCESSING'), acts.progressUpdate, h, overdue))
    expect(update.next.progressUpdates).toEqual([
      { at: at('2026-03-30'), day: '2026-03-30', by: 'h', text: acts.progressUpdate.text },
    ])
    expect(update.notices[0]).toMatchObject({
      notice: 'N7',
      mandatory: true,
      params: { text: acts.progressUpdate.text, answerBy: { day: '2026-03-23' }, nextUpdateBy: { day: '2026-04-06' } },
    })
  })

  test('an update in time is kept without an apology', () => {
    expect(accept(decideNow(caseIn('PROCESSING'), acts.progressUpdate, h)).notices).toEqual([])
  })

  test('a message from the case carries the officer’s words', () => {
    const sent = accept(decideNow(caseIn('PROCESSING'), acts.messageCitizen, h))
    expect(sent.notices[0]).toMatchObject({
      notice: 'message',
      mandatory: false,
      params: { text: acts.messageCitizen.text },
    })
  })

  test('a withdrawal by the sender is confirmed, with its reason kept', () => {
    const gone = accept(decideNow(caseIn('PROCESSING'), { act: 'withdraw', reason: 'Đã xong.' }, citizen))
    expect(gone.next.withdrawal).toEqual({ at: NOW, by: 'citizen', reason: 'Đã xong.' })
    expect(summary(gone.notices)).toEqual(['N9 0001'])
  })

  test('a handler who is replaced loses the case', () => {
    const replaced = accept(decideNow(caseIn('PROCESSING'), acts.assign, ac))
    expect(replaced.entry.data).toMatchObject({ handler: 'h2', handlerBefore: 'h' })
    expect(refusalOf(decideNow(replaced.next, acts.note, h))).toContain('not_visible')
    expect(decideNow(replaced.next, acts.note, people.h2).ok).toBe(true)
  })
})

describe('a suspected denunciation', () => {
  const marked = accept(
    decideNow(caseIn('PENDING_INTAKE'), { ...acts.markDenunciation, concernedUnitCodes: ['QN-C1'] }, io),
  ).next

  test('is known to the leader and to the officer who has it', () => {
    expect(marked).toMatchObject({ denunciationSuspected: true, concernedUnitCodes: ['QN-C1'], intakeOfficer: 'io' })
    expect(decideNow(marked, acts.note, io).ok).toBe(true)
    expect(decideNow(marked, acts.note, ol).ok).toBe(true)
    for (const actor of [io2, p, people.au])
      expect(refusalOf(decideNow(marked, acts.note, actor))).toContain('not_visible')
  })

  test('is forwarded by the leader, never to the unit complained of or one below it', () => {
    expect(refusalOf(decideNow(marked, { ...acts.forward, leadUnitCode: 'QN-SXD' }, io))).toBe('forbidden needsLeader')
    expect(refusalOf(decideNow(marked, acts.forward, ol))).toContain('leadUnitCode unitComplainedOf')
    expect(refusalOf(decideNow(marked, { ...acts.forward, leadUnitCode: 'QN-C1-T' }, ol))).toContain(
      'leadUnitCode unitComplainedOf',
    )
    expect(
      refusalOf(decideNow(marked, { ...acts.forward, leadUnitCode: 'QN-SXD', coordinatingUnitCodes: ['QN-C1'] }, ol)),
    ).toContain('coordinatingUnitCodes unitComplainedOf')
    const sent = accept(decideNow(marked, { ...acts.forward, leadUnitCode: 'QN-SXD' }, ol))
    expect(refusalOf(decideNow(sent.next, acts.note, { ...ac, unitCode: 'QN-SXD' }))).toContain('not_visible')
    expect(sent.notices[0]).toMatchObject({ quiet: true, params: { title: null } })
  })

  test('is never published', () => {
    const waiting = caseIn('PENDING_PUBLICATION', { denunciationSuspected: true })
    expect(refusalOf(decideNow(waiting, acts.publish, ol))).toBe('illegal_act denunciation')
    expect(decideNow(waiting, { ...acts.answerUnpublished, reasonCode: 'denunciation' }, ol).ok).toBe(true)
  })

  test('is cleared by the leader only', () => {
    expect(refusalOf(decideNow(marked, acts.clearDenunciation, io))).toContain('forbidden')
    const cleared = accept(decideNow(marked, acts.clearDenunciation, ol))
    expect(cleared.next).toMatchObject({ denunciationSuspected: false, concernedUnitCodes: [] })
    expect(refusalOf(decideNow(cleared.next, acts.clearDenunciation, ol))).toBe('illegal_act notMarked')
    expect(refusalOf(decideNow(marked, acts.markDenunciation, ol))).toBe('illegal_act alreadyMarked')
  })
})
