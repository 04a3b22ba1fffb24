import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Environment, type EnvironmentName, environmentSchema } from './environment.ts'

/** How the service was started; decides what may be missing and what may be made up (interface.md, three modes). */
export type Mode = 'demonstration' | 'trial' | 'production'

export type ZaloCredentials = { appId: string; appSecret: string; oaId: string; oaSecretKey: string }

/** Everything the service was told from outside, checked and grouped. Nothing else reads the environment. */
export type Config = {
  mode: Mode
  http: {
    host: string
    port: number
    publicUrl: string
    trustedProxies: string
    apiRatePerMinute: number
    apiWrongTokensPerMinute: number
  }
  mongodb: { uri: string | null; binary: string | null }
  redisUrl: string | null
  /** Absolute; the only place this process writes to. */
  dataDir: string
  zalo: {
    /** Null in demonstration: the simulator brings its own. */
    credentials: ZaloCredentials | null
    previousSecretKey: string | null
    refreshToken: string | null
    openapiUrl: string
    businessUrl: string
    oauthUrl: string
    mediaHosts: { suffixes: string[]; origins: string[] }
    messageApi: 'auto' | 'v3' | 'v2'
    broadcastTargets: 'joined' | 'list'
    ratePerMinute: number
    silenceMinutes: number
    templatesFile: string | null
  }
  /** `webhookSecret`: signs bounces; null: none are taken. */
  mail: { smtpUrl: string; from: string; webhookSecret: string | null } | null
  sms: { url: string; token: string } | null
  smsStyle: { accents: boolean; partsMax: number }
  /** Where changes of cases may be told to. */
  webhooks: { suffixes: string[]; origins: string[]; insideHosts: string[] }
  /** Minutes of the day in Vietnam; `from` may be later than `to` (over midnight). Null: never quiet (R5-3). */
  quietHours: { fromMinute: number; toMinute: number } | null
  clockOffsetMs: number
  /** Checked, as given: `id:base64,…`. Null outside production: made at the first start and kept under `dataDir`. */
  dataKeys: string | null
  sessionSecret: string | null
  logLevel: Environment['LOG_LEVEL']
  inbox: { quietMs: number; triesMax: number; eventsPerMinuteMax: number }
  form: { minIdentityLevel: 1 | 2 | 3; casesPerDayMax: number; casesPerMinuteMax: number; caseCodePrefix: string }
  attachments: { countMax: number; sizeBytesMax: number; totalBytesMax: number; allowVideo: boolean }
  dataRequestDays: number
  /** Linked officers act in the chat by short commands. */
  officerCommands: boolean
  retention: { draftDays: number; chatDays: number; eventDays: number; accessDays: number; caseYears: number }
  /** Absolute. */
  organisation: { contactsFile: string /** From the units that handle cases. */; hideSender: boolean }
  /** Sentences for the operator: legal, but probably not meant. */
  warnings: string[]
}

/** One thing wrong with one variable, in words for the person who must mend it. */
export type ConfigFault = { name: string; fault: string; example: string }

