import type { Case } from '../../src/cases/case.ts'
import { formatCaseCode } from '../../src/cases/code.ts'
import { addDays, type Day, startOfDay } from '../../src/cases/days.ts'
import { fileCase, modelOn } from '../../src/cases/file-case.ts'
import type { HistoryEntryDraft } from '../../src/cases/history.ts'
import { ruleSetOn } from '../../src/cases/rule-set.ts'
import {
  CHANNELS,
  type Channel,
  CONTENT_KINDS,
  type ContentKind,
  FIELDS,
  type Field,
  kpiClassOf,
  OPEN_STATES,
  type State,
} from '../../src/cases/words.ts'
import type { Law } from '../../src/usecases/law.ts'
import { createRandom, type Random } from './random.ts'
import { nameOf, storyOf } from './texts.ts'

const HOUR_MS = 3_600_000
const DAYS = 4 * 365

/** The units of one organisation model that handle cases, the busier ones first. */
export type Handling = { office: string; units: readonly { code: string; name: string }[] }

export type InventedCase = { current: Case; entry: HistoryEntryDraft }

/** A day's cases: so that worker threads can share the days, each day is made from its own number. */
export function inventDay(
  deps: { law: Law; handling: Record<'2022' | '2025', Handling>; today: Day; seed: number },
  asked: { daysAgo: number; count: number },
): InventedCase[] {
  const day = addDays(deps.today, -asked.daysAgo)
  const random = createRandom(deps.seed * 10_007 + asked.daysAgo)
  return Array.from({ length: asked.count }, (_, index) => invent(deps, random, day, asked.daysAgo, index + 1))
}

/** How many cases each day gets, the oldest first; none on a Sunday. */
export function shareOut(count: number, today: Day): { daysAgo: number; count: number }[] {
  const days = Array.from({ length: DAYS }, (_, index) => DAYS - 1 - index).filter(
    (daysAgo) => new Date(startOfDay(addDays(today, -daysAgo)) + 12 * HOUR_MS).getUTCDay() !== 0,
  )
  const each = Math.floor(count / days.length)
  const rest = count - each * days.length
  return days
    .map((daysAgo, index) => ({ daysAgo, count: each + (index < rest ? 1 : 0) }))
    .filter((one) => one.count > 0)
}

function invent(
  { law, handling, today }: Parameters<typeof inventDay>[0],
  random: Random,
  day: Day,
  daysAgo: number,
  number: number,
): InventedCase {
  const model = modelOn(day)
  const { office, units } = handling[model]
  const unit = units[random.skewed(units.length)] ?? { code: office, name: '' }
  const field: Field = random.weighted(FIELDS.map((one, index) => [one, 16 - index] as const))
  const channel: Channel = random.weighted(
    CHANNELS.slice(0, 8).map((one, index) => [one, index === 0 ? 60 : 9 - index] as const),
  )
  const contentKind: ContentKind = random.weighted(
    CONTENT_KINDS.map((one, index) => [one, index === 0 ? 60 : 10] as const),
  )
  const story = storyOf(random, field, unit.name)
  const receivedAt = startOfDay(day) + 7 * HOUR_MS + random.below(13 * HOUR_MS)
  const code = formatCaseCode({ prefix: 'PAKN', day, number })
  const isBody = random.chance(0.08)
  const ruleSet = ruleSetOn(law.ruleSets(), day)
  if (ruleSet === undefined) throw new Error(`no rule set is in force on ${day}`)
  const isZalo = channel === 'zalo'
  const filed = fileCase(
    {
      channel,
      receivedAt,
      draftId: isZalo ? `bench-${code}` : null,
      citizenKey: isZalo ? `bench-${random.below(400_000)}` : null,
      enteredBy: isZalo ? null : 'io0',
      readBackConfirmed: channel === 'phone',
      submitterType: isBody ? 'enterprise' : 'citizen',
      name: isBody ? `Công ty TNHH ${nameOf(random)}` : nameOf(random),
      contactPerson: isBody ? nameOf(random) : null,
      phone: `+8490${String(random.below(10_000_000)).padStart(7, '0')}`,
      address: {
        model,
        provinceCode: '51',
        districtCode: null,
        communeCode: null,
        detail: `Thôn ${1 + random.below(9)}`,
        text: `Thôn ${1 + random.below(9)}, ${unit.name}`,
      },
      title: story.title,
      content: story.content,
      publicChoice: { content: true, name: random.chance(0.7) ? 'masked' : 'hidden' },
      consents: isZalo
        ? (['handling', 'publication'] as const).map((purpose) => ({
            purpose,
            given: true,
            textVersion: 'bench',
            at: receivedAt,
          }))
        : [],
      denunciationSuspected: random.chance(0.01),
    },
    {
      code,
      now: receivedAt + 1_000,
      ruleSet,
      calendar: law.calendar(),
      lawRevision: law.revision(),
      intakeUnitCode: office,
      intakeNumber: number,
    },
  )
  if (!filed.ok)
    throw new Error(`${code} is not a case: ${filed.faults.map(({ path, key }) => `${path} ${key}`).join(', ')}`)
  const state = stateOf(random, daysAgo)
  const current = takenTo(filed.next, state, { random, unitCode: unit.code, contentKind, field, story, today })
  // One line that leads straight to where the case stands: what verifies a case finds nothing amiss.
  return { current, entry: { ...filed.entry, to: current.state } }
}

