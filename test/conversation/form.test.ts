import { describe, expect, test } from 'vitest'
import { fillForm, photo, startDialog } from '../support/dialog.ts'

const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'

describe('filing a PAKN', () => {
  test('a first message that holds the matter starts the form with it', async () => {
    const dialog = await startDialog()
    const answer = await dialog.say(MATTER)
    expect(answer).toContain('Nội dung này sẽ được công khai. Vui lòng không ghi chi tiết thông tin cá nhân!')
    expect(dialog.buttons()).toEqual(['Đồng ý, tiếp tục', 'Kênh này nhận việc gì?', 'Thôi'])
    expect(await dialog.tap('Đồng ý, tiếp tục')).toContain(MATTER)
  })

  test('a citizen known to nobody files with at most 13 messages', async () => {
    const dialog = await startDialog()
    const summary = await fillForm(dialog)
    expect(summary).toContain('Y Hà')
    expect(summary).toContain('0905 000 123')
    expect(summary).toContain('Nội dung này sẽ được công khai. Vui lòng không ghi chi tiết thông tin cá nhân!')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed).toHaveLength(1)
    expect(dialog.count()).toBeLessThanOrEqual(13)
    expect(dialog.filed[0]).toMatchObject({
      submitterType: 'citizen',
      name: 'Y Hà',
      phone: '+84905000123',
      content: MATTER,
      identityLevel: 2,
      publicChoice: { content: true, name: 'masked' },
      address: { model: '2025', provinceCode: '51', detail: 'Thôn 2' },
    })
    expect(dialog.filed[0]?.suggestedUnitCode).toMatch(/^QN-C/)
    expect(dialog.filed[0]?.consents.map((consent) => consent.purpose)).toEqual(['handling', 'publication'])
  })

  test('the same through the menu, still within 13', async () => {
    const dialog = await startDialog()
    await dialog.say('Gửi phản ánh')
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say(MATTER)
    await dialog.tap('Dùng tiêu đề này')
    await dialog.say('1')
    await dialog.say('Y Hà')
    await dialog.say('0905000123')
    await dialog.say(dialog.codes.at(-1)?.code ?? '')
    await dialog.say('thon 2 thi tran sa thay')
    await dialog.say('dung roi')
    await dialog.say('1')
    await dialog.say('gui')
    expect(dialog.filed).toHaveLength(1)
    expect(dialog.count()).toBeLessThanOrEqual(13)
  })

  test('a returning citizen files with at most 7', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('GỬI PHẢN ÁNH')
    const before = dialog.count()
    dialog.wait(3600_000)
    await dialog.say('gui phan anh')
    await dialog.say('Cán bộ một cửa xã Sa Thầy bắt em đi lại 3 lần để bổ sung giấy tờ mà lần nào cũng nói khác nhau')
    await dialog.tap('Dùng tiêu đề này')
    const reuse = await dialog.say('1')
    expect(reuse).toContain('Dùng thông tin lần trước: Y Hà, 0905 000 123')
    await dialog.say('dung lai')
    await dialog.tap('Chỉ công khai câu trả lời')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed).toHaveLength(2)
    expect(dialog.count() - before).toBeLessThanOrEqual(7)
    expect(dialog.filed[1]?.publicChoice.content).toBe(false)
    expect(dialog.filed[1]?.name).toBe('Y Hà')
  })

  test('a second tap on the send button files nothing again, and says so when it comes later', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    const send = dialog.payloadOf('GỬI PHẢN ÁNH')
    await dialog.say(send, send)
    expect(dialog.filed).toHaveLength(1)
    dialog.wait(60_000)
    expect(await dialog.say(send)).toContain('đã được gửi rồi')
    expect(dialog.filed).toHaveLength(1)
  })

  test('an album and words of one burst get one answer', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    const answer = await dialog.say(photo(), photo(), 'giấy hẹn ghi 12/10')
    expect(answer).toContain('Đã thêm 1 tin và 2 ảnh.')
    expect(answer).toContain('Bước 2/6')
    expect(dialog.last().messages).toHaveLength(1)
  })

  test('on behalf of an enterprise the name of the enterprise and of a contact person are asked', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.tap('Tôi gửi thay tổ chức')
    expect(await dialog.tap('Doanh nghiệp')).toContain('Tên đầy đủ')
    await dialog.say('Công ty TNHH Mẫu & Thử (chi nhánh 2)')
    await dialog.say('A Thăng')
    await dialog.say('0260 3 797 799')
    await dialog.say(dialog.codes.at(-1)?.code ?? '')
    await dialog.say('thôn 2 xã Sa Thầy')
    await dialog.tap('Đồng ý công khai')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]).toMatchObject({
      submitterType: 'enterprise',
      name: 'Công ty TNHH Mẫu & Thử (chi nhánh 2)',
      contactPerson: 'A Thăng',
      suggestedUnitCode: null,
    })
  })

  test('any answer can be changed from the summary, and the others stay', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    expect(dialog.buttons()).toContain('Họ tên')
    expect(await dialog.tap('Họ tên')).toContain('Họ và tên')
    expect(await dialog.say('Y Byă Niê')).toContain('Y Byă Niê')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]).toMatchObject({ name: 'Y Byă Niê', phone: '+84905000123' })
  })

  test('"giữ nguyên" and "quay lại" leave an opened field as it was', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.say('sửa')
    await dialog.say('địa chỉ')
    expect(dialog.buttons()).toContain('Giữ nguyên')
    expect(await dialog.say('quay lại')).toContain('Xin xem lại trước khi gửi')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.address.detail).toBe('Thôn 2')
  })

  test('an e-mail typed at the summary is taken', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    expect(await dialog.say('yha@gmail.com')).toContain('yha@gmail.com')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.email).toBe('yha@gmail.com')
  })

  test('a misspelt e-mail domain is asked about, never corrected silently', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    expect(await dialog.say('yha@gmai.com')).toContain('yha@gmail.com')
    await dialog.say('2')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.email).toBe('yha@gmai.com')
  })

  test('a phone number in the content is pointed out before the summary and removed on wish', async () => {
    const dialog = await startDialog()
    const answer = await fillForm(dialog, { content: `${MATTER}, ai biết gọi em số 0905 111 222 nhé` })
    expect(answer).toContain('0905 111 222')
    expect(await dialog.tap('Xóa giúp tôi')).not.toContain('0905 111 222')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.content).not.toContain('0905 111 222')
  })
})

