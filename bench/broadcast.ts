import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type BroadcastRunReport, runBroadcast } from './support/broadcast-run.ts'
import { startBenchDatabase } from './support/database.ts'
import { percentile } from './support/statistics.ts'

/** How long a mandatory notice may wait behind a broadcast. */
const NOTICE_WAIT_MAX_MS = 5_000

/**
 * One broadcast to very many people, while the service is killed again and again and officers' acts tell others of their cases.
 * `--recipients N`, `--kills N`, `--notices N` and `--rate N` (a minute) change the default.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      recipients: { type: 'string', default: '100000' },
      kills: { type: 'string', default: '5' },
      notices: { type: 'string', default: '40' },
      rate: { type: 'string', default: '60000' },
    },
  })
  const database = await startBenchDatabase()
  try {
    const found = await runBroadcast({
      mongodbUri: database.uri,
      recipients: Number(values.recipients),
      kills: Number(values.kills),
      notices: Number(values.notices),
      ratePerMinute: Number(values.rate),
      log: (line) => void process.stderr.write(`${line}\n`),
    })
    process.stdout.write(`${linesOf(found).join('\n')}\n`)
    const slowest = Math.max(...found.noticeWaitMs)
    if (found.lost > 0 || found.doubled > found.inFlight || found.uncounted !== 0 || slowest > NOTICE_WAIT_MAX_MS)
      process.exitCode = 1
  } finally {
    await database.stop()
  }
}

function linesOf(found: BroadcastRunReport): string[] {
  const seconds = found.sendingMs / 1_000
  const wait = (share: number) => percentile(found.noticeWaitMs, share).toFixed(0)
  return [
    `a broadcast, load of the machine ${loadavg()[0]?.toFixed(1)}`,
    `  recipients  ${found.recipients}, and ${found.others} who may not be told`,
    `  kills       ${found.kills}; ${found.inFlight} messages had arrived without anybody alive to hear of it`,
    `  lost        ${found.lost}   target 0`,
    `  doubled     ${found.doubled}   target 0 beyond those in flight (${found.inFlight})`,
    `  uncounted   ${found.uncounted}   target 0 (people whom the report does not know)`,
    `  pace        ${(found.recipients / seconds).toFixed(0)}/s over ${seconds.toFixed(0)} s, restarts included; the limit allows ${found.paceMax.toFixed(0)}/s`,
    `  notices     ${found.noticeWaitMs.length} mandatory ones meanwhile waited ${wait(0.5)} ms (median), ${wait(1)} ms (slowest); target ≤ ${NOTICE_WAIT_MAX_MS} ms`,
  ]
}