function stateOf(random: Random, daysAgo: number): State {
  const isLate = random.chance(0.001)
  if (daysAgo <= 2 && !isLate)
    return random.weighted([
      ['PENDING_INTAKE', 80],
      ['FORWARDED', 18],
      ['REFUSED', 2],
    ])
  if (daysAgo <= 21 || isLate) {
    return random.weighted([
      ['PROCESSING', 40],
      ['FORWARDED', 8],
      ['PENDING_PUBLICATION', 8],
      ['AWAITING_SUPPLEMENT', 6],
      ['RETURNED_TO_INTAKE', 1],
      ['RETURNED_TO_AGENCY', 1],
      ['PENDING_INTAKE', 3],
      ['PUBLISHED', isLate ? 0 : 25],
      ['REFUSED', isLate ? 0 : 8],
    ])
  }
  return random.weighted([
    ['PUBLISHED', 66],
    ['ANSWERED_UNPUBLISHED', 12],
    ['REFUSED', 12],
    ['TRANSFERRED_OUT', 3],
    ['WITHDRAWN', 2],
    ['MERGED', 2],
    ['CLOSED_NO_SUPPLEMENT', 3],
  ])
}

/** The case as it would be in that state, as far as lists and pages look at it. */
function takenTo(
  filed: Case,
  state: State,
  asked: {
    random: Random
    unitCode: string
    contentKind: ContentKind
    field: Field
    story: { title: string; content: string; answer: string }
    today: Day
  },
): Case {
  const { random, unitCode, story } = asked
  if (state === 'PENDING_INTAKE') return filed
  const { receivedAt } = filed
  const dayMs = 24 * HOUR_MS
  const isOpen = OPEN_STATES.includes(state)
  const latest = startOfDay(asked.today)
  const answeredAt = Math.min(receivedAt + (3 + random.below(9)) * dayMs, latest - dayMs)
  const isAnswered = ['PENDING_PUBLICATION', 'RETURNED_TO_AGENCY', 'PUBLISHED', 'ANSWERED_UNPUBLISHED'].includes(state)
  const wasForwarded = !['REFUSED', 'WITHDRAWN', 'CLOSED_NO_SUPPLEMENT', 'TRANSFERRED_OUT'].includes(state)
  const handler = `${unitCode.toLowerCase()}.${random.skewed(5)}`
  const answer = {
    text: story.answer,
    form: 'corrected' as const,
    legalBasis: null,
    attachments: [],
    unitCode,
    writtenBy: handler,
    approvedBy: `${unitCode.toLowerCase()}.leader`,
    at: answeredAt,
  }
  return {
    ...filed,
    state,
    version: 1,
    intakeOfficer: `io${random.below(4)}`,
    ...(wasForwarded
      ? {
          contentKind: asked.contentKind,
          kpiClass: kpiClassOf(asked.contentKind),
          field: asked.field,
          leadUnitCode: unitCode,
          coordinatingUnitCodes: random.chance(0.05) ? ['QN-SNNMT'].filter((one) => one !== unitCode) : [],
          handler: state === 'FORWARDED' ? null : handler,
          arrivedAt: receivedAt + dayMs,
          acceptedAt: receivedAt + 2 * dayMs,
        }
      : {}),
    pauses:
      state === 'AWAITING_SUPPLEMENT' ? [{ kind: 'supplement' as const, from: receivedAt + dayMs, to: null }] : [],
    ...(isAnswered ? { answer, resultAt: answeredAt } : {}),
    publication:
      state === 'PUBLISHED'
        ? {
            title: story.title,
            content: story.content,
            answer: story.answer,
            attachments: [],
            publishedBy: 'publisher0',
            publishedAt: Math.min(answeredAt + dayMs + random.below(dayMs), latest),
            correctedAt: null,
          }
        : null,
    closedAt: isOpen ? null : answeredAt + dayMs,
  }
}
