import { describe, expect, test } from 'vitest'
import type { Conversation } from '../../src/conversation/state.ts'
import { fold } from '../../src/conversation/text/normalise.ts'
import { numberedFallback, toRequests } from '../../src/zalo/messages.ts'
import { type Dialog, fillForm, startDialog } from '../support/dialog.ts'

const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'
const state = (dialog: Dialog) => dialog.state() as Conversation
const answers = (dialog: Dialog) => state(dialog).form?.answers

async function atTitle(): Promise<Dialog> {
  const dialog = await startDialog()
  await dialog.say(MATTER)
  await dialog.tap('Đồng ý, tiếp tục')
  await dialog.tap('Đủ rồi')
  return dialog
}

describe('a button may be typed', () => {
  test.each([
    '1',
    'số 1',
    'chọn 1',
    'dùng tiêu đề này',
    'DUNG TIEU DE NAY',
    'dung tieu de nay ',
    'dung tieu de nya',
    'dung tieu dde nay',
  ])('as "%s"', async (typed) => {
    const dialog = await atTitle()
    expect(await dialog.say(typed)).toContain('Bước 3/6')
  })

  test('a number that no button has is said to have none, and is no answer', async () => {
    const dialog = await atTitle()
    const answer = await dialog.say('7')
    expect(answer).toContain('Không có lựa chọn nào mang số đó')
    expect(answer).toContain('Bước 2/6')
  })

  test('names of places are never taken for one another because of one letter', async () => {
    const dialog = await startDialog()
    await dialog.say('gửi phản ánh')
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say('UBND xã Đăk Hà chậm trả kết quả hồ sơ tách thửa của gia đình em từ tháng trước tới giờ')
    await dialog.tap('Dùng tiêu đề này')
    expect(dialog.buttons()[0]).toBe('UBND xã Đăk Hà')
    await dialog.say('UBND xã Đăk Ha')
    expect(answers(dialog)?.unit?.value).toMatchObject({ name: 'UBND xã Đăk Hà' })
  })

  test('numbers in a list longer than five mean what the chat shows', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    const body = dialog.last().messages[0]?.body
    if (body?.type !== 'text') throw new Error('no text')
    expect(body.buttons.length).toBeGreaterThan(5)
    const [request] = toRequests('1', body)
    const lines = [...(request?.message.text ?? '').matchAll(/^(\d+)\. (.+)$/gm)]
    expect(lines.length).toBe(body.buttons.length - 5)
    for (const [, number, title] of lines) {
      expect(state(dialog).choices[Number(number) - 1]?.title).toBe(fold(title ?? ''))
    }
    const all = numberedFallback(body)
    if (all.type !== 'text') throw new Error('no text')
    for (const [, number, title] of all.text.matchAll(/^(\d+)\. (.+)$/gm)) {
      expect(state(dialog).choices[Number(number) - 1]?.title).toBe(fold(title ?? ''))
    }
    const place = body.buttons.findIndex((button) => button.title === 'Địa chỉ') + 1
    await dialog.say(String(place))
    expect(state(dialog).form).toMatchObject({ step: 'address', editing: 'address' })
  })
})

describe('a button of an older bubble', () => {
  test('that showed another title does not use the one that is proposed now', async () => {
    const dialog = await atTitle()
    const use = dialog.payloadOf('Dùng tiêu đề này')
    await dialog.tap('Kể thêm nội dung')
    await dialog.tap('Viết lại')
    await dialog.say('UBND phường Kon Tum không niêm yết mức lệ phí đăng ký kết hôn, dân hỏi không ai trả lời')
    expect(dialog.buttons()).toContain('Dùng tiêu đề này')
    expect(await dialog.say(use)).toContain('không còn dùng được')
    expect(answers(dialog)?.title).toBeUndefined()
  })

  test('that showed another answer confirms nothing', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    await dialog.tap('Địa chỉ')
    await dialog.say('thôn 1 thị trấn Sa Thầy')
    const right = dialog.payloadOf('Đúng rồi')
    await dialog.say('thôn 5 thị trấn Đăk Hà')
    expect(dialog.buttons()).toContain('Đúng rồi')
    expect(await dialog.say(right)).toContain('không còn dùng được')
    expect(answers(dialog)?.address).toBeUndefined()
    await dialog.tap('Đúng rồi')
    expect(JSON.stringify(answers(dialog)?.address)).toContain('Đăk Hà')
  })

  test('"GỬI" under a summary that was changed since shows the present one first', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    const send = dialog.payloadOf('GỬI PHẢN ÁNH')
    await dialog.tap('Sửa')
    await dialog.tap('Họ tên')
    await dialog.say('Y Byă Niê')
    expect(await dialog.say(send)).toContain('Đây là bản mới nhất')
    expect(dialog.filed).toHaveLength(0)
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.name).toBe('Y Byă Niê')
  })

  test('changes the answer it belongs to, and "sửa" of a step does not disturb another', async () => {
    const dialog = await atTitle()
    await dialog.tap('Dùng tiêu đề này')
    const office = dialog.payloadOf('Để Văn phòng chuyển giúp')
    await dialog.say('xã Sa Thầy')
    expect(answers(dialog)?.unit?.value).toMatchObject({ code: 'QN-C23527' })
    expect(await dialog.say(office)).toContain('đã đổi')
    expect(answers(dialog)?.unit?.value).toEqual({ code: null })
    expect(state(dialog).form?.step).toBe('name')
  })

  test('"Thôi" under the first question asks before a whole draft goes', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    const no = dialog.payloadOf('Thôi')
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    expect(await dialog.say(no)).toContain('muốn bỏ phản ánh')
    expect(state(dialog).form).not.toBeNull()
  })

  test('of a case that was sent before the last one still leads to its case', async () => {
    const dialog = await startDialog({
      cases: { byDraft: async (draftId) => ({ code: `PAKN-of-${draftId}` }) as never },
    })
    await fillForm(dialog)
    const send = dialog.payloadOf('GỬI PHẢN ÁNH')
    await dialog.tap('GỬI PHẢN ÁNH')
    dialog.wait(120_000)
    await dialog.say(`${MATTER} (lần hai)`)
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.tap('Dùng lại')
    await dialog.tap('Đồng ý công khai')
    await dialog.tap('GỬI PHẢN ÁNH')
    dialog.wait(120_000)
    expect(await dialog.say(send)).toContain(`PAKN-of-${dialog.filed[0]?.draftId}`)
    expect(dialog.filed).toHaveLength(2)
  })

  test('that deletes everything is good for an hour; later it asks again', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('GỬI PHẢN ÁNH')
    await dialog.say('dữ liệu của tôi')
    await dialog.tap('Xóa dữ liệu của tôi')
    const yes = dialog.payloadOf('Xóa')
    dialog.wait(2 * 3600_000)
    await dialog.say(yes)
    expect(state(dialog).profile).not.toBeNull()
    expect(dialog.buttons()).toContain('Xóa')
    await dialog.tap('Xóa')
    expect(state(dialog)).toMatchObject({ profile: null, verifiedPhones: [], consents: {} })
    expect(dialog.last().consents.every((consent) => !consent.given)).toBe(true)
  })
})
