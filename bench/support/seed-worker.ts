import { parentPort, workerData } from 'node:worker_threads'
import type { Day } from '../../src/cases/days.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { listDaysOf } from '../../src/cases/flags.ts'
import { OPEN_STATES } from '../../src/cases/words.ts'
import { type CaseDocument, caseFields, chainLine, type HistoryDocument } from '../../src/store/case-documents.ts'
import { keysOf, wordKeys } from '../../src/store/case-keys.ts'
import { parseDataKeys } from '../../src/store/crypto.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openKeyring } from '../../src/store/keys.ts'
import { type Handling, inventDay } from './invented-cases.ts'
import { openBenchLaw } from './law.ts'

export type SeedTask = {
  uri: string
  dataKeys: string
  handling: Record<'2022' | '2025', Handling>
  today: Day
  seed: number
  days: { daysAgo: number; count: number }[]
}

const task = workerData as SeedTask
const law = openBenchLaw()
const database = await openDatabase({ uri: task.uri })
const { connection } = database
const keyring = await openKeyring(
  connection.getClient().db(connection.name, { promoteBuffers: false }),
  parseDataKeys(task.dataKeys),
)
const keys = { cipher: keyring.fields, hash: keyring.hash }
const cases = database.collection<CaseDocument>('cases')
const history = database.collection<HistoryDocument>('history')
// A crash in the middle begins the seeding anew, so nothing has to be durable before its end.
const options = { ordered: false, writeConcern: { w: 1, j: false } } as const

const BATCH = 1_000
let documents: CaseDocument[] = []
let lines: HistoryDocument[] = []
let writing: Promise<unknown> = Promise.resolve()

for (const day of task.days) {
  for (const { current, entry } of inventDay({ ...task, law }, day)) {
    const { document, head } = chainLine(keys.cipher, current.code, null, entry)
    const days = OPEN_STATES.includes(current.state)
      ? listDaysOf(current, clocksOf(current, { ...law.of(current), now: Date.now() }))
      : { answerBy: null, dueBy: null, provisional: false }
    documents.push({
      _id: current.code,
      ...caseFields(keys, current, days),
      words: wordKeys(keysOf(keys.hash), current),
      head,
    })
    lines.push(document)
    if (documents.length === BATCH) await write()
  }
}
await write()
await writing
await database.close()

/** The next thousand are made while the last are written. */
async function write(): Promise<void> {
  await writing
  if (documents.length === 0) return
  const [cased, lined] = [documents, lines]
  documents = []
  lines = []
  writing = Promise.all([cases.insertMany(cased, options), history.insertMany(lined, options)]).then(() =>
    parentPort?.postMessage(cased.length),
  )
}
