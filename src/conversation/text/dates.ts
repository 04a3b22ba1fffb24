import { fold } from './normalise.ts'

/** Vietnam keeps UTC+7 all year; a fixed offset needs no calendar library in the hot path. */
const OFFSET_MS = 7 * 3_600_000
const DAY_MS = 86_400_000

/** The day in Vietnam at a moment, `YYYY-MM-DD`. */
export function dayOf(ms: number): string {
  return new Date(ms + OFFSET_MS).toISOString().slice(0, 10)
}

/** The moment in ISO 8601 with Vietnam's offset: `2026-11-23T09:12:00+07:00`; milliseconds only where there are any. */
export function localIso(ms: number): string {
  return `${new Date(ms + OFFSET_MS).toISOString().replace('.000', '').slice(0, -1)}+07:00`
}

/** A day in words: "thứ Ba 15/12/2026", "Chủ nhật 13/12"; "Tuesday 15 December 2026". `day` is `YYYY-MM-DD`. */
export function formatDay(day: string, locale: 'vi' | 'en', parts: { weekday: boolean; year: boolean }): string {
  const [year = '', month = '', date = ''] = day.split('-')
  const weekday = parts.weekday ? `${WEEKDAYS[locale][weekdayOf(day)] ?? ''} ` : ''
  if (locale === 'vi') return `${weekday}${date}/${month}${parts.year ? `/${year}` : ''}`
  return `${weekday}${Number(date)} ${MONTHS[Number(month) - 1] ?? ''}${parts.year ? ` ${year}` : ''}`
}

/** A moment in Vietnam in words: "15:20 ngày 14/12/2026"; "15:20 on 14 December 2026". */
export function formatTime(ms: number, locale: 'vi' | 'en'): string {
  const day = formatDay(dayOf(ms), locale, { weekday: false, year: true })
  const time = new Date(ms + OFFSET_MS).toISOString().slice(11, 16)
  return locale === 'vi' ? `${time} ngày ${day}` : `${time} on ${day}`
}

/**
 * Reads the first day that a citizen's words name, as `YYYY-MM-DD` in Vietnam, or null: "12/9", "12-9-2026", "ngày 12
 * tháng 9", "hôm qua", "3 ngày trước", "thứ 2 tuần trước". Where the year or the week is left out the most recent such day
 * up to today is meant, for people tell what happened; after "hẹn" or "trước ngày" the nearest, on either side of today.
 */
export function readDate(text: string, nowMs: number): string | null {
  const plain = text.slice(0, 5_000).normalize('NFKC')
  const today = dayOf(nowMs)
  return readNumbers(plain, today) ?? readWords(` ${fold(plain)} `, today)
}

/** The day so many days later (or earlier, where negative). */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}

/** 0 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(Date.parse(day)).getUTCDay()
}

/** `YYYY-MM-DD` of a day that the calendar has, or null. */
export function realDay(year: number, month: number, date: number): string | null {
  if (year < 1900 || year > 2100) return null
  const time = Date.UTC(year, month - 1, date)
  const isReal = new Date(time).getUTCMonth() === month - 1 && new Date(time).getUTCDate() === date
  return isReal ? new Date(time).toISOString().slice(0, 10) : null
}

const WEEKDAYS = {
  vi: ['Chủ nhật', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy'],
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

function readNumbers(text: string, today: string): string | null {
  const iso = /(?<!\d)((?:19|20)\d{2})-(\d{1,2})-(\d{1,2})(?!\d)/.exec(text)
  if (iso !== null) return realDay(Number(iso[1]), Number(iso[2]), Number(iso[3]))
  const full = /(?<![\d/.-])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/]|[.-]\d)/.exec(text)
  if (full !== null) return realDay(yearOf(full[4] ?? ''), Number(full[3]), Number(full[1]))
  const slash = /(?<![\d/.,-])(\d{1,2})\/(\d{1,2})(?![\d/]|[.,-]\d|\s?(?:ha|hecta|m2|sào)(?!\p{L}))/u.exec(text)
  if (slash !== null)
    return nearest(Number(slash[2]), Number(slash[1]), today, speaksOfAppointment(text.slice(0, slash.index)))
  const dash = /(?:ngày|ngay|hôm|hom)\s(\d{1,2})-(\d{1,2})(?![\d-])/iu.exec(text)
  return dash === null
    ? null
    : nearest(Number(dash[2]), Number(dash[1]), today, speaksOfAppointment(text.slice(0, dash.index)))
}

