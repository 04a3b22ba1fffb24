import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import type { CaseMove } from '../usecases/case-ports.ts'
import {
  type KeptNotice,
  type NoticeChoices,
  partitionOf,
  type QueuedMessage,
  type StoredConversation,
  type StoredTurn,
  type TurnStore,
  type TurnToStore,
} from '../usecases/road.ts'
import type { ConsentRecord, FiledDraft, NoticeOfMessage, OutgoingMessage, RenderFiled } from '../usecases/turn.ts'
import type { FieldCipher } from './crypto.ts'
import { keepDataRequests } from './data-requests.ts'
import type { Database } from './database.ts'
import { type ConversationDocument, messageKey, type OutboxDocument } from './documents.ts'
import { ConflictError, isCommitUnknown } from './errors.ts'
import { keepHandoffs } from './handoffs.ts'
import { buryEvents } from './inbox-store.ts'
import { freshNoticeId, type NoticeDocument, noticeDocument, openTold } from './notice-documents.ts'
import { openJson, sealJson } from './sealed.ts'

/** More never waits for one person. */
const TAKEN_BACK_MAX = 1_000

export type FiledCase = { code: string; answerBy: string | null }

/** Files drafts inside the given transaction; a draft that was filed before answers with the code it has (R3-10). */
export type FileDrafts = (
  session: mongo.ClientSession,
  drafts: { citizenKey: string; userId: string; draft: FiledDraft; now: number }[],
) => Promise<Map<string, FiledCase>>

/** Stores cases as they have become inside the given transaction; rejects with a conflict where one is not the one that was read. */
export type StoreMoves = (session: mongo.ClientSession, moves: readonly CaseMove[]) => Promise<void>

/** Keeps consents inside the given transaction (R9-1). */
export type KeepConsents = (
  session: mongo.ClientSession,
  consents: (ConsentRecord & { citizenKey: string })[],
) => Promise<void>

