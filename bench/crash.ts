import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type CrashReport, runCrash } from './support/crash-run.ts'
import { startBenchDatabase } from './support/database.ts'
import { percentile } from './support/statistics.ts'

/**
 * kill -9 at random moments while citizens file: half of the kills take the service alone, half take its `mongod` with it.
 * Shows that every event answered with 200 has its effects once. `--kills N` and `--citizens N` change the default.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: { kills: { type: 'string', default: '100' }, citizens: { type: 'string', default: '24' } },
  })
  const kills = Math.ceil(Number(values.kills) / 2)
  const citizensAtOnce = Number(values.citizens)
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const startedAt = performance.now()
  const database = await startBenchDatabase()
  try {
    const reports = await Promise.all([
      runCrash({ name: 'service alone', kills, citizensAtOnce, mongodbUri: database.uri, log }),
      runCrash({ name: 'with mongod', kills, citizensAtOnce, mongodbUri: null, log }),
    ])
    const minutes = (performance.now() - startedAt) / 60_000
    process.stdout.write(
      `kill -9, two services at a time, ${minutes.toFixed(1)} minutes, load of the machine ${loadavg()[0]?.toFixed(1)}\n`,
    )
    report('service alone', reports[0])
    report('with mongod', reports[1])
    if (reports.some(({ lost, doubled, other }) => lost.length + doubled.length + other.length > 0))
      process.exitCode = 1
  } finally {
    await database.stop()
  }
}

function report(name: string, found: CrashReport): void {
  const lines = [
    `${name}`,
    `  kills     ${found.kills}, ${found.killsInStart} of them during a start`,
    `  events    ${found.events} answered with 200, ${found.repeated} repeated for want of it, ${found.twice} sent twice`,
    `  cases     ${found.cases} of ${found.citizens} citizens, ${found.messages} messages to them, ${found.inDoubt} in doubt`,
    `  lost      ${found.lost.length}   target 0`,
    `  doubled   ${found.doubled.length}   target 0`,
    `  other     ${found.other.length}   target 0 (stuck, out of order, codes, histories)`,
    `  recovery  ready again after ${percentile(found.readyMs, 0.5).toFixed(0)} ms (median)`,
    ...[...found.lost, ...found.doubled, ...found.other].slice(0, 20).map((finding) => `  ! ${finding}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
