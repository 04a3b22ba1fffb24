import { z } from 'zod'
import {
  clockOffset,
  dataKeys,
  days,
  exactHosts,
  httpUrl,
  id,
  mediaHosts,
  oneOf,
  quietHours,
  text,
  whole,
} from './environment-values.ts'

/** What the operator's table says about a variable, and what a fault shows as a right value. */
type About = {
  group: 'service' | 'storage' | 'zalo' | 'channels' | 'systems' | 'secrets' | 'citizens' | 'retention' | 'organisation'
  /** In English, for the table in the README. */
  description: string
  example: string
  /** Shown in the table when the default is not a plain value of the schema. */
  defaultText?: string
}

const about = <T extends z.ZodType>(schema: T, meta: About): T => schema.meta(meta) as T

/** Every variable the service reads. The order is the order of the table in the README. */
export const environmentSchema = z.object({
  NODE_ENV: about(z.string().optional(), {
    group: 'service',
    description: '`production` switches production mode on',
    example: 'production',
  }),
  PORT: about(whole(0, 65_535).prefault('3000'), {
    group: 'service',
    description: 'port it listens on',
    example: '3000',
  }),
  HOST: about(text.optional(), {
    group: 'service',
    description: 'address it listens on',
    example: '0.0.0.0',
    defaultText: '`0.0.0.0`; demonstration: `127.0.0.1`',
  }),
  PUBLIC_URL: about(httpUrl.optional(), {
    group: 'service',
    description: 'how the world reaches it; https in production',
    example: 'https://pakn.quangngai.gov.vn',
    defaultText: '`http://localhost:PORT`',
  }),
  TRUSTED_PROXIES: about(text.prefault('loopback'), {
    group: 'service',
    description: 'reverse proxies whose `X-Forwarded-…` is believed: addresses, networks, `loopback`, `uniquelocal`',
    example: 'loopback,10.0.0.0/8',
  }),
  API_RATE_PER_MINUTE: about(whole(1, 10_000_000).prefault('12000'), {
    group: 'service',
    description: 'calls of the JSON API per minute and token; more are answered with 429',
    example: '12000',
  }),
  API_WRONG_TOKENS_PER_MINUTE: about(whole(1, 10_000_000).prefault('300'), {
    group: 'service',
    description: 'wrong tokens an address may show per minute before new ones of it are answered with 429',
    example: '300',
  }),
  LOG_LEVEL: about(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'), {
    group: 'service',
    description: 'how much is logged',
    example: 'info',
  }),
  CLOCK_OFFSET: about(clockOffset.optional(), {
    group: 'service',
    description: "not in production: moves the service's clock, for training and trials",
    example: '+15d',
  }),

  DATA_DIR: about(text.prefault('./var'), {
    group: 'storage',
    description: 'everything this process writes',
    example: '/var/lib/pakn',
  }),
  MONGODB_URI: about(
    z
      .string()
      .trim()
      .regex(/^mongodb(\+srv)?:\/\/\S+$/, 'phải bắt đầu bằng mongodb:// hoặc mongodb+srv://.')
      .optional(),
    {
      group: 'storage',
      description: 'a replica set; unset: own `mongod` under `DATA_DIR/mongodb`',
      example: 'mongodb://db1,db2,db3/pakn?replicaSet=rs0',
    },
  ),
  MONGOD_BINARY: about(text.optional(), {
    group: 'storage',
    description: 'a `mongod` to use instead of finding one',
    example: '/usr/bin/mongod',
  }),
  REDIS_URL: about(
    z
      .string()
      .trim()
      .regex(/^rediss?:\/\/\S+$/, 'phải bắt đầu bằng redis:// hoặc rediss://.')
      .optional(),
    {
      group: 'storage',
      description: 'shared rate limits and live updates; unset: the same in memory, for one process',
      example: 'redis://:password@redis:6379',
    },
  ),

  ZALO_APP_ID: about(id.optional(), {
    group: 'zalo',
    description: 'id of the application; these four: all or none',
    example: '1234567890123456789',
  }),
  ZALO_APP_SECRET: about(text.optional(), {
    group: 'zalo',
    description: 'secret of the application',
    example: '(khóa bí mật của ứng dụng)',
  }),
  ZALO_OA_ID: about(id.optional(), {
    group: 'zalo',
    description: 'id of the Official Account',
    example: '2345678901234567890',
  }),
  ZALO_OA_SECRET_KEY: about(text.optional(), {
    group: 'zalo',
    description: 'key with which Zalo signs webhooks',
    example: '(OA Secret Key trong mục Webhook)',
  }),
  ZALO_OA_SECRET_KEY_PREVIOUS: about(text.optional(), {
    group: 'zalo',
    description: 'also accepted while a renewed key spreads',
    example: '(khóa cũ)',
  }),
  ZALO_REFRESH_TOKEN: about(text.optional(), {
    group: 'zalo',
    description: 'a grant by hand: used when none is stored or the stored one is dead, each value once',
    example: '(refresh token từ API Explorer)',
  }),
  ZALO_OPENAPI_URL: about(httpUrl.prefault('https://openapi.zalo.me'), {
    group: 'zalo',
    description: 'OA API, any stand-in works',
    example: 'https://openapi.zalo.me',
  }),
  ZALO_BUSINESS_URL: about(httpUrl.prefault('https://business.openapi.zalo.me'), {
    group: 'zalo',
    description: 'template messages (ZBS)',
    example: 'https://business.openapi.zalo.me',
  }),
  ZALO_OAUTH_URL: about(httpUrl.prefault('https://oauth.zaloapp.com'), {
    group: 'zalo',
    description: 'consent and tokens',
    example: 'https://oauth.zaloapp.com',
  }),
  ZALO_MEDIA_HOSTS: about(mediaHosts.prefault('zdn.vn,zadn.vn'), {
    group: 'zalo',
    description:
      'host suffixes from which media may be fetched; `host:port` allows one plain-http origin, not in production',
    example: 'zdn.vn,zadn.vn',
  }),
  ZALO_MESSAGE_API: about(oneOf(['auto', 'v3', 'v2']).prefault('auto'), {
    group: 'zalo',
    description: '`auto`, `v3` or `v2`',
    example: 'auto',
  }),
  ZALO_BROADCAST_TARGETS: about(oneOf(['joined', 'list']).prefault('joined'), {
    group: 'zalo',
    description:
      'how the codes of an article’s target are written: `joined` by commas, or as a `list`, should Zalo refuse those',
    example: 'joined',
  }),
  ZALO_RATE_PER_MINUTE: about(whole(1, 10_000_000).prefault('100'), {
    group: 'zalo',
    description: 'calls per minute and OA, every kind together',
    example: '100',
  }),
  ZALO_SILENCE_MINUTES: about(whole(1, 1_440).prefault('20'), {
    group: 'zalo',
    description:
      'so long without any webhook in office hours: the chats are read, and any pause of this length is made good',
    example: '20',
  }),
  ZBS_TEMPLATES: about(text.optional(), {
    group: 'zalo',
    description: 'file: notice id or `otp` → `template_id` and its parameters',
    example: '/etc/pakn/zbs-templates.json',
  }),

  SMTP_URL: about(
    z
      .string()
      .trim()
      .regex(/^smtps?:\/\/\S+$/, 'phải bắt đầu bằng smtp:// hoặc smtps://.')
      .optional(),
    {
      group: 'channels',
      description: 'mail server; goes with `MAIL_FROM`',
      example: 'smtps://user:password@mail.quangngai.gov.vn',
    },
  ),
  MAIL_FROM: about(
    z
      .string()
      .trim()
      .regex(/^([^<>@]*<)?[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+>?$/, 'phải là một địa chỉ thư.')
      .optional(),
    { group: 'channels', description: 'sender of e-mail', example: 'pakn@quangngai.gov.vn' },
  ),
  MAIL_WEBHOOK_SECRET: about(z.string().trim().min(16, 'phải có ít nhất 16 ký tự.').optional(), {
    group: 'channels',
    description: 'signs what comes to `POST /webhooks/mail` (bounces); unset: nothing is taken there',
    example: '$(openssl rand -hex 32)',
  }),
  SMS_URL: about(httpUrl.optional(), {
    group: 'channels',
    description: 'SMS provider, `POST {to, text, reference}`; goes with `SMS_TOKEN`',
    example: 'https://sms.quangngai.gov.vn/send',
  }),
  SMS_TOKEN: about(text.optional(), {
    group: 'channels',
    description: 'bearer token of the SMS provider, also signs its receipts',
    example: '(mã truy cập của nhà cung cấp SMS)',
  }),
  SMS_ACCENTS: about(z.stringbool({ error: 'phải là true hoặc false.' }).prefault('false'), {
    group: 'channels',
    description: 'SMS with Vietnamese accents: a part then holds 70 letters instead of 160',
    example: 'false',
  }),
  SMS_PARTS_MAX: about(whole(1, 6).prefault('2'), {
    group: 'channels',
    description: 'parts that one SMS may take; a longer text is shortened, its link stays',
    example: '2',
  }),
  QUIET_HOURS: about(quietHours.prefault('21:00-07:00'), {
    group: 'channels',
    description: 'nothing that can wait is sent in these hours (R5-3); `off`',
    example: '21:00-07:00',
  }),

  WEBHOOK_HOSTS: about(mediaHosts.optional(), {
    group: 'systems',
    description:
      'host suffixes to which webhooks may be sent by https; `host:port` allows one plain-http origin, not in production; unset: to none',
    example: 'quangngai.gov.vn,dichvucong.gov.vn',
  }),
  WEBHOOK_INSIDE_HOSTS: about(exactHosts.optional(), {
    group: 'systems',
    description:
      'exact hosts to which webhooks may be sent by https at an address inside, too: private, loopback; never link-local',
    example: 'lgsp.quangngai.gov.vn,10.20.30.40',
  }),

  DATA_KEYS: about(dataKeys.optional(), {
    group: 'secrets',
    description:
      'field keys `id:base64,…` of 32 bytes, the first one writes; required in production, else made and kept under `DATA_DIR`',
    example: 'k1:$(openssl rand -base64 32)',
  }),
  SESSION_SECRET: about(z.string().trim().min(32, 'phải có ít nhất 32 ký tự.').optional(), {
    group: 'secrets',
    description: 'signs sessions, ≥ 32 characters; required in production, else made and kept under `DATA_DIR`',
    example: '$(openssl rand -hex 32)',
  }),

  MIN_IDENTITY_LEVEL: about(
    oneOf(['1', '2', '3'])
      .transform((value): 1 | 2 | 3 => (value === '1' ? 1 : value === '2' ? 2 : 3))
      .prefault('2'),
    {
      group: 'citizens',
      description: 'proof needed to file (R3-11): 1 typed phone, 2 verified phone, 3 national identity',
      example: '2',
    },
  ),
  CASES_PER_DAY_MAX: about(whole(1, 1000).prefault('3'), {
    group: 'citizens',
    description: 'cases one citizen may file in a day (R3-9)',
    example: '3',
  }),
  CASES_PER_MINUTE_MAX: about(whole(1, 100).prefault('1'), {
    group: 'citizens',
    description: 'cases one citizen may file in a minute (R3-9)',
    example: '1',
  }),
  EVENTS_PER_MINUTE_MAX: about(whole(1, 1_000_000).prefault('60'), {
    group: 'citizens',
    description: 'messages a minute after which one citizen is slowed and told so',
    example: '60',
  }),
  INBOX_QUIET_MS: about(whole(0, 60_000).prefault('1000'), {
    group: 'citizens',
    description: 'quiet that joins a burst of texts and photos into one answer, in milliseconds',
    example: '1000',
  }),
  INBOX_TRIES_MAX: about(whole(1, 100).prefault('5'), {
    group: 'citizens',
    description: 'tries after which an event goes to the dead letters and the citizen gets an apology',
    example: '5',
  }),
  ATTACHMENTS_MAX: about(whole(0, 50).prefault('5'), {
    group: 'citizens',
    description: 'files per case (R3-7d)',
    example: '5',
  }),
  ATTACHMENT_MEGABYTES_MAX: about(whole(1, 100).prefault('10'), {
    group: 'citizens',
    description: 'size of one file in MB (R3-7d)',
    example: '10',
  }),
  ATTACHMENTS_MEGABYTES_MAX: about(whole(1, 1000).prefault('30'), {
    group: 'citizens',
    description: 'size of all files of a case in MB (R3-7d)',
    example: '30',
  }),
  ALLOW_VIDEO: about(z.stringbool({ error: 'phải là true hoặc false.' }).prefault('false'), {
    group: 'citizens',
    description: 'accept video files (R3-7c)',
    example: 'false',
  }),

  RETENTION_DRAFT_DAYS: about(days(365).prefault('30'), {
    group: 'retention',
    description: 'unfinished forms (R9-8)',
    example: '30',
  }),
  RETENTION_CHAT_DAYS: about(days(3650).prefault('180'), {
    group: 'retention',
    description: 'chat log (R9-8)',
    example: '180',
  }),
  RETENTION_EVENT_DAYS: about(days(365).prefault('30'), {
    group: 'retention',
    description: 'raw webhook events',
    example: '30',
  }),
  RETENTION_ACCESS_DAYS: about(days(36_500).prefault('1826'), {
    group: 'retention',
    description: 'log of who read personal data, five years (R9-8)',
    example: '1826',
  }),
  DATA_REQUEST_DAYS: about(days(365).prefault('20'), {
    group: 'retention',
    description: 'days to decide a wish to remove personal data (R9-6)',
    example: '20',
  }),
  RETENTION_CASE_YEARS: about(whole(1, 100).prefault('10'), {
    group: 'retention',
    description: 'case files after closing (R9-8)',
    example: '10',
  }),

  CASE_CODE_PREFIX: about(
    z
      .string()
      .trim()
      .regex(/^[A-Z][A-Z0-9]{1,11}$/, 'phải gồm 2 đến 12 chữ in hoa không dấu hoặc chữ số.')
      .prefault('PAKN'),
    { group: 'organisation', description: 'first part of a case code (R3-15)', example: 'PAKN' },
  ),
  OFFICER_COMMANDS: about(z.stringbool({ error: 'phải là true hoặc false.' }).prefault('true'), {
    group: 'organisation',
    description: 'officers who have linked their Zalo act there by short commands; `false`: they are only told',
    example: 'true',
  }),
  HIDE_SENDER_FROM_UNITS: about(z.stringbool({ error: 'phải là true hoặc false.' }).prefault('false'), {
    group: 'organisation',
    description:
      'units that handle a case see who sent it only after giving a reason, which is logged; the Office always sees it',
    example: 'false',
  }),
  CONTACTS_FILE: about(text.optional(), {
    group: 'organisation',
    description:
      'addresses and telephone numbers that citizens are given; production refuses the placeholders of the shipped file',
    example: '/etc/pakn/contacts.json',
    defaultText: '`data/contacts.json`',
  }),
})

export type Environment = z.output<typeof environmentSchema>
export type EnvironmentName = keyof Environment
