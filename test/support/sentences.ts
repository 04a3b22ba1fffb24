import { readFileSync } from 'node:fs'
import { createTexts } from '../../src/texts.ts'
import type { Texts } from '../../src/usecases/ports.ts'

/** The sentences of the service, with invented contacts. */
export function sentences(): Texts {
  const read = (locale: string) =>
    JSON.parse(readFileSync(new URL(`../../locales/${locale}.json`, import.meta.url), 'utf8'))
  const facts = { tenDonViDauMoi: 'Văn phòng UBND tỉnh', soDienThoaiHoTro: '0255 3 000 000' }
  return createTexts({ vi: read('vi'), en: read('en') }, facts)
}
