/**
 * `npm run check`: everything that can be judged without running the service. Every step runs, whatever the others say;
 * only what is wrong is shown, and the last line counts.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'

type Step = { name: string; command: string; arguments: string[] }

const node = process.execPath
const steps: Step[] = [
  { name: 'types', command: 'node_modules/.bin/tsc', arguments: ['--noEmit', '--pretty', 'false', '-p', '.'] },
  // Lint, format, layers and import cycles: biome.json holds the rules of all four.
  {
    name: 'lint, format, layers, cycles',
    command: 'node_modules/.bin/biome',
    arguments: ['ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=200', '.'],
  },
  { name: 'flows and texts', command: node, arguments: ['src/conversation/check-files.ts'] },
  { name: 'flows schema', command: node, arguments: ['scripts/flows-schema.ts', '--check'] },
  { name: 'configuration table in README.md', command: node, arguments: ['scripts/config-table.ts', '--check'] },
  { name: 'licences of the dependencies', command: node, arguments: ['scripts/licences.ts'] },
]

const outcomes = await runAll(steps, availableParallelism())
const failed = outcomes.filter(({ ok }) => !ok)
for (const { name, output } of failed) console.log(`✗ ${name}\n${output.trim()}\n`)
for (const { name, ok, tookMs } of outcomes) console.log(`${ok ? '✓' : '✗'} ${name} (${Math.round(tookMs)} ms)`)
console.log(`check: ${outcomes.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1

type Outcome = { name: string; ok: boolean; output: string; tookMs: number }

async function runAll(waiting: Step[], width: number): Promise<Outcome[]> {
  const queue = waiting.map((step, index) => ({ step, index }))
  const outcomes: Outcome[] = []
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) outcomes[next.index] = await run(next.step)
  }
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane))
  return outcomes
}

function run(step: Step): Promise<Outcome> {
  const startedAt = performance.now()
  const done = (ok: boolean, output: string): Outcome => ({
    name: step.name,
    ok,
    output,
    tookMs: performance.now() - startedAt,
  })
  const script = step.command === node ? step.arguments[0] : step.command
  if (script !== undefined && !existsSync(script)) return Promise.resolve(done(false, `${script} is missing`))
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(step.command, step.arguments, { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', (error) => resolve(done(false, error.message)))
    child.on('close', (code) => resolve(done(code === 0, output)))
  })
}
