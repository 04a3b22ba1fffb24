import { type ChildProcess, fork } from 'node:child_process'
import { startBenchDatabase } from './support/database.ts'
import { percentile } from './support/statistics.ts'
import type { FromDriver, ToDriver } from './support/webhook-driver.ts'

const rounds = 3
const floodMs = 4_000
const paceMs = 4_000
const target = { share: 0.9, p99Ms: 50, perSecond: 500 }

/**
 * Events per second that are checked, stored by a majority and answered, against a bare Express 5 app that checks the same
 * signature and makes the same insert; the two take turns, so that a busy machine is unfair to neither. Latency is measured
 * before the floods: what a flood leaves the database to write would be measured with it.
 */
export async function run(): Promise<void> {
  const database = await startBenchDatabase()
  const children: ChildProcess[] = []
  const begin = (file: string) => {
    const child = fork(new URL(`./support/${file}`, import.meta.url), [database.uri])
    children.push(child)
    return child
  }
  try {
    const [ownUrl, bareUrl] = [await urlOf(begin('own-webhook.ts')), await urlOf(begin('bare-webhook.ts'))]
    const driver = begin('webhook-driver.ts')
    const rates = { own: [] as number[], bare: [] as number[] }
    let faults = 0
    await ask(driver, { type: 'flood', url: ownUrl, connections: 64, ms: 2_000 })
    await ask(driver, { type: 'flood', url: bareUrl, connections: 64, ms: 2_000 })
    const sides = [
      ['own', ownUrl],
      ['bare', bareUrl],
    ] as const
    const latencies = { own: [] as number[], bare: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      for (const [name, url] of sides) {
        const paced = await ask(driver, { type: 'pace', url, perSecond: target.perSecond, ms: paceMs })
        latencies[name].push(...paced.latencies)
        faults += paced.faults
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const [name, url] of sides) {
        const done = await ask(driver, { type: 'flood', url, connections: 64, ms: floodMs })
        rates[name].push(done.latencies.length / done.seconds)
        faults += done.faults
      }
    }
    const own = mean(rates.own)
    const bare = mean(rates.bare)
    const p99 = percentile(latencies.own, 0.99)
    const lines = [
      `webhook   ${own.toFixed(0)} events/s accepted and durable`,
      `baseline  ${bare.toFixed(0)} events/s in a bare Express app   share ${(own / bare).toFixed(2)}, target ${target.share}`,
      `latency   p50 ${percentile(latencies.own, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms at ${target.perSecond} events/s   target p99 ${target.p99Ms} ms`,
      `baseline  p50 ${percentile(latencies.bare, 0.5).toFixed(1)} ms, p99 ${percentile(latencies.bare, 0.99).toFixed(1)} ms in the bare app`,
      `faults    ${faults}`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    const isMissed = own < target.share * bare || p99 > target.p99Ms || faults > 0
    if (isMissed) process.exitCode = 1
  } finally {
    for (const child of children) child.kill()
    await database.stop()
  }
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

async function urlOf(child: ChildProcess): Promise<string> {
  const { port } = await next<{ port: number }>(child)
  return `http://127.0.0.1:${port}/webhooks/zalo`
}

function ask(driver: ChildProcess, message: ToDriver): Promise<FromDriver> {
  const answer = next<FromDriver>(driver)
  driver.send(message)
  return answer
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a process of the measurement ended'))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message as T)
    })
  })
}
