import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import type { State } from '../../src/cases/words.ts'
import type { Step } from '../../src/conversation/schema.ts'
import { CODE, caseIn } from '../cases/fixtures.ts'
import { type Dialog, openTestConversation, photo, startDialog } from '../support/dialog.ts'
import { noticeOf } from '../support/notices.ts'

const START = Date.parse('2026-03-20T09:00:00+07:00')
const OTHER = 'PAKN.20260302.0002'
const MISSING = 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ'

const mine = (state: State, change: Partial<Case> = {}): Case => caseIn(state, { citizenKey: 'citizen-1', ...change })
const open = (...filedCases: Case[]) => startDialog({ filedCases, startAt: START })

/** A citizen who has just read N2. */
async function asked(): Promise<Dialog> {
  const current = mine('AWAITING_SUPPLEMENT')
  const dialog = await open(current)
  await dialog.say('cảm ơn')
  dialog.hear(noticeOf('N2', current), current)
  return dialog
}
const form = (dialog: Dialog) => (dialog.state() as { form: { flow: string; mode: string } | null }).form

describe('what an office asked for', () => {
  test('is sent with a photo and words, and the notice of it is the one answer', async () => {
    const dialog = await asked()
    expect(await dialog.tap('Bổ sung ngay')).toContain(`cơ quan cần “${MISSING}”`)
    expect(await dialog.say(photo())).toMatch(/^Đã thêm 1 ảnh\./)
    expect(await dialog.say('mã hồ sơ 000.00.01')).toContain('Ông/Bà còn gửi gì nữa không ạ?')
    const answer = await dialog.tap('Gửi luôn')
    expect(answer).toContain('đã nhận và tiếp tục xử lý')
    expect(answer).toMatch(/chậm nhất thứ \S+ \d{2}\/\d{2}\/2026/)
    expect(answer).not.toContain('---')
    const [supplement] = dialog.caseOf(CODE)?.supplements ?? []
    expect(supplement).toMatchObject({ text: 'mã hồ sơ 000.00.01', answeredAt: dialog.now() })
    expect(supplement?.attachments).toHaveLength(1)
    expect(dialog.caseOf(CODE)).toMatchObject({ state: 'PENDING_INTAKE', version: 8 })
    expect(dialog.last().messages[0]?.notice).toMatchObject({ caseCode: CODE, id: 'N5' })
    expect(form(dialog)).toBeNull()
  })

  test('may be a photo alone, a place alone, never nothing', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    expect(await dialog.say('xong')).toContain(MISSING)
    await dialog.say({ type: 'location', latitude: 14.4, longitude: 107.8 })
    await dialog.say('không')
    expect(dialog.caseOf(CODE)?.supplements[0]).toMatchObject({
      text: '',
      attachments: [],
      location: { latitude: 14.4, longitude: 107.8 },
    })
  })

  test('that somebody does not have is said with one tap, and sent by a second', async () => {
    const dialog = await asked()
    expect(await dialog.tap('Tôi không có giấy này')).toContain('Tôi không có giấy tờ này')
    expect(dialog.caseOf(CODE)?.state).toBe('AWAITING_SUPPLEMENT')
    expect((await dialog.say(`#act.cannot.${CODE}`)).split('Tôi không có giấy tờ này')).toHaveLength(2)
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.supplements[0]?.text).toBe('Tôi không có giấy tờ này')
  })

  test.each(['bổ sung', 'bo sung', `bổ sung ${CODE}`, 'gửi bổ sung giấy tờ', 'gửi thêm ảnh', 'supplement'])(
    'is opened by "%s"',
    async (words) => {
      const dialog = await open(mine('AWAITING_SUPPLEMENT'))
      expect(await dialog.say(words)).toContain(MISSING)
      expect(form(dialog)?.flow).toBe('supplement')
    },
  )

  test('may be told right behind the notice: the citizen says where it belongs', async () => {
    const dialog = await asked()
    expect(await dialog.say('mã hồ sơ của tôi là 000.00.01')).toContain(`để bổ sung cho ${CODE}, hay là một việc mới`)
    expect(await dialog.tap('Bổ sung cho phản ánh đó')).toContain('mã hồ sơ của tôi là 000.00.01')
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.supplements[0]?.text).toBe('mã hồ sơ của tôi là 000.00.01')
  })

  test('a new matter right behind the notice stays one', async () => {
    const dialog = await asked()
    await dialog.say('cán bộ một cửa xã Sa Thầy chậm trả hồ sơ khai sinh cho con em hơn một tháng nay')
    await dialog.tap('Là việc mới')
    expect(form(dialog)?.flow).toBe('submit')
    expect(JSON.stringify(form(dialog))).toContain('khai sinh')
    expect(dialog.caseOf(CODE)?.state).toBe('AWAITING_SUPPLEMENT')
  })

  test('a photo without a word is offered to the case that waits', async () => {
    const dialog = await open(mine('AWAITING_SUPPLEMENT'))
    await dialog.say(photo(), photo())
    expect(dialog.buttons()[0]).toBe(`Bổ sung cho ${CODE}`)
    await dialog.tap(`Bổ sung cho ${CODE}`)
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.supplements[0]?.attachments).toHaveLength(2)
  })

  test('comes late and opens the closed case again (T7)', async () => {
    const closed = mine('CLOSED_NO_SUPPLEMENT')
    const dialog = await open(closed)
    await dialog.say('cảm ơn')
    expect(dialog.hear(noticeOf('N8', closed), closed)).toContain('đến hết Chủ nhật 17/05/2026')
    await dialog.tap('Bổ sung ngay')
    await dialog.say(photo())
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.state).toBe('PENDING_INTAKE')
  })

  test('sixty days after the closing it is a new matter that names the old one', async () => {
    const dialog = await startDialog({
      filedCases: [mine('CLOSED_NO_SUPPLEMENT')],
      startAt: Date.parse('2026-05-18T09:00:00+07:00'),
    })
    expect(await dialog.say('bổ sung')).toContain('đã hết Chủ nhật 17/05/2026')
    await dialog.tap('Gửi phản ánh mới')
    expect(form(dialog)).toMatchObject({ flow: 'submit', about: { code: CODE } })
  })
})

