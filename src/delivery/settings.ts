import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { isMandatory } from '../cases/notices.ts'
import { NOTICES, type NoticeId } from '../cases/words.ts'
import { type NoticeWay, OUTSIDE_WAYS } from '../usecases/notice-records.ts'

const WAYS = ['chat', ...OUTSIDE_WAYS] as const satisfies readonly NoticeWay[]

const hours = z
  .number()
  .positive()
  .max(24 * 60)
const proof = z.strictObject({ by: z.enum(['delivered', 'accepted']), withinHours: hours })
const ways = (allowed: readonly NoticeWay[]) =>
  z
    .array(z.enum(allowed as [NoticeWay, ...NoticeWay[]]))
    .refine((list) => new Set(list).size === list.length, { error: 'a way is named twice' })

const bothWays = z
  .array(z.enum(['sms', 'email']))
  .refine((list) => new Set(list).size === list.length, { error: 'a way is named twice' })

/** The notices that go with a person at the end; only they may be told in two ways. */
export const MANDATORY_NOTICES: readonly NoticeId[] = NOTICES.filter(isMandatory)

/** What `data/delivery.yaml` may say. */
export const deliverySchema = z
  .strictObject({
    order: ways(WAYS),
    /** By notice; a list alone is for every mandatory notice. */
    alsoBy: z.union([bothWays, z.partialRecord(z.enum(MANDATORY_NOTICES as [NoticeId, ...NoticeId[]]), bothWays)]),
    optionalOrder: ways(WAYS),
    optionalDays: z.int().min(1).max(365),
    chat: z.strictObject({
      freeHours: hours,
      openHours: hours,
      quotaKeptForMandatory: z.int().min(0).max(1_000_000),
    }),
    proof: z.strictObject({ chat: proof, templateByUser: proof, templateByPhone: proof, sms: proof, email: proof }),
    workItem: z.strictObject({ workingDays: z.int().min(1).max(30), chaseWorkingDays: z.int().min(1).max(30) }),
  })
  .superRefine((settings, context) => {
    const add = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (settings.chat.openHours < settings.chat.freeHours) add(['chat', 'openHours'], 'is shorter than chat.freeHours')
    for (const [index, way] of settings.optionalOrder.entries())
      if (!settings.order.includes(way)) add(['optionalOrder', index], `${way} is not in order`)
    for (const notice of MANDATORY_NOTICES)
      for (const way of alsoByOf(settings, notice))
        if (!settings.order.includes(way)) add(['alsoBy'], `${way} is not in order (${notice})`)
  })

/** The ways on which this notice goes as well, whatever became of the others (R5-2). */
export function alsoByOf({ alsoBy }: { alsoBy: AlsoBy }, notice: string): readonly ('sms' | 'email')[] {
  if (Array.isArray(alsoBy)) return alsoBy
  return Object.hasOwn(alsoBy, notice) ? (alsoBy[notice as NoticeId] ?? []) : []
}

type AlsoBy = ('sms' | 'email')[] | Partial<Record<NoticeId, ('sms' | 'email')[] | undefined>>

export type DeliverySettings = z.output<typeof deliverySchema>

/** Minutes of the day in Vietnam; `fromMinute` may be later (over midnight). Null: never quiet. */
export type QuietHours = { fromMinute: number; toMinute: number } | null

/** The file says something that it may not; every fault is named. */
export class DeliverySettingsError extends Error {
  override readonly name = 'DeliverySettingsError'
  readonly code = 'delivery_invalid'
  readonly faults: string[]

  constructor(file: string, faults: string[]) {
    super(`${file}: ${faults.length} lỗi / fault(s)\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

const shippedFile = fileURLToPath(new URL('../../data/delivery.yaml', import.meta.url))

/** The province's own file where there is one, else the one that comes with the service. */
export function findDelivery(dataDir: string): string {
  const own = join(dataDir, 'data', 'delivery.yaml')
  return existsSync(own) ? own : shippedFile
}

/** Reads the order and the times of delivery, or throws with every fault and its line. */
export async function loadDelivery(file: string): Promise<DeliverySettings> {
  return readDelivery(await readFile(file, 'utf8'), file)
}

/** As `loadDelivery`, from the text of the file. */
export function readDelivery(text: string, file: string): DeliverySettings {
  const document = parseDocument(text, { uniqueKeys: true })
  if (document.errors.length > 0) {
    throw new DeliverySettingsError(
      file,
      document.errors.map(({ message }) => message.split('\n')[0] ?? message),
    )
  }
  const parsed = deliverySchema.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => {
    const node = document.getIn(path as (string | number)[], true) as { range?: [number, number, number] } | undefined
    const offset = node?.range?.[0]
    const line = offset === undefined ? '' : `:${text.slice(0, offset).split('\n').length}`
    return `${file}${line} ${path.map(String).join('.')}: ${message}`
  })
  throw new DeliverySettingsError(file, faults)
}
