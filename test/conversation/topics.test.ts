import { describe, expect, test } from 'vitest'
import { fillForm, photo, startDialog } from '../support/dialog.ts'

const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'
const DAY_MS = 24 * 3600_000

describe('what is not for this channel', () => {
  test('an emergency gets the numbers, and nothing else but a way on if it is none', async () => {
    const dialog = await startDialog()
    const answer = await dialog.say('cháy nhà ở thôn 4, cứu với')
    expect(answer).toContain('114')
    expect(dialog.buttons()).toEqual(['Đây không phải việc khẩn cấp'])
  })

  test('an emergency in the middle of a form comes first, and the form is still there', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    expect(await dialog.say('chay nha roi cuu voi')).toContain('114')
    expect(await dialog.say('Đủ rồi')).toContain('Bước 2/6')
  })

  test('a denunciation is not collected: it can be erased with a tap', async () => {
    const dialog = await startDialog()
    expect(await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận tiền')).toContain('xin không gửi chi tiết qua Zalo')
    expect(dialog.buttons()).toEqual(['Xóa giúp tôi', 'Nơi tiếp công dân', 'Đây là phản ánh, không phải tố cáo'])
    expect(await dialog.tap('Xóa giúp tôi')).toContain('đã xóa')
    expect(dialog.last().eraseEvents).toEqual(['e1'])
    expect(JSON.stringify(dialog.state())).not.toContain('chủ tịch')
  })

  test('the citizen decides that it is no denunciation; the officer is warned', async () => {
    const dialog = await startDialog()
    await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận tiền')
    expect(await dialog.tap('Đây là phản ánh, không phải tố cáo')).toContain('đồng ý')
    expect(JSON.stringify(dialog.state())).toContain('denunciationSuspected')
  })

  test('held words are gone after a day when nobody comes back', async () => {
    const dialog = await startDialog()
    await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận tiền')
    expect(dialog.last().wakeAt).toBe(dialog.now() + DAY_MS)
    dialog.wait(DAY_MS)
    await dialog.say({ type: 'wake' })
    expect(dialog.last().eraseEvents).toEqual(['e1'])
    expect(JSON.stringify(dialog.state())).not.toContain('chủ tịch')
  })

  test('a complaint gets its guidance and may go on; the bot never refuses', async () => {
    const dialog = await startDialog()
    expect(
      await dialog.say('tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã, yêu cầu hủy quyết định'),
    ).toContain('khiếu nại')
    expect(await dialog.tap('Vẫn gửi phản ánh')).toContain('đồng ý')
  })
})

describe('coming back', () => {
  test('"alo" after days finds the draft again', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    dialog.wait(3 * DAY_MS)
    const answer = await dialog.say('alo')
    expect(answer).toContain('đang viết dở phản ánh “Chậm trả kết quả tách thửa')
    expect(dialog.buttons()).toEqual(['Viết tiếp', 'Bắt đầu lại', 'Xóa bản nháp'])
    expect(await dialog.tap('Viết tiếp')).toContain('Bước 3/6')
  })

  test('an answer typed after days is taken, not thrown away', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    dialog.wait(3 * DAY_MS)
    const answer = await dialog.say('xã Sa Thầy')
    expect(answer).toContain('viết tiếp')
    expect(answer).toContain('Bước 4/6')
  })

  test('an idle draft is remembered once, by day and inside 48 hours, and gone after 30 days', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say(photo())
    const wakeAt = dialog.last().wakeAt ?? 0
    expect(wakeAt - dialog.now()).toBeLessThan(47 * 3600_000)
    const hour = new Date(wakeAt + 7 * 3600_000).getUTCHours()
    expect(hour).toBeGreaterThanOrEqual(7)
    expect(hour).toBeLessThan(21)
    const before = dialog.now()
    dialog.wait(wakeAt - dialog.now())
    expect(await dialog.say({ type: 'wake' })).toContain('chưa được gửi đi')
    expect(await dialog.say({ type: 'wake' })).toBe('')
    dialog.wait(before + 30 * DAY_MS - dialog.now() + 60_000)
    expect(await dialog.say({ type: 'wake' })).toBe('')
    expect(dialog.last().filesToRemove).toHaveLength(1)
    expect((dialog.state() as { form: unknown }).form).toBeNull()
  })

  test('state of an unknown version is recognised, never guessed at', async () => {
    const dialog = await startDialog()
    await dialog.say('xin chào')
    dialog.setState({ ...(dialog.state() as object), schema: 99 })
    await expect(dialog.say('alo')).rejects.toThrow('schema 99')
  })
})