describe('ways out', () => {
  test('"hủy" asks once before the draft is thrown away', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    expect(await dialog.say('hủy')).toMatch(/muốn bỏ phản ánh “.*” phải không ạ\?$/)
    expect(await dialog.say('không')).toContain('Tôi có')
    await dialog.say('huy bo')
    expect(await dialog.say('dạ')).toContain('đã xóa bản đang viết')
  })

  test('"quay lại" goes one question back and keeps what was answered', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    expect(await dialog.say('lui')).toContain('Chậm trả kết quả tách thửa')
    expect(await dialog.say('quay lai')).toContain(MATTER)
  })

  test('what the law requires cannot be skipped, and the answer says so', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    expect(await dialog.say('bỏ qua')).toContain('chưa bỏ qua được')
  })

  test('without consent nothing is kept', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Thôi')
    expect(JSON.stringify(dialog.state())).not.toContain('tách thửa')
  })

  test('a proper name that contains a command word is a name', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    expect(await dialog.say('Nguyễn Văn Hủy')).toContain('Số điện thoại')
  })

  test('a wrong answer says what was understood; the third time another way is offered; none is said four times', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say('Y Hà')
    expect(await dialog.say('0905 000 12')).toContain('“0905 000 12” thiếu 1 chữ số')
    const answers: string[] = []
    for (const typed of ['0905 000 1', '0905 000 2', '0905 000 3', '0905 000 4']) answers.push(await dialog.say(typed))
    expect(answers[1]).toContain('thẻ của Zalo')
    expect(dialog.buttons()).toContain('Để cán bộ giúp')
    expect(await dialog.say('0905000123')).toContain('mã 6 chữ số')
  })

  test('a question in the middle is answered and the form goes on where it was', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    const answer = await dialog.say('mất bao lâu?')
    expect(answer).toContain('15 ngày làm việc')
    expect(answer).toContain('Bước 2/6')
  })

  test('an old button of a draft that is gone says kindly that its time has passed', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    const old = dialog.payloadOf('Đồng ý, tiếp tục')
    await dialog.tap('Thôi')
    expect(await dialog.say(old)).toContain('Nút này thuộc một tin cũ')
  })

  test('an older button of the same draft changes that choice', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    const answerOnly = dialog.payloadOf('Sửa').replace('summary.edit', 'publication.answerOnly')
    expect(await dialog.say(answerOnly)).toContain('Chỉ công khai câu trả lời')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.publicChoice.content).toBe(false)
  })
})

