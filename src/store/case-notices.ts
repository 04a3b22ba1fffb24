import type { NoticeReader, NoticeState } from '../usecases/case-ports.ts'
import type { WorkItem } from '../usecases/work-items.ts'
import type { Database } from './database.ts'
import type { OutboxDocument } from './documents.ts'
import type { WorkItemStore } from './work-items.ts'

/** What senders were told about a case, read from the outbox and from the work of those who tell them in person. */
export function createNoticeReader(database: Database, workItems: Pick<WorkItemStore, 'ofCase'>): NoticeReader {
  return {
    async noticesOf(caseCode) {
      const byPerson = (await workItems.ofCase(caseCode)).map(fromWork)
      const messages = await database.collections.outbox
        .find({ 'notice.caseCode': caseCode }, { projection: { body: 0 } })
        .sort({ createdAt: 1, sequence: 1 })
        .toArray()
      // The bubbles of one notice were stored together.
      const groups = Map.groupBy(messages, ({ notice, createdAt }) => `${notice?.id} ${createdAt.getTime()}`)
      return [...[...groups.values()].map(gather), ...byPerson].toSorted((a, b) => a.createdAt - b.createdAt)
    },
  }
}

function fromWork({ notice, mandatory, id, state, assignee, createdAt, dueAt, done }: WorkItem): NoticeState {
  return {
    notice,
    mandatory,
    state: state === 'done' ? 'done' : 'workItem',
    channel: done?.how ?? 'person',
    createdAt,
    tries: done === null ? [] : [{ at: done.at, channel: done.how, result: 'done' }],
    workItem: { id, state, assignee, dueAt },
  }
}

function gather(messages: OutboxDocument[]): NoticeState {
  const [first] = messages
  const states = messages.map(stateOf)
  return {
    notice: first?.notice?.id ?? '',
    mandatory: first?.notice?.mandatory ?? false,
    // A notice has gone as far as the bubble that is furthest behind.
    state: order.find((state) => states.includes(state)) ?? 'planned',
    channel: 'zalo',
    createdAt: first?.createdAt.getTime() ?? 0,
    tries: messages.flatMap(triesOf).sort((a, b) => a.at - b.at),
  }
}

const order: readonly NoticeState['state'][] = ['waiting', 'planned', 'accepted', 'delivered', 'seen']

function stateOf(message: OutboxDocument): NoticeState['state'] {
  switch (message.state) {
    case 'accepted':
    case 'delivered':
    case 'seen':
      return message.state
    // Not reached on this channel, or not known: somebody or something must still see to it.
    case 'failed':
    case 'unreachable':
    case 'ambiguous':
      return 'waiting'
    default:
      return 'planned'
  }
}

function triesOf(message: OutboxDocument): NoticeState['tries'] {
  const failed = message.tries.map(({ at, code, class: result }) => ({
    at: at.getTime(),
    channel: 'zalo' as const,
    result,
    code,
  }))
  const messageId = message.messageIds.at(-1)
  if (message.acceptedAt === undefined) return failed
  const accepted = { at: message.acceptedAt.getTime(), channel: 'zalo' as const, result: 'accepted' }
  return [...failed, messageId === undefined ? accepted : { ...accepted, messageId }]
}
