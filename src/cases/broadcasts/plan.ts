import { z } from 'zod'
import { readTime } from '../days.ts'
import { type Fault, fault, faultsOf } from '../faults.ts'
import { BROADCAST_WAYS, type BroadcastPlan, OWN_CASES } from './broadcast.ts'

/** Zalo's own limit of an article's title (zalo §7.2). */
export const TITLE_MAX = 150
/** With title, link and the words on how to stop it is one message of Zalo, never two (2000 characters, zalo §3.1). */
export const TEXT_MAX = 1_400
export const LINK_MAX = 250
/** Nobody writes to a citizen whose last contact is longer ago (zalo §4.1). */
export const WINDOW_DAYS = 7
const COMMUNES_MAX = 100
const DAY_MS = 86_400_000
/** A broadcast that is planned further ahead is forgotten before it goes. */
const AHEAD_DAYS_MAX = 90

const written = (min: number, max: number) =>
  z
    .string()
    .overwrite((text) => text.toWellFormed().normalize('NFC').replace(/\r\n?/g, '\n').trim())
    .min(min)
    .max(max)

const codes = (min: number, max: number) =>
  z
    .array(z.int().min(min).max(max))
    .max(64)
    .overwrite((all) => [...new Set(all)])

/** What a request says of a broadcast; the shape of `POST /broadcasts`. */
export const newBroadcastSchema = z.strictObject({
  title: written(5, TITLE_MAX),
  text: written(10, TEXT_MAX),
  link: z.string().max(LINK_MAX).nullable().optional(),
  coverAttachmentId: z.string().min(1).max(100).nullable().optional(),
  way: z.enum(BROADCAST_WAYS),
  segment: z
    .strictObject({
      communeCodes: z
        .array(z.string().regex(/^\d{5}$/))
        .max(COMMUNES_MAX)
        .optional()
        .meta({ description: 'Statistical codes of communes of today' }),
      lastContactDays: z.int().min(1).max(WINDOW_DAYS).nullable().optional(),
      ownCases: z.enum(OWN_CASES).nullable().optional(),
    })
    .nullable()
    .optional()
    .meta({ description: 'Who gets direct messages, of those who may be written to' }),
  target: z
    .strictObject({
      ages: codes(0, 7).optional(),
      gender: z.int().min(0).max(2).nullable().optional(),
      locations: codes(0, 2).optional(),
      platforms: codes(1, 3).optional(),
      telcos: codes(1, 4).optional(),
      cities: codes(0, 63).optional(),
    })
    .nullable()
    .optional()
    .meta({ description: 'Who gets the article: codes of Zalo; nothing: every follower' }),
  sendAt: z.string().max(40).nullable().optional().meta({ description: 'Not before this time, with its offset' }),
  draft: z.boolean().optional().meta({ description: 'Not yet for approval' }),
})

export type NewBroadcast = z.infer<typeof newBroadcastSchema>

export type PlanReading = { ok: true; plan: BroadcastPlan; isDraft: boolean } | { ok: false; faults: Fault[] }

/** Reads what somebody wants to broadcast; every field at fault is named. `isCommune` knows the communes of today. */
export function readPlan(input: unknown, facts: { now: number; isCommune(code: string): boolean }): PlanReading {
  const reading = newBroadcastSchema.safeParse(input)
  if (!reading.success) return { ok: false, faults: faultsOf(reading.error, input) }
  const { title, text, link, coverAttachmentId, way, segment, target, sendAt, draft } = reading.data
  const at = sendAt == null ? null : readTime(sendAt)
  const faults = [
    ...linkFaults('link', link ?? null),
    ...textFaults(text),
    ...[['title', title] as const, ['text', text] as const].flatMap(([path, words]) =>
      words.includes('[[') ? [fault(path, 'placeLeft')] : [],
    ),
    ...sendAtFaults(sendAt ?? null, at, facts.now),
    ...(segment?.communeCodes ?? []).flatMap((code, index) =>
      facts.isCommune(code) ? [] : [fault(`segment.communeCodes.${index}`, 'unknownUnit')],
    ),
    ...(way === 'article' && segment != null ? [fault('segment', 'segmentOfArticle')] : []),
    ...(way === 'direct' && target != null ? [fault('target', 'targetOfDirect')] : []),
  ]
  if (faults.length > 0) return { ok: false, faults }
  const plan: BroadcastPlan = {
    title,
    text,
    link: link == null || link.trim() === '' ? null : new URL(link.trim()).href,
    coverAttachmentId: coverAttachmentId ?? null,
    way,
    segment: {
      communeCodes: [...new Set(segment?.communeCodes)],
      lastContactDays: segment?.lastContactDays ?? null,
      ownCases: segment?.ownCases ?? null,
    },
    target: {
      ages: target?.ages ?? [],
      gender: target?.gender ?? null,
      locations: target?.locations ?? [],
      platforms: target?.platforms ?? [],
      telcos: target?.telcos ?? [],
      cities: target?.cities ?? [],
    },
    sendAt: at,
  }
  return { ok: true, plan, isDraft: draft === true }
}

/** A link that a citizen is asked to trust is whole, encrypted on its way, and hides no name or password. */
function linkFaults(path: string, link: string | null): Fault[] {
  if (link === null || link.trim() === '') return []
  const url = URL.canParse(link.trim()) ? new URL(link.trim()) : null
  if (url === null || url.username !== '' || url.password !== '' || !url.hostname.includes('.'))
    return [fault(path, 'notAnAddress')]
  return url.protocol === 'https:' ? [] : [fault(path, 'notHttps')]
}

function textFaults(text: string): Fault[] {
  const links = text.match(/\bhttps?:\/\/\S+/gi) ?? []
  return links.flatMap((link) => linkFaults('text', link)).slice(0, 1)
}

function sendAtFaults(sent: string | null, at: number | null, now: number): Fault[] {
  if (sent === null) return []
  if (at === null) return [fault('sendAt', 'notA.moment')]
  // A minute ago is now: whoever writes "10:00" at ten means it.
  if (at < now - 60_000) return [fault('sendAt', 'inPast')]
  return at > now + AHEAD_DAYS_MAX * DAY_MS ? [fault('sendAt', 'tooFarAhead', { max: AHEAD_DAYS_MAX })] : []
}
