import type { mongo } from 'mongoose'
import type { RecipientFacts, Verdict } from '../cases/broadcasts/audience.ts'
import { readBroadcastFacts } from '../conversation/broadcast-facts.ts'
import type { BroadcastRuns, FedStep, FeedStep } from '../usecases/broadcast-ports.ts'
import type { Locale } from '../usecases/ports.ts'
import { partitionOf } from '../usecases/road.ts'
import {
  type BroadcastCollections,
  openBroadcast,
  type RecipientDocument,
  recipientKey,
} from './broadcast-documents.ts'
import type { ReadOwnCases } from './broadcast-own-cases.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { type ConversationDocument, messageKey } from './documents.ts'
import { openJson } from './sealed.ts'
import { outboxDocument, stateContext } from './turn-store.ts'
import { createWriteTogether } from './write-together.ts'

/** Of broadcasts at the same time; more wait for their turn. */
const DUE_MAX = 20
const COUNT_STEP = 500
const FREE_MS = 48 * 3_600_000
const DAY_MS = 86_400_000

type Known = Pick<ConversationDocument, '_id' | 'state' | 'following' | 'lastInteractionAt' | 'unreachable'>
type Judged = { known: Known; locale: Locale; lastContactAt: number | null; verdict: Verdict }

const known = { state: 1, following: 1, lastInteractionAt: 1, unreachable: 1 } as const

