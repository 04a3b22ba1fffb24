import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallFaultKind } from '../../src/simulator/faults.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { DESKTOP, HANDSET, type Handset, launchBrowser, openHandset } from '../support/browser.ts'
import { canTestInBrowser } from '../support/chromium.ts'
import { testDatabase } from '../support/database.ts'
import { MATTER } from '../support/matter.ts'
import { until } from '../support/until.ts'

describe.runIf(canTestInBrowser())('a stranger opens the simulator', () => {
  const { uri } = testDatabase()
  let app: TestApp
  let browser: Browser
  /** `SCREENSHOTS` names a folder where they stay, to be looked at. */
  let pictures: string
  let shipped: string[]

  beforeAll(async () => {
    pictures = process.env.SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), 'pakn-pictures-')))
    browser = await launchBrowser()
    // The quiet of a service as it comes: a browser and two photos are slower than a test.
    app = await startTestApp({ uri, env: { INBOX_QUIET_MS: '1000' } })
    shipped = await allCases()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.stop()
    if (process.env.SCREENSHOTS === undefined) await rm(pictures, { recursive: true, force: true })
  })

  async function withHandset(
    viewport: { width: number; height: number },
    person: string,
    use: (phone: Handset) => Promise<void>,
  ): Promise<void> {
    const phone = await openHandset(browser, `${app.url}/simulator/`, viewport)
    try {
      await choose(phone, viewport, person)
      await use(phone)
      expect(phone.faults).toEqual([])
      expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
    } finally {
      await phone.page.screenshot({ path: join(pictures, `${person}-end.png`) }).catch(() => undefined)
      await phone.close()
    }
  }

  async function choose({ page }: Handset, viewport: { width: number }, person: string): Promise<void> {
    if (viewport.width < 700) await page.getByRole('button', { name: 'Danh sách người dùng thử' }).click()
    await page.locator('.person', { hasText: person }).first().click()
    await page.locator('.person[aria-current]', { hasText: person }).waitFor({ state: 'attached' })
  }

  async function openTool({ page }: Handset, viewport: { width: number }, tab: string): Promise<void> {
    if (viewport.width < 700) await page.getByRole('button', { name: 'Bảng điều khiển thử nghiệm' }).click()
    await page.getByRole('tab', { name: tab }).click()
  }

  /** Codes of the cases that were not there at the start. */
  async function newCases(): Promise<string[]> {
    const codes = await allCases()
    return codes.filter((code) => !shipped.includes(code))
  }

  async function allCases(): Promise<string[]> {
    const token = app.app.demonstration.find(({ login }) => login === 'lan')?.token
    const response = await fetch(`${app.url}/api/v1/cases?limit=100`, { headers: { authorization: `Bearer ${token}` } })
    return ((await response.json()) as { items: { code: string }[] }).items.map(({ code }) => code)
  }

  test('on a handset: taps, photos, a place and the shared phone make a case; no code is asked', async () => {
    await withHandset(HANDSET, 'Y Hà', async (phone) => {
      const { page } = phone
      expect(await phone.after(() => page.getByRole('button', { name: 'Quan tâm', exact: true }).click())).toContain(
        'Xin chào Ông/Bà!',
      )
      await page.screenshot({ path: join(pictures, 'handset-welcome.png') })
      await phone.say(MATTER)
      await phone.tap('Đồng ý, tiếp tục')
      expect(await phone.photos('giay-hen.jpg', 'bien-nhan.jpg')).toContain('Đã thêm 2 ảnh')
      const placed = await phone.after(async () => {
        await page.getByRole('button', { name: 'Gửi tệp, vị trí, danh thiếp' }).click()
        await page.getByRole('button', { name: 'Vị trí', exact: true }).click()
        await page.getByRole('button', { name: 'UBND xã Sa Thầy' }).click()
      })
      expect(placed).toContain('Đã thêm vị trí')
      await page.screenshot({ path: join(pictures, 'handset-photos.png') })
      await phone.tap('Dùng tiêu đề này')
      await phone.tap('UBND xã Sa Thầy')
      await phone.say('Y Hà')
      await page.getByRole('button', { name: 'Chia sẻ thông tin' }).waitFor()
      await page.screenshot({ path: join(pictures, 'handset-card.png') })
      const shared = await phone.after(async () => {
        await page.getByRole('button', { name: 'Chia sẻ thông tin' }).click()
        await page.getByRole('button', { name: 'Chia sẻ', exact: true }).click()
      })
      expect(shared).toContain('Bước 6/6')
      expect(app.app.simulator?.state.shortMessages).toEqual([])
      expect(await phone.say('thon 2 thi tran sa thay')).toContain('nay thuộc xã Sa Thầy')
      await phone.tap('Đúng rồi')
      const summary = await phone.tap('Đồng ý công khai')
      expect(summary).toContain('2 ảnh')
      await page.screenshot({ path: join(pictures, 'handset-summary.png') })
      const submit = page.getByRole('button', { name: 'GỬI PHẢN ÁNH', exact: true }).last()
      const filed = await phone.after(() => submit.dblclick())
      expect(filed).toMatch(/Mã: PAKN\.\d{8}\.\d{4}/)
      expect(await newCases()).toEqual([/PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0]])
    })
  })

  test('on a desk: the keyboard alone is enough to file a PAKN', async () => {
    await withHandset(DESKTOP, 'A Thăng', async (phone) => {
      const { page } = phone
      const type = (words: string) =>
        phone.after(async () => {
          await page.keyboard.type(words)
          await page.keyboard.press('Enter')
        })
      await page.keyboard.press('Tab')
      while ((await focusedName(phone)) !== 'Nhập tin nhắn') await page.keyboard.press('Tab')
      await type(MATTER)
      for (const words of ['dong y', 'du roi', '1', 'xa sa thay', 'A Thăng']) await type(words)
      await until('the card is there', async () => (await phone.heard()).at(-1)?.includes('số điện thoại') === true)
      await type('0905000777')
      const banner = page.getByRole('button', { name: /Nhập mã \d{6}/ })
      await banner.waitFor()
      await page.screenshot({ path: join(pictures, 'desk-code.png') })
      const code = /\d{6}/.exec((await banner.getAttribute('aria-label')) ?? (await banner.innerText()))?.[0] ?? ''
      expect(await type(code)).toContain('Bước 6/6')
      await type('thôn 2 xã Sa Thầy')
      for (let tries = 0; !(await phone.heard()).at(-1)?.includes('Xin xem lại') && tries < 3; tries += 1)
        await type('1')
      await page.screenshot({ path: join(pictures, 'desk-summary.png') })
      await page.locator('#chat').focus()
      for (let presses = 0; (await focusedName(phone)) !== 'GỬI PHẢN ÁNH' && presses < 150; presses += 1) {
        await page.keyboard.press('Tab')
      }
      expect(await phone.after(() => page.keyboard.press('Enter'))).toMatch(/Mã: PAKN\.\d{8}\.\d{4}/)
      expect(await newCases()).toHaveLength(2)
    })
  })

  test('when staff write, the assistant steps back, and comes back when it is called', async () => {
    await withHandset(DESKTOP, 'A Thăng', async (phone) => {
      const { page } = phone
      await openTool(phone, DESKTOP, 'Cán bộ')
      await phone.after(async () => {
        await page.getByLabel('Tin nhắn của cán bộ').fill('Tôi là Hạnh, Văn phòng UBND tỉnh. Ông cho xem giấy hẹn nhé.')
        await page.getByRole('button', { name: 'Gửi như cán bộ' }).click()
      })
      const before = await phone.heard()
      const box = page.getByLabel('Nhập tin nhắn')
      await box.fill('dạ tôi gửi ngay')
      await box.press('Enter')
      await app.app.simulator?.idle()
      await new Promise((resolve) => setTimeout(resolve, 700))
      expect(await phone.heard()).toEqual(before)
      await page.screenshot({ path: join(pictures, 'desk-staff.png') })
      expect(await phone.say('dùng trợ lý')).not.toBe('')
    })
  })

  test('three days later “alo” brings the draft back', async () => {
    await withHandset(DESKTOP, 'Nguyễn Thị Mẫu', async (phone) => {
      const { page } = phone
      await phone.say(MATTER)
      await phone.tap('Đồng ý, tiếp tục')
      await phone.tap('Đủ rồi')
      await phone.tap('Dùng tiêu đề này')
      await openTool(phone, DESKTOP, 'Đồng hồ')
      await page.getByRole('button', { name: '3 ngày sau' }).click()
      await until('the clock has moved', () => (app.app.clock.now() - Date.now()) / 86_400_000 > 2.9)
      const answer = await phone.say('alo')
      expect(answer).toMatch(/viết dở/)
      expect(await phone.tap('Viết tiếp')).toContain('Bước 3/6')
      await page.screenshot({ path: join(pictures, 'desk-later.png') })
    })
  })

  test('whatever goes wrong between Zalo and the service, every message stands in the chat exactly once', async () => {
    await withHandset(HANDSET, 'Trần Văn Thử', async (phone) => {
      const { simulator } = app.app
      if (simulator === null) throw new Error('no simulator in demonstration')
      const strike = (kind: CallFaultKind, citizenId?: string) =>
        simulator.settings.callFaults.push({
          id: kind,
          kind,
          scope: 'sends',
          everyNth: 1,
          strikesLeft: 1,
          seen: 0,
          ...(citizenId === undefined ? {} : { citizenId }),
        })
      // Silence after delivery lasts longest, so somebody else waits for it meanwhile.
      const other = Object.values(simulator.state.citizens).find(({ name }) => name === 'Y Hà')
      if (other === undefined) throw new Error('the simulator has no Y Hà')
      const heardByOther = () => (simulator.state.messages[other.id] ?? []).filter(({ from }) => from === 'app').length
      const before = heardByOther()
      strike('timeoutDelivered', other.id)
      simulator.chats.citizenSends(other, { kind: 'text', text: 'trợ giúp' })
      await until('the silent call is under way', () => simulator.settings.callFaults.length === 0)

      const asked: string[] = []
      const ask = async (words: string) => {
        asked.push(words)
        return phone.say(words)
      }
      await ask('menu')
      const struck = {
        html502: 'tra cứu',
        failedDelivered: 'trợ giúp',
        resetDelivered: 'dữ liệu của tôi',
        reset: 'menu',
      }
      for (const [kind, words] of Object.entries(struck)) {
        strike(kind as CallFaultKind)
        expect(await ask(words)).not.toBe('')
      }
      simulator.settings.webhookFaults.duplicate = true
      await ask('tra cứu')
      simulator.settings.webhookFaults.duplicate = false
      // The service cannot be reached for a while; then Zalo repeats.
      simulator.setWebhook('http://127.0.0.1:9/webhooks/zalo')
      const box = phone.page.getByLabel('Nhập tin nhắn')
      await box.fill('menu')
      await box.press('Enter')
      asked.push('menu')
      await until('the event is waiting', () => simulator.state.deliveries.some(({ attempt }) => attempt > 0))
      simulator.setWebhook(`${app.url}/webhooks/zalo`)
      await openTool(phone, HANDSET, 'Sự cố')
      await phone.page.screenshot({ path: join(pictures, 'handset-faults.png') })
      await phone.after(() => phone.page.getByRole('button', { name: 'Gửi ngay sự kiện đang chờ' }).click())
      await simulator.idle()
      await until('nothing waits', async () => (await app.metric('pakn_outbox_waiting')) === 0, 20_000)
      expect(await phone.heard()).toHaveLength(asked.length)
      expect(heardByOther()).toBe(before + 1)
    })
  })

  async function focusedName({ page }: Handset): Promise<string> {
    return page.evaluate(
      '(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()',
    )
  }
})
