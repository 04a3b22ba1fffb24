import { createCommands } from './commands.ts'
import { createNames, createPatternIndex, findIn, type IndexedPattern, type Place, type Said } from './intent-index.ts'
import { compilePattern, type Pattern } from './intent-pattern.ts'
import type { IntentRules } from './intent-rules.ts'
import { COMMANDS, type Command, INTENTS, type Intent } from './intent-rules.ts'
import { type IntentText, readWords, type Vocabulary } from './intent-words.ts'
import { createKeyIndex } from './place-words.ts'
import { fold } from './text/normalise.ts'

export { COMMANDS, type Command, INTENTS, type Intent, type IntentRules }

/** `matched` names the rules and signs that spoke, `intent/rule "words"`, so that anybody can see why. */
export type IntentReading = { intent: Intent; score: number; also: Intent[]; matched: string[] }

export type Intents = {
  /** What a message is about. Hints only: nothing is refused because of them (R2-21). Never throws. */
  read(text: string): IntentReading
  /** A short answer that stands alone; a sentence is never a command. */
  command(text: string): Command | null
}

type Rule = {
  type: 'rule'
  intent: Intent
  id: string
  score: number
  isNegatable: boolean
  wordsMax: number
  unless: readonly IndexedPattern[]
}

type Sign = {
  type: 'sign'
  intent: Intent
  id: string
  kind: string
  weight: number
  isMain: boolean
  isNegatable: boolean
  wordsMin: number
  /** Only of signs against: those for it are found by the index. */
  patterns: readonly IndexedPattern[]
  unless: readonly IndexedPattern[]
}

/** The signs of one intent: those against are only looked for when those for it would be enough. */
type Scale = { intent: Intent; needed: number; against: readonly Sign[] }

const SCORE_MIN = 0.5
/** How sure signs make that just reach what is needed, and what each point above it adds. */
const SIGNS_SCORE = 0.65
const SIGNS_STEP = 0.08
const SIGNS_SCORE_MAX = 0.97
/**
 * Dangerous matters come before anything else (R2-19, R2-30); then what would be lost among the many signs of a plain
 * matter (§2.3).
 */
const FIRST: readonly Intent[] = ['emergency', 'denunciation', 'informalCharge', 'complaint']

/** Compiles the rules once; reading is then a few look-ups per word. */
export function createIntents(rules: IntentRules): Intents {
  const names = createNames()
  const { index, scales, words } = compileRules(rules, names)
  const isDenied = createDenial(rules)
  const order = new Map(rules.intents.map(({ id }, at) => [id, at]))
  const implied = new Map(rules.intents.map(({ id, implies }) => [id, implies]))
  const vocabulary = vocabularyOf(rules, words)
  const { command } = createCommands(rules)

  return {
    command,
    read(source) {
      const text = readWords(source, vocabulary)
      const said = names.said(text)
      const rulesSaid = new Map<Rule, string>()
      const signsSaid = new Map<Sign, string>()
      index.search(text, said, (owner, { from, end }) => {
        if (owner.isNegatable && isDenied(text, from, end)) return false
        if (isOff(text, said, owner)) return false
        const why = `${owner.intent}/${owner.id} "${quote(text, { from, end })}"`
        if (owner.type === 'rule') rulesSaid.set(owner, why)
        else signsSaid.set(owner, why)
        return true
      })
      const doubts = new Map<Intent, number>()
      for (const { intent, score } of rulesSaid.keys()) doubts.set(intent, (doubts.get(intent) ?? 1) * (1 - score))
      const matched = [...rulesSaid.values()]
      for (const scale of scales) {
        const weighed = weigh(scale, signsSaid, { text, said })
        if (weighed === null) continue
        // Signs speak where no rule did; what a rule has said they do not make louder.
        doubts.set(scale.intent, Math.min(doubts.get(scale.intent) ?? 1, 1 - weighed.score))
        matched.push(...weighed.matched)
      }
      return conclude(doubts, matched, { order, implied })
    },
  }
}

function compileRules(rules: IntentRules, names: ReturnType<typeof createNames>) {
  const groups = new Map(Object.entries(rules.groups))
  const words = new Set<string>()
  const compiled = new Map<string, { pattern: Pattern; indexed: IndexedPattern }>()
  const compile = (source: string) => {
    const known = compiled.get(source)
    if (known !== undefined) return known
    const pattern = compilePattern(source, groups)
    const both = { pattern, indexed: names.indexed(pattern) }
    compiled.set(source, both)
    return both
  }
  const indexed = (sources: readonly string[]) => sources.map((source) => compile(source).indexed)
  const entries: { owner: Rule | Sign; pattern: IndexedPattern }[] = []
  const speak = (owner: Rule | Sign, sources: readonly string[]) => {
    for (const source of sources) {
      const { pattern, indexed: one } = compile(source)
      for (const word of pattern.words) words.add(word)
      entries.push({ owner, pattern: one })
    }
  }
  const scales: Scale[] = []
  for (const { id: intent, negatable: isNegatable, rules: lines, signs, signsNeeded } of rules.intents) {
    for (const { id, score, words: sources, unless, maxWords } of lines) {
      const wordsMax = maxWords ?? Infinity
      speak({ type: 'rule', intent, id, score, isNegatable, wordsMax, unless: indexed(unless) }, sources)
    }
    const against: Sign[] = []
    for (const { id, kind, weight, main, words: sources, unless, minWords } of signs) {
      const sign: Sign = {
        type: 'sign',
        intent,
        id,
        kind: kind ?? id,
        weight,
        isMain: main,
        isNegatable,
        wordsMin: minWords ?? 0,
        patterns: weight > 0 ? [] : indexed(sources),
        unless: indexed(unless),
      }
      if (weight > 0) speak(sign, sources)
      else against.push(sign)
    }
    if (signs.length > 0) scales.push({ intent, needed: signsNeeded, against })
  }
  return { index: createPatternIndex(entries), scales, words }
}

