import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { dayOf } from '../cases/days.ts'
import { loadContacts } from '../contacts.ts'
import { formatDay, formatTime } from '../conversation/text/dates.ts'
import { readEmail } from '../conversation/text/email.ts'
import { readPhone } from '../conversation/text/phone.ts'
import { conversationFacts } from '../conversation-facts.ts'
import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { openChannels } from '../open-channels.ts'
import { createClosers } from '../open-stores.ts'
import { createTokenStore } from '../store/zalo-store.ts'
import { createTexts } from '../texts.ts'
import type { ChannelAddress, ChannelMessage, OutsideChannel } from '../usecases/notice-channels.ts'
import { createCalls } from '../zalo/calls.ts'
import { createMemoryCounter, createRateLimiter } from '../zalo/rate.ts'
import { createTemplatePlatform } from '../zalo/template-platform.ts'
import { loadTemplates, type RegisteredTemplate } from '../zalo/template-registry.ts'
import { createTokenSource } from '../zalo/token.ts'
import { createTransport } from '../zalo/transport.ts'
import type { Opened, Run } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

type Asked = { sms?: string; email?: string; template?: string; notice?: string }

/** `channel …`. */
export function addChannelCommands(program: Command, run: Run): void {
  const channel = program
    .command('channel')
    .description('Kênh báo tin ngoài chat: mẫu tin, SMS, thư / ways beside the chat: templates, SMS, e-mail')
  channel
    .command('test')
    .description(
      'Gửi một tin thử rồi in kênh, kết quả, mã trả lời, mã tin / send one trial message; prints channel, outcome, answer, message id',
    )
    .option('--sms <phone>', 'tới số này bằng SMS / to this number by SMS')
    .option('--email <address>', 'tới địa chỉ này bằng thư / to this address by e-mail')
    .option('--template <phone or id>', 'tới số này, hoặc người dùng Zalo này, bằng mẫu tin / by template')
    .addOption(
      new Option('--notice <id>', 'mẫu của thông báo nào; không ghi: mẫu đầu tiên / the template of which notice'),
    )
    .action((asked: Asked) => run((opened, output) => test(opened, output, asked)))
  channel
    .command('list')
    .description(
      'Liệt kê kênh đang có; với mẫu tin: thông báo, mã mẫu, tình trạng, chất lượng, theo Zalo / list the ways; for templates what Zalo says of each',
    )
    .action(() => run(list))
}

async function test(opened: Opened, output: Output, asked: Asked): Promise<void> {
  const wanted = wantedOf(asked)
  if (wanted.length === 0) {
    throw new OperatorError('Hãy ghi --sms, --email hoặc --template.', 'Name --sms, --email or --template.')
  }
  const { channels, templates, texts, close } = await open(opened)
  try {
    let failures = 0
    for (const { name, address } of wanted) {
      const channel = channels.list.find((one) => one.name === name)
      if (channel === undefined) throw new OperatorError(...NOT_THERE[name])
      const message = trialMessage(texts, opened.config.http.publicUrl, noticeFor(name, templates, asked.notice))
      const hindrance = channel.hindrance(message.notice, address, Date.now())
      const result = hindrance === null ? await channel.send(address, message) : null
      if (result?.ok === true) output.result(record(name, 'accepted', '0', result.messageId))
      else
        output.result(record(name, result === null ? 'hindered' : result.class, hindrance ?? result?.code ?? '', null))
      if (result?.ok !== true) failures += 1
    }
    if (failures > 0) {
      throw new OperatorError(
        'Có kênh chưa nhận tin thử; ý nghĩa của mã trả lời ở README, mục "Operate it".',
        'A channel did not take the trial message; README, "Operate it", says what the answers mean.',
      )
    }
    output.say(
      'Nơi gửi đã nhận tin thử; tin tới nơi hay không còn tùy biên nhận. / Taken by the provider; whether it arrives is for its receipt to say.',
    )
  } finally {
    await close()
  }
}

async function list(opened: Opened, output: Output): Promise<void> {
  const { channels, templates, calls, close } = await open(opened)
  try {
    output.say(channels.line)
    for (const { name } of channels.list.filter((one) => one.name !== 'template'))
      output.result(record(name, 'configured'))
    const platform = createTemplatePlatform(calls.business)
    for (const { name, templateId } of templates) {
      const said = await platform.info(templateId).catch((error: unknown) => {
        const { zaloCode, code } = error as { zaloCode?: string; code?: string }
        return { status: zaloCode ?? code ?? 'unknown', quality: null }
      })
      output.result(record('template', name, templateId, said.status, said.quality))
    }
  } finally {
    await close()
  }
}

const NOT_THERE: Record<OutsideChannel, [vi: string, en: string]> = {
  sms: ['Chưa có kênh SMS: đặt SMS_URL và SMS_TOKEN.', 'There is no SMS channel: set SMS_URL and SMS_TOKEN.'],
  email: [
    'Chưa có kênh thư điện tử: đặt SMTP_URL và MAIL_FROM.',
    'There is no e-mail channel: set SMTP_URL and MAIL_FROM.',
  ],
  template: [
    'Chưa có mẫu tin: đặt các biến ZALO_… và ZBS_TEMPLATES.',
    'There are no templates: set the ZALO_… variables and ZBS_TEMPLATES.',
  ],
}

