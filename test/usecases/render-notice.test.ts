import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { draftNotices } from '../../src/cases/notices.ts'
import type { NoticeId } from '../../src/cases/words.ts'
import { createNoticeRenderer } from '../../src/usecases/render-notice.ts'
import { caseIn, contextAt, NOW } from '../cases/fixtures.ts'
import { openTestConversation } from '../support/dialog.ts'

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

  test('names and titles that look like placeholders are shown as they are', () => {
    const text = textOf('N6', caseIn('FORWARDED', { title: 'Chậm trả {{code}} $t(menu.text) [@123]' }))
    expect(text).toContain('Chậm trả {{code}} $t(menu.text) (@123)')
  })
})
