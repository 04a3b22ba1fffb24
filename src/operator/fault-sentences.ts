import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createTexts } from '../texts.ts'
import type { FieldFault } from '../usecases/refused-error.ts'

const locales = fileURLToPath(new URL('../../locales', import.meta.url))
const read = (locale: 'vi' | 'en') => JSON.parse(readFileSync(`${locales}/${locale}.json`, 'utf8'))

/** What is wrong with each field, in both languages; the same sentences as everywhere else. */
export function faultSentences(faults: readonly FieldFault[]): string[] {
  const texts = createTexts({ vi: read('vi'), en: read('en') }, {})
  return faults.map(({ path, key, params }) => {
    const [vi, en] = (['vi', 'en'] as const).map((locale) => texts.translate(locale, key, params))
    return `${path}: ${vi} / ${en}`
  })
}
