import type { mongo } from 'mongoose'

/**
 * Reads single documents by their keys. What is asked for in one turn of the event loop is read in one question, always begun
 * after it was asked: nothing is remembered, so that nobody is shown what has ended.
 */
export function createFindTogether<Document extends { _id: string }>(
  collection: mongo.Collection<Document>,
): (id: string) => Promise<Document | null> {
  type Asked = { resolve(document: Document | null): void; reject(error: unknown): void }
  let waiting = new Map<string, Asked[]>()

  async function read(): Promise<void> {
    const asked = waiting
    waiting = new Map()
    try {
      const found = await collection.find({ _id: { $in: [...asked.keys()] } } as mongo.Filter<Document>).toArray()
      const documents = new Map(found.map((document) => [document._id as string, document as Document]))
      for (const [id, askers] of asked) for (const { resolve } of askers) resolve(documents.get(id) ?? null)
    } catch (error) {
      for (const askers of asked.values()) for (const { reject } of askers) reject(error)
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(read)
      const askers = waiting.get(id)
      if (askers === undefined) waiting.set(id, [{ resolve, reject }])
      else askers.push({ resolve, reject })
    })
}
