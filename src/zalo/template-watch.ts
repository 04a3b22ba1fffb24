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
  /** Reads status, quality, parameters and quota from the platform. Never throws. */
  refresh(): Promise<void>
  quota(): Quota
}

/** So long a refusal is believed without asking again. */
const BELIEVED_MS = 15 * 60_000
/** The last tenth of the day's quota is kept for what the law orders, and its beginning is an alert. */
const RESERVE = 0.1

const BALANCE_CODES = new Set(['-115', '-137', '-321'])

/** What is known of the registered templates, in memory: each replica reads it itself, and no notice waits for it. */
export function createTemplateWatch(deps: {
  templates: readonly RegisteredTemplate[]
  platform: TemplatePlatform
  /** The real clock. */
  now(): number
  onAlert(alert: TemplateAlert): void
}): TemplateWatch {
  const { templates, platform, now } = deps
  const infos = new Map<string, TemplateInfo>()
  const refused = new Map<string, { code: string; until: number }>()
  const told = new Map<string, string | null>()
  let account: { code: string; until: number } | null = null
  let known: Quota & { readAt: number } = { daily: null, remaining: null, readAt: 0 }
  let toldQuota: 'ample' | 'short' | 'none' = 'ample'

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
    return mismatches(template, info).length > 0 ? 'templateMismatch' : null
  }

  function setAccount(code: string | null): void {
    const before = account?.code ?? null
    account = code === null ? null : { code, until: now() + BELIEVED_MS }
    if (before === code) return
    deps.onAlert({ about: 'account', code, meaning: code === null ? '' : classify(code, { api: 'zbs' }).meaning })
  }

  function setQuota(next: Quota): void {
    known = { daily: next.daily ?? known.daily, remaining: next.remaining ?? known.remaining, readAt: now() }
    const { daily, remaining } = known
    if (daily === null || remaining === null) return
    const state = remaining <= 0 ? 'none' : remaining <= daily * RESERVE ? 'short' : 'ample'
    if (state !== 'ample' && state !== toldQuota) deps.onAlert({ about: 'quota', remaining, daily })
    toldQuota = state
  }

  function tell(): void {
    for (const template of templates) {
      const { name, templateId } = template
      const hindrance = ofTemplate(template)
      if (told.get(name) === hindrance || (hindrance === null && !told.has(name))) continue
      told.set(name, hindrance)
      const info = infos.get(templateId)
      const parameters = hindrance === 'templateMismatch' && info !== undefined ? mismatches(template, info) : undefined
      deps.onAlert({
        about: 'template',
        name,
        templateId,
        hindrance,
        ...(parameters === undefined ? {} : { parameters }),
      })
    }
  }

  function setQuality(templateId: string, word: string | undefined): void {
    const info = infos.get(templateId)
    const quality = readQuality(word)
    if (info === undefined || info.quality === quality) return
    info.quality = quality
    if (quality !== 'low' && quality !== 'medium') return
    for (const { name } of templates.filter((one) => one.templateId === templateId)) {
      deps.onAlert({ about: 'quality', name, templateId, quality })
    }
  }

  async function readTemplate(templateId: string): Promise<void> {
    const info = await platform.info(templateId)
    const before = infos.get(templateId)
    infos.set(templateId, { ...info, quality: before?.quality ?? 'unknown' })
    setQuality(templateId, info.quality)
    if (info.status === 'enabled') refused.delete(templateId)
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
        tell()
      } else if (code === '-144' || code === '-1441') setQuota({ daily: known.daily, remaining: 0 })
      else if (errorClass === 'admin' && /^-?\d+$/.test(code) && code !== '-235') setAccount(code)
    },

    noteAccepted(quota) {
      setAccount(null)
      setQuota(quota)
    },

    noteChange({ what, templateId, after }) {
      const info = templateId === undefined ? undefined : infos.get(templateId)
      if (what === 'templateStatus' && info !== undefined && templateId !== undefined) {
        info.status = readStatus(after)
        if (info.status === 'enabled') refused.delete(templateId)
        tell()
      }
      if (what === 'templateQuality' && templateId !== undefined) setQuality(templateId, after)
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
      return true
    }
    if (classify(error.zaloCode, { api: 'zbs' }).class !== 'admin') return false
    setAccount(error.zaloCode)
    return false
  }
}

/** Parameters that the platform wants and the file does not fill, and those that the platform does not know. */
function mismatches({ parameters }: RegisteredTemplate, { rules }: TemplateInfo): string[] {
  if (rules.length === 0) return []
  const unfilled = rules.filter(({ name, required }) => required && !Object.hasOwn(parameters, name))
  const unknown = Object.keys(parameters).filter((name) => !rules.some((rule) => rule.name === name))
  return [...unfilled.map(({ name }) => name), ...unknown]
}

function isNotice(name: string): name is NoticeId {
  return (NOTICES as readonly string[]).includes(name)
}

function localDay(at: number): number {
  return Math.floor((at + 7 * 3_600_000) / 86_400_000)
}
