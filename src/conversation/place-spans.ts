import { accentFit } from './accents.ts'
import type { Area, Gazetteer } from './place-areas.ts'
import { foldWord, type LevelWord, levelWordBefore, type Word, wordsOf } from './place-words.ts'

/** A stretch of words that can name an area: `from` is at its level word, `start` at its name. */
export type Span = {
  from: number
  start: number
  /** Index after the last word. */
  end: number
  level: LevelWord | null
  areas: readonly Area[]
  isTypo: boolean
  /** A mistyped name that begins with a whole other one: "sơn tây ah" may be Sơn Tây or Sơn Tây Hạ. */
  isLonger: boolean
  /** Said as a street, a village or a person: "đường Lê Lợi", "thôn Đăk Hà", "12 Trần Hưng Đạo". */
  isOther: boolean
}

const NAME_WORDS_MAX = 5
const OTHER_NAMES = new Set(
  'duong pho hem ngo kiet ngach thon lang plei xom ap khoi doi buon to tdp truong cho cau anh chi ong ba chu bac'.split(
    ' ',
  ),
)
const NUMBERED = new Set('thon lang xom ap khoi doi to tdp khom khu plei buon lo quan phuong'.split(' '))

/** Every place name in these words, exact ones first; of overlapping names the longest stays. */
export function findSpans(words: readonly Word[], gazetteer: Gazetteer): Span[] {
  const keys = words.map(({ spelling }) => spelling)
  const spans: Span[] = []
  for (let start = 0; start < words.length; start++) {
    let key = ''
    for (let end = start + 1; end <= Math.min(words.length, start + NAME_WORDS_MAX); end++) {
      if (end > start + 1 && words[end - 1]?.opensSegment === true) break
      key += keys[end - 1] ?? ''
      const areas = gazetteer.index.exact(key).filter((area) => isSplitAlike(words, { start, end }, area))
      if (areas.length > 0) spans.push(spanOf(words, { start, end, areas, isTypo: false }))
    }
  }
  return withoutOverlaps(spans)
}

/** Names with one slip of the finger; without a level word only where the name is long enough to be no accident. */
export function findNearSpans(words: readonly Word[], gazetteer: Gazetteer, exact: readonly Span[]): Span[] {
  const settled = exact.filter(isSettled)
  const isTaken = (span: Span) => settled.some((other) => span.from < other.end && span.end > other.from)
  const keys = words.map(({ spelling }) => spelling)
  const spans: Span[] = []
  for (let start = 0; start < words.length; start++) {
    const level = levelWordBefore(words, start)
    let key = ''
    for (let end = start + 1; end <= Math.min(words.length, start + NAME_WORDS_MAX); end++) {
      if (end > start + 1 && words[end - 1]?.opensSegment === true) break
      key += keys[end - 1] ?? ''
      if (key.length > 24 || key.length < (level === null ? 5 : 2)) continue
      if (/^\d+$/.test(key)) continue
      const areas = gazetteer.index.near(key).filter((area) => area.type === 'commune' || area.type === 'district')
      if (areas.length > 0) spans.push(spanOf(words, { start, end, areas, isTypo: true }))
    }
  }
  const free = spans.filter((span) => !span.isOther && !isTaken(span))
  const isInside = (inner: Span, outer: Span) => outer.start <= inner.start && inner.end <= outer.end
  return free.filter(
    (span) => !free.some((other) => other.end - other.start > span.end - span.start && isInside(span, other)),
  )
}

/** "xã Vĩnh Long" is not the province, and one letter behind a name is not Italy: such words may still be a slip. */
function isSettled(span: Span): boolean {
  const isAway = span.areas.every((area) => area.type === 'elsewhere' || area.type === 'country')
  const isCountry = span.areas.every((area) => area.type === 'country')
  if (isAway && span.level === null && span.end - span.start === 1) return false
  return (
    !span.isOther &&
    !isCountry &&
    !(isAway && span.level !== null && span.level !== 'tinh' && span.level !== 'thanh_pho')
  )
}

