import { createCalls } from '../../src/zalo/calls.ts'
import { ZaloError } from '../../src/zalo/errors.ts'
import { createMemoryCounter, createRateLimiter } from '../../src/zalo/rate.ts'
import { createTemplateChannel } from '../../src/zalo/template-channel.ts'
import { createTemplatePlatform } from '../../src/zalo/template-platform.ts'
import { parseTemplates } from '../../src/zalo/template-registry.ts'
import { createTemplateWatch, type TemplateAlert } from '../../src/zalo/template-watch.ts'
import type { TokenSource } from '../../src/zalo/token.ts'
import { createTransport } from '../../src/zalo/transport.ts'
import { type Answering, type Asked, startAnsweringServer } from './answering-server.ts'

export const TEMPLATE_FILE = JSON.stringify({
  N3: { template_id: '418203', parameters: { ma: 'code', trang_thai: 'state' } },
  N6: { template_id: 418206, parameters: { ma: 'code', noi: { value: 'unit', maxLength: 12 }, han: 'answerBy' } },
  otp: { template_id: '418209', parameters: { otp: 'code' } },
})

/** The template channel against a platform that answers as a test says; without a say, everything is in order. */
export async function startTemplateRig(options: { file?: string; now?: number } = {}) {
  const answers = new Map<string, Answering>()
  const server = await startAnsweringServer((asked) => answers.get(keyOf(asked)) ?? usual(asked))
  const transport = createTransport({ timeoutMs: 400 })
  const limiter = createRateLimiter({ perMinute: 6_000_000, counter: createMemoryCounter(), random: () => 0 })
  const grant = { token: 'good', isLost: false }
  const tokens: TokenSource = {
    async accessToken() {
      if (grant.isLost) throw new ZaloError('zalo_grant_lost', 'lost')
      return grant.token
    },
    renew: async () => (grant.token = 'renewed'),
    consentUrl: () => '',
    exchangeCode: async () => undefined,
    status: async () => ({ state: 'none' }),
  }
  const common = { transport, appSecret: 'secret', tokens, limiter }
  const oa = createCalls({ ...common, baseUrl: `${server.url}/oa` })
  const business = createCalls({ ...common, baseUrl: `${server.url}/zbs` })
  const alerts: TemplateAlert[] = []
  const unfilled: string[] = []
  let now = options.now ?? Date.parse('2026-11-23T09:00:00+07:00')
  const templates = parseTemplates('zbs.json', options.file ?? TEMPLATE_FILE)
  const watch = createTemplateWatch({
    templates,
    platform: createTemplatePlatform(business),
    now: () => now,
    onAlert: (alert) => void alerts.push(alert),
  })
  const channel = createTemplateChannel({
    templates,
    watch,
    oa,
    business,
    now: () => now,
    random: () => 0,
    onUnfilled: ({ name, parameter, fault }) => void unfilled.push(`${name}.${parameter} ${fault}`),
  })
  return {
    channel,
    watch,
    alerts,
    unfilled,
    grant,
    asked: server.asked,
    /** `oa` by id, `zbs` by number, else the path of a reading call. */
    answer: (key: string, answering: Answering | number) =>
      void answers.set(key, typeof answering === 'number' ? { json: { error: answering, message: 'no' } } : answering),
    move: (ms: number) => {
      now += ms
    },
    async stop() {
      transport.close()
      await server.stop()
    },
  }
}

function keyOf({ path }: Asked): string {
  if (path === '/oa/v3.0/oa/message/template') return 'oa'
  return path === '/zbs/message/template' ? 'zbs' : path.replace('/zbs', '')
}

function usual(asked: Asked): Answering {
  const ok = (data: object) => ({ json: { error: 0, message: 'Success', data } })
  switch (keyOf(asked)) {
    case 'oa':
      return ok({ message_id: 'oa-1', user_id: 'u', sent_time: '1790658123456', quota: { quota_type: 'x' } })
    case 'zbs':
      return ok({ msg_id: 'zbs-1', sent_time: '1790658123456', quota: { dailyQuota: '500', remainingQuota: '499' } })
    case '/message/quota':
      return ok({ dailyQuota: 500, remainingQuota: '400' })
    default:
      return ok({ status: 'ENABLE', listParams: [], templateQuality: 'HIGH' })
  }
}