/** `folded` begins and ends with a space. */
function readWords(folded: string, today: string): string | null {
  const written = / (?:ngay |mung |mong )?(\d{1,2}) thang (\d{1,2})(?: (?:nam )?(\d{4}))? /.exec(folded)
  if (written !== null) {
    const [before, date, month] = [folded.slice(0, written.index), Number(written[1]), Number(written[2])]
    return written[3] === undefined
      ? nearest(month, date, today, speaksOfAppointment(before))
      : realDay(Number(written[3]), month, date)
  }
  for (const [pattern, days] of RELATIVE_DAYS) if (pattern.test(folded)) return addDays(today, days)
  const weekday = readWeekday(folded, today)
  if (weekday !== null) return weekday
  const ago =
    / (?:cach day )?(\d{1,3}) (ngay|hom|tuan) (truoc|nay|sau|nua|roi) | cach day (\d{1,3}) (ngay|hom|tuan) /.exec(
      folded,
    )
  if (ago !== null) {
    const days = Number(ago[1] ?? ago[4]) * ((ago[2] ?? ago[5]) === 'tuan' ? 7 : 1)
    return addDays(today, ago[3] === 'sau' || ago[3] === 'nua' ? days : -days)
  }
  return readDateOnly(folded, today)
}

const RELATIVE_DAYS: readonly [RegExp, number][] = [
  [/ (?:hom|bua) kia /, -2],
  [/ (?:hom|bua|sang|trua|chieu|dem) (?:hom )?qua /, -1],
  [/ (?:hom|bua|sang|trua|chieu) (?:hom )?nay /, 0],
  [/ (?:ngay mot|ngay kia) /, 2],
  [/ (?:ngay|sang|trua|chieu) mai /, 1],
]

/** "thứ 2 tuần trước", "thu hai", "t6 nay", "chủ nhật"; never "lần thứ 2". */
function readWeekday(folded: string, today: string): string | null {
  const match =
    /(?<! lan| vong| dot| nguoi| bac| cap| to| so) (?:(?:thu ?|t(?=\d))([2-7]|hai|ba|tu|nam|sau|bay)|(chu nhat|cn))(?: (tuan (?:truoc|qua|roi|nay|sau|toi)|truoc|vua roi|roi|qua|nay|sau|toi))? /.exec(
      folded,
    )
  if (match === null) return null
  const [, name, , when = ''] = match
  const weekday = name === undefined ? 0 : (WEEKDAY_NUMBERS[name] ?? 0)
  // Monday begins the week; Sunday ends it.
  const offset = (weekday + 6) % 7
  const monday = addDays(today, -((weekdayOf(today) + 6) % 7))
  if (when === 'tuan nay') return addDays(monday, offset)
  if (/^tuan (?:truoc|qua|roi)$/.test(when)) return addDays(monday, offset - 7)
  if (/^tuan (?:sau|toi)$/.test(when)) return addDays(monday, offset + 7)
  const inThisWeek = addDays(monday, offset)
  if (when === 'sau' || when === 'toi') return inThisWeek > today ? inThisWeek : addDays(inThisWeek, 7)
  const isOver = when === 'nay' || when === '' ? inThisWeek <= today : inThisWeek < today
  return isOver ? inThisWeek : addDays(inThisWeek, -7)
}

const WEEKDAY_NUMBERS: Record<string, number> = {
  '2': 1,
  '3': 2,
  '4': 3,
  '5': 4,
  '6': 5,
  '7': 6,
  hai: 1,
  ba: 2,
  tu: 3,
  nam: 4,
  sau: 5,
  bay: 6,
}

/** "ngày 12", "mùng 5": of this month, or of the one before where that day is still to come. */
function readDateOnly(folded: string, today: string): string | null {
  const match = / (?:ngay|mung|mong|hom) (\d{1,2}) (?!gio|ngay|lan)/.exec(folded)
  if (match === null) return null
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))]
  for (const back of [0, 1, 2]) {
    const day = realDay(month > back ? year : year - 1, ((month - back + 11) % 12) + 1, Number(match[1]))
    if (day !== null && day <= today) return day
  }
  return null
}

function nearest(month: number, date: number, today: string, isAppointment: boolean): string | null {
  const year = Number(today.slice(0, 4))
  // 29/2 may be as far as eight years away, across 2100.
  const days = [0, -1, -2, -3, -4, -8, ...(isAppointment ? [1, 2, 3, 4, 8] : [])]
    .map((step) => realDay(year + step, month, date))
    .filter((day) => day !== null)
    .filter((day) => isAppointment || day <= today)
  const distance = (day: string) => Math.abs(Date.parse(day) - Date.parse(today))
  return days.reduce<string | null>((best, day) => (best === null || distance(day) < distance(best) ? day : best), null)
}

/** Whether the words right before a day speak of an appointment or a deadline, which may lie on either side of today. */
function speaksOfAppointment(before: string): boolean {
  return / (?:hen|toi|truoc|chieu nay den|sap den|cham nhat)(?: (?:vao|ngay|hom|tra|den|lai))*$/.test(
    ` ${fold(before.slice(-30))}`,
  )
}

function yearOf(digits: string): number {
  return digits.length === 2 ? 2000 + Number(digits) : Number(digits)
}
