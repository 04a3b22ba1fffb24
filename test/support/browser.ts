import { type Browser, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium.ts'
import { until } from './until.ts'

export const HANDSET = { width: 390, height: 844 }
export const DESKTOP = { width: 1280, height: 800 }

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium() ?? '/usr/bin/chromium', args: CHROMIUM_ARGUMENTS })
}

export type Handset = {
  page: Page
  /** What the page complained of. */
  faults: string[]
  /** Words of every bubble of the account, oldest first. */
  heard(): Promise<string[]>
  /** Does something and gives the words of the account's next bubble. */
  after(act: () => Promise<unknown>): Promise<string>
  say(words: string): Promise<string>
  tap(title: string): Promise<string>
  photos(...names: string[]): Promise<string>
  close(): Promise<void>
}

const IS_AT_END =
  '(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 8)(document.querySelector("#chat"))'

/** The phone of the simulator in a browser, as a person uses it. */
export async function openHandset(
  browser: Browser,
  url: string,
  viewport: { width: number; height: number },
): Promise<Handset> {
  const context = await browser.newContext({
    viewport,
    locale: 'vi-VN',
    hasTouch: viewport === HANDSET,
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(url)
  await page.locator('body[data-ready]').waitFor()
  const theirs = page.locator('#messages .row.theirs')

  async function after(act: () => Promise<unknown>): Promise<string> {
    const before = await theirs.count()
    await act()
    await theirs.nth(before).waitFor()
    await until('the newest message is in sight', async () => await page.evaluate(IS_AT_END))
    return theirs.nth(before).locator('.text, .card-title').first().innerText()
  }

  const box = page.getByLabel('Nhập tin nhắn')
  return {
    page,
    faults,
    heard: () => theirs.locator('.text, .card-title').allInnerTexts(),
    after,
    say: (words) =>
      after(async () => {
        await box.fill(words)
        await box.press('Enter')
      }),
    tap: (title) => after(() => theirs.getByRole('button', { name: title, exact: true }).last().click()),
    photos: (...names) =>
      after(async () => {
        const files = names.map(async (name, index) => ({
          name,
          mimeType: 'image/jpeg',
          buffer: await jpeg(index),
        }))
        await page.locator('#photo-input').setInputFiles(await Promise.all(files))
      }),
    close: () => context.close(),
  }
}

function jpeg(index: number): Promise<Buffer> {
  const background = ['#336699', '#996633', '#669933'][index % 3] ?? '#333333'
  return sharp({ create: { width: 600, height: 800, channels: 3, background } })
    .jpeg()
    .toBuffer()
}
