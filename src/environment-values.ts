import { isIP } from 'node:net'
import { z } from 'zod'

// How the text of a variable becomes a value. Faults are Vietnamese and never quote the text: it may be a secret.

export const whole = (min: number, max: number) => {
  const fault = `phải là số nguyên từ ${min} đến ${max}.`
  return z
    .string({ error: fault })
    .regex(/^\s*\d{1,9}\s*$/, fault)
    .transform(Number)
    .refine((value) => value >= min && value <= max, fault)
}

export const text = z.string().trim().min(1)

export const httpUrl = z
  .string()
  .trim()
  .refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'phải là một địa chỉ http:// hoặc https://.',
  )
  .refine(
    (value) => !URL.canParse(value) || new URL(value).username === '',
    'không được chứa tên đăng nhập hay mật khẩu.',
  )
  .transform((value) => value.replace(/\/+$/, ''))

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `phải là một trong: ${values.join(', ')}.` })

export const id = z
  .string()
  .trim()
  .regex(/^[\w-]{1,40}$/, 'phải là mã như trên trang quản trị của Zalo, không có khoảng trắng.')

export const days = (max: number) => whole(1, max)

const HOSTS_FAULT = 'mỗi mục phải là tên miền (zdn.vn) hoặc máy:cổng (127.0.0.1:4000), cách nhau bằng dấu phẩy.'

export const mediaHosts = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter((item) => item !== ''),
  )
  .refine((items) => items.length > 0 && items.every((item) => isSuffix(item) || isOrigin(item)), HOSTS_FAULT)
  .transform((items) => ({ suffixes: items.filter(isSuffix), origins: items.filter(isOrigin) }))

const EXACT_HOSTS_FAULT = 'mỗi mục phải là đúng tên máy hoặc địa chỉ IP, không có cổng, cách nhau bằng dấu phẩy.'

export const exactHosts = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter((item) => item !== ''),
  )
  .refine((items) => items.every(isExactHost), EXACT_HOSTS_FAULT)

export const quietHours = z
  .string()
  .trim()
  .regex(/^(off|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$/, 'phải là HH:MM-HH:MM theo giờ Việt Nam, hoặc off.')
  .transform((value) => {
    if (value === 'off') return null
    const [from, to] = value.split('-').map(minuteOf)
    return { fromMinute: from ?? 0, toMinute: to ?? 0 }
  })
  .refine(
    (value) => value === null || value.fromMinute !== value.toMinute,
    'hai giờ phải khác nhau; ghi off nếu không cần giờ yên lặng.',
  )

export const clockOffset = z
  .string()
  .trim()
  .regex(/^[+-](\d{1,5}[dhms])+$/, 'phải có dấu + hoặc -, số và đơn vị d (ngày), h (giờ), m (phút), s (giây).')
  .transform((value) => {
    const unitMs: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }
    const parts = value.slice(1).match(/\d+[dhms]/g) ?? []
    const sum = parts.reduce((total, part) => total + Number.parseInt(part, 10) * (unitMs[part.slice(-1)] ?? 0), 0)
    return value.startsWith('-') ? -sum : sum
  })

const KEYS_FAULT = 'mỗi khóa phải có dạng tên:base64 của đúng 32 byte, cách nhau bằng dấu phẩy, tên không trùng nhau.'

export const dataKeys = z
  .string()
  .transform((value) =>
    value.split(',').map((item) => {
      const [, id = '', encoded = ''] = /^\s*([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(item) ?? []
      return { id, key: Buffer.from(encoded, 'base64') }
    }),
  )
  .refine((keys) => keys.every(({ id, key }) => id !== '' && key.length === 32), KEYS_FAULT)
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, KEYS_FAULT)

function minuteOf(clockTime: string): number {
  return Number.parseInt(clockTime.slice(0, 2), 10) * 60 + Number.parseInt(clockTime.slice(3), 10)
}

// A suffix of one label ("vn") would allow a whole country.
function isSuffix(item: string): boolean {
  return /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(item)
}

function isOrigin(item: string): boolean {
  return /^([a-z0-9.-]+|\[[0-9a-f:]+\]):\d{1,5}$/.test(item)
}

function isExactHost(item: string): boolean {
  return isIP(item) !== 0 || /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(item)
}
