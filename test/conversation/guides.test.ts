import { describe, expect, test } from 'vitest'
import type { Conversation } from '../../src/conversation/state.ts'
import { caseIn } from '../cases/fixtures.ts'
import { type Dialog, fillForm, openTestConversation, photo, startDialog } from '../support/dialog.ts'

const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'
const state = (dialog: Dialog) => dialog.state() as Conversation
const hints = (dialog: Dialog) => state(dialog).form?.hints ?? []

describe('what belongs elsewhere gets its guidance, and may go on all the same (R2-21)', () => {
  test.each([
    [
      'a complaint',
      'tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã, yêu cầu hủy quyết định',
      'đơn khiếu nại',
      'complaint',
    ],
    [
      'a question of law',
      'cho hỏi luật đất đai quy định thế nào về hạn mức tách thửa',
      'Cổng Dịch vụ công quốc gia',
      'legalQuestion',
    ],
    [
      'a matter of a court',
      'vụ kiện đất của tôi tòa án huyện đang xét xử mà chưa có bản án',
      'gửi đơn tới cơ quan đó',
      'judicial',
    ],
    ['a scene in the street', 'con đường ở xã Sa Thầy hư hỏng, ổ gà nhiều quá', 'UBND xã Sa Thầy', 'fieldScene'],
  ])('%s', async (_, words, guide, hint) => {
    const dialog = await startDialog()
    expect(await dialog.say(words)).toContain(guide)
    expect(dialog.buttons()).toEqual(['Vẫn gửi phản ánh', 'Không gửi', 'Gặp cán bộ'])
    expect(await dialog.tap('Vẫn gửi phản ánh')).toMatch(/đồng ý/)
    expect(JSON.stringify(state(dialog).form?.answers)).toContain(words)
    expect(hints(dialog)).toEqual([hint])
  })

  test('a scene in no commune that is known gets the general words', async () => {
    const dialog = await startDialog()
    expect(await dialog.say('đường trước nhà tôi đầy ổ gà, rác đổ bừa bãi hôi thối quá')).toContain(
      'UBND xã, phường nơi đó',
    )
  })

  test('"không gửi" leaves nothing', async () => {
    const dialog = await startDialog()
    await dialog.say('con đường ở xã Sa Thầy hư hỏng, ổ gà nhiều quá')
    await dialog.tap('Không gửi')
    expect(JSON.stringify(dialog.state())).not.toContain('ổ gà')
    expect(dialog.last().eraseEvents).toEqual(['e1'])
  })

  test('what no rule knows is offered as a matter, not thrown away', async () => {
    const dialog = await startDialog()
    await dialog.say('hôm qua tôi ra xã mấy lần mà cứ đóng cửa im ỉm không thấy bóng ai hết')
    const isOffered = dialog.buttons().includes('Gửi phản ánh này') || state(dialog).form !== null
    expect(isOffered).toBe(true)
    expect(JSON.stringify(dialog.state())).toContain('đóng cửa im ỉm')
  })

  test('an older button under other words does nothing to these', async () => {
    const dialog = await startDialog()
    await dialog.say('con đường ở xã Sa Thầy hư hỏng, ổ gà nhiều quá')
    const drop = dialog.payloadOf('Không gửi')
    await dialog.tap('Không gửi')
    await dialog.say('tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã, yêu cầu hủy quyết định')
    expect(await dialog.say(drop)).toContain('không còn dùng được')
    expect(JSON.stringify(state(dialog).held)).toContain('thu hồi đất')
  })
})

test('words that join a suspected denunciation are asked about with it: a yes erases both', async () => {
  const dialog = await startDialog()
  await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận hối lộ 5 triệu')
  await dialog.say('tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã, yêu cầu hủy quyết định')
  expect(dialog.buttons()).toContain('Xóa giúp tôi')
  await dialog.say('vâng')
  expect(state(dialog).held).toBeNull()
  expect(dialog.last().eraseEvents).toEqual(['e1', 'e2'])
})

describe('an informal charge', () => {
  test('is told where to call, may be sent, and is kept from those it is about (R2-30)', async () => {
    const dialog = await startDialog()
    const answer = await dialog.say(
      'cán bộ một cửa xã Sa Thầy vòi vĩnh đòi bồi dưỡng 500 nghìn mới trả kết quả hồ sơ đất',
    )
    expect(answer).toContain('0255 3 000 001')
    expect(state(dialog).form ?? state(dialog).held).not.toBeNull()
    expect(JSON.stringify(dialog.state())).toContain('denunciationSuspected')
  })
})