describe('which case is meant', () => {
  test('is asked where several wait; a number, a code or a tap answers', async () => {
    const two = () => open(mine('AWAITING_SUPPLEMENT'), mine('AWAITING_SUPPLEMENT', { code: OTHER, draftId: 'd-2' }))
    for (const answer of ['2', OTHER, `#act.supplement.${OTHER}`]) {
      const dialog = await two()
      const list = await dialog.say('bổ sung')
      expect(list).toContain(CODE)
      expect(list).toMatch(/phản ánh nào ạ\?$/)
      expect(await dialog.say(answer)).toContain(OTHER)
      expect(form(dialog)?.flow).toBe('supplement')
    }
  })

  test('is the one that waits, whatever else there is', async () => {
    const dialog = await open(mine('PROCESSING'), mine('AWAITING_SUPPLEMENT', { code: OTHER, draftId: 'd-2' }))
    expect(await dialog.say('bổ sung')).toContain(OTHER)
  })

  test.each<[State, string, string | null]>([
    ['PROCESSING', 'chưa cần bổ sung gì', 'Gửi phản ánh mới'],
    ['PENDING_PUBLICATION', 'chưa cần bổ sung gì', 'Gửi phản ánh mới'],
    ['PUBLISHED', 'đã có câu trả lời', 'Không đồng ý'],
    ['REFUSED', 'đã kết thúc (Không tiếp nhận)', 'Gửi phản ánh mới'],
    ['WITHDRAWN', 'đã kết thúc (Đã rút)', 'Gửi phản ánh mới'],
    ['MERGED', 'được xem xét chung với PAKN.20260301.0009', null],
  ])('%s: says why not, and what else', async (state, why, way) => {
    const dialog = await open(mine(state))
    expect(await dialog.say('bổ sung')).toContain(why)
    if (way !== null) expect(dialog.buttons()).toContain(way)
    expect(dialog.last().moves).toEqual([])
  })

  test('is never somebody else’s: it is as unknown as a code that is none', async () => {
    const theirs = await open(caseIn('AWAITING_SUPPLEMENT'))
    const nobody = await open()
    for (const words of [`bổ sung ${CODE}`, `#act.supplement.${CODE}`, `#act.rate1.${CODE}`, `rút phản ánh ${CODE}`]) {
      expect(await theirs.say(words)).toBe(await nobody.say(words))
      expect(theirs.buttons()).toEqual(nobody.buttons())
    }
    expect(theirs.caseOf(CODE)?.version).toBe(7)
  })
})

