import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSmtpSender } from '../../src/delivery/smtp.ts'
import { CHROMIUM_ARGUMENTS, canTestInBrowser, findChromium } from '../support/chromium.ts'
import { messageOf, type Received, type Rig, startRig, until } from './support.ts'

const DESKTOP = { width: 1280, height: 800 }
const HANDSET = { width: 390, height: 844 }

/** A bot as small as can be: it repeats, offers buttons, and asks for details. */
function createEchoBot(rig: () => Rig): (event: Received) => Promise<void> {
  const menu = {
    text: 'Ông/Bà cần gì?\nXem https://example.vn/huong-dan. **Xin cảm ơn**',
    attachment: {
      type: 'template',
      payload: {
        buttons: [
          { title: 'Gửi phản ánh', type: 'oa.query.show', payload: 'Gửi phản ánh' },
          { title: 'Tra cứu', type: 'oa.query.hide', payload: '#tracuu' },
          { title: 'Cổng thông tin', type: 'oa.open.url', payload: { url: 'https://example.vn/' } },
        ],
      },
    },
  }
  const card = { title: 'Chia sẻ số điện thoại', subtitle: 'Để cơ quan liên hệ', image_url: 'http://127.0.0.1:9/a.png' }
  const ask = { attachment: { type: 'template', payload: { template_type: 'request_user_info', elements: [card] } } }
  return async ({ body }) => {
    const name = String(body.event_name)
    const person = (body.sender ?? body.follower) as { id: string }
    const words = messageOf({ body } as Received).text ?? ''
    if ((!name.startsWith('user_send') && name !== 'follow') || words.startsWith('Bạn đã gởi')) return
    const message =
      name === 'follow' || words === 'menu'
        ? menu
        : words === 'sdt'
          ? ask
          : { text: name === 'user_send_text' ? `Đã nghe: ${words}` : `Đã nhận ${name}` }
    await rig().api('POST', '/v2.0/oa/message', { recipient: { user_id: person.id }, message })
  }
}

