import { describe, expect, test } from 'vitest'
import type { Conversation } from '../../src/conversation/state.ts'
import { type Dialog, fillForm, photo, startDialog } from '../support/dialog.ts'

const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'
const OTHER = 'cán bộ một cửa xã Đăk Hà bắt em đi lại ba lần để bổ sung giấy tờ khai sinh cho cháu'
const DAY_MS = 24 * 3600_000

const state = (dialog: Dialog) => dialog.state() as Conversation
const content = (dialog: Dialog) =>
  (state(dialog).form?.answers.content?.value as { parts: string[] } | undefined)?.parts

async function untilPhone(): Promise<Dialog> {
  const dialog = await startDialog()
  await dialog.say(MATTER)
  await dialog.tap('Đồng ý, tiếp tục')
  await dialog.tap('Đủ rồi')
  await dialog.tap('Dùng tiêu đề này')
  await dialog.tap('Để Văn phòng chuyển giúp')
  await dialog.say('Y Hà')
  return dialog
}

describe('a matter told while another draft is open', () => {
  test('is asked about: does it belong there, or is it new?', async () => {
    const dialog = await untilPhone()
    const answer = await dialog.say(OTHER)
    expect(answer).toContain('cán bộ một cửa xã Đăk Hà')
    expect(answer).toContain('Chậm trả kết quả tách thửa')
    expect(answer.trimEnd()).toMatch(/\?$/)
    expect(dialog.buttons()).toEqual(['Thêm vào phản ánh này', 'Là việc mới', 'Không gửi đoạn này'])
  })

  test('is added where the citizen says so, and the form goes on where it was', async () => {
    const dialog = await untilPhone()
    await dialog.say(OTHER)
    expect(await dialog.say('thêm vào')).toContain('Bước 5/6')
    expect(content(dialog)).toEqual([MATTER, OTHER])
  })

  test('is the beginning of a draft of its own, and the first draft comes back afterwards', async () => {
    const dialog = await untilPhone()
    await dialog.say(OTHER)
    const answer = await dialog.say('việc mới')
    expect(answer).toContain('cất phản ánh “Chậm trả kết quả tách thửa')
    expect(content(dialog)).toEqual([OTHER])
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say('Y Hà')
    await dialog.say('0905000123')
    await dialog.say(dialog.codes.at(-1)?.code ?? '')
    await dialog.say('thôn 2 xã Sa Thầy')
    await dialog.tap('Đồng ý công khai')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed.map((draft) => draft.content)).toEqual([OTHER])
    dialog.wait(120_000)
    expect(await dialog.say('alo')).toContain('đang viết dở phản ánh “Chậm trả kết quả tách thửa')
    await dialog.tap('Viết tiếp')
    expect(content(dialog)).toEqual([MATTER])
    expect(state(dialog).form?.answers.name?.value).toEqual({ name: 'Y Hà' })
  })

  test('an older button of the draft that was put aside brings it back', async () => {
    const dialog = await untilPhone()
    const back = dialog.payloadOf('Quay lại')
    await dialog.say(OTHER)
    await dialog.tap('Là việc mới')
    expect(await dialog.say(back)).toContain('Họ tên')
    expect(content(dialog)).toEqual([MATTER])
    expect(state(dialog).shelved).toHaveLength(1)
  })

  test('is not sent where the citizen does not wish it', async () => {
    const dialog = await untilPhone()
    await dialog.say(OTHER)
    expect(await dialog.tap('Không gửi đoạn này')).toContain('Bước 5/6')
    expect(JSON.stringify(dialog.state())).not.toContain('khai sinh')
  })

  test('an answer to the open question says that it belongs here', async () => {
    const dialog = await untilPhone()
    await dialog.say(OTHER)
    expect(await dialog.say('0905000123')).toContain('mã 6 chữ số')
    expect(content(dialog)).toEqual([MATTER, OTHER])
  })

  test('after days the same is asked, not assumed', async () => {
    const dialog = await startDialog()
    await dialog.say('gửi phản ánh')
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say('hồ sơ đất của em bị chậm')
    dialog.wait(3 * DAY_MS)
    await dialog.say(OTHER)
    expect(dialog.buttons()).toContain('Là việc mới')
    await dialog.tap('Thêm vào phản ánh này')
    expect(content(dialog)).toEqual(['hồ sơ đất của em bị chậm', OTHER])
  })

  test('no more than three drafts wait; nothing is lost when there are as many', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    for (const number of [1, 2, 3]) {
      await dialog.tap('Đủ rồi')
      await dialog.tap('Dùng tiêu đề này')
      await dialog.tap('Để Văn phòng chuyển giúp')
      await dialog.say(`${OTHER}, lần thứ ${number}`)
      await dialog.tap('Là việc mới')
    }
    await dialog.tap('Đủ rồi')
    await dialog.tap('Dùng tiêu đề này')
    await dialog.tap('Để Văn phòng chuyển giúp')
    await dialog.say(`${OTHER}, lần thứ tư`)
    expect(dialog.buttons()).toEqual(['Thêm vào phản ánh này', 'Không gửi đoạn này'])
    expect(JSON.stringify(dialog.state())).toContain('lần thứ tư')
    expect(state(dialog).shelved).toHaveLength(3)
  })
})