describe('the draft of a supplement', () => {
  test('gives way to nothing that was told: a draft is put aside and comes back', async () => {
    const dialog = await open(mine('AWAITING_SUPPLEMENT'))
    await dialog.say('em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ')
    await dialog.tap('Đồng ý, tiếp tục')
    expect(await dialog.say(`#act.supplement.${CODE}`)).toContain('Tôi cất phản ánh “em nộp')
    await dialog.say(photo())
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.state).toBe('PENDING_INTAKE')
    expect(await dialog.say('alo')).toContain('Ông/Bà đang viết dở phản ánh')
  })

  test('is one for each case, however often its button is tapped', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say('mã hồ sơ 000.00.01')
    dialog.wait(60_000)
    expect(await dialog.say(`#act.supplement.${CODE}`)).toContain('000.00.01')
    expect((dialog.state() as { shelved: unknown[] }).shelved).toEqual([])
  })

  test('asks before told words go, and goes at once where nothing was told', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say('mã hồ sơ 000.00.01')
    expect(await dialog.say('hủy')).toContain(`muốn bỏ phần bổ sung cho ${CODE} phải không ạ?`)
    await dialog.tap('Bỏ, xóa hết')
    expect(form(dialog)).toBeNull()
    expect(dialog.last().eraseEvents?.length).toBeGreaterThan(0)
    await dialog.say('bổ sung')
    expect(await dialog.tap('Thôi, không gửi')).toContain('chưa gửi gì đi')
    expect(form(dialog)).toBeNull()
  })

  test('that nothing was told in is forgotten after a day, and nobody is reminded of it', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    dialog.wait(21 * 3600_000)
    expect(await dialog.say({ type: 'wake' })).toBe('')
    dialog.wait(4 * 3600_000)
    await dialog.say({ type: 'wake' })
    expect(form(dialog)).toBeNull()
  })

  test('keeps the words before "Viết lại" while another draft is open', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say('mã hồ sơ 000.00.01')
    await dialog.tap('Viết lại')
    expect(await dialog.say('#submit')).toContain(`Tôi cất phần bổ sung cho ${CODE}`)
    await dialog.say(`#act.supplement.${CODE}`)
    expect(await dialog.tap('Giữ nguyên')).toContain('“mã hồ sơ 000.00.01”')
    expect(dialog.caseOf(CODE)?.state).toBe('AWAITING_SUPPLEMENT')
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.supplements[0]?.text).toBe('mã hồ sơ 000.00.01')
  })

  test('says when it was sent already, from an old button of its own or of the notice', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say(photo())
    const send = dialog.payloadOf('Gửi luôn')
    await dialog.tap('Gửi luôn')
    dialog.wait(60_000)
    expect(await dialog.say(send)).toContain('đã được gửi rồi')
    expect(await dialog.say(`#act.supplement.${CODE}`)).toContain('đã được bổ sung rồi')
    expect(dialog.caseOf(CODE)?.version).toBe(8)
  })

  test('two taps at once send it once', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say(photo())
    const send = dialog.payloadOf('Gửi luôn')
    await dialog.say(send, send)
    expect(dialog.caseOf(CODE)?.version).toBe(8)
  })

  test('that its case takes no more loses nothing: it goes out as a new matter, with its files', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say('mã hồ sơ của tôi là 000.00.01', photo())
    dialog.putCase(mine('REFUSED'))
    expect(await dialog.tap('Gửi luôn')).toContain(`gửi thành phản ánh mới, kèm mã ${CODE}, phải không ạ?`)
    expect(await dialog.say('có')).toContain(`Tôi ghi kèm mã ${CODE}`)
    const draft = form(dialog)
    expect(draft).toMatchObject({ flow: 'submit', about: { code: CODE } })
    expect(draft).toHaveProperty('attachments.length', 1)
    expect(JSON.stringify(draft)).toContain('000.00.01')
    expect(dialog.last().filesToRemove).toEqual([])
  })

  test('holds no more files than a case may (R3-7)', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    await dialog.say(...Array.from({ length: 6 }, () => photo()))
    expect(dialog.last().filesToRemove).toHaveLength(1)
    await dialog.tap('Gửi luôn')
    expect(dialog.caseOf(CODE)?.supplements[0]?.attachments).toHaveLength(5)
  })

  test('a denunciation told there is held back (R2-32)', async () => {
    const dialog = await asked()
    await dialog.tap('Bổ sung ngay')
    expect(await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận hối lộ 5 triệu')).toContain('không gửi chi tiết')
    await dialog.tap('Xóa giúp tôi')
    expect(JSON.stringify(dialog.state())).not.toContain('hối lộ')
  })

  test.each(['gặp cán bộ', 'menu', 'trợ giúp', 'quay lại', 'tra cứu', 'mất bao lâu?', 'english'])(
    '"%s" leaves it as it is',
    async (words) => {
      const dialog = await asked()
      await dialog.tap('Bổ sung ngay')
      await dialog.say('mã hồ sơ 000.00.01')
      const answer = await dialog.say(words)
      expect(answer).not.toBe('')
      expect(answer).not.toContain('chưa hiểu')
      expect(JSON.stringify(form(dialog))).toContain('000.00.01')
      expect(JSON.stringify(form(dialog))).not.toContain(words)
    },
  )
})

