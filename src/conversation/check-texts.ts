import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from './load.ts'
import type { Flows } from './schema.ts'
import { codePointLength, toNfc } from './text/normalise.ts'
import { isButton, requiredTexts } from './text-keys.ts'

type Tree = { [key: string]: string | Tree }

/** Zalo refuses longer bubbles (zalo §3.1). */
const SENTENCE_LENGTH_MAX = 1900
const BUTTON_LENGTH_MAX = 100

/**
 * Holds both languages to the flows and to each other; names every missing, unused, unequal and over-long sentence. Where it
 * is not known what the code uses, none counts as unused.
 */
export function checkTexts(folder: string, flows: Flows, usedInCode: ReadonlySet<string> | null): Fault[] {
  const faults: Fault[] = []
  const vi = readTexts(folder, 'vi.json', faults)
  const en = readTexts(folder, 'en.json', faults)
  // Where one of the two cannot be read, every comparison would be a fault of the other.
  if (vi === null || en === null) return faults
  const required = new Set([...requiredTexts(flows), ...(usedInCode ?? [])])
  for (const key of new Set([...required, ...vi.keys()])) {
    if (!vi.has(key)) faults.push({ file: 'locales/vi.json', line: lineBefore(vi, key), message: `thiếu câu "${key}"` })
    if (!en.has(key)) faults.push({ file: 'locales/en.json', line: lineBefore(en, key), message: `thiếu câu "${key}"` })
  }
  for (const [key, sentence] of vi) {
    const fault = (message: string) =>
      void faults.push({ file: 'locales/vi.json', line: sentence.line, message: `${key}: ${message}` })
    if (usedInCode !== null && !required.has(key)) fault('không nơi nào dùng câu này')
    checkSentence(key, sentence.text, fault)
  }
  for (const [key, sentence] of en) {
    const fault = (message: string) =>
      void faults.push({ file: 'locales/en.json', line: sentence.line, message: `${key}: ${message}` })
    checkSentence(key, sentence.text, fault)
    const other = vi.get(key)
    if (other === undefined && !required.has(key)) fault('không có trong vi.json')
    if (other !== undefined && placeholders(other.text) !== placeholders(sentence.text)) {
      fault('các chỗ {{…}} khác với tiếng Việt')
    }
  }
  return faults
}

function checkSentence(key: string, text: string, fault: (message: string) => void): void {
  if (text.trim() === '') fault('câu trống')
  if (text !== toNfc(text)) fault('chữ có dấu viết theo kiểu tách rời (chưa phải NFC)')
  const length = codePointLength(text)
  if (length > SENTENCE_LENGTH_MAX) fault(`dài quá ${SENTENCE_LENGTH_MAX} chữ cái (đang là ${length})`)
  if (isButton(key) && length > BUTTON_LENGTH_MAX) {
    fault(`tên nút dài quá ${BUTTON_LENGTH_MAX} chữ cái (đang là ${length})`)
  }
}

/** Where a sentence belongs that is not there: after the last one of its group, else after the last of the group above. */
function lineBefore(texts: Texts, key: string): number {
  const names = key.split('.').slice(0, -1)
  for (; names.length > 0; names.pop()) {
    const group = `${names.join('.')}.`
    const last = [...texts].findLast(([known]) => known.startsWith(group))
    if (last !== undefined) return last[1].line
  }
  return 1
}

const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort().join(' ')

type Texts = Map<string, { text: string; line: number }>

function readTexts(folder: string, name: string, faults: Fault[]): Texts | null {
  const file = `locales/${name}`
  const source = readFileSync(join(folder, name), 'utf8')
  try {
    return textsOf(JSON.parse(source) as Tree, source, (line, message) => void faults.push({ file, line, message }))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const line = Number(/line (\d+)/.exec(error.message)?.[1] ?? 1)
    faults.push({
      file,
      line,
      message: 'JSON viết chưa đúng: xem lại dấu nháy, dấu phẩy, dấu ngoặc ở dòng này hoặc dòng trên',
    })
    return null
  }
}

function textsOf(tree: Tree, source: string, fault: (line: number, message: string) => void): Texts {
  const found: Texts = new Map()
  let from = 0
  let line = 1
  const moveTo = (position: number) => {
    for (; from < position; from++) if (source[from] === '\n') line += 1
  }
  const visit = (group: Tree, prefix: string) => {
    for (const [name, value] of Object.entries(group)) {
      moveTo(source.indexOf(`"${name}":`, from))
      if (typeof value === 'string') found.set(prefix + name, { text: value, line })
      else if (typeof value === 'object' && value !== null) visit(value, `${prefix}${name}.`)
      else fault(line, `${prefix}${name}: câu chữ phải để trong dấu nháy`)
      moveTo(from + 1)
    }
  }
  visit(tree, '')
  return found
}

/**
 * Sentences named in the code: string literals of the shape `section.name` whose section stands in the texts. None where the
 * texts cannot be read, which is a fault of its own.
 */
export function textsNamedInCode(sourceFolder: string, localesFolder: string): Set<string> {
  const known = readTexts(localesFolder, 'vi.json', []) ?? (new Map() as Texts)
  const sections = new Set([...known.keys()].map((key) => key.split('.')[0]))
  const named = new Set<string>()
  for (const file of readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const source = readFileSync(join(sourceFolder, file), 'utf8')
    for (const [, key = ''] of source.matchAll(/['`]([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_]+)+)['`]/g)) {
      // What is not there may be a field of data with a dot in its name; it counts only where the code speaks of a key.
      const isSpoken = source.includes(`key: '${key}'`) || source.includes(`note(turn, '${key}'`)
      if (sections.has(key.split('.')[0]) && (known.has(key) || isSpoken)) named.add(key)
    }
    // A key put together in the code stands for all sentences that begin alike.
    for (const [, prefix = ''] of source.matchAll(/`([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*\.)\$\{/g)) {
      for (const key of known.keys()) if (key.startsWith(prefix)) named.add(key)
    }
  }
  return named
}
