import { fork } from 'node:child_process'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startFakeZalo } from '../test/support/fake-zalo.ts'
import type { FromOfficers, ToOfficers } from './support/officers-at-work.ts'
import { type BenchPerson, tokensOf } from './support/people.ts'
import { openSeeded, type SeededDatabase } from './support/seed.ts'
import { type Service, startService } from './support/service.ts'
import { serviceEnvironment } from './support/service-environment.ts'
import { percentile, processorMs } from './support/statistics.ts'

const target = { perSecond: 100, dropMax: 0.1 }
const rounds = 3

const PEOPLE: readonly BenchPerson[] = [
  { login: 'io', unit: 'QN-VP', role: 'intakeOfficer' },
  { login: 'publisher', unit: 'QN-VP', role: 'publisher' },
  { login: 'coordinator', unit: 'QN-C23527', role: 'agencyCoordinator' },
  { login: 'handler', unit: 'QN-C23527', role: 'handler' },
  { login: 'leader', unit: 'QN-C23527', role: 'agencyLeader' },
]

type Side = {
  name: string
  database: SeededDatabase
  service: Service
  tokens: Record<string, string>
  rates: number[]
  latencies: number[]
  processor: number[]
  lifecycles: number
}

/**
 * Whole lives of cases over HTTP: entered, forwarded, accepted, answered, approved, published and found by what is published of them, on
 * an empty store and on `--cases N` cases (1,000,000) in turns, so that a busy machine is unfair to neither.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      cases: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '10' },
      width: { type: 'string', default: '24' },
    },
  })
  const count = Number(values.cases)
  const ms = Number(values.seconds) * 1_000
  const zalo = await startFakeZalo({ isRecording: false })
  const sides: Side[] = []
  const officers = fork(new URL('./support/officers-at-work.ts', import.meta.url))
  const work = (task: ToOfficers): Promise<FromOfficers> =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the process of the officers ended'))
      officers.once('exit', onExit)
      officers.once('message', (message) => {
        officers.off('exit', onExit)
        resolve(message as FromOfficers)
      })
      officers.send(task)
    })
  try {
    for (const [name, cases] of [
      ['empty', 0],
      [`${count} cases`, count],
    ] as const) {
      const database = await openSeeded(cases)
      const environment = serviceEnvironment(database, zalo)
      const tokens = await tokensOf(PEOPLE, environment)
      const service = await startService(environment)
      sides.push({ name, database, service, tokens, rates: [], latencies: [], processor: [], lifecycles: 0 })
    }
    const width = Number(values.width)
    let faults: string[] = []
    for (const { service, tokens } of sides) await work({ url: service.url, tokens, width, ms: Math.min(ms, 5_000) })
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const ids = [side.service.processId, side.database.mongodProcessId, officers.pid ?? 0]
        const before = await Promise.all(ids.map(processorMs))
        const done = await work({ url: side.service.url, tokens: side.tokens, width, ms })
        const after = await Promise.all(ids.map(processorMs))
        side.rates.push(done.lifecycles / done.seconds)
        side.latencies.push(...done.requestMs)
        side.lifecycles += done.lifecycles
        side.processor = after.map((now, index) => (side.processor[index] ?? 0) + now - (before[index] ?? 0))
        faults = [...faults, ...done.faults]
      }
    }
    const [empty, full] = sides.map(({ rates }) => rates.reduce((sum, rate) => sum + rate, 0) / rates.length)
    const drop = 1 - (full ?? 0) / (empty ?? 1)
    const lines = [
      `lifecycle entered, forwarded, accepted, answered, approved, published, found; ${values.width} at once   (load of the machine ${loadavg()[0]?.toFixed(1)})`,
      ...sides.map(
        (side) =>
          `  ${side.name.padEnd(16)}${percentile(side.rates, 0.5).toFixed(1)}/s (${side.rates.map((rate) => rate.toFixed(1)).join(', ')}), a request p50 ${percentile(side.latencies, 0.5).toFixed(1)} ms, p95 ${percentile(side.latencies, 0.95).toFixed(1)} ms; processor a lifecycle ${side.processor.map((spent) => (spent / Math.max(1, side.lifecycles)).toFixed(1)).join(' + ')} ms (service, mongod, officers)`,
      ),
      `target    ≥ ${target.perSecond}/s on each, drop ≤ ${target.dropMax * 100} %; drop ${(drop * 100).toFixed(1)} %`,
      `faults    ${faults.length} ${[...new Set(faults)].slice(0, 5).join(' | ')}`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    const isMet = (empty ?? 0) >= target.perSecond && (full ?? 0) >= target.perSecond && drop <= target.dropMax
    if (!isMet || faults.length > 0) process.exitCode = 1
  } finally {
    officers.kill()
    for (const { service } of sides) await service.stop()
    for (const { database } of sides) await database.stop()
    await zalo.stop()
  }
}
