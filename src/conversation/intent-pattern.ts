import { compareMarks, isMarked, type Marks, marksOf } from './accents.ts'
import type { IntentText } from './intent-words.ts'
import { fold } from './text/normalise.ts'

/**
 * One line of a rule. Words are compared without case, marks may be left out but not contradicted. `(a|b c)` either, `[a]`
 * may be missing, `*` up to three words between, `*6` up to six, `<name>` a group of words, `{6-15}` a number in that
 * range, `!a` typed with exactly these marks, `^` a clause begins here, `$` the clause ends here.
 */
export type Pattern = {
  source: string
  /** Folded words that the pattern can begin with; `#` for a number. */
  firsts: ReadonlySet<string>
  /** Every folded word in it. */
  words: ReadonlySet<string>
  /** The places after the first that must be filled. */
  needs: readonly Need[]
  /** The index after the last word when the pattern stands at word `at`, or -1. */
  matchAt(text: IntentText, at: number): number
}

/** Folded words that can fill a place, and how many words at least and at most stand before it. */
export type Need = { words: readonly string[]; min: number; max: number }

export class PatternError extends Error {
  override name = 'PatternError'
  readonly code = 'pattern_invalid'
}

type RuleWord = { text: string; folded: string; marks: Marks; isMarked: boolean; isStrict: boolean }

type Node =
  | ({ type: 'word' } & RuleWord)
  | { type: 'gap'; max: number }
  | { type: 'number'; min: number; max: number }
  | { type: 'either'; options: Node[][] }
  | { type: 'start' }
  | { type: 'end' }

const GAP_MAX = 3
const EXPANDED_MAX = 400

/** Compiles one pattern; throws a `PatternError` whose message says what is wrong with it. */
export function compilePattern(source: string, groups: ReadonlyMap<string, readonly string[]>): Pattern {
  const nodes = parse(source, groups, [])
  const firsts = new Set<string>()
  if (collectFirsts(nodes, firsts)) throw new PatternError(`"${source}": không có chữ nào bắt buộc`)
  const words = new Set<string>()
  collectWords(nodes, words)
  // Most patterns are put aside before anybody looks for them in a text: until then only their words are kept.
  let run: Step | undefined
  return {
    source,
    firsts,
    words,
    needs: needsOf(nodes),
    matchAt(text, at) {
      run ??= chain(parse(source, groups, []), accept)
      return run(text, at, 0)
    },
  }
}

/** Groups stand in many patterns: each is read once. */
const groupNodes = new WeakMap<ReadonlyMap<string, readonly string[]>, Map<string, Node>>()

function groupOf(
  name: string,
  groups: ReadonlyMap<string, readonly string[]>,
  within: readonly string[],
): Node | undefined {
  const known = groupNodes.get(groups) ?? new Map<string, Node>()
  groupNodes.set(groups, known)
  const lines = groups.get(name)
  if (known.has(name) || lines === undefined) return known.get(name)
  const node: Node = { type: 'either', options: lines.map((line) => parse(line, groups, [...within, name])) }
  known.set(name, node)
  return node
}

const TOKEN = /\(|\)|\||\[|\]|<[^<>]*>|\{[^{}]*\}|\*\d*|\^|\$|[^\s()|[\]<>{}*^$]+|\S/gu

