import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { tryIntents } from './check-intents.ts'
import { COMMANDS, INTENTS, type IntentRules } from './intent-rules.ts'
import type { Intents } from './intents.ts'

/** Every fault of the intent rules at once, each with file and line. */
export class IntentRulesError extends Error {
  override name = 'IntentRulesError'
  readonly code = 'intent_rules_invalid'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`${faults.length} lỗi trong luật nhận biết ý định:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

const line = z.string().trim().min(1)
const lines = z.array(line)
const ruleSchema = z.strictObject({
  id: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  score: z.number().min(0.1).max(1),
  words: lines.min(1),
  unless: lines.default([]),
  maxWords: z.int().min(1).optional(),
})
const signSchema = z.strictObject({
  id: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  kind: z.string().min(1).optional(),
  weight: z.number().min(-10).max(10),
  main: z.boolean().default(false),
  words: lines.default([]),
  unless: lines.default([]),
  minWords: z.int().min(1).optional(),
})
const intentSchema = z.strictObject({
  id: z.enum(INTENTS),
  negatable: z.boolean().default(false),
  implies: z.array(z.enum(INTENTS)).default([]),
  rules: z.array(ruleSchema).default([]),
  signs: z.array(signSchema).default([]),
  signsNeeded: z.number().min(1).max(20).default(3),
  examples: lines.min(1),
  notExamples: lines.min(1),
})
const commandSchema = z.strictObject({
  id: z.enum(COMMANDS),
  words: lines.min(1),
  examples: lines.min(1),
  notExamples: lines.min(1),
})
const rulesSchema = z.strictObject({
  groups: z.record(z.string().regex(/^[A-Za-z]+$/), lines.min(1)),
  abbreviations: z.record(line, line),
  negation: z.strictObject({ before: lines.min(1), after: lines, fillers: lines }),
  politeBefore: lines,
  politeAfter: lines,
  commands: z.array(commandSchema),
  intents: z.array(intentSchema),
})

/** Reads and checks the rules, examples included; throws one `IntentRulesError` that lists all faults. */
export async function loadIntents(file: string): Promise<IntentRules> {
  return parseIntents(await readFile(file, 'utf8'), basename(file))
}

/** As `loadIntents`, ready to read messages. */
export async function openIntents(file: string): Promise<Intents> {
  return parse(await readFile(file, 'utf8'), basename(file)).intents
}

/** As `loadIntents`, from text; `name` stands in front of the faults. */
export function parseIntents(source: string, name: string): IntentRules {
  return parse(source, name).rules
}

function parse(source: string, name: string): { rules: IntentRules; intents: Intents } {
  const counter = new LineCounter()
  const document = parseDocument(source, { lineCounter: counter })
  if (document.errors.length > 0) {
    throw new IntentRulesError(
      document.errors.map((error) => `${name}:${counter.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`),
    )
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range != null) return counter.linePos(node.range[0]).line
    }
    return 1
  }
  const at = (path: readonly PropertyKey[], message: string) => `${name}:${lineOf(path)}: ${path.join('.')}: ${message}`
  const read = rulesSchema.safeParse(document.toJS())
  if (!read.success) throw new IntentRulesError(read.error.issues.map((issue) => at(issue.path, issue.message)))
  const { faults, intents } = tryIntents(read.data)
  if (intents === null || faults.length > 0)
    throw new IntentRulesError(faults.map(({ path, message }) => at(path, message)))
  return { rules: read.data, intents }
}
