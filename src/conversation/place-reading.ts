import type { Address, AddressCandidate, AddressReading, Conversion } from './address.ts'
import type { Area, Gazetteer } from './place-areas.ts'
import { tidyDetail } from './place-detail.ts'
import { accentScore, findLongerSpans, findNearSpans, findSpans, type Span } from './place-spans.ts'
import { keyOf, lowerLevel, splitLevel, type Word, wordsOf } from './place-words.ts'
import { toNfc } from './text/normalise.ts'
import type { Model, Unit, Units } from './unit.ts'

const LOOKED_AT_MAX = 400
const CANDIDATES_MAX = 8
const COMMUNE_LEVELS: readonly string[] = ['xa', 'phuong', 'thi_tran', 'dac_khu']
const DISTRICT_LEVELS: readonly string[] = ['huyen', 'thanh_pho', 'thi_xa', 'quan']

/** One way to read one span. */
type Reading = { span: Span; area: Area; score: number; contradicts: boolean }

type Context = { gazetteer: Gazetteer; units: Units; model: Model }

/** Reads addresses against one gazetteer (R3-4). */
export function createAddressReader(context: Context): { readAddress(text: string): AddressReading } {
  return {
    readAddress(text) {
      const looked = toNfc(text.slice(0, LOOKED_AT_MAX))
      const words = wordsOf(looked)
      const spans = findSpans(words, context.gazetteer)
      const turn = { ...context, text, looked, words }
      const away = readElsewhere(turn, spans)
      if (away !== null) return away
      return (
        readCommune(turn, [...spans, ...findLongerSpans(words, context.gazetteer, spans)], false) ??
        readCommune(turn, [...spans, ...findNearSpans(words, context.gazetteer, spans)], true) ??
        readDistrict(turn, spans) ??
        readRest(turn, spans)
      )
    },
  }
}

type Turn = Context & { text: string; looked: string; words: readonly Word[] }

/** Another province or country, when it is said after everything that could be a commune of ours. */
function readElsewhere(turn: Turn, spans: readonly Span[]): AddressReading | null {
  const elsewhere = spans.filter((span) => !span.isOther && span.areas.some((area) => area.type === 'elsewhere'))
  const last = elsewhere.at(-1)
  const area = last?.areas.find((candidate) => candidate.type === 'elsewhere')
  if (last !== undefined && area?.province != null && isMeant(turn, spans, last)) {
    const { name, code } = area.province
    const formerName = area.isFormer ? area.name : null
    return { kind: 'outside', provinceName: name, provinceCode: code, formerName, text: turn.text }
  }
  const country = spans.find(
    (span) =>
      span.areas.every((candidate) => candidate.type === 'country') &&
      span.end === endOfAddress(turn.words) &&
      (turn.words[span.start]?.opensSegment === true ||
        isAbroadWord(turn.words[span.start - 1]) ||
        spans.some((other) => other.end === span.start && other.areas.some((area) => area.type === 'country'))),
  )
  const name = country?.areas[0]?.name
  return name === undefined ? null : { kind: 'foreign', countryName: name, text: turn.text }
}

function isMeant(turn: Turn, spans: readonly Span[], span: Span): boolean {
  if (span.level !== null && COMMUNE_LEVELS.includes(span.level)) return false
  const ours = spans.filter((other) => other.areas.some((area) => area.type === 'commune') && !other.isOther)
  const home = spans.some((other) => other.start > span.start && other.areas.some((area) => area.type === 'home'))
  if (home) return false
  if (ours.some((other) => other.start > span.start)) return false
  const isAlsoOurs = span.areas.some((area) => area.type === 'commune' || area.type === 'district')
  if (!isAlsoOurs) {
    const first = turn.words[span.start]
    // "HN", "ĐN" count as a part of their own only; behind a name they are a slip of the finger.
    const isInitials = span.end - span.start === 1 && (first?.folded.length ?? 0) <= 2
    if (isInitials && span.level === null && first?.opensSegment !== true) return false
    return span.level !== null || isLastPart(turn.words, span)
  }
  // "Hòa Bình", "Bình Dương": ours unless the text says a province, or stands in an area we do not know.
  return span.level === 'tinh' || (isLastPart(turn.words, span) && hasUnknownArea(turn.words, spans, span))
}

function isLastPart(words: readonly Word[], span: Span): boolean {
  const next = words[span.end]
  return next === undefined || next.opensSegment || ['viet', 'vn', 'a', 'nhe', 'nha', 'cu'].includes(next.folded)
}

/** "huyện Cư Jút, Đắk Nông": a level word before a name that is not in the gazetteer. */
function hasUnknownArea(words: readonly Word[], spans: readonly Span[], before: Span): boolean {
  const said = new Set(['huyen', 'quan', 'xa', 'phuong', 'tran'])
  return words.some(
    (word, index) =>
      index < before.from &&
      said.has(word.folded) &&
      !spans.some((span) => span.start === index + 1 && span.level !== null),
  )
}

function isAbroadWord(word: Word | undefined): boolean {
  return word !== undefined && ['nuoc', 'ben', 'o', 'tai', 'song', 'sang'].includes(word.folded)
}