function wantedOf({ sms, email, template }: Asked): { name: OutsideChannel; address: ChannelAddress }[] {
  const nobody: ChannelAddress = { userId: null, phone: null, email: null }
  const isUserId = template !== undefined && /^\d{14,25}$/.test(template)
  return [
    ...(template === undefined
      ? []
      : [
          {
            name: 'template' as const,
            address: { ...nobody, ...(isUserId ? { userId: template } : { phone: phoneIn(template) }) },
          },
        ]),
    ...(sms === undefined ? [] : [{ name: 'sms' as const, address: { ...nobody, phone: phoneIn(sms) } }]),
    ...(email === undefined ? [] : [{ name: 'email' as const, address: { ...nobody, email: emailIn(email) } }]),
  ]
}

function phoneIn(text: string): string {
  const reading = readPhone(text)
  if (reading.kind !== 'wrong') return reading.e164
  throw new OperatorError('Đây chưa phải số điện thoại Việt Nam.', 'This is no Vietnamese telephone number.')
}

function emailIn(text: string): string {
  const reading = readEmail(text)
  if (reading.kind !== 'wrong') return reading.email
  throw new OperatorError('Đây chưa phải địa chỉ thư điện tử.', 'This is no e-mail address.')
}

function noticeFor(
  channel: OutsideChannel,
  templates: readonly RegisteredTemplate[],
  asked: string | undefined,
): string {
  if (channel !== 'template') return 'message'
  const found = templates.find(({ name }) => name === (asked ?? name) && name !== 'otp')
  if (found !== undefined) return found.name
  throw new OperatorError(
    'Không có mẫu tin cho thông báo này trong tệp ZBS_TEMPLATES.',
    'The file of ZBS_TEMPLATES has no template for this notice.',
  )
}

/** A message that says of itself that it is a trial, with a code that no case has. */
function trialMessage(texts: ReturnType<typeof createTexts>, publicUrl: string, notice: string): ChannelMessage {
  const caseCode = 'PAKN.00000000.0000'
  const link = `${publicUrl}/tra-cuu`
  const day = formatDay(dayOf(Date.now()), 'vi', { weekday: false, year: true })
  const days = [
    'receivedAt',
    'publishedAt',
    'answerBy',
    'replyBy',
    'disagreeBy',
    'nextUpdateBy',
    'decisionBy',
    'lateSupplementBy',
    'date',
  ]
  const translate = (key: string) =>
    texts.translate('vi', `channelTest.${key}`, { link, time: formatTime(Date.now(), 'vi') })
  return {
    reference: `test-${randomBytes(8).toString('hex')}`,
    notice,
    caseCode,
    locale: 'vi',
    isQuiet: false,
    subject: translate('subject'),
    text: translate('text'),
    shortText: translate('short'),
    link,
    values: {
      state: translate('state'),
      unit: texts.translate('vi', 'channelTest.unit'),
      ...Object.fromEntries(days.map((name) => [name, day])),
    },
  }
}

/** The channels as the service opens them, without the service. */
async function open({ config, database, keyring }: Opened) {
  const { credentials, templatesFile, openapiUrl, businessUrl, oauthUrl } = config.zalo
  const templates = templatesFile === null || credentials === null ? [] : await loadTemplates(templatesFile)
  const logger = createLogger({ level: 'silent' })
  const closers = createClosers(logger)
  const transport = createTransport()
  closers.add('transport', () => transport.close())
  const account = credentials ?? { appId: '', appSecret: '', oaId: '', oaSecretKey: '' }
  const tokens = createTokenSource({
    store: createTokenStore({ database, cipher: keyring.fields, oaId: account.oaId }),
    transport,
    oauthUrl,
    appId: account.appId,
    appSecret: account.appSecret,
    now: Date.now,
    environmentRefreshToken: config.zalo.refreshToken ?? undefined,
  })
  const limiter = createRateLimiter({ perMinute: config.zalo.ratePerMinute, counter: createMemoryCounter() })
  const common = { transport, appSecret: account.appSecret, tokens, limiter }
  const calls = {
    oa: createCalls({ ...common, baseUrl: openapiUrl }),
    business: createCalls({ ...common, baseUrl: businessUrl }),
  }
  const contacts = (await loadContacts(config.organisation.contactsFile))['2025']
  const read = (locale: string) =>
    JSON.parse(readFileSync(fileURLToPath(new URL(`../../locales/${locale}.json`, import.meta.url)), 'utf8'))
  const texts = createTexts({ vi: read('vi'), en: read('en') }, conversationFacts(contacts, config.http.publicUrl))
  const channels = openChannels({ config, templates, calls, texts, metrics: createMetrics(), logger, closers })
  return { channels, templates, calls, texts, close: () => closers.closeAll() }
}