describe('a draft that goes', () => {
  test('takes its words out of what is stored, as was promised', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.say(photo())
    await dialog.say('hủy')
    expect(await dialog.tap('Bỏ, xóa hết')).toContain('đã xóa bản đang viết')
    expect(dialog.last().eraseEvents).toContain('e1')
    expect(dialog.last().filesToRemove).toHaveLength(1)
  })

  test('"thôi" to "bỏ thật không?" may mean either and is asked once more', async () => {
    const dialog = await untilPhone()
    await dialog.say('hủy')
    expect(await dialog.say('thôi')).toContain('muốn bỏ phản ánh')
    expect(state(dialog).form).not.toBeNull()
    await dialog.say('ừ')
    expect(state(dialog).form).toBeNull()
  })

  test('"hủy" in the middle of a change leaves the answer as it was', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    await dialog.tap('Họ tên')
    await dialog.say('hủy')
    expect(state(dialog).form).toMatchObject({ mode: 'step', step: 'summary', editing: null })
    expect(state(dialog).form?.answers.name?.value).toEqual({ name: 'Y Hà' })
  })

  test('"viết lại" offers the old words back until there are new ones', async () => {
    const dialog = await startDialog()
    await dialog.say(MATTER)
    await dialog.tap('Đồng ý, tiếp tục')
    await dialog.tap('Viết lại')
    expect(dialog.buttons()).toContain('Giữ nguyên')
    await dialog.tap('Giữ nguyên')
    expect(content(dialog)).toEqual([MATTER])
  })
})

describe('the way back', () => {
  test('leads through every question to the first, and forth again with every answer offered', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    const steps: string[] = []
    for (let number = 0; number < 8; number += 1) {
      await dialog.say('quay lại')
      steps.push(state(dialog).form?.step ?? '')
    }
    expect(steps).toEqual(['publication', 'address', 'phone', 'name', 'unit', 'title', 'content', 'content'])
    expect(await dialog.say('quay lại')).toContain('câu đầu tiên')
    for (let number = 0; number < 12 && state(dialog).form?.step !== 'summary'; number += 1) {
      const keep = dialog.buttons().find((title) => ['Giữ nguyên', 'Đủ rồi', 'Dùng tiêu đề này'].includes(title))
      await (keep === undefined ? dialog.say('1') : dialog.tap(keep))
    }
    expect(state(dialog).form?.step).toBe('summary')
    expect(state(dialog).form?.answers.phone?.value).toBe('+84905000123')
  })

  test('out of a question that was opened by itself returns to the summary', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('Sửa')
    await dialog.tap('Địa chỉ')
    await dialog.say('lui')
    expect(state(dialog).form?.step).toBe('summary')
  })

  test('never passes through an e-mail that was only asked for on request', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.say('ha@vidu.vn')
    await dialog.say('quay lại')
    await dialog.say('quay lại')
    expect(state(dialog).form?.step).toBe('address')
    expect(state(dialog).form?.answers.email?.value).toBe('ha@vidu.vn')
  })
})

describe('steps are counted on the citizen’s own way', () => {
  test('six for a new citizen', async () => {
    const dialog = await startDialog()
    const answers = [await dialog.say(MATTER), await dialog.tap('Đồng ý, tiếp tục'), await dialog.tap('Đủ rồi')]
    answers.push(await dialog.tap('Dùng tiêu đề này'), await dialog.tap('Để Văn phòng chuyển giúp'))
    answers.push(await dialog.say('Y Hà'), await dialog.say('0905000123'))
    answers.push(await dialog.say(dialog.codes.at(-1)?.code ?? ''))
    expect(answers.map((answer) => /Bước (\d\/\d)/.exec(answer)?.[1])).toEqual([
      undefined,
      '1/6',
      '2/6',
      '3/6',
      '4/6',
      '5/6',
      '5/6',
      '6/6',
    ])
  })

  test('four for a returning one, six again for one who types everything anew, none for a change', async () => {
    const dialog = await startDialog()
    await fillForm(dialog)
    await dialog.tap('GỬI PHẢN ÁNH')
    dialog.wait(120_000)
    await dialog.say('gửi phản ánh')
    const answers = [await dialog.say(OTHER), await dialog.tap('Dùng tiêu đề này')]
    answers.push(await dialog.tap('Để Văn phòng chuyển giúp'), await dialog.tap('Nhập lại'))
    answers.push(await dialog.say('Y Byă Niê'))
    expect(answers.map((answer) => /Bước (\d\/\d)/.exec(answer)?.[1])).toEqual(['2/4', '3/4', '4/4', '4/6', '5/6'])
    await dialog.say('0905000123')
    await dialog.say('thôn 2 xã Sa Thầy')
    await dialog.tap('Chỉ công khai câu trả lời')
    await dialog.tap('Sửa')
    expect(await dialog.tap('Địa chỉ')).not.toContain('Bước')
  })
})