describe('identity', () => {
  const untilPhone = async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say('Y Hà')
    return dialog
  }

  test('the phone that Zalo shares needs no code', async () => {
    const dialog = await untilPhone()
    const answer = await dialog.say({ type: 'sharedInfo', name: 'Ha', phone: '84905000123' })
    expect(answer).toContain('0905 000 123')
    expect(answer).toContain('Địa chỉ')
    expect(dialog.codes).toHaveLength(0)
  })

  test('five wrong codes end it; a new one is right; it is not kept in plain', async () => {
    const dialog = await untilPhone()
    await dialog.say('0905000123')
    const code = dialog.codes.at(-1)?.code ?? ''
    expect(code).toMatch(/^\d{6}$/)
    expect(JSON.stringify(dialog.state())).not.toContain(`"${code}"`)
    const wrong = code === '111111' ? '222222' : '111111'
    for (let left = 4; left > 0; left -= 1) expect(await dialog.say(`${wrong}`)).toMatch(/Mã chưa đúng|cách|cán bộ|thử/)
    expect(await dialog.say(wrong)).toContain('bị hủy')
    expect(await dialog.say(code)).toContain('hết hạn')
    dialog.wait(61_000)
    await dialog.tap('Gửi lại mã')
    expect(dialog.codes).toHaveLength(2)
    expect(await dialog.say(dialog.codes[1]?.code ?? '')).toContain('đã được xác nhận')
  })

  test('a code is no longer good after ten minutes', async () => {
    const dialog = await untilPhone()
    await dialog.say('0905000123')
    dialog.wait(10 * 60_000)
    expect(await dialog.say(dialog.codes[0]?.code ?? '')).toContain('hết hạn')
  })

  test('a contact card of somebody is read like a typed number, not as proof', async () => {
    const dialog = await untilPhone()
    expect(await dialog.say({ type: 'contactCard', name: 'Y Hà', phone: '84905000123' })).toContain('mã 6 chữ số')
  })

  test('where codes cannot be sent, the phone has to come from Zalo', async () => {
    const dialog = await startDialog({ settings: { codeChannel: false } })
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say('Y Hà')
    expect(await dialog.say('0905000123')).toContain('bấm thẻ của Zalo')
    expect(dialog.last().messages.map((message) => message.body.type)).toContain('requestInfo')
    expect(await dialog.say({ type: 'sharedInfo', phone: '84905000123' })).toContain('Địa chỉ')
  })

  test('with minIdentityLevel 1 no proof is asked', async () => {
    const dialog = await startDialog({ settings: { minIdentityLevel: 1 } })
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say('Y Hà')
    expect(await dialog.say('0905000123')).toContain('Địa chỉ')
  })
})

test('answers that come at once after a story are answers, not more of the story', async () => {
  const dialog = await startDialog()
  const atOnce = async (act: () => Promise<string>) => {
    dialog.wait(-4_900)
    return act()
  }
  await dialog.say('Gửi phản ánh')
  await atOnce(() => dialog.say(MATTER))
  for (const title of ['Đồng ý, tiếp tục', 'Đủ rồi', 'Dùng tiêu đề này']) await atOnce(() => dialog.tap(title))
  expect(await atOnce(() => dialog.say('xa sa thay'))).toContain('Bước 4/6')
  expect(await atOnce(() => dialog.say('Y Hà'))).toContain('Bước 5/6')
})
