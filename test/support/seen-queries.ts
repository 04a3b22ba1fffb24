import type { mongo } from 'mongoose'

/** One operation as the database carried it out. */
export type SeenQuery = {
  collection: string
  /** The filter, the pipeline or the query of a count. */
  asked: string
  plan: string
  keys: number
  documents: number
  returned: number
  isSortedInMemory: boolean
  /** How many entries were to be passed over, and how many places were asked about by name. */
  skipped: number
  named: number
}

type ProfileLine = {
  ns: string
  command?: { filter?: unknown; pipeline?: unknown; query?: unknown; skip?: number }
  planSummary?: string
  keysExamined?: number
  docsExamined?: number
  nreturned?: number
  hasSortStage?: boolean
}

/** Has the database write down every query while `work` is done, with the plan that it really took. */
export async function watchQueries(db: mongo.Db, work: () => Promise<unknown>): Promise<SeenQuery[]> {
  await db.command({ profile: 0 })
  await db.dropCollection('system.profile').catch(() => undefined)
  await db.createCollection('system.profile', { capped: true, size: 32 * 1024 * 1024 })
  await db.command({ profile: 2 })
  try {
    await work()
  } finally {
    await db.command({ profile: 0 })
  }
  const lines = await db
    .collection('system.profile')
    .find({ op: { $in: ['query', 'command', 'getmore', 'update', 'remove'] }, planSummary: { $exists: true } })
    .toArray()
  return (lines as unknown as ProfileLine[]).filter(({ ns }) => !ns.includes('system.profile')).map(seen)
}

/** Queries that read a whole collection or sort in memory; a handful of documents, such as one per process, is no list. */
export function withoutIndex(queries: readonly SeenQuery[], handful = 200): string[] {
  const faults = queries.filter(
    ({ plan, documents, isSortedInMemory }) => (plan.includes('COLLSCAN') && documents > handful) || isSortedInMemory,
  )
  return [...new Set(faults.map(({ collection, plan, asked }) => `${collection}: ${plan} ${asked}`))]
}

function seen(line: ProfileLine): SeenQuery {
  const { filter, pipeline, query, skip } = line.command ?? {}
  const asked = JSON.stringify(filter ?? pipeline ?? query ?? {})
  return {
    collection: line.ns.slice(line.ns.indexOf('.') + 1),
    asked: asked.slice(0, 300),
    plan: line.planSummary ?? '',
    keys: line.keysExamined ?? 0,
    documents: line.docsExamined ?? 0,
    returned: line.nreturned ?? 0,
    isSortedInMemory: line.hasSortStage === true,
    skipped: skip ?? 0,
    named: longestIn(filter ?? query),
  }
}

function longestIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = '$in' in value && Array.isArray(value.$in) ? value.$in.length : 0
  return Math.max(own, ...Object.values(value).map(longestIn))
}
