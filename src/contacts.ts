import { readFile } from 'node:fs/promises'
import { z } from 'zod'

export type Model = '2022' | '2025'

/** Whom a citizen may call or visit under one organisation model; the keys are those of the texts (pakn-rules §2.5). */
export type Contacts = {
  values: Record<ContactName, string>
  /** Clock times in Vietnam at which a person can be reached (R10-10), in minutes of the day. */
  officeHours: { fromMinute: number; toMinute: number }[]
  /** Names of the values nobody has entered yet; production does not start with any. */
  placeholders: string[]
}

export const contactNames = [
  'tenTinh',
  'tenDonViDauMoi',
  'tenTrungTamPVHCC',
  'soDienThoaiHoTro',
  'soDienThoaiKyThuat',
  'tenNoiTiepCongDan',
  'diaChiTiepCongDan',
  'duongDayNongThanhTra',
  'thuDienTuThanhTra',
  'lienHeDuLieuCaNhan',
] as const

export type ContactName = (typeof contactNames)[number]

/** The contacts file cannot be used; `faults` names each place and what is wrong with it. */
export class ContactsError extends Error {
  override readonly name = 'ContactsError'
  readonly code = 'contacts_invalid'
  readonly faults: string[]

  constructor(file: string, faults: string[]) {
    super(`Tệp thông tin liên hệ ${file} có ${faults.length} lỗi:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/** Reads and checks the contacts of both models, or throws one `ContactsError` with every fault. */
export async function loadContacts(file: string): Promise<Record<Model, Contacts>> {
  let source: unknown
  try {
    source = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new ContactsError(file, [missing ? 'không tìm thấy tệp.' : 'không đọc được hoặc không phải JSON.'])
  }
  const reading = fileSchema.safeParse(source)
  if (!reading.success) {
    throw new ContactsError(
      file,
      reading.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    )
  }
  return { '2022': toContacts(reading.data.models['2022']), '2025': toContacts(reading.data.models['2025']) }
}

/** Refuses to go on in production while the province has not entered its own values for `model` (pakn-rules §2.5). */
export function refusePlaceholders(file: string, contacts: Contacts): void {
  if (contacts.placeholders.length === 0) return
  throw new ContactsError(
    file,
    contacts.placeholders.map((name) => `${name}: chưa nhập thông tin của tỉnh (đang là giá trị mẫu).`),
  )
}

const entry = z.strictObject({
  value: z.string().trim().min(1).max(200),
  placeholder: z.boolean().default(false),
  source: z.string().optional(),
})
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'phải là giờ dạng HH:MM.')
const hours = z.strictObject({
  value: z
    .array(
      z
        .strictObject({ from: clockTime, to: clockTime })
        .refine(({ from, to }) => from < to, 'giờ đầu phải trước giờ cuối.'),
    )
    .min(1),
  placeholder: z.boolean().default(false),
  source: z.string().optional(),
})
const entries = Object.fromEntries(contactNames.map((name) => [name, entry])) as Record<ContactName, typeof entry>
const modelSchema = z.strictObject({ ...entries, gioLamViec: hours })
const fileSchema = z.object({ models: z.strictObject({ '2022': modelSchema, '2025': modelSchema }) })

function toContacts(model: z.output<typeof modelSchema>): Contacts {
  const values = Object.fromEntries(contactNames.map((name) => [name, model[name].value])) as Record<
    ContactName,
    string
  >
  const placeholders = [...contactNames, 'gioLamViec' as const].filter((name) => model[name].placeholder)
  const officeHours = model.gioLamViec.value.map(({ from, to }) => ({
    fromMinute: minuteOf(from),
    toMinute: minuteOf(to),
  }))
  return { values, officeHours, placeholders }
}

function minuteOf(clock: string): number {
  return Number.parseInt(clock.slice(0, 2), 10) * 60 + Number.parseInt(clock.slice(3), 10)
}
