import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import type { State } from '../../src/cases/words.ts'
import { CODE, caseIn } from '../cases/fixtures.ts'
import { type Dialog, startDialog } from '../support/dialog.ts'

const START = Date.parse('2026-03-20T09:00:00+07:00')
const OTHER = 'PAKN.20260302.0002'
const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'

const mine = (state: State, change: Partial<Case> = {}): Case => caseIn(state, { citizenKey: 'citizen-1', ...change })
const open = (...filedCases: Case[]) => startDialog({ filedCases, startAt: START })
const stateOf = (dialog: Dialog, code = CODE) => dialog.caseOf(code)?.state

describe('a withdrawal', () => {
  test('is confirmed twice; the notice of it is the one answer', async () => {
    const dialog = await open(mine('PROCESSING'))
    expect(await dialog.say(`rút phản ánh ${CODE}`)).toContain('Chậm trả kết quả tách thửa')
    expect(await dialog.tap('Rút phản ánh này')).toMatch(/chắc chắn rút PAKN\.20260302\.0001 chứ ạ\?$/)
    expect(stateOf(dialog)).toBe('PROCESSING')
    const answer = await dialog.tap('Chắc chắn rút')
    expect(answer).toContain('đã được rút theo đề nghị của Ông/Bà')
    expect(answer).not.toContain('---')
    expect(dialog.caseOf(CODE)).toMatchObject({ state: 'WITHDRAWN', withdrawal: { by: 'citizen', reason: null } })
    expect(dialog.last().messages[0]?.notice).toMatchObject({ id: 'N9', mandatory: false })
  })

  test.each([
    ['rút phản ánh', 'có', 'ừ'],
    ['rut don', 'dung roi', 'vâng'],
    ['tôi muốn rút lại phản ánh', '1', '1'],
    ['rút phản ánh pakn 20260302 1', 'rút', 'rút phản ánh'],
    [`#act.withdraw.${CODE}`, 'Rút phản ánh này', 'chac chan rut'],
  ])('in words: "%s", "%s", "%s"', async (wish, first, second) => {
    const dialog = await open(mine('FORWARDED'))
    await dialog.say(wish)
    await dialog.say(first)
    expect(stateOf(dialog)).toBe('FORWARDED')
    await dialog.say(second)
    expect(stateOf(dialog)).toBe('WITHDRAWN')
  })

  test.each(['không', 'thôi', 'hủy', 'Không rút'])('is left by "%s" at either question', async (no) => {
    for (const yes of [[], ['có']]) {
      const dialog = await open(mine('PROCESSING'))
      await dialog.say('rút phản ánh')
      for (const word of yes) await dialog.say(word)
      expect(await dialog.say(no)).toContain('vẫn được xử lý')
      expect(stateOf(dialog)).toBe('PROCESSING')
    }
  })

  test('keeps a reason that is told on the way', async () => {
    const dialog = await open(mine('PROCESSING'))
    await dialog.say('rút phản ánh')
    expect(await dialog.say('xã đã giải quyết xong')).toContain('Lý do rút: “xã đã giải quyết xong”')
    await dialog.tap('Rút phản ánh này')
    await dialog.say('có')
    expect(dialog.caseOf(CODE)?.withdrawal?.reason).toBe('xã đã giải quyết xong')
  })

  test('another subject ends the question: a later yes withdraws nothing', async () => {
    const dialog = await open(mine('PROCESSING'))
    await dialog.say('rút phản ánh')
    await dialog.say('có')
    await dialog.say('menu')
    await dialog.say('có')
    expect(stateOf(dialog)).toBe('PROCESSING')
  })

  test('an old confirmation asks from the beginning', async () => {
    const dialog = await open(mine('PROCESSING'))
    await dialog.say('rút phản ánh')
    const first = dialog.payloadOf('Rút phản ánh này')
    await dialog.tap('Rút phản ánh này')
    const second = dialog.payloadOf('Chắc chắn rút')
    for (const payload of [second, first]) {
      dialog.wait(3600_000)
      expect(await dialog.say(payload)).toContain('Ông/Bà muốn rút phải không ạ?')
    }
    expect(stateOf(dialog)).toBe('PROCESSING')
  })

  test('a second tap says that it is done', async () => {
    const dialog = await open(mine('PROCESSING'))
    await dialog.say('rút phản ánh')
    await dialog.say('có')
    const sure = dialog.payloadOf('Chắc chắn rút')
    await dialog.say(sure)
    expect(await dialog.say(sure)).toContain('đã được rút rồi')
    expect(dialog.caseOf(CODE)?.version).toBe(8)
    // Both in one burst, on a slow phone.
    const again = await open(mine('PROCESSING'))
    await again.say('rút phản ánh')
    await again.say('có')
    const twice = again.payloadOf('Chắc chắn rút')
    await again.say(twice, { type: 'text', text: twice, at: again.now() + 9_000 })
    expect(again.caseOf(CODE)?.version).toBe(8)
  })

  test.each<[State, string, string[]]>([
    ['PENDING_PUBLICATION', 'đã làm xong câu trả lời', []],
    ['RETURNED_TO_AGENCY', 'đã làm xong câu trả lời', []],
    ['PUBLISHED', 'đã có câu trả lời nên không rút được nữa', ['Không đồng ý']],
    ['ANSWERED_UNPUBLISHED', 'đã có câu trả lời nên không rút được nữa', ['Không đồng ý']],
    ['REFUSED', 'đã kết thúc (Không tiếp nhận)', []],
    ['WITHDRAWN', 'đã được rút rồi', []],
    ['MERGED', 'được xem xét chung với', []],
  ])('%s: is too late, says why and what is possible', async (state, why, ways) => {
    const dialog = await open(mine(state))
    expect(await dialog.say('rút phản ánh')).toContain(why)
    expect(dialog.buttons()).toEqual([...ways, 'Xem tiến độ'])
    expect(dialog.last().moves).toEqual([])
  })

  test('comes too late when the result is there before the second yes', async () => {
    const dialog = await open(mine('PROCESSING'))
    await dialog.say('rút phản ánh')
    await dialog.say('có')
    dialog.putCase(mine('PENDING_PUBLICATION'))
    expect(await dialog.say('có')).toContain('không rút được nữa')
    expect(stateOf(dialog)).toBe('PENDING_PUBLICATION')
  })

  test('of several open cases the citizen names one', async () => {
    const dialog = await open(mine('PROCESSING'), mine('FORWARDED', { code: OTHER, draftId: 'd-2' }))
    expect(await dialog.say('rút phản ánh')).toMatch(/rút phản ánh nào ạ\?$/)
    await dialog.tap(OTHER)
    await dialog.say('có')
    await dialog.say('có')
    expect([stateOf(dialog), stateOf(dialog, OTHER)]).toEqual(['PROCESSING', 'WITHDRAWN'])
  })
})

