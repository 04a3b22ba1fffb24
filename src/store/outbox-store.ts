import type { mongo } from 'mongoose'
import { choicesOf } from '../usecases/compose-turn.ts'
import type { OutgoingBody } from '../usecases/ports.ts'
import type { NoticeChoices, OpenMessage, OutboxMark, OutboxState, OutboxStore } from '../usecases/road.ts'
import type { OutgoingMessage } from '../usecases/turn.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { messageKey, type OutboxDocument } from './documents.ts'
import { openJson, sealJson } from './sealed.ts'
import { bodyContext, noticedContext, outboxDocument, userIdContext } from './turn-store.ts'

/**
 * Queues notices of an officer's act inside the caller's transaction, in the order of the citizen's other messages. Answers
 * the keys of the messages; nothing is queued for a citizen never met on this channel.
 */
export type QueueNotices = (
  session: mongo.ClientSession,
  citizenKey: string,
  messages: OutgoingMessage[],
  now: number,
) => Promise<string[]>

/** The outbox in MongoDB. */
export function createOutboxStore(deps: {
  database: Database
  cipher: FieldCipher
}): OutboxStore & { queueNotices: QueueNotices } {
  const { database, cipher } = deps
  const { outbox, conversations } = database.collections

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
    },

    async markUnreachable(citizenKey, code, now) {
      await conversations.updateOne({ _id: citizenKey }, { $set: { unreachable: { code, at: new Date(now) } } })
    },

    async byMessageIds(messageIds) {
      const found = await outbox.find({ messageIds: { $in: messageIds } }, { projection: { messageIds: 1 } }).toArray()
      return new Map(
        found.flatMap(({ _id, messageIds: own }) =>
          own.map((messageId) => [messageId, { id: _id, isLast: own.at(-1) === messageId }] as const),
        ),
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
    },

    async queueNotices(session, citizenKey, messages, now) {
      if (messages.length === 0) return []
      const count = messages.length
      const choices = messages.map(({ body }) => askedBy(body)).findLast((found) => found !== null)
      const asking = choices == null ? null : sealJson(cipher, choices, noticedContext(citizenKey))
      const conversation = await conversations.findOneAndUpdate(
        { _id: citizenKey },
        [
          {
            $set: {
              outboxSequence: { $add: ['$outboxSequence', count] },
              noticeSequence: { $add: ['$outboxSequence', count] },
              version: { $add: ['$version', 1] },
              ...(asking === null ? {} : { noticed: { $literal: asking } }),
            },
          },
        ],
        { session, returnDocument: 'after', projection: { outboxSequence: 1 } },
      )
      if (conversation === null) return []
      const first = conversation.outboxSequence - count + 1
      const documents = messages.map((message, index) =>
        outboxDocument(cipher, {
          id: messageKey(citizenKey, first + index),
          citizenKey,
          sequence: first + index,
          message,
          owner: null,
          now,
        }),
      )
      await outbox.insertMany(documents, { session })
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

/** The buttons of a notice that wants something of the citizen: a number or a title that is typed next may mean them. */
function askedBy(body: OutgoingBody): NoticeChoices | null {
  const choices = choicesOf(body) ?? []
  return choices.some(({ payload }) => payload.startsWith('#act.')) ? choices : null
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
      ...(mark.acceptedAt === undefined ? {} : { acceptedAt: new Date(mark.acceptedAt) }),
      ...(mark.settledAt === undefined ? {} : { settledAt: new Date(mark.settledAt) }),
    },
    // A message with very many tries keeps the last ones: they say why it hangs.
    ...(mark.tried === undefined ? {} : { $push: { tries: { $each: [mark.tried], $slice: -triesKept } } }),
    ...(mark.settleTried === true ? { $inc: { settleTries: 1 } } : {}),
    ...(isOpen ? {} : { $unset: { open: '' } }),
  }
}

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
    createdAt: document.createdAt.getTime(),
    broadcast: document.broadcast ?? null,
  }
}
