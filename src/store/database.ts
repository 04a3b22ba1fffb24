import mongoose, { type Connection, type mongo } from 'mongoose'
import type {
  ConversationDocument,
  DeadLetterDocument,
  InboxDocument,
  JobDocument,
  OutboxDocument,
  PartitionDocument,
  ProcessDocument,
} from './documents.ts'
import { isCommitUnknown } from './errors.ts'
import { makeAllIndexes } from './make-indexes.ts'
import { defineModels } from './models.ts'
import type { NoticeDocument } from './notice-documents.ts'
import { StartError } from './start-error.ts'

/** The collections of the road, as the driver under mongoose sees them: hot paths speak to these. */
export type RoadCollections = {
  inbox: mongo.Collection<InboxDocument>
  deadLetters: mongo.Collection<DeadLetterDocument>
  conversations: mongo.Collection<ConversationDocument>
  outbox: mongo.Collection<OutboxDocument>
  notices: mongo.Collection<NoticeDocument>
  partitions: mongo.Collection<PartitionDocument>
  processes: mongo.Collection<ProcessDocument>
  jobs: mongo.Collection<JobDocument>
}

export type Database = {
  connection: Connection
  collections: RoadCollections
  collection<T extends mongo.Document>(name: string): mongo.Collection<T>
  /**
   * Runs `work` in one majority transaction, once: conflicts and lost connections are the caller's to judge. Rejects with
   * an error for which `isCommitUnknown` is true when the database did not say whether it committed.
   */
  transaction<T>(work: (session: mongo.ClientSession) => Promise<T>): Promise<T>
  /**
   * Ends transactions of this service in which nothing has happened for `inactiveMs`. A process that is killed in the middle
   * of one leaves it open, and the server would keep what it touched locked for a minute.
   */
  endStaleTransactions(inactiveMs: number): Promise<number>
  /** Rejects when the database does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

/** Connects, waits for the first answer, and brings collections and indexes into being. */
export async function openDatabase(options: {
  uri: string
  databaseName?: string
  /** How long an operation waits for a reachable server. @default 2000 */
  serverSelectionTimeoutMs?: number
  poolMax?: number
}): Promise<Database> {
  const connection = await mongoose
    .createConnection(options.uri, {
      ...(options.databaseName === undefined ? {} : { dbName: options.databaseName }),
      serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 2_000,
      connectTimeoutMS: 2_000,
      socketTimeoutMS: 30_000,
      maxPoolSize: options.poolMax ?? 20,
      appName,
      w: 'majority',
      promoteBuffers: true,
      ignoreUndefined: true,
      autoIndex: false,
      bufferCommands: false,
    })
    .asPromise()
  const client = connection.getClient()
  const db = client.db(connection.name)
  try {
    await refuseStandalone(db)
  } catch (error) {
    await connection.close()
    throw error
  }
  const collection = <T extends mongo.Document>(name: string) => db.collection<T>(name)
  await makeAllIndexes(defineModels(connection))

  return {
    connection,
    collection,
    collections: {
      inbox: collection<InboxDocument>('inbox'),
      deadLetters: collection<DeadLetterDocument>('deadLetters'),
      conversations: collection<ConversationDocument>('conversations'),
      outbox: collection<OutboxDocument>('outbox'),
      notices: collection<NoticeDocument>('notices'),
      partitions: collection<PartitionDocument>('partitions'),
      processes: collection<ProcessDocument>('processes'),
      jobs: collection<JobDocument>('jobs'),
    },
    async transaction(work) {
      const session = client.startSession()
      try {
        session.startTransaction({ writeConcern: { w: 'majority' } })
        const result = await work(session)
        await commit(session)
        return result
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined)
        throw error
      } finally {
        await session.endSession().catch(() => undefined)
      }
    },
    async endStaleTransactions(inactiveMs) {
      const admin = client.db('admin')
      const stale = await admin
        .aggregate<{ lsid: { id: mongo.Binary } }>(
          [
            { $currentOp: { idleSessions: true } },
            {
              $match: {
                type: 'idleSession',
                appName,
                'transaction.timeInactiveMicros': { $gt: inactiveMs * 1_000 },
              },
            },
            { $project: { lsid: 1 } },
          ],
          // The id must go back as the UUID it is.
          { promoteBuffers: false },
        )
        .toArray()
      if (stale.length > 0) await admin.command({ killSessions: stale.map(({ lsid }) => ({ id: lsid.id })) })
      return stale.length
    },
    async ping(timeoutMs) {
      await db.command({ ping: 1 }, { timeoutMS: timeoutMs })
    },
    close: () => connection.close(),
  }
}

/** Asking again for the same commit is safe, and is how a lost answer is usually found. */
async function commit(session: mongo.ClientSession): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.commitTransaction()
      return
    } catch (error) {
      if (attempt === commitAttemptsMax || !isCommitUnknown(error)) throw error
    }
  }
}

const commitAttemptsMax = 3
/** How the server knows the connections of this service. */
const appName = 'pakn'

/** Transactions and majority writes need a replica set or a sharded cluster; a single server would fail at the first turn. */
async function refuseStandalone(db: mongo.Db): Promise<void> {
  const hello = await db.admin().command({ hello: 1 })
  if (hello.setName !== undefined || hello.msg === 'isdbgrid') return
  throw new StartError('noReplicaSet', {
    vi: 'MongoDB ở MONGODB_URI không phải là replica set: hãy chạy mongod với --replSet rồi gọi rs.initiate() một lần (một máy là đủ).',
    en: 'The MongoDB of MONGODB_URI is no replica set: run mongod with --replSet and call rs.initiate() once (one member is enough).',
  })
}