function endOfAddress(words: readonly Word[]): number {
  let end = words.length
  while (end > 1 && ['a', 'nhe', 'nha', 'oi'].includes(words[end - 1]?.folded ?? '')) end--
  return end
}

function readCommune(turn: Turn, spans: readonly Span[], withTypos: boolean): AddressReading | null {
  const readings = spans.flatMap((span) =>
    span.areas
      .filter((area) => area.type === 'commune' || (area.type === 'district' && area.targets.length === 1))
      .map((area) => ({ span, area, ...scoreOf(turn, spans, { span, area }) })),
  )
  const best = Math.max(0, ...readings.map((reading) => reading.score))
  if (best < (withTypos ? 10 : 30)) return null
  const chosen = readings.filter((reading) => reading.score > best - 4).sort((left, right) => right.score - left.score)
  const isBare = chosen.every(({ span }) => span.level === null)
  const districts = isBare ? chosen.flatMap(({ span }) => districtsAt(turn, spans, span)) : []
  return conclude(turn, spans, { chosen, districts, isSure: best >= 40 })
}

/** Districts that the same bare words name: "Sa Thầy" is a commune and was a district. */
function districtsAt(turn: Turn, spans: readonly Span[], span: Span): Area[] {
  const others = spans.filter((other) => other !== span && other.areas.some((area) => area.type === 'district'))
  if (others.length > 0 || turn.words.length === 0) return []
  return span.areas.filter((area) => area.type === 'district')
}

type Score = { score: number; contradicts: boolean }

function scoreOf(turn: Turn, spans: readonly Span[], { span, area }: { span: Span; area: Area }): Score {
  const base = levelScore(turn.words, span, area)
  if (base < 0) return { score: base, contradicts: false }
  if (span.level === null && span.isOther) return { score: base, contradicts: false }
  const score = base + accentScore(turn.words, span, area) * 5 - (span.isTypo && !span.isLonger ? 22 : 0)
  const named = spans.filter((other) => other.end <= span.from || other.from >= span.end)
  const districts = named.flatMap((other) =>
    other.isTypo || other.isOther || (other.level !== null && !DISTRICT_LEVELS.includes(other.level))
      ? []
      : other.areas.filter((candidate) => candidate.type === 'district'),
  )
  if (districts.length === 0) return { score, contradicts: false }
  const lies = districts.some((district) => district.spellings.some((name) => area.districts.includes(keyOf(name))))
  if (lies) return { score: score + 35, contradicts: false }
  // "Quảng Ngãi" behind a commune is the province, not its former city.
  const isProvince = named.some(
    (other) => other.level === null && other.areas.some((candidate) => candidate.type === 'home'),
  )
  return isProvince ? { score, contradicts: false } : { score: score - 30, contradicts: true }
}

/** What the level word, or the place of a bare name in the text, says about reading it as this area. */
function levelScore(words: readonly Word[], span: Span, area: Area): number {
  if (span.level !== null) {
    if (!(area.type === 'commune' ? COMMUNE_LEVELS : DISTRICT_LEVELS).includes(span.level)) return -1
    return span.level === area.kind ? 100 : 60
  }
  if (area.type === 'district') return -1
  if (span.isOther) return 12
  const first = words[span.start]
  const isAlone = first?.opensSegment === true && (words[span.end]?.opensSegment ?? true)
  const isShort = span.end - span.start === 1 && (first?.folded.length ?? 0) <= 5
  return isShort && !isAlone ? 20 : 50
}

function readDistrict(turn: Turn, spans: readonly Span[]): AddressReading | null {
  for (const span of spans.toReversed()) {
    if (span.isOther || (span.level !== null && !DISTRICT_LEVELS.includes(span.level))) continue
    const districts = span.areas.filter((area) => area.type === 'district')
    // A bare "Quảng Ngãi" is the province.
    if (span.level === null && span.areas.some((area) => area.type === 'home')) continue
    if (districts.length > 0) return conclude(turn, spans, { chosen: [], districts, isSure: false })
  }
  return null
}

function conclude(
  turn: Turn,
  spans: readonly Span[],
  found: { chosen: readonly Reading[]; districts: readonly Area[]; isSure: boolean },
): AddressReading {
  const { chosen, districts } = found
  const detail = detailOf(turn, spans, chosen)
  const byTarget = new Map<Unit, { unit: Unit; reading: Reading | null }>()
  const current = [...chosen].sort((left, right) => Number(left.area.isFormer) - Number(right.area.isFormer))
  for (const reading of current) {
    for (const unit of reading.area.targets) if (!byTarget.has(unit)) byTarget.set(unit, { unit, reading })
  }
  if (byTarget.size === 0 || districts.length > 0) {
    for (const district of districts) {
      for (const unit of district.targets) if (!byTarget.has(unit)) byTarget.set(unit, { unit, reading: null })
    }
  }
  const options = [...byTarget.values()]
  const [only] = options
  const district = districts[0]
  if (only !== undefined && options.length === 1) return concludeOne(turn, { ...only, detail, isSure: found.isSure })
  if (options.length > CANDIDATES_MAX && chosen.length === 0) {
    const districtName = district === undefined ? null : lowerLevel(district.name)
    return { kind: 'incomplete', missing: 'commune', provinceKnown: true, districtName, detail }
  }
  const candidates = options
    .slice(0, CANDIDATES_MAX)
    .map(({ unit, reading }) => candidateOf(turn, { unit, reading, detail }))
  return { kind: 'choose', candidates, detail }
}

