import type { mongo } from 'mongoose'
import { choicesOf } from '../usecases/compose-turn.ts'
import type { ChatFacts } from '../usecases/notice-records.ts'
import type { OutgoingBody } from '../usecases/ports.ts'
import type { NoticeChoices, OpenMessage, OutboxMark, OutboxState, OutboxStore } from '../usecases/road.ts'
import type { OutgoingMessage } from '../usecases/turn.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { type ConversationDocument, messageKey, type OutboxDocument } from './documents.ts'
import { freshNoticeId, type NoticeDocument, noticeDocument } from './notice-documents.ts'
import { openJson, sealJson } from './sealed.ts'
import { bodyContext, FIRST_LOOK_MS, noticedContext, outboxDocument, userIdContext } from './turn-store.ts'

/** What one citizen is told. */
export type ToQueue = { citizenKey: string; messages: readonly OutgoingMessage[]; now: number }

/**
 * Queues notices of officers' acts inside the caller's transaction, each in the order of its citizen's other messages, those of all
 * citizens in a handful of commands. Answers the keys of the messages; nothing is queued for a citizen never met on this channel.
 */
export type QueueNotices = (session: mongo.ClientSession, asked: readonly ToQueue[]) => Promise<string[]>

/** What the transaction asks that stores a notice. */
export type MayChat = (message: OutgoingMessage, facts: ChatFacts, now: number) => boolean

