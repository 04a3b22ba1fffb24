import { createCommands } from './commands.ts'
import { compilePattern, type Pattern } from './intent-pattern.ts'
import type { IntentRules } from './intent-rules.ts'
import { COMMANDS, type Command, INTENTS, type Intent } from './intent-rules.ts'
import { type IntentText, readWords, type Vocabulary } from './intent-words.ts'
import { createKeyIndex } from './place-words.ts'
import { fold } from './text/normalise.ts'

export { COMMANDS, type Command, INTENTS, type Intent, type IntentRules }

/** `matched` names the rules that spoke, `intent/rule "words"`, so that anybody can see why. */
export type IntentReading = { intent: Intent; score: number; also: Intent[]; matched: string[] }

export type Intents = {
  /** What a message is about. Hints only: nothing is refused because of them (R2-21). Never throws. */
  read(text: string): IntentReading
  /** A short answer that stands alone; a sentence is never a command. */
  command(text: string): Command | null
}

type Rule = {
  intent: Intent
  id: string
  score: number
  isNegatable: boolean
  wordsMax: number
  unless: readonly Pattern[]
}

const SCORE_MIN = 0.5
/**
 * Dangerous matters come before anything else (R2-19, R2-30); then what would be lost among the many signs of a plain
 * matter (§2.3).
 */
const FIRST: readonly Intent[] = ['emergency', 'denunciation', 'informalCharge', 'complaint']

/** Compiles the rules once; reading is then a few look-ups per word. */
export function createIntents(rules: IntentRules): Intents {
  const groups = new Map(Object.entries(rules.groups))
  const patterns: { pattern: Pattern; rule: Rule }[] = []
  for (const { id: intent, negatable, rules: lines } of rules.intents) {
    for (const line of lines) {
      const unless = line.unless.map((source) => compilePattern(source, groups))
      const rule: Rule = {
        intent,
        id: line.id,
        score: line.score,
        isNegatable: negatable,
        wordsMax: line.maxWords ?? Infinity,
        unless,
      }
      for (const source of line.words) patterns.push({ pattern: compilePattern(source, groups), rule })
    }
  }
  const negators = rules.negation.before.map((source) => compilePattern(source, groups))
  const denials = rules.negation.after.map((source) => compilePattern(source, groups))
  const fillers = new Set(rules.negation.fillers.map((word) => fold(word)))
  const byFirst = new Map<string, { pattern: Pattern; rule: Rule }[]>()
  for (const entry of patterns) {
    for (const first of entry.pattern.firsts) {
      const entries = byFirst.get(first)
      if (entries === undefined) byFirst.set(first, [entry])
      else entries.push(entry)
    }
  }
  const order = new Map(rules.intents.map(({ id }, index) => [id, index]))
  const implied = new Map(rules.intents.map(({ id, implies }) => [id, implies]))
  const vocabulary = vocabularyOf(
    rules,
    patterns.map(({ pattern }) => pattern),
  )
  const { command } = createCommands(rules)

  const isDenied = (text: IntentText, from: number, to: number): boolean => {
    if (
      denials.some(
        (denial) => to < text.words.length && text.words[to]?.opensSentence === false && denial.matchAt(text, to) >= 0,
      )
    )
      return true
    for (let at = from - 1; at >= 0 && at >= from - 6; at--) {
      if (text.words[at + 1]?.opensClause === true) return false
      const word = text.words[at]
      if (word === undefined) return false
      const ends = negators.map((negator) => negator.matchAt(text, at))
      if (ends.some((end) => end > at && end <= from)) return true
      if (!fillers.has(word.folded)) return false
    }
    return false
  }

  const isOff = (text: IntentText, rule: Rule, said: ReadonlySet<string>): boolean =>
    text.words.length > rule.wordsMax ||
    rule.unless.some((pattern) => isSaid(pattern, said) && text.words.some((_, at) => pattern.matchAt(text, at) >= 0))

  return {
    command,
    read(source) {
      const text = readWords(source, vocabulary)
      const spoken = new Map<Rule, string>()
      const said = new Set(
        text.words.flatMap(({ folded, meant }) => (/^\d/.test(folded) ? ['#', folded] : [folded, ...meant])),
      )
      text.words.forEach((word, at) => {
        const firsts = /^\d/.test(word.folded) ? ['#', word.folded] : [word.folded, ...word.meant]
        for (const first of firsts) {
          for (const { pattern, rule } of byFirst.get(first) ?? []) {
            if (spoken.has(rule)) continue
            const end = pattern.matchAt(text, at)
            if (end < 0 || (rule.isNegatable && isDenied(text, at, end)) || isOff(text, rule, said)) continue
            const words = text.words.slice(at, end).map(({ text: one }) => one)
            spoken.set(rule, `${rule.intent}/${rule.id} "${words.join(' ')}"`)
          }
        }
      })
      return conclude(spoken, { order, implied })
    },
  }
}

function isSaid(pattern: Pattern, said: ReadonlySet<string>): boolean {
  for (const first of pattern.firsts) if (said.has(first)) return true
  return false
}

function conclude(
  spoken: ReadonlyMap<Rule, string>,
  known: { order: ReadonlyMap<Intent, number>; implied: ReadonlyMap<Intent, readonly Intent[]> },
): IntentReading {
  const doubts = new Map<Intent, number>()
  for (const { intent, score } of spoken.keys()) doubts.set(intent, (doubts.get(intent) ?? 1) * (1 - score))
  const scores = [...doubts]
    .map(([intent, doubt]) => ({ intent, score: Math.round((1 - doubt) * 100) / 100 }))
    .filter(({ score }) => score >= SCORE_MIN)
    .sort(
      (left, right) =>
        right.score - left.score || (known.order.get(left.intent) ?? 0) - (known.order.get(right.intent) ?? 0),
    )
  const matched = [...spoken.values()]
  const first = FIRST.map((intent) => scores.find((one) => one.intent === intent)).find((one) => one !== undefined)
  const best = first ?? scores[0]
  if (best === undefined) return { intent: 'other', score: 0, also: [], matched }
  const said = [best.intent, ...scores.map(({ intent }) => intent)]
  const also = [...new Set([...said, ...said.flatMap((intent) => known.implied.get(intent) ?? [])])].slice(1)
  return { intent: best.intent, score: best.score, also, matched }
}

function vocabularyOf(rules: IntentRules, patterns: readonly Pattern[]): Vocabulary {
  const words = new Set(patterns.flatMap((pattern) => [...pattern.words]))
  return {
    words: createKeyIndex([...words].map((word) => [word, word] as const)),
    abbreviations: new Map(
      Object.entries(rules.abbreviations).map(([short, long]) => [
        fold(short).replaceAll(' ', ''),
        long.toLowerCase().split(' '),
      ]),
    ),
  }
}
