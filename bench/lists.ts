import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { openDatabase } from '../src/store/database.ts'
import { startFakeZalo } from '../test/support/fake-zalo.ts'
import { type SeenQuery, watchQueries, withoutIndex } from '../test/support/seen-queries.ts'
import { LIST_QUERIES, type ListQuery } from './support/list-queries.ts'
import { type BenchPerson, tokensOf } from './support/people.ts'
import { createRandom, type Random } from './support/random.ts'
import { openSeeded } from './support/seed.ts'
import { startService } from './support/service.ts'
import { serviceEnvironment } from './support/service-environment.ts'
import { percentile, processorMs } from './support/statistics.ts'

const target = { p95Ms: 50 }
const warmUps = 5

const PEOPLE: readonly BenchPerson[] = [
  { login: 'io', unit: 'QN-VP', role: 'intakeOfficer' },
  { login: 'commune', unit: 'QN-C23527', role: 'agencyCoordinator' },
  { login: 'department', unit: 'QN-SNNMT', role: 'agencyLeader' },
]

/**
 * Every list, filter, search and count over HTTP on `--cases N` invented cases (1,000,000), which are made once and kept under
 * DATA_DIR/bench: p95 of each against the target, the plans that the database really took, and memory before and after.
 */
export async function run(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: { cases: { type: 'string', default: '1000000' }, requests: { type: 'string', default: '60' } },
  })
  const count = Number(values.cases)
  const requests = Number(values.requests)
  const database = await openSeeded(count)
  const zalo = await startFakeZalo({ isRecording: false })
  try {
    const environment = serviceEnvironment(database, zalo)
    const tokens = await tokensOf(PEOPLE, environment)
    const service = await startService(environment)
    try {
      const memory = async () => {
        const status = await readFile(`/proc/${database.mongodProcessId}/status`, 'utf8')
        const mongod = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
        return { service: (await service.residentBytes()) / 1e6, mongod }
      }
      const processor = () => Promise.all([service.processId, database.mongodProcessId].map(processorMs))
      const ask = (query: ListQuery, random: Random) => askOnce(service.url, query, tokens, random)
      for (const query of LIST_QUERIES) for (let at = 0; at < warmUps; at++) await ask(query, createRandom(at))
      const before = await memory()
      process.stdout.write(
        `lists     ${count} cases, ${requests} requests each   (load of the machine ${loadavg()[0]?.toFixed(1)})\n`,
      )
      let slow = 0
      for (const query of LIST_QUERIES) {
        const random = createRandom(query.name.length * 7_919)
        const took: number[] = []
        let items = 0
        const spentBefore = await processor()
        for (let at = 0; at < requests; at++) {
          const answer = await ask(query, random)
          took.push(answer.ms)
          items += answer.items
        }
        const spent = (await processor()).map((ms, index) => (ms - (spentBefore[index] ?? 0)) / requests)
        const p95 = percentile(took, 0.95)
        if (p95 > target.p95Ms) slow += 1
        process.stdout.write(
          `  ${query.name.padEnd(26)} p50 ${percentile(took, 0.5).toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms   processor ${spent.map((ms) => ms.toFixed(1).padStart(5)).join(' +')} ms   ${(items / requests).toFixed(0).padStart(3)} items${p95 > target.p95Ms ? '   !' : ''}\n`,
        )
      }
      const after = await memory()
      const seen = await plansOf(database.uri, async () => {
        for (const query of LIST_QUERIES) for (let at = 0; at < 3; at++) await ask(query, createRandom(1_000 + at))
      })
      const onCases = seen.filter(({ collection }) => collection === 'cases')
      const most = (of: (query: SeenQuery) => number) => Math.max(0, ...onCases.map(of))
      const faults = withoutIndex(seen)
      const lines = [
        `target    p95 ≤ ${target.p95Ms} ms each; ${slow} of ${LIST_QUERIES.length} missed it`,
        `plans     ${onCases.length} queries on cases: at most ${most(({ keys }) => keys)} keys and ${most(({ documents }) => documents)} documents looked at; ${faults.length} without an index or sorted in memory`,
        ...faults.slice(0, 10).map((fault) => `  ! ${fault}`),
        `memory    service ${before.service.toFixed(0)} → ${after.service.toFixed(0)} MB, mongod ${before.mongod.toFixed(0)} → ${after.mongod.toFixed(0)} MB`,
      ]
      process.stdout.write(`${lines.join('\n')}\n`)
      if (slow > 0 || faults.length > 0) process.exitCode = 1
    } finally {
      await service.stop()
    }
  } finally {
    await zalo.stop()
    await database.stop()
  }
}

async function plansOf(uri: string, work: () => Promise<void>): Promise<SeenQuery[]> {
  const database = await openDatabase({ uri })
  try {
    const { connection } = database
    return await watchQueries(connection.getClient().db(connection.name), work)
  } finally {
    await database.close()
  }
}

async function askOnce(
  url: string,
  { name, who, path }: ListQuery,
  tokens: Record<string, string>,
  random: Random,
): Promise<{ ms: number; items: number }> {
  const headers: Record<string, string> =
    who === null
      ? // Everybody looks from an address of their own, for each has its rate.
        { accept: 'text/html', 'x-forwarded-for': `10.${random.below(250)}.${random.below(250)}.${random.below(250)}` }
      : { authorization: `Bearer ${tokens[who]}` }
  const startedAt = performance.now()
  const response = await fetch(url + path(random), { headers })
  const text = await response.text()
  const ms = performance.now() - startedAt
  if (response.status !== 200 && !(who === null && response.status === 404)) {
    throw new Error(`${name} was answered with ${response.status}: ${text.slice(0, 300)}`)
  }
  if (who === null) return { ms, items: text.match(/href="\/p\//g)?.length ?? 0 }
  const { items } = JSON.parse(text) as { items?: unknown[] }
  return { ms, items: items?.length ?? 0 }
}
