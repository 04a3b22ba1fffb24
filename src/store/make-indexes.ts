import type { IndexDefinition, IndexOptions, mongo } from 'mongoose'

/** What is needed of a model here, whatever its documents are. */
export type Indexed = {
  createCollection(): Promise<unknown>
  readonly schema: { indexes(): [IndexDefinition, IndexOptions][] }
  readonly collection: { createIndexes(indexes: mongo.IndexDescription[]): Promise<unknown> }
}

/**
 * Brings a collection and its indexes into being, all that are missing in one pass over what is there already. On a large collection
 * that takes longer than an answer is waited for; the server goes on meanwhile, and asking again waits for the same work.
 */
export async function makeIndexes(model: Indexed, timesMax = TIMES_MAX): Promise<void> {
  const indexes = model.schema.indexes().map(([key, options]) => ({ key, ...indexOptions(options) }))
  for (let time = 1; ; time++) {
    try {
      await model.createCollection()
      if (indexes.length === 0) return
      await model.collection.createIndexes(indexes as mongo.IndexDescription[])
      return
    } catch (error) {
      if (time === timesMax || !isNotAnsweredYet(error)) throw error
    }
  }
}

/** The same for several collections at once. */
export async function makeAllIndexes(models: readonly Indexed[]): Promise<void> {
  await Promise.all(models.map((model) => makeIndexes(model)))
}

/** Half a minute each: half a day, for a collection beyond anything that a province will have. */
const TIMES_MAX = 1_440

function isNotAnsweredYet(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoNetworkTimeoutError'
}

/** Mongoose adds options of its own that the server does not know. */
function indexOptions(options: object): object {
  const known = ['name', 'unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression']
  return Object.fromEntries(Object.entries(options).filter(([name]) => known.includes(name)))
}
