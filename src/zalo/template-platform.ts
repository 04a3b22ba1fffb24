import type { Calls } from './calls.ts'
import { at, isObject, type Json, numberAt, textAt } from './json.ts'
import type { ParameterRule } from './template-values.ts'

export type TemplateStatus = 'enabled' | 'pending' | 'rejected' | 'disabled' | 'unknown'
export type TemplateQuality = 'high' | 'medium' | 'low' | 'unknown'

/** A template as the platform describes it (zalo §8.2). */
export type TemplateInfo = {
  status: TemplateStatus
  quality: TemplateQuality
  rules: ParameterRule[]
}

/** How many template messages may be sent in a day, and how many are left of today's. */
export type Quota = { daily: number | null; remaining: number | null }

/** What the platform says of templates. Throws `ZaloError`. */
export type TemplatePlatform = {
  info(templateId: string): Promise<TemplateInfo>
  quota(): Promise<Quota>
}

export function createTemplatePlatform(calls: Calls): TemplatePlatform {
  const read = (path: string) => calls.dataOf({ method: 'GET', path, priority: 3 })
  return {
    async info(templateId) {
      const data = await read(`/template/info/v2?template_id=${encodeURIComponent(templateId)}`)
      const list = at(data, 'listParams')
      return {
        status: readStatus(textAt(data, 'status')),
        quality: readQuality(textAt(data, 'templateQuality')),
        rules: Array.isArray(list) ? list.filter((item) => isObject(item)).map(toRule) : [],
      }
    },
    quota: async () => readQuota(await read('/message/quota')),
  }
}

/** The numbers of a quota, as text or not (zalo §8.1). */
export function readQuota(data: Json | undefined): Quota {
  return { daily: numberAt(data, 'dailyQuota') ?? null, remaining: numberAt(data, 'remainingQuota') ?? null }
}

/** Words of the template's page and of the event, numbers of the list (zalo §8.2, §9.7). */
export function readStatus(word: string | undefined): TemplateStatus {
  const upper = word?.toUpperCase() ?? ''
  if (upper === '1' || upper.startsWith('ENABLE') || upper === 'APPROVED') return 'enabled'
  if (upper === '2' || upper.startsWith('PENDING')) return 'pending'
  if (upper === '3' || upper.startsWith('REJECT')) return 'rejected'
  if (upper === '4' || upper.startsWith('DISABLE') || upper.startsWith('DELETE')) return 'disabled'
  return 'unknown'
}

export function readQuality(word: string | undefined): TemplateQuality {
  const lower = word?.toLowerCase() ?? ''
  return lower === 'high' || lower === 'medium' || lower === 'low' ? lower : 'unknown'
}

function toRule(item: Json): ParameterRule {
  const isTrue = (name: string) => ['true', '1'].includes(String(at(item, name) ?? '').toLowerCase())
  const type = textAt(item, 'type')?.toUpperCase() ?? ''
  return {
    name: textAt(item, 'name') ?? '',
    // A parameter of which nothing is said is asked for.
    required: at(item, 'require') === undefined ? true : isTrue('require'),
    acceptsNull: isTrue('acceptNull'),
    type: type.includes('DATE') ? 'date' : /NUMBER|INT/.test(type) ? 'number' : 'text',
    minLength: numberAt(item, 'minLength') ?? 0,
    maxLength: numberAt(item, 'maxLength') ?? null,
  }
}