describe('while a draft is open (R4-W3)', () => {
  async function drafting(...filedCases: Case[]): Promise<Dialog> {
    const dialog = await open(...filedCases)
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    return dialog
  }
  const draft = (dialog: Dialog) => (dialog.state() as { form: { mode: string } | null }).form

  test('"hủy" is about the draft and never about a case', async () => {
    const dialog = await drafting(mine('PROCESSING'))
    expect(await dialog.say('hủy')).toContain('muốn bỏ phản ánh “em nộp')
    await dialog.say('có')
    expect(stateOf(dialog)).toBe('PROCESSING')
    expect(draft(dialog)).toBeNull()
  })

  test('"rút phản ánh" asks which of the two', async () => {
    const dialog = await drafting(mine('PROCESSING'))
    await dialog.say('rút phản ánh')
    expect(dialog.buttons()).toEqual([CODE, 'Bỏ bản đang viết', 'Viết tiếp'])
    await dialog.tap(CODE)
    await dialog.say('có')
    await dialog.say('có')
    expect(stateOf(dialog)).toBe('WITHDRAWN')
    expect(draft(dialog)).not.toBeNull()
  })

  test('"rút phản ánh" of somebody who has sent none is about the draft', async () => {
    const dialog = await drafting()
    expect(await dialog.say('rút phản ánh')).toContain('muốn bỏ phản ánh “em nộp')
    expect(draft(dialog)?.mode).toBe('confirmCancel')
  })

  test('with its code a case is withdrawn, and the draft is where it was', async () => {
    const dialog = await drafting(mine('PROCESSING'))
    await dialog.say(`rút phản ánh ${CODE}`)
    expect(dialog.buttons()).toContain('Viết tiếp')
    expect(await dialog.say('không')).toContain('Bước 1/6')
  })
})
