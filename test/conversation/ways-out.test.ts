import { describe, expect, test } from 'vitest'
import { type Dialog, fillForm, startDialog } from '../support/dialog.ts'

const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'

/** Brings a new citizen to each question of the form. */
const roads: Record<string, ((dialog: Dialog) => Promise<unknown>)[]> = {
  consent: [(d) => d.say(MATTER)],
  content: [(d) => d.say(MATTER), (d) => d.tap('Đồng ý, tiếp tục')],
}
roads.title = [...(roads.content ?? []), (d) => d.tap('Đủ rồi')]
roads.unit = [...roads.title, (d) => d.tap('Dùng tiêu đề này')]
roads.name = [...roads.unit, (d) => d.tap('Để Văn phòng chuyển giúp')]
roads.phone = [...roads.name, (d) => d.say('Y Hà')]
roads.code = [...roads.phone, (d) => d.say('0905000123')]
roads.address = [...roads.code, (d) => d.say(d.codes.at(-1)?.code ?? '')]
roads.publication = [...roads.address, (d) => d.say('thôn 2 xã Sa Thầy')]
roads.summary = [...roads.publication, (d) => d.tap('Đồng ý công khai')]

async function at(name: string): Promise<Dialog> {
  const dialog = await startDialog()
  for (const step of roads[name] ?? []) await step(dialog)
  return dialog
}

const form = (dialog: Dialog) => (dialog.state() as { form: { step: string; mode: string } | null }).form

describe.each(Object.keys(roads))('at the question of %s', (name) => {
  test.each(['hủy', 'huy bo', 'thôi'])(
    '"%s" asks before anything is thrown away, or ends before anything is kept',
    async (word) => {
      const dialog = await at(name)
      const answer = await dialog.say(word)
      if (name === 'consent') expect(form(dialog)).toBeNull()
      else expect(`${answer} ${dialog.buttons().join(' ')}`).toContain('Viết tiếp')
    },
  )

  test('"gặp cán bộ" brings a person, and the draft stays', async () => {
    const dialog = await at(name)
    const before = form(dialog)?.step
    expect(await dialog.say('gap can bo')).toContain('Cán bộ trực')
    expect(form(dialog)?.step).toBe(before)
  })

  test('"menu" shows the menu with the way back to the draft', async () => {
    const dialog = await at(name)
    await dialog.say('menu')
    expect(dialog.buttons()[0]).toBe('Viết tiếp')
    const answer = await dialog.tap('Viết tiếp')
    expect(answer).not.toBe('')
  })

  test('"trợ giúp" helps with this very question and asks it again', async () => {
    const dialog = await at(name)
    const before = form(dialog)?.step
    const answer = await dialog.say('tro giup')
    expect(answer).not.toContain('chưa hiểu')
    expect(form(dialog)?.step).toBe(before)
  })

  test('the menu below the chat goes on with a fresh draft', async () => {
    const dialog = await at(name)
    const before = form(dialog)?.step
    expect(await dialog.say('#submit')).not.toContain('viết dở')
    expect(form(dialog)?.step).toBe(before)
  })

  test('a denunciation is held back and never becomes part of the form', async () => {
    const dialog = await at(name)
    expect(await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận hối lộ 5 triệu')).toContain(
      'xin không gửi chi tiết qua Zalo',
    )
    await dialog.tap('Xóa giúp tôi')
    expect(JSON.stringify(dialog.state())).not.toContain('hối lộ')
  })

  test('a thumbs-up sticker is not an answer', async () => {
    const dialog = await at(name)
    const before = form(dialog)?.step
    await dialog.say({ type: 'sticker' })
    expect(form(dialog)?.step).toBe(before)
  })
})

test('a story told where a choice is asked becomes content', async () => {
  const dialog = await startDialog()
  await dialog.say('gửi phản ánh')
  await dialog.say('cán bộ một cửa xã Sa Thầy chậm trả hồ sơ khai sinh cho con em hơn một tháng nay')
  expect(await dialog.tap('Đồng ý, tiếp tục')).toContain('khai sinh')
})

test('a held denunciation does not slip into a new form', async () => {
  const dialog = await startDialog()
  await dialog.say('tôi muốn tố cáo ông chủ tịch xã nhận hối lộ 5 triệu')
  await dialog.say('#submit')
  expect(JSON.stringify(dialog.state())).not.toContain('hối lộ')
  expect(dialog.last().eraseEvents).toEqual(['e1'])
})

test('English words inside a story change no language', async () => {
  const dialog = await at('content')
  await dialog.say('tôi muốn hỏi wifi free ở trung tâm hành chính công please help me với ạ')
  expect((dialog.state() as { locale: string }).locale).toBe('vi')
})

test('the summary is shown whole again only when something in it changed', async () => {
  const dialog = await startDialog()
  await fillForm(dialog)
  expect(await dialog.say('yha@@gmail')).not.toContain('Xin xem lại')
  expect(await dialog.say('bỏ qua')).toBeDefined()
})

test('"tiếp" after a day goes on at once', async () => {
  const dialog = await at('unit')
  dialog.wait(24 * 3600_000)
  expect(await dialog.say('tiếp')).toContain('Nơi nhận')
})

test('a returning citizen sees the length of the short way', async () => {
  const dialog = await startDialog()
  await fillForm(dialog)
  await dialog.tap('GỬI PHẢN ÁNH')
  dialog.wait(3600_000)
  expect(await dialog.say('gửi phản ánh')).toContain('Bước 1/4')
})

test('an English speaker is served in English to the end', async () => {
  const dialog = await startDialog()
  expect(await dialog.say('english')).not.toMatch(/Ông\/Bà/)
  expect(await dialog.say('#submit')).toContain('feedback')
  expect((dialog.state() as { locale: string }).locale).toBe('en')
})