function concludeOne(
  turn: Turn,
  found: { unit: Unit; reading: Reading | null; detail: string; isSure: boolean },
): AddressReading {
  const { unit, reading, detail } = found
  const address = addressOf(turn, unit, detail)
  const converted = conversionOf(turn, reading, unit)
  if (converted !== null) return { kind: 'confirm', address, converted }
  const isExact =
    reading !== null &&
    found.isSure &&
    !reading.contradicts &&
    !reading.span.isTypo &&
    (reading.span.level === null || reading.span.level === reading.area.kind) &&
    accentScore(turn.words, reading.span, reading.area) >= 0
  return isExact ? { kind: 'ok', address } : { kind: 'confirm', address }
}

function conversionOf(turn: Turn, reading: Reading | null, unit: Unit): Conversion | null {
  if (reading === null || !reading.area.isFormer) return null
  const { name, districtName, spellings } = reading.area
  const namesakes = spellings.flatMap((spelling) => turn.gazetteer.index.exact(keyOf(spelling)))
  const isShared = namesakes.some(
    (area) => area.type === 'commune' && area !== reading.area && area.kind === reading.area.kind,
  )
  const fromName = isShared && districtName !== null ? `${name} (${lowerLevel(districtName)})` : name
  return { fromName, toName: lowerLevel(unit.areaName ?? unit.name) }
}

function addressOf(turn: Turn, unit: Unit, detail: string): Address {
  const { units, model } = turn
  const province = units.provinceUnit(model)
  const parent = unit.parent === null ? undefined : units.byCode(unit.parent)
  const district = parent?.level === 'district' ? parent : null
  const areas = district === null ? [unit, province] : [unit, district, province]
  return {
    model,
    provinceCode: province.gsoCode ?? '',
    districtCode: district?.gsoCode ?? null,
    communeCode: unit.gsoCode ?? '',
    areaNames: areas.map((area) => lowerLevel(area.areaName ?? area.name)),
    detail,
    text: turn.text,
  }
}

function candidateOf(turn: Turn, option: { unit: Unit; reading: Reading | null; detail: string }): AddressCandidate {
  const { unit, reading } = option
  const converted = conversionOf(turn, reading, unit)
  const candidate = {
    address: addressOf(turn, unit, option.detail),
    name: lowerLevel(unit.areaName ?? unit.name),
    label: labelOf(turn, unit),
  }
  return converted === null ? candidate : { ...candidate, converted }
}

/** Tells homonyms apart (R3-4): the district, or the units that were merged. */
function labelOf(turn: Turn, unit: Unit): string {
  const name = unit.areaName ?? unit.name
  const parent = unit.parent === null ? undefined : turn.units.byCode(unit.parent)
  if (parent?.level === 'district') return `${name}, ${lowerLevel(parent.areaName ?? parent.name)}`
  const merged = [...new Set(unit.mergedFrom.map((area) => splitLevel(area.name).bare))]
  const districts = [...new Set(unit.mergedFrom.map((area) => area.district))].map(lowerLevel)
  if (merged.length === 0) return name
  const isUnchanged = merged.length === 1 && keyOf(merged[0] ?? '') === keyOf(splitLevel(name).bare)
  return isUnchanged
    ? `${name} (${districts.join(', ')} cũ)`
    : `${name} (${merged.join(', ')}; ${districts.join(', ')} cũ)`
}

function detailOf(turn: Turn, spans: readonly Span[], chosen: readonly Reading[]): string {
  const used = new Set(chosen.map(({ span }) => span))
  const targets = new Set(chosen.flatMap(({ area }) => area.targets))
  const places = spans.filter(
    (span) =>
      used.has(span) ||
      (!span.isTypo && !span.isOther && span.areas.some(isContext)) ||
      (!span.isTypo && !span.isOther && span.areas.some((area) => area.targets.some((unit) => targets.has(unit)))),
  )
  return tidyDetail(turn.looked, turn.words, places)
}

function isContext(area: Area): boolean {
  return area.type === 'district' || area.type === 'home' || area.type === 'elsewhere'
}

function readRest(turn: Turn, spans: readonly Span[]): AddressReading {
  const provinceKnown = spans.some((span) => !span.isOther && span.areas.some((area) => area.type === 'home'))
  const isLocal = turn.words.some((word) => LOCAL_WORDS.has(word.folded)) && turn.words.length >= 2
  if (!provinceKnown && !isLocal) return { kind: 'unknown', text: turn.text }
  const detail = detailOf(turn, spans, [])
  return { kind: 'incomplete', missing: 'commune', provinceKnown, districtName: null, detail }
}

const LOCAL_WORDS = new Set('thon lang xom ap to tdp khoi khu duong hem ngo so plei xa phuong'.split(' '))