/** Turns in MongoDB. */
export function createTurnStore(deps: {
  database: Database
  cipher: FieldCipher
  fileDrafts: FileDrafts
  keepConsents: KeepConsents
  storeMoves: StoreMoves
  renderFiled: RenderFiled
  /** As for the outbox. */
  firstLookMs?: number
}): TurnStore {
  const { database, cipher } = deps
  const { conversations, inbox, outbox, notices } = database.collections

  async function writeAll(session: mongo.ClientSession, turns: TurnToStore[], commitId: string): Promise<StoredTurn[]> {
    const filed = await fileAll(session, turns)
    await deps.storeMoves(
      session,
      turns.flatMap(({ moves }) => moves),
    )
    const stored = turns.map((turn): StoredTurn => {
      const first = (turn.read?.outboxSequence ?? 0) + 1
      const announced = turn.filed.flatMap((draft) => {
        const facts = filed.get(draft.draftId)
        if (facts === undefined) throw new Error(`draft ${draft.draftId} got no code`)
        return deps.renderFiled(draft, facts)
      })
      const told = turn.told.map(({ message }) => message)
      const messages = [...told, ...turn.messages, ...announced].map((message, index) => ({
        id: messageKey(turn.citizenKey, first + index),
        sequence: first + index,
        message,
      }))
      const conversation = conversationAfter(turn, messages.length)
      return { messages, noticeSequence: conversation.noticeSequence, isAdmitted: turn.owner !== null, conversation }
    })
    await writeConversations(session, turns, stored)
    await markEvents(session, turns, commitId)
    await keepHandoffs(database, session, turns)
    await keepDataRequests(database, session, turns)
    for (const { citizenKey, left } of turns) if (left != null) await takeBack(session, citizenKey)
    const documents = turns.flatMap((turn, index) => outboxDocuments(turn, stored[index]?.messages ?? []))
    if (documents.length > 0)
      await outbox.insertMany(
        documents.map(({ message }) => message),
        { session, ordered: true },
      )
    const records = documents.flatMap(({ record }) => record ?? [])
    if (records.length > 0) await notices.insertMany(records, { session, ordered: true })
    for (const [index, { told }] of turns.entries()) await tell(session, told, stored[index]?.messages ?? [])
    return stored
  }

  /** What waits for somebody who has gone is not said to them there; notices look for another way. */
  async function takeBack(session: mongo.ClientSession, citizenKey: string): Promise<void> {
    const waiting = { citizenKey, partition: partitionOf(citizenKey), open: true as const, state: 'waiting' as const }
    // Copies of a broadcast are judged anew before they go, and counted by it.
    const own = { ...waiting, broadcast: { $exists: false } }
    const found = await outbox
      .find(own, { session, projection: { notice: 1 }, limit: TAKEN_BACK_MAX, hint: 'open' })
      .toArray()
    if (found.length === 0) return
    await outbox.updateMany(
      { _id: { $in: found.map(({ _id }) => _id) }, state: 'waiting' },
      { $set: { state: 'withdrawn', owner: null, settledAt: new Date() }, $unset: { open: '' } },
      { session },
    )
    const records = found.flatMap(({ notice }) => notice?.record ?? [])
    if (records.length === 0) return
    await notices.updateMany(
      { _id: { $in: records }, state: { $nin: ['seen', 'done', 'cancelled'] } },
      { $set: { lookAt: new Date(0) }, $inc: { version: 1 } },
      { session },
    )
  }

  /** Kept words are said once: whoever comes second finds their record changed. */
  async function tell(session: mongo.ClientSession, told: KeptNotice[], messages: QueuedMessage[]): Promise<void> {
    if (told.length === 0) return
    const { matchedCount } = await notices.bulkWrite(
      told.map(({ record, version }, index) => ({
        updateOne: {
          filter: { _id: record, version, kept: true },
          update: {
            $push: { bubbles: messages[index]?.id ?? '' },
            $set: { lookAt: new Date(0) },
            $unset: { kept: '' },
            $inc: { version: 1 },
          },
        },
      })),
      { session, ordered: true },
    )
    if (matchedCount !== told.length) throw new ConflictError('a kept notice changed after it was read')
  }

  async function fileAll(session: mongo.ClientSession, turns: TurnToStore[]): Promise<Map<string, FiledCase>> {
    const consents = turns.flatMap((turn) =>
      turn.consents.map((consent) => ({ ...consent, citizenKey: turn.citizenKey })),
    )
    if (consents.length > 0) await deps.keepConsents(session, consents)
    const drafts = turns.flatMap(({ filed, citizenKey, userId, now }) =>
      filed.map((draft) => ({ citizenKey, userId, draft, now })),
    )
    return drafts.length === 0 ? new Map() : deps.fileDrafts(session, drafts)
  }

  async function writeConversations(session: mongo.ClientSession, turns: TurnToStore[], stored: StoredTurn[]) {
    let updates = 0
    const operations = turns.map((turn, index): mongo.AnyBulkWriteOperation<ConversationDocument> => {
      const now = new Date(turn.now)
      const after = stored[index]?.conversation ?? conversationAfter(turn, 0)
      const fields = {
        state: sealJson(cipher, after.state, stateContext(turn.citizenKey)),
        outboxSequence: after.outboxSequence,
        wakeAt: dateOf(after.wakeAt),
        handoff: after.handoff,
        following: after.following,
        // A turn has seen what was asked before it.
        ...(turn.read?.noticed == null ? {} : { noticed: null }),
        ...(turn.told.length === 0 ? {} : { noticesKept: (turn.read?.kept.length ?? 0) >= KEPT_MAX }),
        floodToldAt: dateOf(after.floodToldAt),
        lastInteractionAt: dateOf(after.lastInteractionAt),
        updatedAt: now,
        // Whoever writes to us can be reached again, for the windows of the platform start anew (zalo §4.1).
        ...(turn.interactionAt === null && turn.read !== null ? {} : { unreachable: null }),
        ...(turn.left == null ? {} : { unreachable: { code: turn.left, at: now } }),
      }
      if (turn.read !== null) {
        updates += 1
        return {
          updateOne: {
            filter: { _id: turn.citizenKey, version: turn.read.version },
            update: { $set: fields, $inc: { version: 1 } },
          },
        }
      }
      return {
        insertOne: {
          document: {
            _id: turn.citizenKey,
            partition: partitionOf(turn.citizenKey),
            version: 1,
            schemaVersion: 1,
            userId: cipher.encrypt(turn.userId, userIdContext(turn.citizenKey)),
            noticeSequence: 0,
            createdAt: now,
            unreachable: null,
            ...fields,
          },
        },
      }
    })
    const { matchedCount } = await conversations.bulkWrite(operations, { session, ordered: true })
    if (matchedCount !== updates) throw new ConflictError('a conversation changed after it was read')
  }

  async function markEvents(session: mongo.ClientSession, turns: TurnToStore[], commitId: string): Promise<void> {
    const settledAt = new Date(turns[0]?.now ?? 0)
    const done = turns.filter(({ deadReason }) => deadReason === undefined).flatMap(({ eventKeys }) => eventKeys)
    if (done.length > 0) {
      const { matchedCount } = await inbox.updateMany(
        { _id: { $in: done }, state: 'waiting' },
        { $set: { state: 'done', commitId, settledAt } },
        { session },
      )
      if (matchedCount !== done.length) throw new ConflictError('an event was handled by somebody else')
    }
    for (const { citizenKey, eraseEventKeys } of turns) {
      if (eraseEventKeys.length === 0) continue
      await inbox.updateMany({ _id: { $in: eraseEventKeys }, citizenKey }, { $unset: { raw: '' } }, { session })
    }
    for (const { deadReason, eventKeys } of turns) {
      if (deadReason === undefined) continue
      const buried = await buryEvents(database, session, { keys: eventKeys, reason: deadReason, settledAt, commitId })
      if (buried !== eventKeys.length) throw new ConflictError('an event was handled by somebody else')
    }
  }

  function outboxDocuments(turn: TurnToStore, messages: QueuedMessage[]) {
    return messages.map(({ id, sequence, message }) => {
      const { citizenKey, owner, now } = turn
      const { notice } = message
      const isNew = notice !== undefined && notice.record === undefined
      const record = isNew ? freshNoticeId() : notice?.record
      const bubble = { id, citizenKey, sequence, message, record, owner, now }
      if (!isNew || record === undefined) return { message: outboxDocument(cipher, bubble) }
      const lookAt = now + (deps.firstLookMs ?? FIRST_LOOK_MS)
      const about = { id: record, citizenKey, message: { ...message, notice }, bubble: id, lookAt, now }
      return { message: outboxDocument(cipher, bubble), record: noticeDocument(cipher, about) }
    })
  }

  async function keptOf(citizenKeys: string[]): Promise<Map<string, KeptNotice[]>> {
    const lists = await Promise.all(
      citizenKeys.map(async (citizenKey): Promise<[string, KeptNotice[]]> => {
        const found = await notices
          .find({ citizenKey, kept: true }, { sort: { createdAt: 1, _id: 1 }, limit: KEPT_MAX, hint: 'kept' })
          .toArray()
        return [citizenKey, found.flatMap((document) => keptNotice(document) ?? [])]
      }),
    )
    return new Map(lists)
  }

  function keptNotice(document: NoticeDocument): KeptNotice | null {
    // After the retention of the chat there is nothing left to say.
    if (document.sealed === undefined) return null
    const { body, draft, locale } = openTold(cipher, document)
    if (body === null) return null
    const { _id: record, version, caseCode, notice: id, mandatory, textVersion } = document
    const notice = { caseCode, id, mandatory, textVersion, draft, locale, record }
    return { record, version, message: { body, priority: 1, notice } }
  }

  /** Asks until the database knows; a transaction marks its events with an id that nobody else has. */
  async function wasCommitted(commitId: string, eventKey: string, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        const event = await inbox.findOne(
          { _id: eventKey },
          { projection: { commitId: 1 }, readConcern: { level: 'majority' } },
        )
        return event?.commitId === commitId
      } catch (error) {
        if (signal.aborted) throw error
        await sleep(500, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  const staleMs = 1_000
  let unblockedAt = Number.NEGATIVE_INFINITY

  return {
    async unblock() {
      if (performance.now() - unblockedAt < staleMs) return
      unblockedAt = performance.now()
      await database.endStaleTransactions(staleMs)
    },

    async load(citizenKeys) {
      const found = await conversations.find({ _id: { $in: citizenKeys } }).toArray()
      const waited = found.flatMap(({ _id, noticesKept }) => (noticesKept === true ? [_id] : []))
      const kept = waited.length === 0 ? new Map<string, KeptNotice[]>() : await keptOf(waited)
      return new Map(
        found.map((document) => [document._id, openConversation(cipher, document, kept.get(document._id) ?? [])]),
      )
    },

    async commit(turns, signal) {
      const commitId = randomUUID()
      let stored: StoredTurn[] = []
      try {
        await database.transaction(async (session) => {
          stored = await writeAll(session, turns, commitId)
        })
      } catch (error) {
        const eventKey = turns[0]?.eventKeys[0]
        if (!isCommitUnknown(error) || eventKey === undefined) throw error
        if (!(await wasCommitted(commitId, eventKey, signal))) throw error
      }
      return stored
    },
  }
}

function conversationAfter(turn: TurnToStore, messages: number): StoredConversation {
  const { read } = turn
  return {
    citizenKey: turn.citizenKey,
    version: (read?.version ?? 0) + 1,
    state: turn.state ?? null,
    userId: read?.userId ?? turn.userId,
    outboxSequence: (read?.outboxSequence ?? 0) + messages,
    noticeSequence: read?.noticeSequence ?? 0,
    floodToldAt: turn.floodToldAt,
    following: turn.following ?? read?.following ?? null,
    handoff: turn.handoff ?? read?.handoff ?? null,
    lastInteractionAt: turn.interactionAt ?? read?.lastInteractionAt ?? null,
    wakeAt: turn.wakeAt,
    noticed: null,
    kept: (read?.kept ?? []).filter(({ record }) => !turn.told.some((one) => one.record === record)),
  }
}

/** So many kept notices are said at most when a citizen comes back. */
const KEPT_MAX = 20
/** How long a notice of the chat is left alone before its record is looked at. */
export const FIRST_LOOK_MS = 10 * 60_000

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}

/** One outbox document as it is first stored; handed to `owner` at once where there is one. */
export function outboxDocument(
  cipher: FieldCipher,
  from: {
    id: string
    citizenKey: string
    sequence: number
    message: OutgoingMessage
    /** Of the notice that it tells. */
    record?: string | undefined
    owner: string | null
    now: number
  },
): OutboxDocument {
  const { notice } = from.message
  return {
    _id: from.id,
    citizenKey: from.citizenKey,
    partition: partitionOf(from.citizenKey),
    sequence: from.sequence,
    priority: from.message.priority,
    body: sealJson(cipher, from.message.body, bodyContext(from.id)),
    state: from.owner === null ? 'waiting' : 'sending',
    open: true,
    owner: from.owner,
    messageIds: [],
    partsAccepted: 0,
    tries: [],
    settleTries: 0,
    // Real time, unlike the other dates: the settling of an unknown outcome counts from here.
    retryAt: new Date(),
    createdAt: new Date(from.now),
    ...(notice === undefined ? {} : { notice: noticeOf(notice, from.record) }),
  }
}

function noticeOf(notice: NoticeOfMessage, record: string | undefined): NonNullable<OutboxDocument['notice']> {
  const { caseCode, id, mandatory, textVersion } = notice
  return { caseCode, id, mandatory, textVersion, ...(record === undefined ? {} : { record }) }
}

export function stateContext(citizenKey: string): string {
  return `conversations.state:${citizenKey}`
}

export function userIdContext(citizenKey: string): string {
  return `conversations.userId:${citizenKey}`
}

export function noticedContext(citizenKey: string): string {
  return `conversations.noticed:${citizenKey}`
}

export function bodyContext(messageId: string): string {
  return `outbox.body:${messageId}`
}

function openConversation(cipher: FieldCipher, document: ConversationDocument, kept: KeptNotice[]): StoredConversation {
  return {
    citizenKey: document._id,
    version: document.version,
    state: openJson(cipher, document.state, stateContext(document._id)),
    userId: cipher.decryptText(document.userId, userIdContext(document._id)),
    outboxSequence: document.outboxSequence,
    noticeSequence: document.noticeSequence,
    floodToldAt: document.floodToldAt?.getTime() ?? null,
    following: document.following,
    handoff: document.handoff,
    lastInteractionAt: document.lastInteractionAt?.getTime() ?? null,
    wakeAt: document.wakeAt?.getTime() ?? null,
    noticed:
      document.noticed == null
        ? null
        : (openJson(cipher, document.noticed, noticedContext(document._id)) as NoticeChoices),
    kept,
  }
}