describe.runIf(canTestInBrowser())('the phone in a browser', () => {
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let rig: Rig
  const faults: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findChromium() ?? '/usr/bin/chromium', args: CHROMIUM_ARGUMENTS })
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    const bot = createEchoBot(() => rig)
    rig = await startRig({ realClock: true, ratePerMinute: 10_000, onEvent: (event) => void bot(event) })
    faults.length = 0
  })
  afterEach(async () => {
    await context?.close()
    await rig.stop()
    expect(faults).toEqual([])
  })

  async function open(viewport: { width: number; height: number }): Promise<void> {
    context = await browser.newContext({
      viewport,
      locale: 'vi-VN',
      hasTouch: viewport === HANDSET,
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(8_000)
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    page.on('pageerror', (error) => faults.push(String(error)))
    await page.goto(rig.page)
    await page.locator('body[data-ready]').waitFor()
  }

  const bubble = (text: string) => page.locator('.bubble', { hasText: text })
  const box = () => page.getByLabel('Nhập tin nhắn')
  async function say(words: string): Promise<void> {
    await box().fill(words)
    await box().press('Enter')
  }
  const heard = (name: string): Received[] => rig.receiver.received.filter((event) => event.body.event_name === name)

  describe.each([
    ['on a handset', HANDSET],
    ['on a desk', DESKTOP],
  ])('%s', (_, viewport) => {
    test('a citizen follows, writes, taps, sends two photos and shares the phone', async () => {
      await open(viewport)
      await page.getByRole('button', { name: 'Quan tâm', exact: true }).click()
      await bubble('Ông/Bà cần gì?').waitFor()
      await say('đèn hỏng <b>ở</b> ngõ 12')
      await bubble('Đã nghe: đèn hỏng <b>ở</b> ngõ 12').waitFor()
      await page.locator('.row.mine', { hasText: 'đèn hỏng' }).getByText('Đã xem').waitFor()

      await page.getByRole('button', { name: 'Gửi phản ánh' }).first().click()
      await bubble('Đã nghe: Gửi phản ánh').waitFor()
      await page.getByRole('button', { name: 'Tra cứu' }).first().click()
      await bubble('Đã nghe: #tracuu').waitFor()
      expect(await page.locator('.row.mine', { hasText: '#tracuu' }).count()).toBe(0)

      const photo = (color: string) =>
        sharp({ create: { width: 60, height: 80, channels: 3, background: color } })
          .jpeg()
          .toBuffer()
      await page.locator('#photo-input').setInputFiles([
        { name: 'mot.jpg', mimeType: 'image/jpeg', buffer: await photo('#336699') },
        { name: 'hai.jpg', mimeType: 'image/jpeg', buffer: await photo('#996633') },
      ])
      await page.locator('.album img').nth(1).waitFor()
      await until(() => heard('user_send_image').length === 2)
      await page.getByRole('button', { name: 'Xem ảnh mot.jpg' }).click()
      await page.getByRole('button', { name: 'Đóng ảnh' }).waitFor()
      expect(await page.evaluate('document.querySelector(".lightbox img").naturalWidth')).toBe(60)
      await page.keyboard.press('Escape')

      await say('sdt')
      await page.getByRole('button', { name: 'Chia sẻ thông tin' }).click()
      expect(await page.getByLabel('Số điện thoại').last().inputValue()).toBe('0905000123')
      await page.getByRole('button', { name: 'Chia sẻ', exact: true }).click()
      await bubble('Bạn đã gởi thông tin cho OA').waitFor()
      await until(() => heard('user_submit_info').length === 1)
      expect(heard('user_submit_info')[0]?.body.info).toMatchObject({ name: 'Y Hà', phone: '84905000123' })
      await until(() => heard('user_seen_message').length > 0)
    })

    test('nothing is wider than the screen', async () => {
      await open(viewport)
      await page.getByRole('button', { name: 'Quan tâm', exact: true }).click()
      await say('a'.repeat(300))
      await bubble('Đã nghe: aaa').waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
      expect(
        await page.evaluate(
          'document.querySelector("#chat").scrollWidth <= document.querySelector("#chat").clientWidth',
        ),
      ).toBe(true)
    })
  })

  test('text is shown literally, keeps its lines, and only addresses become links', async () => {
    await open(DESKTOP)
    await say('menu')
    await bubble('Ông/Bà cần gì?').waitFor()
    const shown = bubble('Ông/Bà cần gì?').locator('.text')
    expect(await shown.textContent()).toBe('Ông/Bà cần gì?\nXem https://example.vn/huong-dan. **Xin cảm ơn**')
    const link = shown.getByRole('link')
    expect([await link.getAttribute('href'), await link.getAttribute('rel')]).toEqual([
      'https://example.vn/huong-dan',
      'noopener noreferrer',
    ])
    await box().fill('dòng một')
    await box().press('Shift+Enter')
    await box().pressSequentially('<img src=x onerror=alert(1)>')
    await box().press('Enter')
    await bubble('Đã nghe: dòng một').waitFor()
    expect(messageOf(heard('user_send_text').at(-1)).text).toBe('dòng một\n<img src=x onerror=alert(1)>')
    expect(await page.locator('#messages img[src="x"]').count()).toBe(0)
  })

  test('the keyboard alone is enough', async () => {
    await open(DESKTOP)
    const focused = (): Promise<string> =>
      page.evaluate(
        '(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()',
      )
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 40; i += 1) {
        await page.keyboard.press('Tab')
        if ((await focused()) === name) return
      }
      throw new Error(`${name} cannot be reached by Tab`)
    }
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Đến ô nhập tin nhắn')
    await page.keyboard.press('Enter')
    await page.keyboard.type('menu')
    await page.keyboard.press('Enter')
    await bubble('Ông/Bà cần gì?').waitFor()
    await page.locator('#chat').focus()
    await tabTo('Gửi phản ánh')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await page.keyboard.press('Enter')
    await bubble('Đã nghe: Gửi phản ánh').waitFor()

    await tabTo('Gửi tệp, vị trí, danh thiếp')
    await page.keyboard.press('Enter')
    expect(await focused()).toBe('Ảnh')
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('Gửi tệp, vị trí, danh thiếp')

    await page.getByRole('tab', { name: 'Nhật ký' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('tab', { name: 'Đồng hồ' }).getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('button', { name: 'Tùy chọn của cuộc trò chuyện' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('Tùy chọn của cuộc trò chuyện')
  })

  test('an officer types, the clock moves, a code arrives', async () => {
    await open(DESKTOP)
    await say('alo')
    await bubble('Đã nghe: alo').waitFor()
    await page.getByRole('tab', { name: 'Cán bộ' }).click()
    await page.getByLabel('Tin nhắn của cán bộ').fill('Tôi là Hạnh, Văn phòng UBND tỉnh.')
    await page.getByRole('button', { name: 'Gửi như cán bộ' }).click()
    await bubble('Tôi là Hạnh').getByText('Cán bộ trực').waitFor()
    await until(() => heard('oa_send_text').some((event) => JSON.stringify(event.body.sender).includes('admin_id')))

    await page.getByRole('tab', { name: 'Đồng hồ' }).click()
    await page.getByRole('button', { name: '3 ngày sau' }).click()
    const day = new Intl.DateTimeFormat('vi-VN', {
      day: '2-digit',
      month: '2-digit',
      year: 'numeric',
      timeZone: 'Asia/Ho_Chi_Minh',
    })
    await page.locator('#clock-day', { hasText: day.format(Date.now() + 3 * 86_400_000) }).waitFor()

    rig.simulator.showOneTimeCode({ phone: '84905000123', code: '482913', text: 'Mã xác nhận: 482913' })
    await page.getByRole('button', { name: 'Nhập mã 482913' }).click()
    expect(await box().inputValue()).toBe('482913')
    await page.getByRole('tab', { name: 'SMS' }).click()
    await page.locator('.sms-list', { hasText: 'Mã xác nhận: 482913' }).waitFor()
  })

  test('a notice is watched as a template, an SMS and a letter; providers can be told to fail', async () => {
    await open(DESKTOP)
    const citizen = rig.citizen('Y Hà')
    await rig.api('POST', '/v3.0/oa/message/template', {
      user_id: citizen.id,
      template_id: '418203',
      template_data: {
        ma_phan_anh: 'PAKN.20261123.0001',
        trang_thai: 'Đã công khai',
        duong_dan: 'https://example.vn/a',
      },
    })
    await bubble('Phản ánh PAKN.20261123.0001 có tin mới').waitFor()
    await fetch(rig.simulator.smsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${rig.simulator.smsToken}` },
      body: JSON.stringify({ to: '84905000123', text: 'PAKN.20261123.0001: da co tra loi', reference: 'r-1' }),
    })
    await page.locator('.sms-card', { hasText: 'da co tra loi' }).waitFor()
    const smtp = createSmtpSender({ smtpUrl: rig.simulator.smtpUrl, from: 'pakn@example.vn' })
    const html = '<p style="color:#123456">Kính gửi Ông/Bà</p><script>document.title="x"</script>'
    await smtp.send({ to: 'a@example.vn', subject: 'Đã có trả lời', text: 'Kính gửi Ông/Bà', html, reference: 'n-1' })
    smtp.close()
    await page.getByRole('tab', { name: 'Thư' }).click()
    await page.locator('.letter summary', { hasText: 'Đã có trả lời' }).click()
    await page.frameLocator('.letter iframe').getByText('Kính gửi Ông/Bà').waitFor()
    // The frame refused to run what was in the letter, and the browser said so.
    await until(() => faults.length > 0)
    expect(faults.splice(0).every((fault) => fault.includes('sandboxed'))).toBe(true)

    await page.getByRole('tab', { name: 'Mẫu tin' }).click()
    await page.locator('.template-list li', { hasText: '418203' }).getByLabel('Tình trạng').selectOption('DISABLE')
    await until(() => heard('change_template_status').length === 1)
    await page.getByRole('tab', { name: 'Sự cố' }).click()
    await page.getByLabel('Nhà cung cấp SMS').selectOption('refused')
    await page.getByLabel('Máy chủ thư').selectOption('bounced')
    await until(() => rig.simulator.settings.mailFault === 'bounced')
    expect(rig.simulator.settings.smsFault).toBe('refused')
    await page.locator('#fault-count', { hasText: '2' }).waitFor()
  })

  test('the log shows calls and events with their bytes; a fault is switched on and off', async () => {
    await open(DESKTOP)
    await say('alo')
    const entry = page.locator('.log-list li', { hasText: 'user_send_text' }).first()
    await entry.locator('summary').click()
    const event = heard('user_send_text')[0]
    await entry.locator('pre', { hasText: String(event?.headers['x-zevent-signature']) }).waitFor()
    await page.locator('.log-list li', { hasText: 'POST /v2.0/oa/message' }).first().waitFor()

    await page.getByRole('tab', { name: 'Sự cố' }).click()
    await page.locator('select[name="kind"]').selectOption('failed')
    await page.getByRole('button', { name: 'Bật sự cố' }).click()
    await page.locator('#fault-list', { hasText: 'Lỗi -200, không giao' }).waitFor()
    await say('mất')
    await page.locator('#fault-count', { hasText: '1' }).waitFor()
    await until(() => messageOf(heard('user_send_text').at(-1)).text === 'mất')
    await page.getByRole('button', { name: 'Tắt', exact: true }).click()
    await page.getByText('Không có sự cố nào.').waitFor()
    await say('lại')
    await bubble('Đã nghe: lại').waitFor()
    expect(await bubble('Đã nghe: mất').count()).toBe(0)
  })

  test('places, voices, stickers, cards and files find their way', async () => {
    await open(HANDSET)
    const pick = async (what: string): Promise<void> => {
      await page.getByRole('button', { name: 'Gửi tệp, vị trí, danh thiếp' }).click()
      await page.getByRole('button', { name: what, exact: true }).click()
    }
    await pick('Vị trí')
    await page.getByRole('button', { name: 'UBND xã Sa Thầy' }).click()
    await bubble('14.4117, 107.7925').waitFor()
    await pick('Ghi âm mẫu')
    await page.locator('.row.mine .voice').waitFor()
    await pick('Danh thiếp')
    await page.getByRole('button', { name: 'Gửi', exact: true }).click()
    await bubble('Trần Văn Thử').waitFor()
    await page.getByRole('button', { name: 'Nhãn dán', exact: true }).click()
    await page.getByRole('button', { name: 'Nhãn dán Cảm ơn' }).click()
    await page.locator('.row.mine .sticker').waitFor()
    await page
      .locator('#file-input')
      .setInputFiles([{ name: 'Đơn kiến nghị.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') }])
    await bubble('Đơn kiến nghị.pdf').waitFor()
    await until(() => heard('user_send_file').length === 1)
    const names = rig.receiver.names()
    for (const name of ['user_send_location', 'user_send_audio', 'user_send_business_card', 'user_send_sticker']) {
      expect(names).toContain(name)
    }
  })

  test('another citizen has another chat; what comes meanwhile is counted as unread', async () => {
    await open(HANDSET)
    await say('tôi là Y Hà')
    await bubble('Đã nghe: tôi là Y Hà').waitFor()
    await until(() => heard('user_seen_message').length === 1)
    await page.getByRole('button', { name: 'Danh sách người dùng thử' }).click()
    await page.locator('.person', { hasText: 'A Thăng' }).click()
    await bubble('Đã nghe').waitFor({ state: 'detached' })
    await page.locator('#intro').getByRole('button', { name: 'Quan tâm' }).waitFor()
    const message = { text: 'Có tin mới' }
    await rig.api('POST', '/v2.0/oa/message', { recipient: { user_id: rig.citizen('Y Hà').id }, message })
    await page.getByRole('button', { name: 'Danh sách người dùng thử' }).click()
    await page.locator('.person', { hasText: 'Y Hà' }).getByLabel('1 tin chưa đọc').waitFor()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.locator('body[data-ready]').waitFor()
    await page.locator('.person[aria-current]', { hasText: 'A Thăng' }).waitFor({ state: 'attached' })
  })
})
