import type { NoticeReader, NoticeState } from '../usecases/case-ports.ts'
import { type Bubble, channelOf, type NoticeRecord, type NoticeTry } from '../usecases/notice-records.ts'
import type { WorkItem } from '../usecases/work-items.ts'
import type { Database } from './database.ts'
import { openNotice } from './notice-documents.ts'
import { bubbleOf } from './notice-records.ts'
import type { WorkItemStore } from './work-items.ts'

/** What senders were told about a case: the records of the notices with the messages and the work that belong to each. */
export function createNoticeReader(database: Database, workItems: Pick<WorkItemStore, 'ofCase'>): NoticeReader {
  const { outbox, notices } = database.collections
  return {
    async noticesOf(caseCode) {
      const [records, work, messages] = await Promise.all([
        notices
          .find({ caseCode }, { projection: { sealed: 0 } })
          .sort({ createdAt: 1, _id: 1 })
          .toArray(),
        workItems.ofCase(caseCode),
        outbox
          .find({ 'notice.caseCode': caseCode }, { projection: { body: 0 } })
          .sort({ createdAt: 1, sequence: 1 })
          .toArray(),
      ])
      const bubbles = new Map(messages.map((message) => [message._id, bubbleOf(message)]))
      const items = new Map(work.map((item) => [item.id, item]))
      const told = records.map(openNotice).map((record) => show(record, bubbles, items))
      // Work of a notice has its id; between the two reads it may have arisen where the record does not name it yet.
      const recorded = new Set(records.flatMap(({ _id, workItem }) => [_id, workItem]))
      // What arose before there were records, and work that no channel came before.
      const byPerson = work.filter(({ id }) => !recorded.has(id)).map(fromWork)
      const unrecorded = messages.filter(({ notice }) => notice?.record === undefined)
      const groups = Map.groupBy(unrecorded, ({ notice, createdAt }) => `${notice?.id} ${createdAt.getTime()}`)
      const older = [...groups.values()].map((group): NoticeState => {
        const [first] = group
        const states = group.map((message) => stateOfBubble(bubbleOf(message)))
        return {
          notice: first?.notice?.id ?? '',
          mandatory: first?.notice?.mandatory ?? false,
          // A notice has gone as far as the bubble that is furthest behind.
          state: ORDER.find((state) => states.includes(state)) ?? 'planned',
          channel: 'zalo',
          createdAt: first?.createdAt.getTime() ?? 0,
          tries: group.flatMap((message) => triesOfBubble(bubbleOf(message))).sort((a, b) => a.at - b.at),
        }
      })
      return [...told, ...older, ...byPerson].toSorted((a, b) => a.createdAt - b.createdAt)
    },
  }
}

/** As the record says, and what has become of its messages and its work since somebody looked at it. */
function show(
  record: NoticeRecord,
  bubbles: ReadonlyMap<string, Bubble>,
  items: ReadonlyMap<string, WorkItem>,
): NoticeState {
  const { notice, mandatory, createdAt } = record
  const own = record.bubbles.flatMap((key) => bubbles.get(key) ?? [])
  const item = record.workItem === null ? undefined : items.get(record.workItem)
  const tries = [...own.flatMap(triesOfBubble), ...record.tries.map(showTry)]
  const byPerson = item?.done == null || item.done.how === 'zalo' ? [] : [triedByPerson(item.done)]
  return {
    notice,
    mandatory,
    state: stateOf(record, own),
    channel: channelOfRecord(record, own, item),
    createdAt,
    tries: [...tries, ...byPerson].sort((a, b) => a.at - b.at),
    ...(item === undefined ? {} : { workItem: workOf(item) }),
  }
}

function stateOf(record: NoticeRecord, bubbles: readonly Bubble[]): NoticeState['state'] {
  if (['done', 'cancelled', 'seen', 'workItem'].includes(record.state)) return record.state
  const proven = bubbles.find(({ state }) => state === 'seen') ?? bubbles.find(({ state }) => state === 'delivered')
  if (proven !== undefined) return stateOfBubble(proven)
  if (record.state !== 'planned') return record.state
  const last = bubbles.at(-1)
  return last === undefined ? 'planned' : stateOfBubble(last)
}

function channelOfRecord(
  record: NoticeRecord,
  bubbles: readonly Bubble[],
  item: WorkItem | undefined,
): NoticeState['channel'] {
  if (bubbles.some(({ state }) => state === 'seen' || state === 'delivered')) return 'zalo'
  const proven = record.tries.find(({ result }) => result === 'seen' || result === 'delivered')
  if (proven !== undefined) return channelOf(proven.way)
  if (item !== undefined) return item.done?.how ?? 'person'
  const accepted = record.tries.findLast(({ result }) => result === 'accepted')
  if (bubbles.at(-1)?.state === 'accepted' || accepted === undefined) return 'zalo'
  return channelOf(accepted.way)
}

function showTry({
  way,
  at,
  answeredAt,
  result,
  code,
  messageId,
  textVersion,
}: NoticeTry): NoticeState['tries'][number] {
  return {
    at: answeredAt ?? at,
    channel: channelOf(way),
    result,
    ...(code === undefined ? {} : { code }),
    ...(messageId === undefined ? {} : { messageId }),
    textVersion,
  }
}

function workOf({ id, state, assignee, dueAt }: WorkItem): NonNullable<NoticeState['workItem']> {
  return { id, state, assignee, dueAt }
}

function triedByPerson(done: NonNullable<WorkItem['done']>): NoticeState['tries'][number] {
  return { at: done.at, channel: done.how, result: 'done' }
}

function fromWork(item: WorkItem): NoticeState {
  const { notice, mandatory, state, createdAt, done } = item
  return {
    notice,
    mandatory,
    state: state === 'done' ? 'done' : 'workItem',
    channel: done?.how ?? 'person',
    createdAt,
    tries: done === null ? [] : [triedByPerson(done)],
    workItem: workOf(item),
  }
}

const ORDER: readonly NoticeState['state'][] = ['waiting', 'planned', 'accepted', 'delivered', 'seen']

function stateOfBubble({ state }: Bubble): NoticeState['state'] {
  switch (state) {
    case 'accepted':
    case 'delivered':
    case 'seen':
      return state
    // Not reached on this channel, or not known: somebody or something must still see to it.
    case 'failed':
    case 'unreachable':
    case 'withdrawn':
    case 'ambiguous':
      return 'waiting'
    case 'waiting':
    case 'sending':
      return 'planned'
  }
  return state satisfies never
}

function triesOfBubble(bubble: Bubble): NoticeState['tries'] {
  const failed = bubble.tries.map(({ at, code, class: result }) => ({
    at: at.getTime(),
    channel: 'zalo' as const,
    result,
    code,
  }))
  if (bubble.acceptedAt === null) return failed
  const messageId = bubble.messageIds.at(-1)
  const named = messageId === undefined ? {} : { messageId }
  const taken = (at: number | null, result: string) =>
    at === null ? [] : [{ at, channel: 'zalo' as const, result, ...named }]
  return [
    ...failed,
    ...taken(bubble.acceptedAt, 'accepted'),
    ...taken(bubble.deliveredAt, 'delivered'),
    ...taken(bubble.seenAt, 'seen'),
  ]
}