function parse(source: string, groups: ReadonlyMap<string, readonly string[]>, within: readonly string[]): Node[] {
  const tokens = [...source.normalize('NFC').matchAll(TOKEN)].map(([token]) => token)
  let at = 0
  const fail = (message: string): never => {
    throw new PatternError(`"${source}": ${message}`)
  }
  const sequence = (closing: string | null): Node[][] => {
    const options: Node[][] = [[]]
    for (;;) {
      const token = tokens[at++]
      if (token === undefined) return closing === null ? options : fail(`thiếu dấu "${closing}"`)
      if (token === closing) return options
      if (token === '|') {
        if (closing === null) fail('dấu | phải nằm trong ( ) hoặc [ ]')
        options.push([])
        continue
      }
      options.at(-1)?.push(nodeOf(token))
    }
  }
  const nodeOf = (token: string): Node => {
    if (token === '(') return { type: 'either', options: sequence(')').filter(notEmpty(fail)) }
    if (token === '[') return { type: 'either', options: [...sequence(']').filter(notEmpty(fail)), []] }
    if (token === '^') return { type: 'start' }
    if (token === '$') return { type: 'end' }
    if (token.startsWith('*')) return { type: 'gap', max: token === '*' ? GAP_MAX : Number(token.slice(1)) }
    if (token.startsWith('{') && token.length > 1) {
      const [, min, max] = /^\{(\d+)-(\d+)\}$/.exec(token) ?? fail(`${token} không phải khoảng số như {6-15}`)
      return { type: 'number', min: Number(min), max: Number(max) }
    }
    if (token.startsWith('<') && token.length > 1) {
      const name = token.slice(1, -1)
      if (within.includes(name)) fail(`nhóm <${name}> chứa chính nó`)
      return groupOf(name, groups, within) ?? fail(`không có nhóm <${name}>`)
    }
    if (/^[()[\]<>{}|]$/.test(token)) fail(`"${token}" đứng một mình`)
    const isStrict = token.startsWith('!')
    const word = isStrict ? token.slice(1) : token
    const folded = fold(word).replaceAll(' ', '')
    if (folded === '' || !/^[\p{L}\p{M}\p{N}]+$/u.test(word)) fail(`"${token}" không phải là chữ`)
    const marks = marksOf(word)
    return { type: 'word', text: word.toLowerCase(), folded, marks, isMarked: isMarked(marks), isStrict }
  }
  const [nodes = []] = sequence(null)
  if (nodes.length === 0) fail('trống')
  return nodes
}

const notEmpty = (fail: (message: string) => never) => (nodes: Node[]) =>
  nodes.length > 0 ? true : fail('có lựa chọn trống')

/** Adds what a sequence can begin with; answers whether it can be empty. */
function collectFirsts(nodes: readonly Node[], firsts: Set<string>): boolean {
  for (const node of nodes) {
    switch (node.type) {
      case 'word':
        firsts.add(node.folded)
        return false
      case 'number':
        firsts.add('#')
        return false
      case 'gap':
        throw new PatternError('trước dấu * phải có chữ')
      case 'either': {
        let canBeEmpty = false
        for (const option of node.options) canBeEmpty = collectFirsts(option, firsts) || canBeEmpty
        if (firsts.size > EXPANDED_MAX) throw new PatternError('có quá nhiều chữ đầu khác nhau')
        if (!canBeEmpty) return false
        break
      }
    }
  }
  return true
}

function collectWords(nodes: readonly Node[], words: Set<string>): void {
  for (const node of nodes) {
    if (node.type === 'word') words.add(node.folded)
    else if (node.type === 'either') for (const option of node.options) collectWords(option, words)
  }
}

/** The first place is left out: who comes by the first word has met it already. Fewest words first. */
function needsOf(nodes: readonly Node[]): Need[] {
  const needs: Need[] = []
  let min = 0
  let max = 0
  for (const node of nodes) {
    const words = new Set<string>()
    if (node.type !== 'gap' && !collectFirsts([node], words)) needs.push({ words: [...words], min, max })
    const length = lengthOf(node)
    min += length.min
    max += length.max
  }
  return needs.slice(1).sort((left, right) => left.words.length - right.words.length)
}

function lengthOf(node: Node): { min: number; max: number } {
  if (node.type === 'gap') return { min: 0, max: node.max }
  if (node.type !== 'either')
    return node.type === 'word' || node.type === 'number' ? { min: 1, max: 1 } : { min: 0, max: 0 }
  const options = node.options.map((option) => option.map(lengthOf))
  const sums = (key: 'min' | 'max') => options.map((parts) => parts.reduce((sum, part) => sum + part[key], 0))
  return { min: Math.min(...sums('min')), max: Math.max(...sums('max')) }
}

/** Bits that remember the way: some marks exact, some left out. */
const EXACT = 1
const PLAIN = 2
/** A word was met: from here on no sentence may begin. */
const BEGUN = 4

type Step = (text: IntentText, at: number, marks: number) => number

const accept: Step = (text, at, marks) => (text.isMarked && (marks & PLAIN) !== 0 && (marks & EXACT) === 0 ? -1 : at)

function chain(nodes: readonly Node[], next: Step): Step {
  return nodes.reduceRight<Step>((rest, node) => stepOf(node, rest), next)
}

