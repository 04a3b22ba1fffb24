import { isMandatory } from '../cases/notices.ts'
import { NOTICES, type NoticeId } from '../cases/words.ts'
import { classify, ZaloError } from './errors.ts'
import { type Quota, readQuality, readStatus, type TemplateInfo, type TemplatePlatform } from './template-platform.ts'
import type { RegisteredTemplate } from './template-registry.ts'
import { ONE_TIME_CODE, type ParameterRule } from './template-values.ts'

/** Something that an administrator should know; said once for each change. */
export type TemplateAlert =
  | { about: 'template'; name: string; templateId: string; hindrance: string | null; parameters?: string[] }
  | { about: 'quality'; name: string; templateId: string; quality: string }
  | { about: 'quota'; remaining: number; daily: number }
  | { about: 'account'; code: string | null; meaning: string }

/** A change of a template or of the account's allowance, as the webhook tells it (zalo §9.7). */
export type TemplateChange = { what: string; templateId?: string; before?: string; after?: string }

export type TemplateWatch = {
  /** Why this template cannot be sent now; null where it can. */
  hindrance(name: string): string | null
  rules(name: string): readonly ParameterRule[] | null
  /** What Zalo said to a send: a refusal that concerns the template or the account is believed for a while. */
  noteRefusal(name: string, code: string, api: 'oa' | 'zbs'): void
  noteAccepted(quota: Quota): void
  noteChange(change: TemplateChange): void
  /** What another process has learnt, and has spoken of; `key` and `value` as `onFact` told them there. */
  adopt(key: string, value: WatchFact | null): void
  /** Reads status, quality, parameters and quota from the platform. Never throws. */
  refresh(): Promise<void>
  quota(): Quota
}

/** What is worth knowing for other processes; plain enough to be kept. */
export type WatchFact = Readonly<Record<string, string | number | null>>

/** So long a refusal is believed without asking again. */
const BELIEVED_MS = 15 * 60_000
/** The last tenth of the day's quota is kept for what the law orders, and its beginning is an alert. */
const RESERVE = 0.1

const BALANCE_CODES = new Set(['-115', '-137', '-321'])

/**
 * What is known of the registered templates, in memory, so that no notice waits for it. Every process reads the platform; what one
 * learns from an event or a refusal goes to the others by `onFact` and `adopt`.
 */