/** Longer names that begin like an exact one and have one slip in what follows. */
export function findLongerSpans(words: readonly Word[], gazetteer: Gazetteer, exact: readonly Span[]): Span[] {
  return exact.flatMap((span) => {
    const isOurs = span.areas.some((area) => area.type === 'commune' || area.type === 'district')
    if (!isOurs || span.isOther || words[span.end]?.opensSegment !== false) return []
    const keys = words.slice(span.start, span.end + 1).map(({ spelling }) => spelling)
    const isLonger = (area: Area) =>
      area.type === 'commune' &&
      !span.areas.includes(area) &&
      area.spellings.some((name) => wordsOf(name).length === keys.length)
    const areas = gazetteer.index.near(keys.join('')).filter(isLonger)
    return areas.length === 0 ? [] : [{ ...span, end: span.end + 1, areas, isLonger: true, isTypo: true }]
  })
}

/** How well the marks of a span agree with an area: -1 contradicts, 0 left out, 1 exact. */
export function accentScore(words: readonly Word[], span: Span, area: Area): -1 | 0 | 1 {
  let best: -1 | 0 | 1 = -1
  const typed = words.slice(span.start, span.end)
  for (const spelling of area.spellings) {
    const known = wordsOf(spelling)
    if (known.length !== typed.length) {
      best = best === -1 ? 0 : best
      continue
    }
    let score: -1 | 0 | 1 = 1
    known.forEach((word, index) => {
      const said = typed[index]
      if (said === undefined || said.folded !== foldWord(word.text)) return
      const fit = accentFit(said.text.toLowerCase(), word.text.toLowerCase())
      if (fit === 'conflict') score = -1
      else if (fit === 'plain' && score === 1) score = 0
    })
    if (score > best) best = score
  }
  return best
}

/** "số nhà" has the letters of "Sơn Hà", but its words end elsewhere; "sathay" and "ia h drai" only join or part them. */
function isSplitAlike(words: readonly Word[], { start, end }: { start: number; end: number }, area: Area): boolean {
  return area.spellings.some((spelling) => {
    const known = wordsOf(spelling)
    // "boy" is Bờ Y only behind its "xã".
    const letters = words.slice(start, end).reduce((sum, word) => sum + word.folded.length, 0)
    if (known.length !== end - start) return letters >= 5 || levelWordBefore(words, start) !== null
    return known.every((word, index) => word.spelling === words[start + index]?.spelling)
  })
}

function spanOf(
  words: readonly Word[],
  found: { start: number; end: number; areas: readonly Area[]; isTypo: boolean },
): Span {
  const level = levelWordBefore(words, found.start)
  const from = found.start - (level?.length ?? 0)
  return {
    ...found,
    from,
    isLonger: false,
    level: level?.level ?? null,
    isOther: level === null && isOtherName(words, found.start),
  }
}

function isOtherName(words: readonly Word[], start: number): boolean {
  const before = words[start - 1]
  if (before === undefined || words[start]?.opensSegment === true) return false
  if (OTHER_NAMES.has(before.folded)) return true
  // A number belongs to a house unless a village word stands before it.
  const isNumber = /^\d+[a-z]?$/.test(before.folded)
  const counted = words[start - 2]
  if (!isNumber) return false
  return counted === undefined || before.opensSegment || !(NUMBERED.has(counted.folded) || isQuarter(words, start - 2))
}

function isQuarter(words: readonly Word[], index: number): boolean {
  return words[index]?.folded === 'pho' && words[index - 1]?.folded === 'dan'
}

function withoutOverlaps(spans: readonly Span[]): Span[] {
  const isInside = (inner: Span, outer: Span) =>
    inner !== outer &&
    outer.start <= inner.start &&
    inner.end <= outer.end &&
    outer.end - outer.start > inner.end - inner.start
  const kept = spans.filter((span) => !spans.some((outer) => isInside(span, outer)))
  // "xa ba xa ba to": the second "xa" is part of a name that has its own level word.
  const settled = kept.map((span) => {
    const taken = kept.some((other) => other.level !== null && other.start < span.start && other.end > span.from)
    return taken ? { ...span, from: span.start, level: null } : span
  })
  // "thành phố Quảng Ngãi" does not name Phổ Quang.
  return settled.filter(
    (span) =>
      span.level !== null ||
      !settled.some((other) => other.level !== null && other.from < span.end && other.end > span.start),
  )
}