function isOff(text: IntentText, said: Said, owner: Rule | Sign): boolean {
  const { length } = text.words
  const isLength = owner.type === 'rule' ? length > owner.wordsMax : length < owner.wordsMin
  return isLength || owner.unless.some((pattern) => findIn(text, said, pattern) !== null)
}

function weigh(
  { intent, needed, against }: Scale,
  signsSaid: ReadonlyMap<Sign, string>,
  { text, said }: { text: IntentText; said: Said },
): { score: number; matched: string[] } | null {
  const heaviest = new Map<string, [Sign, string]>()
  for (const [sign, why] of signsSaid) {
    const known = heaviest.get(sign.kind)
    if (sign.intent === intent && sign.weight > (known?.[0].weight ?? 0)) heaviest.set(sign.kind, [sign, why])
  }
  const spoken = [...heaviest.values()]
  if (!spoken.some(([sign]) => sign.isMain)) return null
  let sum = spoken.reduce((total, [{ weight }]) => total + weight, 0)
  const matched = spoken.map(([{ weight }, why]) => `${why} +${weight}`)
  for (const sign of against) {
    if (sum < needed) return null
    if (isOff(text, said, sign)) continue
    const place = findFirst(text, said, sign.patterns)
    if (place === null && sign.patterns.length > 0) continue
    sum += sign.weight
    matched.push(`${intent}/${sign.id}${place === null ? '' : ` "${quote(text, place)}"`} ${sign.weight}`)
  }
  if (sum < needed) return null
  return { score: Math.min(SIGNS_SCORE_MAX, SIGNS_SCORE + SIGNS_STEP * (sum - needed)), matched }
}

function findFirst(text: IntentText, said: Said, patterns: readonly IndexedPattern[]): Place | null {
  for (const pattern of patterns) {
    const place = findIn(text, said, pattern)
    if (place !== null) return place
  }
  return null
}

function quote(text: IntentText, { from, end }: Place): string {
  return text.words
    .slice(from, end)
    .map((word) => word.text)
    .join(' ')
}

/** "không phải khiếu nại", "tố cáo thì không": what stands around the words takes them back. */
function createDenial(rules: IntentRules): (text: IntentText, from: number, end: number) => boolean {
  const groups = new Map(Object.entries(rules.groups))
  const negators = rules.negation.before.map((source) => compilePattern(source, groups))
  const denials = rules.negation.after.map((source) => compilePattern(source, groups))
  const fillers = new Set(rules.negation.fillers.map((word) => fold(word)))
  return (text, from, end) => {
    const next = text.words[end]
    if (next?.opensSentence === false && denials.some((denial) => denial.matchAt(text, end) >= 0)) return true
    for (let at = from - 1; at >= 0 && at >= from - 6; at--) {
      if (text.words[at + 1]?.opensClause === true) return false
      const word = text.words[at]
      if (word === undefined) return false
      const ends = negators.map((negator) => negator.matchAt(text, at))
      if (ends.some((one) => one > at && one <= from)) return true
      if (!fillers.has(word.folded)) return false
    }
    return false
  }
}

function conclude(
  doubts: ReadonlyMap<Intent, number>,
  matched: string[],
  known: { order: ReadonlyMap<Intent, number>; implied: ReadonlyMap<Intent, readonly Intent[]> },
): IntentReading {
  const scores = [...doubts]
    .map(([intent, doubt]) => ({ intent, score: Math.round((1 - doubt) * 100) / 100 }))
    .filter(({ score }) => score >= SCORE_MIN)
    .sort(
      (left, right) =>
        right.score - left.score || (known.order.get(left.intent) ?? 0) - (known.order.get(right.intent) ?? 0),
    )
  const first = FIRST.map((intent) => scores.find((one) => one.intent === intent)).find((one) => one !== undefined)
  const best = first ?? scores[0]
  if (best === undefined) return { intent: 'other', score: 0, also: [], matched }
  const said = [best.intent, ...scores.map(({ intent }) => intent)]
  const also = [...new Set([...said, ...said.flatMap((intent) => known.implied.get(intent) ?? [])])].slice(1)
  return { intent: best.intent, score: best.score, also, matched }
}

function vocabularyOf(rules: IntentRules, words: ReadonlySet<string>): Vocabulary {
  return {
    words: createKeyIndex([...words].map((word) => [word, word] as const)),
    abbreviations: new Map(
      Object.entries(rules.abbreviations).map(([short, long]) => [
        short.normalize('NFC').toLowerCase(),
        long.normalize('NFC').toLowerCase().split(' '),
      ]),
    ),
    syllables: new Map(),
  }
}