export function createTemplateWatch(deps: {
  templates: readonly RegisteredTemplate[]
  platform: TemplatePlatform
  /** The real clock. */
  now(): number
  onAlert(alert: TemplateAlert): void
  onFact?(key: string, value: WatchFact | null): void
}): TemplateWatch {
  const { templates, platform, now } = deps
  const infos = new Map<string, Known>()
  const refused = new Map<string, { code: string; until: number }>()
  const told = new Map<string, string | null>()
  let account: { code: string; until: number } | null = null
  let known: Quota & { readAt: number } = { daily: null, remaining: null, readAt: 0 }
  let isAdopting = false
  let toldQuota: 'ample' | 'short' | 'none' = 'ample'

  /** What was learnt from another process was said there. */
  function alert(found: TemplateAlert): void {
    if (!isAdopting) deps.onAlert(found)
  }

  /** A template may be told of by another process before its parameters were read here. */
  function shareTemplate(templateId: string): void {
    const info = infos.get(templateId)
    const refusal = refused.get(templateId)
    deps.onFact?.(`${TEMPLATE_FACT}${templateId}`, {
      status: info?.status ?? 'unknown',
      quality: info?.quality ?? 'unknown',
      refusedBy: refusal?.code ?? null,
      refusedUntil: refusal?.until ?? null,
    })
  }

  const byName = new Map(templates.map((template) => [template.name, template]))

  function ofTemplate(template: RegisteredTemplate): string | null {
    const info = infos.get(template.templateId)
    const refusal = refused.get(template.templateId)
    if (refusal !== undefined && now() < refusal.until) {
      return refusal.code === '-131' ? 'templatePending' : 'templateDisabled'
    }
    if (info === undefined) return null
    if (info.status === 'disabled') return 'templateDisabled'
    if (info.status === 'rejected') return 'templateRejected'
    if (info.status === 'pending') return 'templatePending'
    return info.rules !== null && mismatches(template, info.rules).length > 0 ? 'templateMismatch' : null
  }

  function setAccount(code: string | null): void {
    if (code === null && account === null) return
    adoptAccount(code === null ? null : { code, until: now() + BELIEVED_MS })
    deps.onFact?.(ACCOUNT_FACT, account)
  }

  function adoptAccount(next: typeof account): void {
    const before = account?.code ?? null
    account = next
    const code = next?.code ?? null
    if (before === code) return
    alert({ about: 'account', code, meaning: code === null ? '' : classify(code, { api: 'zbs' }).meaning })
  }

  function setQuota(next: Quota): void {
    adoptQuota({ daily: next.daily ?? known.daily, remaining: next.remaining ?? known.remaining, readAt: now() })
    deps.onFact?.(QUOTA_FACT, known)
  }

  function adoptQuota(next: typeof known): void {
    known = next
    const { daily, remaining } = known
    if (daily === null || remaining === null) return
    const state = remaining <= 0 ? 'none' : remaining <= daily * RESERVE ? 'short' : 'ample'
    if (state !== 'ample' && state !== toldQuota) alert({ about: 'quota', remaining, daily })
    toldQuota = state
  }

  function tell(): void {
    for (const template of templates) {
      const { name, templateId } = template
      const hindrance = ofTemplate(template)
      if (told.get(name) === hindrance || (hindrance === null && !told.has(name))) continue
      told.set(name, hindrance)
      const info = infos.get(templateId)
      const parameters = hindrance === 'templateMismatch' ? mismatches(template, info?.rules ?? []) : undefined
      alert({
        about: 'template',
        name,
        templateId,
        hindrance,
        ...(parameters === undefined ? {} : { parameters }),
      })
    }
  }

  function setQuality(templateId: string, word: string | undefined): void {
    const info = knownOf(templateId)
    const quality = readQuality(word)
    if (info === null || info.quality === quality) return
    const isMended = isPoor(info.quality) && quality === 'high'
    info.quality = quality
    if (!isPoor(quality) && !isMended) return
    for (const { name } of templates.filter((one) => one.templateId === templateId)) {
      alert({ about: 'quality', name, templateId, quality })
    }
  }

  /** Null for a template that is not ours. */
  function knownOf(templateId: string): Known | null {
    if (!templates.some((template) => template.templateId === templateId)) return null
    const info = infos.get(templateId) ?? { status: 'unknown', quality: 'unknown', rules: null }
    infos.set(templateId, info)
    return info
  }

  async function readTemplate(templateId: string): Promise<void> {
    const info = await platform.info(templateId)
    const before = infos.get(templateId)
    infos.set(templateId, { ...info, quality: before?.quality ?? 'unknown' })
    setQuality(templateId, info.quality)
    if (info.status === 'enabled') refused.delete(templateId)
    shareTemplate(templateId)
  }

  function adoptFact(key: string, value: WatchFact | null): void {
    if (key === ACCOUNT_FACT) {
      const code = textIn(value, 'code')
      adoptAccount(code === null ? null : { code, until: numberIn(value, 'until') ?? 0 })
    } else if (key === QUOTA_FACT) {
      const readAt = numberIn(value, 'readAt') ?? 0
      if (readAt < known.readAt) return
      adoptQuota({ daily: numberIn(value, 'daily'), remaining: numberIn(value, 'remaining'), readAt })
    } else if (key.startsWith(TEMPLATE_FACT)) {
      const templateId = key.slice(TEMPLATE_FACT.length)
      const info = knownOf(templateId)
      if (info === null) return
      info.status = readStatus(textIn(value, 'status') ?? undefined)
      setQuality(templateId, textIn(value, 'quality') ?? undefined)
      const code = textIn(value, 'refusedBy')
      if (code === null) refused.delete(templateId)
      else refused.set(templateId, { code, until: numberIn(value, 'refusedUntil') ?? 0 })
      tell()
    }
  }

  return {
    hindrance(name) {
      const template = byName.get(name)
      if (template === undefined) return 'noTemplate'
      const own = ofTemplate(template)
      if (own !== null) return own
      if (account !== null && now() < account.until) {
        return BALANCE_CODES.has(account.code) ? 'noBalance' : 'accountRefused'
      }
      const { daily, remaining } = known
      // A figure of yesterday says nothing of today.
      const isToday = localDay(known.readAt) === localDay(now())
      const isFirst = name === ONE_TIME_CODE || (isNotice(name) && isMandatory(name))
      if (isToday && remaining !== null && remaining <= 0) return 'noQuota'
      if (isToday && !isFirst && remaining !== null && daily !== null && remaining <= daily * RESERVE)
        return 'quotaKept'
      return !isFirst && infos.get(template.templateId)?.quality === 'low' ? 'templateQualityLow' : null
    },

    rules: (name) => infos.get(byName.get(name)?.templateId ?? '')?.rules ?? null,

    noteRefusal(name, code, api) {
      const templateId = byName.get(name)?.templateId ?? ''
      const { class: errorClass } = classify(code, { api })
      if (['-131', '-146', '-117', '-109', '-145'].includes(code)) {
        refused.set(templateId, { code, until: now() + BELIEVED_MS })
        shareTemplate(templateId)
        tell()
      } else if (code === '-144' || code === '-1441') setQuota({ daily: known.daily, remaining: 0 })
      else if (errorClass === 'admin' && /^-?\d+$/.test(code) && code !== '-235') setAccount(code)
    },

    noteAccepted(quota) {
      setAccount(null)
      setQuota(quota)
    },

    noteChange({ what, templateId, after }) {
      const info = templateId === undefined ? null : knownOf(templateId)
      if (info === null || templateId === undefined) return
      if (what === 'templateStatus') {
        info.status = readStatus(after)
        if (info.status === 'enabled') refused.delete(templateId)
        tell()
      } else if (what === 'templateQuality') setQuality(templateId, after)
      else return
      shareTemplate(templateId)
    },

    adopt(key, value) {
      isAdopting = true
      adoptFact(key, value)
      isAdopting = false
    },

    async refresh() {
      for (const templateId of new Set(templates.map((template) => template.templateId))) {
        try {
          await readTemplate(templateId)
        } catch (error) {
          if (!noteFault(error, templateId)) break
        }
      }
      try {
        setQuota(await platform.quota())
        // An empty account still has its quota: what said so is asked again by the next send.
        if (account !== null && !BALANCE_CODES.has(account.code)) setAccount(null)
      } catch (error) {
        noteFault(error, null)
      }
      tell()
    },

    quota: () => ({ daily: known.daily, remaining: known.remaining }),
  }

  /** False where the next question would be answered no better. */
  function noteFault(error: unknown, templateId: string | null): boolean {
    if (!(error instanceof ZaloError)) throw error
    if (error.code !== 'zalo_refused' || error.zaloCode === undefined) return false
    if (templateId !== null && ['-109', '-117'].includes(error.zaloCode)) {
      refused.set(templateId, { code: error.zaloCode, until: now() + BELIEVED_MS })
      shareTemplate(templateId)
      return true
    }
    if (classify(error.zaloCode, { api: 'zbs' }).class !== 'admin') return false
    setAccount(error.zaloCode)
    return false
  }
}