test('an answer to a question that the province has added goes along, with its name', async () => {
  const opened = await openTestConversation()
  const { supplement } = opened.engine.flows.forms
  if (supplement === undefined) throw new Error('no form')
  const when = { ...supplement.steps[0], id: 'when', ask: 'text', minLength: 1, maxLength: 100 } as Step
  const forms = {
    ...opened.engine.flows.forms,
    supplement: { ...supplement, steps: [...supplement.steps, when], version: 'more' },
  }
  const conversation = { ...opened, engine: { ...opened.engine, flows: { ...opened.engine.flows, forms } } }
  const dialog = await startDialog({ conversation, filedCases: [mine('AWAITING_SUPPLEMENT')], startAt: START })
  await dialog.say('bổ sung')
  await dialog.say('mã hồ sơ 000.00.01')
  await dialog.tap('Đủ rồi')
  expect(form(dialog)).not.toBeNull()
  expect(await dialog.say('ngày 12/9')).toContain('tiếp tục xử lý')
  expect(dialog.caseOf(CODE)?.supplements[0]?.text).toMatch(/^mã hồ sơ 000\.00\.01\n.*: ngày 12\/9$/)
})

test('ordinary turns never look at filed cases', async () => {
  const dialog = await open(mine('AWAITING_SUPPLEMENT'))
  await dialog.say('xin chào')
  await dialog.say('em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ')
  await dialog.tap('Đồng ý, tiếp tục')
  await dialog.say(photo())
  await dialog.say('giấy hẹn ghi 12/10')
  await dialog.say('cảm ơn')
  expect(dialog.looks()).toBe(0)
})