function stepOf(node: Node, next: Step): Step {
  switch (node.type) {
    case 'word':
      return (text, at, marks) => {
        const bits = fitOf(text, at, node)
        return bits < 0 || isCut(text, at, marks) ? -1 : next(text, at + 1, marks | bits | BEGUN)
      }
    case 'number':
      return (text, at, marks) => {
        const digits = /^(\d{1,6})(?:t|tuoi)?$/.exec(text.words[at]?.folded ?? '')?.[1]
        const value = Number(digits)
        const isOut = digits === undefined || value < node.min || value > node.max || isCut(text, at, marks)
        return isOut ? -1 : next(text, at + 1, marks | BEGUN)
      }
    case 'gap':
      return (text, at, marks) => {
        for (let skipped = 0; skipped <= node.max; skipped++) {
          if (skipped > 0 && text.words[at + skipped - 1]?.opensSentence !== false) return -1
          const end = next(text, at + skipped, marks)
          if (end >= 0) return end
        }
        return -1
      }
    case 'either':
      return eitherOf(node.options, next)
    case 'start':
      return (text, at, marks) => (isStart(text, at) ? next(text, at, marks) : -1)
    case 'end':
      return (text, at, marks) => (isEnd(text, at) ? next(text, at, marks) : -1)
  }
}

function isCut(text: IntentText, at: number, marks: number): boolean {
  return (marks & BEGUN) !== 0 && text.words[at]?.opensSentence === true
}

/** Tries only the options that can begin with the word at hand: groups are long and gaps ask often. */
function eitherOf(options: readonly Node[][], next: Step): Step {
  let known: Ways | undefined
  const firstEnd = (steps: readonly Step[] | undefined, text: IntentText, at: number, marks: number): number => {
    for (const step of steps ?? []) {
      const end = step(text, at, marks)
      if (end >= 0) return end
    }
    return -1
  }
  return (text, at, marks) => {
    known ??= waysOf(options, next)
    const { byFirst, always } = known
    const word = text.words[at]
    if (word !== undefined) {
      const end = firstEnd(byFirst.get(word.folded), text, at, marks)
      if (end >= 0) return end
      for (const meant of word.meant) {
        const meantEnd = firstEnd(byFirst.get(meant), text, at, marks)
        if (meantEnd >= 0) return meantEnd
      }
    }
    return firstEnd(always, text, at, marks)
  }
}

type Ways = { byFirst: ReadonlyMap<string, readonly Step[]>; always: readonly Step[] }

function waysOf(options: readonly Node[][], next: Step): Ways {
  const byFirst = new Map<string, Step[]>()
  const always: Step[] = []
  for (const option of options) {
    const step = chain(option, next)
    const firsts = new Set<string>()
    const canBeEmpty = collectFirsts(option, firsts)
    if (canBeEmpty || firsts.has('#')) always.push(step)
    else for (const first of firsts) addTo(byFirst, first, step)
  }
  return { byFirst, always }
}

function addTo(byFirst: Map<string, Step[]>, first: string, step: Step): void {
  const steps = byFirst.get(first)
  if (steps === undefined) byFirst.set(first, [step])
  else steps.push(step)
}

function fitOf(text: IntentText, at: number, node: RuleWord): number {
  const word = text.words[at]
  if (word === undefined) return -1
  if (word.text === node.text) return node.isMarked ? EXACT : 0
  if (word.folded !== node.folded) return !node.isStrict && word.meant.includes(node.folded) ? EXACT : -1
  const fit = compareMarks(word.marks, node.marks)
  if (fit === 'conflict' || (node.isStrict && fit !== 'exact')) return -1
  return fit === 'exact' || word.isMarked ? EXACT : PLAIN
}

const POLITE_BEFORE = new Set('da vang a thua xin em toi minh chau con oi ad admin anh chi alo u ok'.split(' '))
const POLITE_AFTER = new Set('a nhe nha nhi oi em anh chi ad admin ban voi vay the he ha ta nua roi'.split(' '))

/** A clause begins here, polite words aside. */
function isStart(text: IntentText, at: number): boolean {
  for (let index = at; index >= 0; index--) {
    if (index < text.words.length && text.words[index]?.opensClause === true) return true
    const before = text.words[index - 1]
    if (before === undefined) return index === 0
    if (!POLITE_BEFORE.has(before.folded)) return false
  }
  return true
}

/** The clause ends here, polite words aside. */
function isEnd(text: IntentText, at: number): boolean {
  for (let index = at; index < text.words.length; index++) {
    const word = text.words[index]
    if (word === undefined || word.opensClause) return true
    if (!POLITE_AFTER.has(word.folded)) return false
  }
  return true
}
