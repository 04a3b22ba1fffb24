import { dayOf } from './cases/days.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers } from './open-stores.ts'
import { ownFacts, type SharedFacts } from './usecases/shared-facts.ts'
import type { AccountChange } from './usecases/webhook-event.ts'
import { startLoop } from './workers/loop.ts'
import type { Calls } from './zalo/calls.ts'
import { createTemplateChannel, type TemplateChannel } from './zalo/template-channel.ts'
import { createTemplatePlatform } from './zalo/template-platform.ts'
import type { RegisteredTemplate } from './zalo/template-registry.ts'
import { ONE_TIME_CODE } from './zalo/template-values.ts'
import { createTemplateWatch, type TemplateAlert } from './zalo/template-watch.ts'

/** How often the platform is asked what its templates may do; a change that it tells by itself is believed at once. */
const REFRESH_MS = 10 * 60_000

export type Templates = {
  channel: TemplateChannel
  /** Whether one-time codes have a template. */
  hasCode: boolean
  onChange(change: AccountChange): void
  start(): void
}

/** The registered templates: sent, watched, and alarmed about. */
export function openTemplates(deps: {
  templates: readonly RegisteredTemplate[]
  calls: { oa: Calls; business: Calls }
  /** Absent: this process is alone. */
  facts?: SharedFacts
  metrics: Metrics
  logger: Logger
  closers: Closers
}): Templates {
  const { templates, calls, metrics, logger, closers } = deps
  const platform = createTemplatePlatform(calls.business)
  const facts = deps.facts ?? ownFacts
  const watch = createTemplateWatch({ templates, platform, now: Date.now, onAlert: tell, onFact: facts.tell })
  const channel = createTemplateChannel({
    templates,
    watch,
    ...calls,
    now: Date.now,
    onUnfilled: (fault) => logger.error(fault, 'a template could not be filled: the file and the platform disagree'),
  })
  let wake = (): void => undefined
  show()
  facts.follow('templates/', (key, value) => {
    watch.adopt(key, value)
    show()
  })

  /** Several processes may meet it; one says it. */
  function tell(alert: TemplateAlert): void {
    show()
    facts.sayOnce(...stateOf(alert, Date.now()), () => say(alert))
  }

  function say(alert: TemplateAlert): void {
    switch (alert.about) {
      case 'template':
        if (alert.hindrance === null) logger.info(alert, 'a template can be sent again')
        else logger.error(alert, 'a template cannot be sent: notices take other ways')
        break
      case 'quality':
        if (alert.quality !== 'low' && alert.quality !== 'medium')
          logger.info(alert, 'the quality of a template is good again')
        else logger.warn(alert, 'people report this template: its quality has fallen, and Zalo may disable it')
        break
      case 'quota':
        logger[alert.remaining <= 0 ? 'error' : 'warn'](
          alert,
          'the quota of template messages of the day is near its end',
        )
        break
      case 'account':
        if (alert.code === null) logger.info(alert, 'the account may send templates again')
        else logger.error(alert, 'the account cannot send templates: balance, right or link to the cloud account')
    }
  }

  function show(): void {
    metrics.templateReady.reset()
    for (const { name } of templates) {
      const reason = watch.hindrance(name)
      metrics.templateReady.set({ notice: name, reason: reason ?? '' }, reason === null ? 1 : 0)
    }
    const { daily, remaining } = watch.quota()
    if (daily !== null) metrics.templateQuotaDaily.set(daily)
    if (remaining !== null) metrics.templateQuotaRemaining.set(remaining)
    metrics.channelReady.set(
      { channel: 'template' },
      templates.some(({ name }) => watch.hindrance(name) === null) ? 1 : 0,
    )
  }

  return {
    channel,
    hasCode: templates.some(({ name }) => name === ONE_TIME_CODE),
    onChange(change) {
      watch.noteChange(change)
      show()
      // What the event does not say is read from the platform.
      if (change.what !== 'permissionRevoked') wake()
    },
    start() {
      const step = async () => {
        await watch.refresh()
        show()
      }
      const loop = startLoop({ step, pauseMs: REFRESH_MS, failurePauseMaxMs: REFRESH_MS, logger, name: 'templates' })
      wake = () => loop.wake()
      closers.add('templates', () => loop.stop())
    },
  }
}

/** What an alert is about, and the state that is said once. */
function stateOf(alert: TemplateAlert, now: number): [about: string, state: string] {
  switch (alert.about) {
    case 'template':
      return [`templates/of/${alert.name}`, alert.hindrance ?? '']
    case 'quality':
      return [`templates/quality/${alert.name}`, alert.quality]
    case 'quota':
      return ['templates/quota', `${dayOf(now)} ${alert.remaining <= 0 ? 'none' : 'short'}`]
    case 'account':
      return ['templates/account', alert.code ?? '']
  }
}
