import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from './load.ts'
import type { Flows } from './schema.ts'
import { codePointLength, toNfc } from './text/normalise.ts'
import { requiredTexts } from './text-keys.ts'

type Tree = { [key: string]: string | Tree }

/** Zalo refuses longer bubbles (zalo §3.1). */
const SENTENCE_LENGTH_MAX = 1900
const BUTTON_LENGTH_MAX = 100

/**
 * Holds both languages to the flows and to each other; names every missing, unused, unequal and over-long sentence. Where it
 * is not known what the code uses, none counts as unused.
 */
export function checkTexts(folder: string, flows: Flows, usedInCode: ReadonlySet<string> | null): Fault[] {
  const vi = readTexts(join(folder, 'vi.json'))
  const en = readTexts(join(folder, 'en.json'))
  const faults: Fault[] = []
  const required = new Set([...requiredTexts(flows), ...(usedInCode ?? [])])
  for (const key of required) {
    if (!vi.has(key)) faults.push({ file: 'locales/vi.json', line: 1, message: `thiếu câu "${key}"` })
  }
  for (const [key, { line, text }] of vi) {
    const fault = (message: string) => faults.push({ file: 'locales/vi.json', line, message: `${key}: ${message}` })
    const other = en.get(key)
    if (other === undefined) faults.push({ file: 'locales/en.json', line: 1, message: `thiếu câu "${key}"` })
    else if (placeholders(other.text) !== placeholders(text)) {
      faults.push({ file: 'locales/en.json', line: other.line, message: `${key}: các chỗ {{…}} khác với tiếng Việt` })
    }
    if (usedInCode !== null && !required.has(key)) fault('không nơi nào dùng câu này')
    if (text.trim() === '') fault('câu trống')
    if (text !== toNfc(text)) fault('chữ có dấu viết theo kiểu tách rời (chưa phải NFC)')
    if (codePointLength(text) > SENTENCE_LENGTH_MAX) fault(`dài quá ${SENTENCE_LENGTH_MAX} chữ cái`)
    if (/\.(button|options\.[A-Za-z]+)$/.test(key) && codePointLength(text) > BUTTON_LENGTH_MAX) {
      fault(`tên nút dài quá ${BUTTON_LENGTH_MAX} chữ cái`)
    }
  }
  for (const [key, { line }] of en) {
    if (!vi.has(key)) faults.push({ file: 'locales/en.json', line, message: `${key}: không có trong vi.json` })
  }
  return faults
}

const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort().join(' ')

function readTexts(path: string): Map<string, { text: string; line: number }> {
  const source = readFileSync(path, 'utf8')
  const found = new Map<string, { text: string; line: number }>()
  let from = 0
  let line = 1
  const moveTo = (position: number) => {
    for (; from < position; from++) if (source[from] === '\n') line += 1
  }
  const visit = (tree: Tree, prefix: string) => {
    for (const [name, value] of Object.entries(tree)) {
      moveTo(source.indexOf(`"${name}":`, from))
      if (typeof value === 'string') found.set(prefix + name, { text: value, line })
      else visit(value, `${prefix}${name}.`)
      moveTo(from + 1)
    }
  }
  visit(JSON.parse(source) as Tree, '')
  return found
}

/** Sentences named in the code: string literals of the shape `section.name` whose section stands in the texts. */
export function textsNamedInCode(sourceFolder: string, localesFolder: string): Set<string> {
  const known = JSON.parse(readFileSync(join(localesFolder, 'vi.json'), 'utf8')) as Tree
  const named = new Set<string>()
  for (const file of readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const source = readFileSync(join(sourceFolder, file), 'utf8')
    for (const [, key = ''] of source.matchAll(/['`]([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_]+)+)['`]/g)) {
      if ((key.split('.')[0] ?? '') in known && isSentence(known, key, source)) named.add(key)
    }
    // A key put together in the code stands for all sentences that begin alike.
    for (const [, prefix = ''] of source.matchAll(/`([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*\.)\$\{/g)) {
      for (const key of keysUnder(known, prefix)) named.add(key)
    }
  }
  return named
}

function isSentence(known: Tree, key: string, source: string): boolean {
  let node: string | Tree | undefined = known
  for (const name of key.split('.')) node = typeof node === 'object' ? node[name] : undefined
  // What is not there may be a field of data with a dot in its name; it counts only where the code speaks of a key.
  return typeof node === 'string' || source.includes(`key: '${key}'`) || source.includes(`note(turn, '${key}'`)
}

function keysUnder(tree: Tree, wanted: string, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const key = prefix + name
    if (typeof value === 'string') return key.startsWith(wanted) ? [key] : []
    return wanted.startsWith(`${key}.`) || `${key}.`.startsWith(wanted) ? keysUnder(value, wanted, `${key}.`) : []
  })
}