/** The environment cannot be used; `faults` names everything that is wrong, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config_invalid'
  readonly faults: ConfigFault[]

  constructor(faults: ConfigFault[]) {
    const lines = faults.map(({ name, fault, example }) => `  ${name}: ${fault} Ví dụ: ${name}=${example}`)
    super(`Cấu hình có ${faults.length} lỗi, dịch vụ chưa thể chạy:\n${lines.join('\n')}`)
    this.faults = faults
  }
}

/** Reads the whole configuration from `env` or throws one `ConfigError` with every fault. An empty variable counts as unset. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''))
  const { values, faults } = readEach(set)
  const faulty = new Set(faults.map((fault) => fault.name))
  const add = (name: EnvironmentName, fault: string): void => {
    if (faulty.has(name)) return
    faulty.add(name)
    faults.push({ name, fault, example: exampleOf(name) })
  }
  checkTogether(values, set, add)
  if (faults.length > 0) throw new ConfigError(faults)
  return group(environmentSchema.parse(set), set)
}

const shippedContacts = fileURLToPath(new URL('../data/contacts.json', import.meta.url))

const CREDENTIALS = ['ZALO_APP_ID', 'ZALO_APP_SECRET', 'ZALO_OA_ID', 'ZALO_OA_SECRET_KEY'] as const

// Each variable is read on its own, so that one bad value does not hide the faults between the others.
function readEach(set: Record<string, string | undefined>): { values: Partial<Environment>; faults: ConfigFault[] } {
  const values: Record<string, unknown> = {}
  const faults: ConfigFault[] = []
  for (const [name, schema] of Object.entries(environmentSchema.shape)) {
    const reading = z.safeParse(schema, set[name])
    if (reading.success) values[name] = reading.data
    else {
      const said = [...new Set(reading.error.issues.map((issue) => issue.message))].join(' ')
      faults.push({ name, fault: said, example: exampleOf(name as EnvironmentName) })
    }
  }
  return { values, faults }
}

type Add = (name: EnvironmentName, fault: string) => void

function checkTogether(values: Partial<Environment>, set: Record<string, string | undefined>, add: Add): void {
  const production = set.NODE_ENV === 'production'
  const given = CREDENTIALS.filter((name) => set[name] !== undefined)
  if (production || given.length > 0) {
    for (const name of CREDENTIALS) {
      if (set[name] !== undefined) continue
      add(
        name,
        production
          ? 'bắt buộc khi chạy chính thức.'
          : `còn thiếu: bốn biến Zalo phải có đủ hoặc để trống cả bốn (đã có ${given.join(', ')}).`,
      )
    }
  }
  if (given.length === 0 && !production) {
    for (const name of ['ZALO_REFRESH_TOKEN', 'ZALO_OA_SECRET_KEY_PREVIOUS'] as const) {
      if (set[name] !== undefined) add(name, `chỉ có nghĩa khi đã đặt ${CREDENTIALS.join(', ')}.`)
    }
  }
  for (const [one, other] of [
    ['SMTP_URL', 'MAIL_FROM'],
    ['SMS_URL', 'SMS_TOKEN'],
  ] as const) {
    if (set[one] !== undefined && set[other] === undefined) add(other, `bắt buộc khi đã đặt ${one}.`)
    if (set[one] === undefined && set[other] !== undefined) add(one, `bắt buộc khi đã đặt ${other}.`)
  }
  if (set.MAIL_WEBHOOK_SECRET !== undefined && set.SMTP_URL === undefined) {
    add('SMTP_URL', 'bắt buộc khi đã đặt MAIL_WEBHOOK_SECRET.')
  }
  const { ATTACHMENT_MEGABYTES_MAX: one, ATTACHMENTS_MEGABYTES_MAX: all } = values
  if (one !== undefined && all !== undefined && all < one) {
    add('ATTACHMENTS_MEGABYTES_MAX', 'không được nhỏ hơn ATTACHMENT_MEGABYTES_MAX.')
  }
  if (production) checkProduction(values, set, add)
}

function checkProduction(values: Partial<Environment>, set: Record<string, string | undefined>, add: Add): void {
  for (const name of ['PUBLIC_URL', 'DATA_KEYS', 'SESSION_SECRET'] as const) {
    if (set[name] === undefined) add(name, 'bắt buộc khi chạy chính thức: không có giá trị nào được tạo sẵn.')
  }
  if (values.PUBLIC_URL !== undefined && !values.PUBLIC_URL.startsWith('https://')) {
    add('PUBLIC_URL', 'phải bắt đầu bằng https:// khi chạy chính thức.')
  }
  for (const name of ['ZALO_OPENAPI_URL', 'ZALO_BUSINESS_URL', 'ZALO_OAUTH_URL', 'SMS_URL'] as const) {
    const url = values[name]
    // A gateway on the same machine may be plain http: the words never leave it.
    if (url !== undefined && !url.startsWith('https://') && !isLoopback(url))
      add(name, 'phải bắt đầu bằng https:// khi chạy chính thức.')
  }
  if (values.CLOCK_OFFSET !== undefined)
    add('CLOCK_OFFSET', 'không được dùng khi chạy chính thức: thời hạn phải theo giờ thật. Hãy bỏ biến này.')
  for (const name of ['ZALO_MEDIA_HOSTS', 'WEBHOOK_HOSTS'] as const) {
    if ((values[name]?.origins.length ?? 0) === 0) continue
    add(name, 'dạng máy:cổng (http) không được dùng khi chạy chính thức; chỉ ghi tên miền.')
  }
  for (const [name, value] of Object.entries(set)) {
    if (isKnown(name) && value !== undefined && isPlaceholder(value))
      add(name, 'vẫn là giá trị mẫu; hãy thay bằng giá trị thật.')
  }
  for (const { key } of values.DATA_KEYS ?? []) {
    if (new Set(key).size < 8) add('DATA_KEYS', 'có khóa không ngẫu nhiên; hãy tạo khóa mới.')
  }
  if (values.SESSION_SECRET !== undefined && new Set(values.SESSION_SECRET).size < 8) {
    add('SESSION_SECRET', 'không đủ ngẫu nhiên; hãy tạo chuỗi mới.')
  }
}

function group(values: Environment, set: Record<string, string | undefined>): Config {
  const { ZALO_APP_ID: appId, ZALO_APP_SECRET: appSecret, ZALO_OA_ID: oaId, ZALO_OA_SECRET_KEY: oaSecretKey } = values
  const credentials =
    appId !== undefined && appSecret !== undefined && oaId !== undefined && oaSecretKey !== undefined
      ? { appId, appSecret, oaId, oaSecretKey }
      : null
  const mode: Mode = values.NODE_ENV === 'production' ? 'production' : credentials === null ? 'demonstration' : 'trial'
  const megabyte = 1024 * 1024
  return {
    mode,
    http: {
      host: values.HOST ?? (mode === 'demonstration' ? '127.0.0.1' : '0.0.0.0'),
      port: values.PORT,
      publicUrl: values.PUBLIC_URL ?? `http://localhost:${values.PORT}`,
      trustedProxies: values.TRUSTED_PROXIES,
      apiRatePerMinute: values.API_RATE_PER_MINUTE,
      apiWrongTokensPerMinute: values.API_WRONG_TOKENS_PER_MINUTE,
    },
    mongodb: { uri: values.MONGODB_URI ?? null, binary: values.MONGOD_BINARY ?? null },
    redisUrl: values.REDIS_URL ?? null,
    dataDir: resolve(values.DATA_DIR),
    zalo: {
      credentials,
      previousSecretKey: values.ZALO_OA_SECRET_KEY_PREVIOUS ?? null,
      refreshToken: values.ZALO_REFRESH_TOKEN ?? null,
      openapiUrl: values.ZALO_OPENAPI_URL,
      businessUrl: values.ZALO_BUSINESS_URL,
      oauthUrl: values.ZALO_OAUTH_URL,
      mediaHosts: values.ZALO_MEDIA_HOSTS,
      messageApi: values.ZALO_MESSAGE_API,
      broadcastTargets: values.ZALO_BROADCAST_TARGETS,
      ratePerMinute: values.ZALO_RATE_PER_MINUTE,
      silenceMinutes: values.ZALO_SILENCE_MINUTES,
      templatesFile: values.ZBS_TEMPLATES ?? null,
    },
    mail:
      values.SMTP_URL !== undefined && values.MAIL_FROM !== undefined
        ? {
            smtpUrl: values.SMTP_URL,
            from: values.MAIL_FROM,
            webhookSecret: values.MAIL_WEBHOOK_SECRET ?? null,
          }
        : null,
    sms:
      values.SMS_URL !== undefined && values.SMS_TOKEN !== undefined
        ? { url: values.SMS_URL, token: values.SMS_TOKEN }
        : null,
    smsStyle: { accents: values.SMS_ACCENTS, partsMax: values.SMS_PARTS_MAX },
    webhooks: {
      suffixes: values.WEBHOOK_HOSTS?.suffixes ?? [],
      origins: values.WEBHOOK_HOSTS?.origins ?? [],
      insideHosts: values.WEBHOOK_INSIDE_HOSTS ?? [],
    },
    quietHours: values.QUIET_HOURS,
    clockOffsetMs: values.CLOCK_OFFSET ?? 0,
    dataKeys: set.DATA_KEYS ?? null,
    sessionSecret: values.SESSION_SECRET ?? null,
    logLevel: values.LOG_LEVEL,
    inbox: {
      quietMs: values.INBOX_QUIET_MS,
      triesMax: values.INBOX_TRIES_MAX,
      eventsPerMinuteMax: values.EVENTS_PER_MINUTE_MAX,
    },
    form: {
      minIdentityLevel: values.MIN_IDENTITY_LEVEL,
      casesPerDayMax: values.CASES_PER_DAY_MAX,
      casesPerMinuteMax: values.CASES_PER_MINUTE_MAX,
      caseCodePrefix: values.CASE_CODE_PREFIX,
    },
    attachments: {
      countMax: values.ATTACHMENTS_MAX,
      sizeBytesMax: values.ATTACHMENT_MEGABYTES_MAX * megabyte,
      totalBytesMax: values.ATTACHMENTS_MEGABYTES_MAX * megabyte,
      allowVideo: values.ALLOW_VIDEO,
    },
    dataRequestDays: values.DATA_REQUEST_DAYS,
    officerCommands: values.OFFICER_COMMANDS,
    retention: {
      draftDays: values.RETENTION_DRAFT_DAYS,
      chatDays: values.RETENTION_CHAT_DAYS,
      eventDays: values.RETENTION_EVENT_DAYS,
      accessDays: values.RETENTION_ACCESS_DAYS,
      caseYears: values.RETENTION_CASE_YEARS,
    },
    organisation: {
      hideSender: values.HIDE_SENDER_FROM_UNITS,
      contactsFile: values.CONTACTS_FILE === undefined ? shippedContacts : resolve(values.CONTACTS_FILE),
    },
    warnings: warningsFor(values, set, mode),
  }
}

function warningsFor(values: Environment, set: Record<string, string | undefined>, mode: Mode): string[] {
  const warnings: string[] = []
  const unknown = Object.keys(set).filter(
    (name) => /^(ZALO|ZBS|SMS|SMTP|MAIL|DATA|RETENTION|ATTACHMENTS?|WEBHOOK)_/.test(name) && !isKnown(name),
  )
  if (unknown.length > 0) warnings.push(`Biến môi trường không được dùng, có thể viết sai tên: ${unknown.join(', ')}.`)
  if (mode === 'demonstration' && values.HOST !== undefined && values.HOST !== '127.0.0.1') {
    warnings.push(
      `Chế độ trình diễn đang mở ra ngoài máy này (HOST=${values.HOST}): mọi người trong mạng đều vào được bằng tài khoản mẫu.`,
    )
  }
  if (
    mode !== 'demonstration' &&
    values.MIN_IDENTITY_LEVEL >= 2 &&
    values.SMS_URL === undefined &&
    values.ZBS_TEMPLATES === undefined
  ) {
    warnings.push(
      'Chưa có kênh gửi mã một lần (SMS_URL): người dân chỉ xác nhận số điện thoại được bằng cách chia sẻ qua Zalo. Có thể đặt MIN_IDENTITY_LEVEL=1.',
    )
  }
  if (values.MIN_IDENTITY_LEVEL === 1) {
    warnings.push('MIN_IDENTITY_LEVEL=1: phản ánh, kiến nghị được nhận khi số điện thoại chưa xác nhận (R3-11).')
  }
  if (values.MIN_IDENTITY_LEVEL === 3) {
    warnings.push(
      'MIN_IDENTITY_LEVEL=3 cần đăng nhập VNeID qua Cổng Dịch vụ công quốc gia; người chưa đăng nhập không gửi được (R3-11).',
    )
  }
  return warnings
}

function isKnown(name: string): name is EnvironmentName {
  return Object.hasOwn(environmentSchema.shape, name)
}

function exampleOf(name: EnvironmentName): string {
  const { example } = environmentSchema.shape[name].meta() ?? {}
  return typeof example === 'string' ? example : ''
}

function isPlaceholder(value: string): boolean {
  return /^(change[-_ ]?me.*|x{3,}|todo|your[-_ ].*|example|sample|placeholder|secret|password|<.*>|\.{3,}|mau|mẫu)$/iu.test(
    value.trim(),
  )
}

function isLoopback(url: string): boolean {
  const host = new URL(url).hostname
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host)
}