describe('an emergency', () => {
  test('is answered with the numbers and offers nothing but to say that it is none, whatever came with it', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    const answer = await dialog.say('cháy nhà ở thôn 4, cứu với', 'nhanh lên', photo())
    expect(answer).toMatch(/^[^?]*113[^?]*114[^?]*115[^?]*$/)
    expect(answer).not.toContain('Bước')
    expect(dialog.buttons()).toEqual(['Đây không phải việc khẩn cấp'])
    expect(state(dialog).form?.step).toBe('content')
  })

  test('is answered also while a person has the chat, who keeps it', async () => {
    const dialog = await startDialog()
    await dialog.say({ type: 'staffWrote' })
    expect(await dialog.say('cháy nhà ở thôn 4, cứu với')).toContain('114')
    expect(state(dialog).handoff?.state).toBe('staff')
  })
})

describe('somebody under sixteen', () => {
  test('is asked to let a grown-up send it, and the officer is told (R9-15)', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    const answer = await dialog.say('em 15 tuổi')
    expect(answer).toContain('người giám hộ')
    expect(answer).toContain('Họ tên')
    expect(hints(dialog)).toContain('underSixteen')
  })
})

describe('language', () => {
  test('a matter in another language is told the rule and goes on (R3-6)', async () => {
    const dialog = await startDialog()
    await dialog.say('gửi phản ánh')
    await dialog.tap('Đồng ý, tiếp tục')
    const words = 'The commune office keeps losing my land papers and nobody answers when somebody calls them'
    const answer = await dialog.say(words)
    expect(answer).toContain('viết bằng tiếng Việt')
    expect(answer).toContain('Bước 2/6')
    expect(JSON.stringify(state(dialog).form?.answers.content)).toContain(words)
  })

  test('Vietnamese without accents is Vietnamese', async () => {
    const dialog = await startDialog()
    await dialog.say('gửi phản ánh')
    await dialog.tap('Đồng ý, tiếp tục')
    const answer = await dialog.say(
      'em nop ho so tach thua o xa sa thay tu 12/9 toi gio chua co ket qua, hoi thi cu bao cho',
    )
    expect(answer).not.toContain('viết bằng tiếng Việt')
    expect(answer).toContain('tại xã Sa Thầy')
  })

  test('can be changed in the middle of the form, which goes on in it', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    const english = await dialog.say('english')
    expect(english).toContain('Step 2 of 6')
    expect(await dialog.say('tiếng việt')).toContain('Bước 2/6')
  })

  test('a story in English is kept', async () => {
    const dialog = await startDialog()
    const words = 'I would like to say that my land certificate is late since September at the commune'
    await dialog.say(words)
    expect(JSON.stringify(dialog.state())).toContain('land certificate is late')
  })
})

describe('names', () => {
  async function atName(): Promise<Dialog> {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    return dialog
  }

  test('title case is offered, never forced (R3-2)', async () => {
    const dialog = await atName()
    await dialog.say('nguyễn văn an')
    expect(dialog.buttons().slice(0, 2)).toEqual(['Nguyễn Văn An', 'nguyễn văn an'])
    await dialog.tap('nguyễn văn an')
    expect(state(dialog).form?.answers.name?.value).toEqual({ name: 'nguyễn văn an' })
  })

  test('"đúng rồi" takes the first of them', async () => {
    const dialog = await atName()
    await dialog.say("rơ châm h'blin")
    await dialog.say('dung roi')
    expect(state(dialog).form?.answers.name?.value).toEqual({ name: "Rơ Châm H'Blin" })
  })

  test('the name on Zalo is used only with a yes, which is a consent of its own', async () => {
    const dialog = await atName()
    expect(await dialog.say({ type: 'sharedInfo', name: 'Y Hà' })).toContain('Y Hà')
    await dialog.tap('Đúng rồi')
    expect(dialog.last().consents).toEqual([
      expect.objectContaining({ purpose: 'profileName', given: true, eventId: expect.stringMatching(/^e\d+$/) }),
    ])
    expect(state(dialog).form?.answers.name?.value).toMatchObject({ name: 'Y Hà' })
  })
})

