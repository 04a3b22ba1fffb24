import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Arguments that make a Chromium quiet and usable on a machine without a desktop. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The Chromium of this machine: `CHROMIUM`, then the usual names on `PATH`; undefined when there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH } = process.env
  if (CHROMIUM !== undefined && CHROMIUM !== '') return CHROMIUM
  const folders = ['/usr/bin', ...(PATH ?? '').split(delimiter)]
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

/**
 * Whether browser tests run here. Without a Chromium they are left out with a plain word, but in CI they run, and fail, so that
 * nobody mistakes a machine without a browser for a page that works.
 */
export function canTestInBrowser(): boolean {
  if (findChromium() !== undefined || process.env.CI !== undefined) return true
  console.warn('Browser tests need Chromium: install it (apt-get install chromium) or set CHROMIUM to its path.')
  return false
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