describe('a person', () => {
  test('while staff have the chat the assistant is silent, until it is called back', async () => {
    const dialog = await startDialog()
    expect(await dialog.say('cho gặp người thật')).toContain('Cán bộ trực sẽ trả lời')
    expect(dialog.last().handoff).toBe('requested')
    expect(await dialog.say('em hỏi chuyện hồ sơ')).toBe('')
    await dialog.say({ type: 'staffWrote' })
    expect(await dialog.say('dạ vâng')).toBe('')
    expect(await dialog.say('dùng trợ lý')).not.toBe('')
    expect(dialog.last().handoff).toBe('ended')
  })

  test('who was answered by an officer beside the chat is heard by somebody again when they go on', async () => {
    const dialog = await startDialog()
    await dialog.say('cho gặp người thật')
    expect(await dialog.say({ type: 'staffAnswered' })).toBe('')
    expect(dialog.last().handoff).toBeNull()
    expect(await dialog.say('dạ em cảm ơn ạ')).toBe('')
    expect(dialog.last().handoff).toBeNull()
    expect(await dialog.say('dạ, cho em hỏi thêm giấy tờ ạ')).toBe('')
    expect(dialog.last().handoff).toBe('requested')
    expect(await dialog.say('em cần nộp gì nữa')).toBe('')
    expect(dialog.last().handoff).toBeNull()
    await dialog.say({ type: 'staffAnswered' })
    expect(await dialog.say({ type: 'location', latitude: 14.4, longitude: 107.8 })).toBe('')
    expect(dialog.last().handoff).toBe('requested')
    await dialog.say({ type: 'staffAnswered' })
    expect(await dialog.say('dùng trợ lý')).not.toBe('')
    expect(dialog.last().handoff).toBe('ended')
  })

  test('an answer beside the chat silences nobody who has gone on with the assistant', async () => {
    const dialog = await startDialog()
    await dialog.say('cho gặp người thật')
    await dialog.say('dùng trợ lý')
    expect(await dialog.say({ type: 'staffAnswered' })).toBe('')
    expect(await dialog.say('xin chào')).toContain('Xin chào')
    await dialog.say({ type: 'staffWrote' })
    await dialog.say({ type: 'staffAnswered' })
    expect(await dialog.say('dạ vâng')).toBe('')
    expect(dialog.last().handoff).toBeNull()
  })

  test('it comes back by itself after a quiet time', async () => {
    const dialog = await startDialog()
    await dialog.say({ type: 'staffWrote' })
    dialog.wait(9 * 3600_000)
    expect(await dialog.say('xin chào')).toContain('Xin chào')
  })
})

describe('a turn of which every word was for somebody else', () => {
  test('says nothing and leaves the open question with its buttons as it was', async () => {
    const dialog = await startDialog()
    for (const step of [() => dialog.say('menu'), () => dialog.say(MATTER), () => dialog.tap('Đồng ý, tiếp tục')]) {
      await step()
      const before = JSON.stringify(dialog.state())
      expect(await dialog.say()).toBe('')
      expect(JSON.stringify(dialog.state())).toBe(before)
    }
  })
})

describe('things that are no words', () => {
  test('a sticker is not an answer, a reaction is not a message', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    expect(await dialog.say({ type: 'sticker' })).toContain('bấm nút')
    expect(await dialog.say({ type: 'reaction', icon: '/-heart', messageId: 'm' })).toBe('')
  })

  test('photos before any form wait for it', async () => {
    const dialog = await startDialog()
    expect(await dialog.say(photo(), photo())).toContain('Đã thêm 2 ảnh.')
    await dialog.tap('Gửi phản ánh')
    expect(JSON.stringify(dialog.state())).toContain('"attachments":[{')
  })

  test('each file that cannot be taken is named with its reason; the sixth is too many', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    const macro = { type: 'files' as const, files: [{ ok: false as const, reason: 'macro' as const }], text: '' }
    expect(await dialog.say(macro)).toContain('macro')
    expect(await dialog.say(...Array.from({ length: 6 }, () => photo()))).toContain('nhiều nhất 5 tệp')
    expect(dialog.last().filesToRemove).toHaveLength(1)
  })

  test('a voice message is kept and words are asked for', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    expect(await dialog.say(photo({ kind: 'audio', mediaType: 'audio/amr', name: 'thoai.amr' }))).toContain('tin thoại')
  })

  test('a location is kept with the draft', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.say({ type: 'location', latitude: 14.42, longitude: 107.78 })
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.location).toEqual({ latitude: 14.42, longitude: 107.78 })
  })
})

describe('limits', () => {
  test('the fourth PAKN of a day waits, and loses nothing', async () => {
    const dialog = await startDialog()
    for (let number = 0; number < 4; number += 1) {
      dialog.wait(120_000)
      await dialog.say('gửi phản ánh')
      if (number === 0) await dialog.tap('Đồng ý, tiếp tục')
      await dialog.say(`${MATTER} (lần ${number})`)
      await dialog.tap('Dùng tiêu đề này')
      await dialog.tap('Để Văn phòng chuyển giúp')
      if (number === 0) {
        await dialog.say('Y Hà')
        await dialog.say('0905000123')
        await dialog.say(dialog.codes[0]?.code ?? '')
        await dialog.say('thôn 2 xã Sa Thầy')
      } else await dialog.tap('Dùng lại')
      await dialog.tap('Đồng ý công khai')
      const answer = await dialog.tap('GỬI PHẢN ÁNH')
      if (number === 3) expect(answer).toContain('mỗi người gửi được nhiều nhất 3 phản ánh')
    }
    expect(dialog.filed).toHaveLength(3)
    dialog.wait(DAY_MS)
    await dialog.say('gửi')
    if (dialog.filed.length === 3) await dialog.tap('Viết tiếp').then(() => dialog.tap('GỬI PHẢN ÁNH'))
    expect(dialog.filed).toHaveLength(4)
  })
})