describe('consents', () => {
  test('are logged one purpose each, with the words, the event and the time (R9-1)', async () => {
    const dialog = await startDialog()
    const { engine } = await openTestConversation()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    expect(dialog.last().consents).toEqual([
      {
        purpose: 'handling',
        given: true,
        textVersion: engine.textVersion('submit.agreement.ask'),
        eventId: 'e2',
        at: dialog.now(),
      },
    ])
  })

  test('what was agreed to for one case does not hold for the next', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('GỬI PHẢN ÁNH')
    dialog.wait(120_000)
    await dialog.say(`${MATTER} (lần hai)`)
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.tap('Dùng lại')
    await dialog.tap('Chỉ công khai câu trả lời')
    await dialog.tap('GỬI PHẢN ÁNH')
    const publication = dialog.filed.map(
      ({ consents }) => consents.find(({ purpose }) => purpose === 'publication')?.given,
    )
    expect(publication).toEqual([true, false])
    const handling = dialog.filed.map(({ consents }) => consents.find(({ purpose }) => purpose === 'handling'))
    expect(handling[0]).toEqual(handling[1])
    expect(handling[0]?.eventId).toBe('e2')
  })

  test('are asked for again when their words have changed', async () => {
    const opened = await openTestConversation()
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('GỬI PHẢN ÁNH')
    const changed = await startDialog({
      startAt: dialog.now() + 120_000,
      conversation: {
        ...opened,
        engine: { ...opened.engine, textVersion: (key) => `${opened.engine.textVersion(key)}+` },
      },
    })
    changed.setState(dialog.state())
    await changed.say('gửi phản ánh')
    expect(changed.buttons()).toContain('Đồng ý, tiếp tục')
  })
})

describe('personal data in the text', () => {
  test('is found also in a title or a content that was changed later (R3-8b)', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    await dialog.tap('Việc')
    const answer = await dialog.say('Chậm trả kết quả, liên hệ 0905 111 222 giúp tôi')
    expect(answer).toContain('0905 111 222')
    expect(dialog.buttons()).toEqual(['Xóa giúp tôi', 'Để nguyên'])
    expect(await dialog.tap('Xóa giúp tôi')).toContain('[đã ẩn số điện thoại]')
    expect(JSON.stringify(dialog.state())).not.toContain('0905 111 222')
  })

  test('removing it never makes a text longer than a case can be', async () => {
    const dialog = await startDialog()
    await dialog.say('gửi phản ánh')
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say(`hồ sơ chậm, hỏi thì bảo gọi ${'a@b.vn '.repeat(700)}`.slice(0, 4_990))
    await dialog.say('Chậm trả kết quả hồ sơ đất')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say('Y Hà')
    await dialog.say('0905000123')
    await dialog.say(dialog.codes.at(-1)?.code ?? '')
    await dialog.say('thôn 2 xã Sa Thầy')
    await dialog.tap('Đồng ý công khai')
    await dialog.tap('Xóa giúp tôi')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.content.length).toBeLessThanOrEqual(5_000)
    expect(dialog.filed[0]?.content).not.toContain('a@b.vn')
  })
})

describe('small wishes', () => {
  test('"Kênh này nhận việc gì?" is answered, and the question is asked again', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    const answer = await dialog.tap('Kênh này nhận việc gì?')
    expect(answer).toContain('không nhận đơn khiếu nại')
    expect(answer).toMatch(/đồng ý/)
    expect(dialog.buttons()).toContain('Đồng ý, tiếp tục')
  })

  test('"tra cứu" alone shows one’s own cases and asks for the code', async () => {
    const filedCases = [caseIn('PROCESSING', { code: 'PAKN.20261101.0007', citizenKey: 'citizen-1' })]
    const dialog = await startDialog({ filedCases })
    const answer = await dialog.say('tra cuu')
    expect(answer).toContain('PAKN.20261101.0007')
    expect(answer.trimEnd()).toMatch(/gõ mã phản ánh, ví dụ PAKN\.\d{8}\.0001\.$/)
    expect(dialog.buttons()).toContain('PAKN.20261101.0007')
  })

  test('"ngừng nhận tin" and "nhận tin" in the middle of the form', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Đủ rồi')
    expect(await dialog.say('ngừng nhận tin')).toContain('Bước 2/6')
    expect(state(dialog).broadcasts).toBe(false)
    await dialog.say('nhận lại tin')
    expect(state(dialog).broadcasts).toBe(true)
  })

  test('an e-mail that was asked for may be left out', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    await dialog.tap('E-mail')
    expect(await dialog.say('bỏ qua')).toContain('Y Hà')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]?.email).toBeNull()
  })

  test('"dữ liệu của tôi" says what is kept, drafts and consents too', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('GỬI PHẢN ÁNH')
    dialog.wait(120_000)
    await dialog.say(`${MATTER} (lần hai)`)
    const answer = await dialog.say('dữ liệu của tôi')
    for (const part of ['Y Hà, 0905 000 123', 'Số điện thoại đã xác nhận', 'viết dở', 'Đồng ý'])
      expect(answer).toContain(part)
  })
})
