import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { draftNotices } from '../../src/cases/notices.ts'
import type { NoticeId } from '../../src/cases/words.ts'
import { createNoticeRenderer } from '../../src/usecases/render-notice.ts'
import { caseIn, contextAt, NOW } from '../cases/fixtures.ts'
import { openTestConversation } from '../support/dialog.ts'
import { noticeOf } from '../support/notices.ts'

const { texts } = await openTestConversation()
const { render } = createNoticeRenderer({
  texts,
  facts: {
    unitName: (code) => (code === 'QN-C1' ? 'UBND xã Sa Thầy' : 'Văn phòng UBND tỉnh'),
    answerBy: () => null,
    publicUrl: 'https://pakn.example.vn',
  },
})

function textOf(id: NoticeId, current: Case, locale: 'vi' | 'en' = 'vi', change: { answerBy?: string } = {}): string {
  const clocks = { ...clocksOf(current, contextAt(NOW)), ...change }
  const [notice] = draftNotices(id, current, clocks)
  if (notice === undefined) throw new Error('no notice')
  const [message] = render(notice, current, locale)
  return message?.body.type === 'text' ? message.body.text : ''
}

describe('the words of a notice', () => {
  test('N1 gives the code and the due day with its weekday', () => {
    const text = textOf('N1', caseIn('PENDING_INTAKE'), 'vi', { answerBy: '2026-12-15' })
    expect(text).toContain('PAKN.20260302.0001')
    expect(text).toContain('thứ Ba 15/12/2026')
    expect(textOf('N1', caseIn('PENDING_INTAKE'), 'en', { answerBy: '2026-12-15' })).toMatch(/Tuesday/)
  })

  test('N3 brings the published answer and the day to disagree', () => {
    const text = textOf('N3', caseIn('PUBLISHED'))
    expect(text).toContain('PAKN.20260302.0001 · Chậm trả kết quả tách thửa')
    expect(text).toContain('UBND xã Sa Thầy')
    expect(text).toContain('trả kết quả hồ sơ tách thửa cho công dân')
    expect(text).toMatch(/tại đây, chậm nhất thứ \S+ \d{1,2}\/\d{1,2}\/\d{4}/)
  })

  test('an answer too long for a bubble is begun and linked to', () => {
    const published = caseIn('PUBLISHED')
    const answer = `${'Cơ quan đã kiểm tra và trả lời như sau. '.repeat(80)}hết`
    const text = textOf('N3', {
      ...published,
      publication: published.publication && { ...published.publication, answer },
    })
    expect(text).toContain('https://pakn.example.vn/p/PAKN.20260302.0001')
    expect(text).not.toContain('hết\n')
    expect([...text].length).toBeLessThan(2000)
  })

  test('to somebody without Zalo speak of no chat, and bring the whole answer', () => {
    const letter = (change: Partial<Case>) => ({ ...caseIn('PUBLISHED', change), citizenKey: null })
    const answer = `${'Cơ quan đã kiểm tra và trả lời như sau. '.repeat(80)}hết`
    const published = letter({})
    const whole = { ...published, publication: published.publication && { ...published.publication, answer } }
    for (const locale of ['vi', 'en'] as const) {
      for (const id of ['N1', 'N2', 'N3', 'N3b', 'N4', 'N7', 'N10', 'message'] as const) {
        const text = textOf(id, whole, locale, { answerBy: '2026-12-15' })
        expect(text, `${locale} ${id}`).not.toMatch(/tra cứu”|gặp cán bộ|tại đây|just type|tell you here|write “/)
        expect(text).toContain('PAKN.20260302.0001')
      }
    }
    expect(textOf('N3', whole)).toContain('hết\n')
    expect(textOf('N1', whole)).toContain('https://pakn.example.vn/tra-cuu?code=PAKN.20260302.0001')
  })

  test('N4 says reason and where to turn', () => {
    const text = textOf('N4', caseIn('REFUSED'))
    expect(text).toContain('PAKN.20260302.0001')
    expect(text).toContain('Đơn khiếu nại')
    expect(text).toContain('Hướng dẫn: Gửi cơ quan')
  })

  test('N6 names the unit and the due day', () => {
    const text = textOf('N6', caseIn('FORWARDED'), 'vi', { answerBy: '2026-12-15' })
    expect(text).toContain('UBND xã Sa Thầy')
    expect(text).toContain('thứ Ba 15/12/2026')
  })

  const MADE: [NoticeId, Parameters<typeof caseIn>[0]][] = [
    ['N1', 'PENDING_INTAKE'],
    ['N2', 'AWAITING_SUPPLEMENT'],
    ['N3', 'PUBLISHED'],
    ['N3b', 'ANSWERED_UNPUBLISHED'],
    ['N4', 'REFUSED'],
    ['N5', 'PROCESSING'],
    ['N6', 'FORWARDED'],
    ['N7', 'PROCESSING'],
    ['N8', 'CLOSED_NO_SUPPLEMENT'],
    ['N9', 'WITHDRAWN'],
    ['N10', 'TRANSFERRED_OUT'],
    ['N11', 'MERGED'],
    ['N12', 'PROCESSING'],
  ]
  describe.each(['vi', 'en'] as const)('in %s', (locale) => {
    test.each(MADE)('%s leaves no hole and shows the code', (id, state) => {
      const text = textOf(id, caseIn(state), locale)
      expect(text).toContain('PAKN.20260302.0001')
      expect(text).not.toMatch(/\{\{|undefined|\[object|notices\.|case\.state|null/)
    })

    test.each(MADE)('a quiet %s says nothing of the matter or of the sender', (id, state) => {
      const text = textOf(id, caseIn(state, { denunciationSuspected: true }), locale)
      expect(text).toContain('PAKN.20260302.0001')
      for (const secret of ['Y Hà', '905000012', 'tách thửa', 'Thôn 2', 'Sa Thầy', 'khiếu nại', 'Công an']) {
        expect(text).not.toContain(secret)
      }
    })
  })

  test('speaks the language in which the case was sent', () => {
    const current = caseIn('AWAITING_SUPPLEMENT', { locale: 'en' })
    const [message] = render(noticeOf('N2', current), current)
    expect(message?.body).toMatchObject({ text: expect.stringContaining('The office needs more from you') })
    const titles = message?.body.type === 'text' ? message.body.buttons.map(({ title }) => title) : []
    expect(titles).toEqual(['Send it now', 'I do not have it', 'See progress'])
  })

  test('of what is asked for carries the buttons that answer it', () => {
    const buttons = (id: NoticeId, current: Case) => {
      const [message] = render(noticeOf(id, current), current)
      return message?.body.type === 'text'
        ? message.body.buttons.map((one) => ('payload' in one ? one.payload : ''))
        : []
    }
    const act = (what: string) => `#act.${what}.PAKN.20260302.0001`
    expect(buttons('N2', caseIn('AWAITING_SUPPLEMENT'))).toEqual([
      act('supplement'),
      act('cannot'),
      '#case.PAKN.20260302.0001',
    ])
    expect(buttons('N3b', caseIn('ANSWERED_UNPUBLISHED'))).toEqual([5, 4, 3, 2, 1].map((stars) => act(`rate${stars}`)))
    for (const id of ['N2', 'N3b', 'N8'] as const) {
      const quiet = caseIn('PROCESSING', { denunciationSuspected: true })
      expect(buttons(id, quiet)).toEqual(['#case.PAKN.20260302.0001'])
    }
  })

  test('N8 says whether it is a reminder or the closing, and until when a supplement helps', () => {
    const closed = render(noticeOf('N8', caseIn('CLOSED_NO_SUPPLEMENT')), caseIn('CLOSED_NO_SUPPLEMENT'))
    expect(JSON.stringify(closed)).toContain('đến hết Chủ nhật 17/05/2026')
    const waiting = render(noticeOf('N8', caseIn('AWAITING_SUPPLEMENT')), caseIn('AWAITING_SUPPLEMENT'))
    expect(JSON.stringify(waiting)).toContain('vẫn đang chờ Ông/Bà bổ sung')
    expect(JSON.stringify(waiting)).toContain('chậm nhất thứ Ba 10/03/2026')
  })

  test('N12 of an escalated case says who decides and by when', () => {
    const escalation = {
      reasonCode: 'repeated_disagreement' as const,
      positions: [],
      proposal: '',
      proposedBy: 'io',
      proposedAt: NOW,
      submittedAt: NOW,
      submittedBy: 'ol',
      decision: null,
    }
    const current = caseIn('PROCESSING', { round: 2, escalation })
    const text = JSON.stringify(render(noticeOf('N12', current), current))
    expect(text).toContain('trình Chủ tịch UBND tỉnh quyết định')
    expect(text).toContain('Có quyết định chậm nhất thứ Sáu 03/04/2026')
  })

  test('an answer that is not published comes whole: it has no page to read on', () => {
    const current = caseIn('ANSWERED_UNPUBLISHED')
    const text = `${'Cơ quan đã kiểm tra và trả lời như sau. '.repeat(80)}hết`
    const long = { ...current, answer: current.answer && { ...current.answer, text } }
    expect(JSON.stringify(render(noticeOf('N3b', long), long))).toContain('như sau. hết')
  })

  test('names and titles that look like placeholders are shown as they are', () => {
    const text = textOf('N6', caseIn('FORWARDED', { title: 'Chậm trả {{code}} $t(menu.text) [@123]' }))
    expect(text).toContain('Chậm trả {{code}} $t(menu.text) (@123)')
  })
})
