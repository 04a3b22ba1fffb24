import { describe, expect, test } from 'vitest'
import { type Dialog, startDialog } from '../support/dialog.ts'

const ALARM = 'cháy nhà ở thôn 4, cứu với'
const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'
const form = (dialog: Dialog) =>
  (dialog.state() as { form: { step: string; answers: Record<string, { value: unknown }>; waiting: unknown } | null })
    .form

describe('what was taken for a cry for help and is none', () => {
  test('goes on as what was told', async () => {
    const dialog = await startDialog()
    expect(await dialog.say(ALARM)).toContain('114')
    expect(await dialog.tap('Đây không phải việc khẩn cấp')).toContain('Tôi đã ghi lại việc Ông/Bà vừa kể.')
    expect(form(dialog)?.answers.content?.value).toMatchObject({ parts: [ALARM] })
  })

  test('of several messages nothing is lost', async () => {
    const dialog = await startDialog()
    await dialog.say(ALARM)
    await dialog.say('cứu với, cháy to lắm rồi')
    await dialog.say('không phải việc khẩn cấp đâu')
    expect(JSON.stringify(form(dialog))).toContain(ALARM)
    expect(JSON.stringify(form(dialog))).toContain('cháy to lắm rồi')
  })

  test('in a draft is told there', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say(ALARM)
    expect(await dialog.tap('Đây không phải việc khẩn cấp')).toContain('Đã thêm 1 tin')
    expect(form(dialog)?.answers.content?.value).toMatchObject({ parts: [MATTER, ALARM] })
  })

  test('that is a denunciation is still held back (R2-32)', async () => {
    const dialog = await startDialog()
    await dialog.say('tố cáo cán bộ, cháy nhà rồi cứu với')
    expect(await dialog.tap('Đây không phải việc khẩn cấp')).toContain('không gửi chi tiết qua Zalo')
  })

  test('is said in English too', async () => {
    const dialog = await startDialog()
    await dialog.say('english')
    await dialog.say(ALARM)
    expect(await dialog.tap('This is not an emergency')).toContain('I have noted what you just told me')
  })

  test('is forgotten after a day, and its button says so', async () => {
    const dialog = await startDialog()
    await dialog.say(ALARM)
    const none = dialog.payloadOf('Đây không phải việc khẩn cấp')
    dialog.wait(24 * 3600_000)
    await dialog.say({ type: 'wake' })
    expect(JSON.stringify(dialog.state())).not.toContain('thôn 4')
    expect(await dialog.say(none)).toContain('tin cũ')
  })

  test('a second tap opens no second draft', async () => {
    const dialog = await startDialog()
    await dialog.say(ALARM)
    const none = dialog.payloadOf('Đây không phải việc khẩn cấp')
    await dialog.say(none)
    expect(await dialog.say(none)).toContain('tin cũ')
    expect((dialog.state() as { shelved: unknown[] }).shelved).toEqual([])
  })

  test('goes with everything else when the citizen wants it forgotten', async () => {
    const dialog = await startDialog()
    await dialog.say(ALARM)
    await dialog.say({ type: 'withdrewData' })
    expect(dialog.last().eraseEvents).toEqual(['e1'])
    expect(JSON.stringify(dialog.state())).not.toContain('thôn 4')
  })
})