/** Runs broadcasts in MongoDB: who gets a copy is decided and written down in one transaction with the copy itself. */
export function createBroadcastRuns(deps: {
  database: Database
  collections: BroadcastCollections
  cipher: FieldCipher
  readOwnCases: ReadOwnCases
  /** How long the lines of people are kept. */
  keptDays: number
}): BroadcastRuns {
  const { database, cipher } = deps
  const { broadcasts, recipients } = deps.collections
  const { conversations, outbox } = database.collections
  const writeTogether = createWriteTogether(database)

  async function judgeAll(
    people: readonly Known[],
    step: Pick<FeedStep, 'judge' | 'asksForCases' | 'now'>,
  ): Promise<Judged[]> {
    const cases = step.asksForCases ? await deps.readOwnCases(people.map(({ _id }) => _id)) : null
    return people.map((person) => {
      const said = readBroadcastFacts(openJson(cipher, person.state, stateContext(person._id)), step.now)
      const own = cases === null ? null : (cases.get(person._id) ?? { all: 0, open: 0, communeCodes: [] })
      const lastContactAt = person.lastInteractionAt?.getTime() ?? null
      const facts: RecipientFacts = {
        following: person.following,
        lastContactAt,
        isUnreachable: person.unreachable !== null,
        consent: said.consent,
        busyUntil: said.busyUntil,
        communeCodes: own?.communeCodes ?? null,
        ownCases: own,
      }
      return { known: person, locale: said.locale, lastContactAt, verdict: step.judge(facts) }
    })
  }

  async function feedIn(session: mongo.ClientSession, step: FeedStep): Promise<FedStep> {
    const { id, owner, now, limit } = step
    const current = await broadcasts.findOneAndUpdate(
      { _id: id, state: 'running', 'run.owner': owner },
      [{ $set: { 'run.until': { $add: ['$$NOW', step.leaseMs] } } }],
      { session, returnDocument: 'after' },
    )
    if (current === null) return { outcome: 'lost' }
    const { cursor, isRead } = current.run
    const waited = await recipients
      .find({ broadcastId: id, state: 'deferred', retryAt: { $lte: new Date(now) } }, { session })
      .sort({ retryAt: 1 })
      .limit(limit)
      .toArray()
    const room = limit - waited.length
    const fresh =
      isRead || room === 0
        ? []
        : await conversations
            .find({ _id: { $gt: cursor } }, { session, projection: known })
            .sort({ _id: 1 })
            .limit(room)
            .toArray()
    const again = await conversations
      .find({ _id: { $in: waited.map(({ citizenKey }) => citizenKey) } }, { session, projection: known })
      .toArray()
    const isAtEnd = isRead || (room > 0 && fresh.length < room)
    const judgedFresh = (await judgeAll(fresh, step)).filter(({ verdict }) => verdict.to !== 'ignore')
    const judgedAgain = await judgeAll(again, step)
    const chosen = [...judgedFresh, ...judgedAgain].filter(({ verdict }) => verdict.to === 'send')
    const messageIds = await queueCopies(session, step, chosen)
    await writeLines(session, step, judgedFresh, judgedAgain, messageIds)
    await endLinesOfGone(session, step, waited, again)
    const last = fresh.at(-1)
    if (last !== undefined || isAtEnd !== isRead) {
      const moved = { 'run.cursor': last?._id ?? cursor, 'run.isRead': isAtEnd }
      await broadcasts.updateOne({ _id: id }, { $set: moved }, { session })
    }
    const [next] = await recipients
      .find({ broadcastId: id, state: 'deferred' }, { session, projection: { retryAt: 1 } })
      .sort({ retryAt: 1 })
      .limit(1)
      .toArray()
    return {
      outcome: 'fed',
      examined: fresh.length + waited.length,
      queued: chosen.map(({ known: { _id } }) => ({ citizenKey: _id, partition: partitionOf(_id) })),
      isAtEnd,
      nextDeferredAt: next?.retryAt?.getTime() ?? null,
    }
  }

  /** Puts one copy behind each person's other messages. */
  async function queueCopies(
    session: mongo.ClientSession,
    step: FeedStep,
    chosen: readonly Judged[],
  ): Promise<Map<string, string>> {
    if (chosen.length === 0) return new Map()
    const keys = chosen.map(({ known: { _id } }) => _id)
    await conversations.updateMany(
      { _id: { $in: keys } },
      [
        {
          $set: {
            outboxSequence: { $add: ['$outboxSequence', 1] },
            noticeSequence: { $add: ['$outboxSequence', 1] },
            version: { $add: ['$version', 1] },
          },
        },
      ],
      { session },
    )
    const counted = await conversations
      .find({ _id: { $in: keys } }, { session, projection: { outboxSequence: 1 } })
      .toArray()
    const locales = new Map(chosen.map(({ known: { _id }, locale }) => [_id, locale]))
    const copies = counted.map(({ _id: citizenKey, outboxSequence: sequence }) => ({
      ...outboxDocument(cipher, {
        id: messageKey(citizenKey, sequence),
        citizenKey,
        sequence,
        message: { body: step.bodyFor(locales.get(citizenKey) ?? 'vi'), priority: 4 },
        owner: null,
        now: step.now,
      }),
      broadcast: step.id,
    }))
    await outbox.insertMany(copies, { session, ordered: true })
    return new Map(copies.map(({ _id, citizenKey }) => [citizenKey, _id]))
  }

  async function writeLines(
    session: mongo.ClientSession,
    { id, now }: FeedStep,
    judgedFresh: readonly Judged[],
    judgedAgain: readonly Judged[],
    messageIds: ReadonlyMap<string, string>,
  ): Promise<void> {
    if (judgedFresh.length > 0) {
      const removeAt = new Date(Date.now() + deps.keptDays * DAY_MS)
      const lines = judgedFresh.map(
        ({ known: { _id: citizenKey }, verdict }): RecipientDocument => ({
          _id: recipientKey(id, citizenKey),
          broadcastId: id,
          citizenKey,
          removeAt,
          ...lineAfter(verdict, messageIds.get(citizenKey) ?? null, now),
        }),
      )
      await recipients.insertMany(lines, { session, ordered: true })
    }
    if (judgedAgain.length === 0) return
    await recipients.bulkWrite(
      judgedAgain.map(({ known: { _id: citizenKey }, verdict }) => ({
        updateOne: {
          filter: { _id: recipientKey(id, citizenKey) },
          update: { $set: lineAfter(verdict, messageIds.get(citizenKey) ?? null, now) },
        },
      })),
      { session, ordered: true },
    )
  }

  /** Somebody whose conversation is not kept any more waits for nothing. */
  async function endLinesOfGone(
    session: mongo.ClientSession,
    { now }: FeedStep,
    waited: readonly RecipientDocument[],
    found: readonly Known[],
  ): Promise<void> {
    const here = new Set(found.map(({ _id }) => _id))
    const gone = waited.filter(({ citizenKey }) => !here.has(citizenKey)).map(({ _id }) => _id)
    if (gone.length === 0) return
    const line = { state: 'skipped', reason: 'gone', messageId: null, retryAt: null, at: new Date(now) } as const
    await recipients.updateMany({ _id: { $in: gone } }, { $set: line }, { session })
  }

  return {
    async due(now) {
      const found = await broadcasts
        .find({ live: true, $or: [{ state: 'running' }, { state: 'scheduled', sendAt: { $lte: now } }] })
        .hint('live')
        .limit(DUE_MAX)
        .toArray()
      return found.map(openBroadcast)
    },

    async take(id, owner, leaseMs) {
      const { matchedCount } = await broadcasts.updateOne(
        { _id: id, $or: [{ 'run.owner': owner }, { $expr: { $lte: ['$run.until', '$$NOW'] } }] },
        [{ $set: { 'run.owner': { $literal: owner }, 'run.until': { $add: ['$$NOW', leaseMs] } } }],
      )
      return matchedCount === 1
    },

    feed: (step) => writeTogether((session) => feedIn(session, step)),

    openCopies: (id, max) => outbox.countDocuments({ broadcast: id, open: true }, { limit: max, hint: 'broadcasts' }),

    async census() {
      const found = await broadcasts
        .aggregate<{ _id: string; count: number; faulty: number }>([
          { $match: { state: { $in: ['waitingApproval', 'scheduled', 'running', 'paused'] } } },
          {
            $group: {
              _id: '$state',
              count: { $sum: 1 },
              faulty: { $sum: { $cond: [{ $eq: [{ $type: '$fault' }, 'string'] }, 1, 0] } },
            },
          },
        ])
        .toArray()
      const count = (state: string) => found.find(({ _id }) => _id === state)?.count ?? 0
      return {
        waitingApproval: count('waitingApproval'),
        scheduled: count('scheduled'),
        running: count('running'),
        paused: count('paused'),
        faulty: found.reduce((sum, { faulty }) => sum + faulty, 0),
      }
    },

    async factsOf(citizenKey, asksForCases, now) {
      const person = await conversations.findOne({ _id: citizenKey }, { projection: known })
      if (person === null) return null
      let facts: RecipientFacts | null = null
      const judge = (found: RecipientFacts): Verdict => {
        facts = found
        return { to: 'send' }
      }
      await judgeAll([person], { judge, asksForCases, now })
      return facts
    },

    async learnFollowing(citizenKey, isFollowing) {
      await conversations.updateOne(
        { _id: citizenKey, following: null },
        // Whoever has read the conversation before reads it again.
        { $set: { following: isFollowing }, $inc: { version: 1 } },
      )
    },

    withdraw: ({ messageId, broadcast, citizenKey }, verdict, now) =>
      writeTogether(async (session) => {
        const { matchedCount } = await outbox.updateOne(
          { _id: messageId, open: true, broadcast },
          { $set: { state: 'withdrawn', owner: null, settledAt: new Date(now) }, $unset: { open: '' } },
          { session },
        )
        if (matchedCount === 0) return false
        await recipients.updateOne(
          { _id: recipientKey(broadcast, citizenKey) },
          { $set: lineAfter(verdict, null, now) },
          { session },
        )
        return true
      }),

    async count(judge, { asksForCases, now, limitMs }) {
      const endsAt = performance.now() + limitMs
      const skipped: Record<string, number> = {}
      const counted = { total: 0, reachable: 0, free: 0 }
      for (let cursor: string | null = ''; cursor !== null; ) {
        if (performance.now() > endsAt) return { ...counted, skipped, isComplete: false }
        const people: Known[] = await conversations
          .find({ _id: { $gt: cursor } }, { projection: known })
          .sort({ _id: 1 })
          .limit(COUNT_STEP)
          .toArray()
        for (const { verdict, lastContactAt } of await judgeAll(people, { judge, asksForCases, now })) {
          if (verdict.to === 'ignore') continue
          counted.total += 1
          if (verdict.to === 'skip') skipped[verdict.reason] = (skipped[verdict.reason] ?? 0) + 1
          else {
            counted.reachable += 1
            if (lastContactAt !== null && now - lastContactAt < FREE_MS) counted.free += 1
          }
        }
        cursor = people.length < COUNT_STEP ? null : (people.at(-1)?._id ?? null)
      }
      return { ...counted, skipped, isComplete: true }
    },
  }
}

/** What stands on the person's line after a verdict. */
function lineAfter(
  verdict: Verdict,
  messageId: string | null,
  now: number,
): Pick<RecipientDocument, 'state' | 'reason' | 'messageId' | 'retryAt' | 'at'> {
  const at = new Date(now)
  switch (verdict.to) {
    case 'send':
      return { state: 'queued', reason: null, messageId, retryAt: null, at }
    case 'defer':
      return { state: 'deferred', reason: verdict.reason, messageId: null, retryAt: new Date(verdict.until), at }
    case 'skip':
      return { state: 'skipped', reason: verdict.reason, messageId: null, retryAt: null, at }
    // Was of the segment when it was looked at first, and is not any more.
    case 'ignore':
      return { state: 'skipped', reason: 'notInSegment', messageId: null, retryAt: null, at }
    default:
      return verdict satisfies never
  }
}
