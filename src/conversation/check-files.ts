/** `npm run check`, and every start: all faults of flows and sentences at once, with file and line. */
import { join } from 'node:path'
import { checkTexts, textsNamedInCode } from './check-texts.ts'
import { type Fault, loadFlows } from './load.ts'
import { IntentRulesError, loadIntents } from './load-intents.ts'
import type { Flows } from './schema.ts'

/** The flows could not be used; the message names every fault. */
export class FlowError extends Error {
  override name = 'FlowError'
  readonly code = 'flows_invalid'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(
      [
        `Có ${faults.length} lỗi trong câu hỏi và câu chữ:`,
        ...faults.map((one) => `  ${one.file}:${one.line}   ${one.message}`),
      ].join('\n'),
    )
    this.faults = faults
  }
}

/**
 * Reads the flows and holds the sentences to them; throws `FlowError` with every fault. `withCode` also asks the source which
 * sentences it names, so that one that nobody uses is found: part of the check, for a start would read every file of the source.
 */
export function openFlows(root: string, options: { withCode: boolean } = { withCode: false }): Flows {
  const { flows, faults } = loadFlows(join(root, 'flows'))
  const locales = join(root, 'locales')
  // What a flow that cannot be read would use is not known, so nothing counts as unused then.
  const mayJudgeUse = options.withCode && faults.length === 0
  const usedInCode = mayJudgeUse ? textsNamedInCode(join(root, 'src'), locales) : null
  const all = [...faults, ...checkTexts(locales, flows, usedInCode)]
  if (all.length > 0) throw new FlowError(all.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line))
  return flows
}

if (import.meta.main) {
  const root = process.cwd()
  const checks = [
    () => {
      const { forms, pages } = openFlows(root, { withCode: true })
      console.log(`${Object.keys(forms).length + Object.keys(pages).length} flows, no fault`)
    },
    async () => {
      const { intents } = await loadIntents(join(root, 'data/intents.yaml'))
      console.log(`${intents.length} intents, no fault`)
    },
  ]
  for (const check of checks) {
    try {
      await check()
    } catch (error) {
      if (!(error instanceof FlowError || error instanceof IntentRulesError)) throw error
      console.error(error.message)
      process.exitCode = 1
    }
  }
}