/** The outbox in MongoDB. */
export function createOutboxStore(deps: {
  database: Database
  cipher: FieldCipher
  /** Whether a notice may go into the chat now; where it may not, its words are kept. @default always */
  mayChat?: MayChat
  /** How long a notice that went into the chat is left alone before its record is looked at. @default 10 minutes */
  firstLookMs?: number
}): OutboxStore & { queueNotices: QueueNotices } {
  const { database, cipher, mayChat = () => true, firstLookMs = FIRST_LOOK_MS } = deps
  const { outbox, conversations, notices } = database.collections

  /** Whoever carries notices on their ways looks at these next. */
  async function lookAgain(records: readonly string[]): Promise<void> {
    if (records.length === 0) return
    await notices.updateMany(
      { _id: { $in: [...records] }, state: { $nin: ['seen', 'done', 'cancelled'] } },
      { $set: { lookAt: new Date(0) }, $inc: { version: 1 } },
    )
  }

  /** What becomes of one conversation and its outbox; whoever changes it meanwhile makes the transaction begin anew. */
  function queueBehind(conversation: QueuedBehind, { citizenKey, messages, now }: ToQueue) {
    const { outboxSequence } = conversation
    const facts = chatFactsOf(conversation)
    const choices = messages.map(({ body }) => askedBy(body)).findLast((found) => found !== null)
    const asking = choices == null ? null : sealJson(cipher, choices, noticedContext(citizenKey))
    const fresh: NoticeDocument[] = []
    // A place in the order that stays empty harms nobody.
    const documents = messages.flatMap((message, index): OutboxDocument[] => {
      const sequence = outboxSequence + 1 + index
      const id = messageKey(citizenKey, sequence)
      const { notice } = message
      const isNew = notice !== undefined && notice.record === undefined
      const record = isNew ? freshNoticeId() : notice?.record
      const isSaid = !isNew || mayChat(message, facts, now)
      if (notice !== undefined && isNew && record !== undefined) {
        const bubble = isSaid ? id : null
        const lookAt = isSaid ? now + firstLookMs : now
        fresh.push(
          noticeDocument(cipher, { id: record, citizenKey, message: { ...message, notice }, bubble, lookAt, now }),
        )
      }
      return isSaid ? [outboxDocument(cipher, { id, citizenKey, sequence, message, record, owner: null, now })] : []
    })
    const last = outboxSequence + messages.length
    const update = {
      filter: { _id: citizenKey, outboxSequence },
      update: {
        $set: {
          outboxSequence: last,
          noticeSequence: last,
          ...(asking === null ? {} : { noticed: asking }),
          ...(documents.length < messages.length ? { noticesKept: true } : {}),
        },
        $inc: { version: 1 },
      },
    }
    return { update, documents, fresh }
  }

  return {
    async waitingCitizens(query) {
      const found = await outbox
        .find(
          {
            open: true,
            partition: { $in: query.partitions },
            ...(query.except.length === 0 ? {} : { citizenKey: { $nin: query.except } }),
            ...(query.exceptOwner === undefined ? {} : { owner: { $ne: query.exceptOwner } }),
            retryAt: { $lte: new Date(query.realNow) },
          },
          { projection: { _id: 0, citizenKey: 1, partition: 1 }, limit: query.limit, hint: 'open' },
        )
        .toArray()
      return [...new Map(found.map((place) => [place.citizenKey, place])).values()]
    },

    async hasBacklog(partitions, exceptOwner) {
      const found = await outbox.findOne(
        { open: true, partition: { $in: partitions }, owner: { $ne: exceptOwner } },
        { projection: { _id: 1 }, hint: 'open' },
      )
      return found !== null
    },

    async openMessages(places, limit) {
      const found = await outbox
        .find(
          {
            open: true,
            partition: { $in: [...new Set(places.map(({ partition }) => partition))] },
            citizenKey: { $in: places.map(({ citizenKey }) => citizenKey) },
          },
          { sort: { partition: 1, citizenKey: 1, sequence: 1 }, hint: 'open' },
        )
        .toArray()
      const messages = new Map<string, OpenMessage[]>(places.map(({ citizenKey }) => [citizenKey, []]))
      for (const document of found) {
        const own = messages.get(document.citizenKey)
        if (own !== undefined && own.length < limit) own.push(openMessage(cipher, document))
      }
      return messages
    },

    async userIds(citizenKeys) {
      const found = await conversations.find({ _id: { $in: citizenKeys } }, { projection: { userId: 1 } }).toArray()
      return new Map(found.map(({ _id, userId }) => [_id, cipher.decryptText(userId, userIdContext(_id))]))
    },

    async mark(marks, { isHard }) {
      await outbox.bulkWrite(
        marks.map((mark) => ({
          // `updateMany`, although it is one: such a write is not "retryable", which would cost a second write for each mark.
          // Marks may be repeated without harm, so nothing is lost by it.
          updateMany: {
            filter: {
              _id: mark.id,
              ...(mark.from === undefined ? {} : { state: { $in: mark.from } }),
              ...(mark.ifOwner === undefined ? {} : { owner: mark.ifOwner }),
            },
            update: updateOf(mark),
          },
        })),
        // Two marks of one message keep their order in the caller, who waits for the first.
        { ordered: false, writeConcern: isHard ? { w: 'majority' } : { w: 1 } },
      )
      const lost = marks.filter(({ state, isGivenUp }) => isGivenUp === true || LOST_STATES.has(state))
      if (lost.length === 0) return
      const found = await outbox
        .find({ _id: { $in: lost.map(({ id }) => id) }, notice: { $exists: true } }, { projection: { notice: 1 } })
        .toArray()
      await lookAgain(found.flatMap(({ notice }) => notice?.record ?? []))
    },

    async claim(id, owner, realNow) {
      const { matchedCount } = await outbox.updateOne(
        { _id: id, open: true },
        { $set: { state: 'sending', owner, retryAt: new Date(realNow) } },
        { writeConcern: { w: 'majority' } },
      )
      return matchedCount > 0
    },

    async markUnreachable(citizenKey, code, now) {
      await conversations.updateOne({ _id: citizenKey }, { $set: { unreachable: { code, at: new Date(now) } } })
    },

    async byMessageIds(messageIds) {
      const found = await outbox
        .find({ messageIds: { $in: messageIds } }, { projection: { messageIds: 1, notice: 1 } })
        .toArray()
      return new Map(
        found.flatMap(({ _id, messageIds: own, notice }) => {
          const record = notice?.record === undefined ? {} : { record: notice.record }
          return own.map((messageId) => [messageId, { id: _id, isLast: own.at(-1) === messageId, ...record }] as const)
        }),
      )
    },

    async recordReceipts(receipts) {
      if (receipts.length === 0) return
      await outbox.bulkWrite(
        receipts.map(({ id, state, at }) => ({
          updateMany: {
            filter: { _id: id, state: { $in: state === 'seen' ? ['accepted', 'delivered'] : ['accepted'] } },
            update: { $set: { state, [state === 'seen' ? 'seenAt' : 'deliveredAt']: new Date(at) } },
          },
        })),
        { ordered: true },
      )
      await lookAgain(receipts.flatMap(({ record }) => record ?? []))
    },

    async queueNotices(session, asked) {
      const wanted = together(asked)
      if (wanted.length === 0) return []
      const found = await conversations
        .find({ _id: { $in: wanted.map(({ citizenKey }) => citizenKey) } }, { session, projection: QUEUED_BEHIND })
        .toArray()
      const known = new Map(found.map((conversation) => [conversation._id, conversation]))
      const queued = wanted.flatMap((one) => {
        const conversation = known.get(one.citizenKey)
        return conversation === undefined ? [] : [queueBehind(conversation, one)]
      })
      if (queued.length === 0) return []
      await conversations.bulkWrite(
        queued.map(({ update }) => ({ updateOne: update })),
        { session, ordered: true },
      )
      const documents = queued.flatMap((one) => one.documents)
      const fresh = queued.flatMap((one) => one.fresh)
      if (documents.length > 0) await outbox.insertMany(documents, { session })
      if (fresh.length > 0) await notices.insertMany(fresh, { session })
      return documents.map(({ _id }) => _id)
    },

    async backlog() {
      const [found] = await outbox
        .aggregate<{ waiting: number; oldest: Date }>(
          [{ $match: { open: true } }, { $group: { _id: null, waiting: { $sum: 1 }, oldest: { $min: '$createdAt' } } }],
          { hint: 'open' },
        )
        .toArray()
      return { waiting: found?.waiting ?? 0, oldestAt: found?.oldest.getTime() ?? null }
    },
  }
}

