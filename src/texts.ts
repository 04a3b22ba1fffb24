import { createHash } from 'node:crypto'
import i18next, { type i18n } from 'i18next'
import type { Param, Params } from './conversation/effects.ts'
import { formatDay, formatTime } from './conversation/text/dates.ts'
import { showLiterally } from './conversation/text/normalise.ts'
import type { Locale, Texts } from './usecases/ports.ts'

type Tree = { [key: string]: string | Tree }

/** `facts` are known to every sentence: names and addresses of the province, links. */
export function createTexts(sources: Record<Locale, Tree>, facts: Record<string, string>): Texts {
  const instance: i18n = i18next.createInstance()
  instance.init({
    lng: 'vi',
    fallbackLng: 'vi',
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { vi: { translation: sources.vi }, en: { translation: sources.en } },
    returnNull: false,
  })
  const fixed = { vi: instance.getFixedT('vi'), en: instance.getFixedT('en') }
  const versions = new Map<string, string>()
  // A sentence that nothing is put into is always the same; most titles of buttons are.
  const fixedSentences = { vi: new Map<string, string>(), en: new Map<string, string>() }
  const translate = (locale: Locale, key: string, params?: Params): string => {
    if (params === undefined) {
      const known = fixedSentences[locale].get(key) ?? fixed[locale](key, facts)
      fixedSentences[locale].set(key, known)
      return known
    }
    const shown: Record<string, string | number> = { ...facts }
    for (const [name, value] of Object.entries(params)) shown[name] = show(locale, value)
    return fixed[locale](key, shown)
  }
  const show = (locale: Locale, value: Param): string | number => {
    if (typeof value === 'number') return value
    if (typeof value === 'string') return showLiterally(value)
    if ('day' in value) return formatDay(value.day, locale, { weekday: true, year: true })
    if ('time' in value) return formatTime(value.time, locale)
    if ('lines' in value) return value.lines.map((line) => show(locale, line)).join('\n')
    if ('list' in value)
      return joined(
        locale,
        value.list.map((item) => String(show(locale, item))),
      )
    return translate(locale, value.key, value.params)
  }
  return {
    translate,
    has: (key) => instance.exists(key, { lng: 'vi' }),
    version(key) {
      const known = versions.get(key)
      if (known !== undefined) return known
      const version = createHash('sha256')
        .update(`${fixed.vi(key)}\0${fixed.en(key)}`)
        .digest('hex')
        .slice(0, 8)
      versions.set(key, version)
      return version
    },
  }
}

function joined(locale: Locale, items: string[]): string {
  const last = items.at(-1) ?? ''
  if (items.length < 2) return last
  return `${items.slice(0, -1).join(', ')} ${locale === 'vi' ? 'và' : 'and'} ${last}`
}