function isPoor(quality: Known['quality']): boolean {
  return quality === 'low' || quality === 'medium'
}

/** Parameters that the platform wants and the file does not fill, and those that the platform does not know. */
function mismatches({ parameters }: RegisteredTemplate, rules: readonly ParameterRule[]): string[] {
  if (rules.length === 0) return []
  const unfilled = rules.filter(({ name, required }) => required && !Object.hasOwn(parameters, name))
  const unknown = Object.keys(parameters).filter((name) => !rules.some((rule) => rule.name === name))
  return [...unfilled.map(({ name }) => name), ...unknown]
}

const TEMPLATE_FACT = 'templates/of/'
const ACCOUNT_FACT = 'templates/account'
const QUOTA_FACT = 'templates/quota'

/** `rules` is null where nobody has read them here yet. */
type Known = Omit<TemplateInfo, 'rules'> & { rules: ParameterRule[] | null }

function textIn(value: WatchFact | null, name: string): string | null {
  const found = value?.[name]
  return typeof found === 'string' ? found : null
}

function numberIn(value: WatchFact | null, name: string): number | null {
  const found = value?.[name]
  return typeof found === 'number' ? found : null
}

function isNotice(name: string): name is NoticeId {
  return (NOTICES as readonly string[]).includes(name)
}

function localDay(at: number): number {
  return Math.floor((at + 7 * 3_600_000) / 86_400_000)
}