type QueuedBehind = Pick<
  ConversationDocument,
  '_id' | 'outboxSequence' | 'lastInteractionAt' | 'following' | 'unreachable'
>
const QUEUED_BEHIND = { outboxSequence: 1, lastInteractionAt: 1, following: 1, unreachable: 1 } as const

/** Each citizen once, with everything that they are told, in its order. */
function together(asked: readonly ToQueue[]): ToQueue[] {
  const byCitizen = Map.groupBy(
    asked.filter(({ messages }) => messages.length > 0),
    ({ citizenKey }) => citizenKey,
  )
  return [...byCitizen].map(([citizenKey, all]) => ({
    citizenKey,
    messages: all.flatMap(({ messages }) => messages),
    now: Math.max(...all.map(({ now }) => now)),
  }))
}

/** The buttons of a notice that wants something of the citizen: a number or a title that is typed next may mean them. */
function askedBy(body: OutgoingBody): NoticeChoices | null {
  const choices = choicesOf(body) ?? []
  return choices.some(({ payload }) => payload.startsWith('#act.')) ? choices : null
}

function chatFactsOf(
  document: Pick<ConversationDocument, 'lastInteractionAt' | 'following' | 'unreachable'>,
): ChatFacts {
  const { lastInteractionAt, following, unreachable } = document
  return {
    lastInteractionAt: lastInteractionAt?.getTime() ?? null,
    following,
    unreachable: unreachable === null ? null : { code: unreachable.code, at: unreachable.at.getTime() },
  }
}

function updateOf(mark: OutboxMark): mongo.UpdateFilter<OutboxDocument> {
  const isOpen = openStates.has(mark.state) && mark.isGivenUp !== true
  return {
    $set: {
      state: mark.state,
      owner: mark.owner ?? null,
      ...(mark.messageIds === undefined ? {} : { messageIds: mark.messageIds }),
      ...(mark.partsAccepted === undefined ? {} : { partsAccepted: mark.partsAccepted }),
      ...(mark.retryAt === undefined ? {} : { retryAt: new Date(mark.retryAt) }),
      ...(mark.doubtSince === undefined ? {} : { doubtSince: new Date(mark.doubtSince) }),
      ...(mark.acceptedAt === undefined ? {} : { acceptedAt: new Date(mark.acceptedAt) }),
      ...(mark.settledAt === undefined ? {} : { settledAt: new Date(mark.settledAt) }),
    },
    // A message with very many tries keeps the last ones: they say why it hangs.
    ...(mark.tried === undefined ? {} : { $push: { tries: { $each: [mark.tried], $slice: -triesKept } } }),
    ...(mark.settleTried === true ? { $inc: { settleTries: 1 } } : {}),
    ...(isOpen ? {} : { $unset: { open: '' } }),
  }
}

/** Messages that did not arrive, as far as is known. */
const LOST_STATES: ReadonlySet<OutboxState> = new Set(['unreachable', 'failed'])
const triesKept = 50
const openStates = new Set<OutboxState>(['waiting', 'sending', 'ambiguous'])

function openMessage(cipher: FieldCipher, document: OutboxDocument): OpenMessage {
  if (document.body === undefined) throw new Error(`message ${document._id} has lost its body`)
  return {
    id: document._id,
    citizenKey: document.citizenKey,
    sequence: document.sequence,
    priority: document.priority,
    body: openJson(cipher, document.body, bodyContext(document._id)) as OutgoingBody,
    state: document.state as OpenMessage['state'],
    owner: document.owner,
    messageIds: document.messageIds,
    partsAccepted: document.partsAccepted,
    triesCount: document.tries.length,
    settleTries: document.settleTries,
    retryAt: document.retryAt.getTime(),
    doubtSince: document.doubtSince?.getTime() ?? null,
    doubts: document.tries.filter((one) => one.class === 'ambiguous').map(({ code }) => code),
    createdAt: document.createdAt.getTime(),
    broadcast: document.broadcast ?? null,
  }
}
