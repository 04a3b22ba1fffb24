import { type Collection, MongoClient } from 'mongodb'
import { wordsOf as heardIn } from '../../test/support/citizen.ts'
import type { Delivered, TemplateArrival } from '../../test/support/fake-zalo.ts'
import { type Day, REFUSAL, type Sender, wordsOf } from './fault-day.ts'
import type { SmsArrival } from './fault-sms.ts'

const ENDED = ['delivered', 'seen', 'workItem', 'done']

export type Verdict = {
  notices: number
  owed: number
  states: Record<string, number>
  /** Neither told nor in the hand of a person. */
  open: string[]
  /** Told twice on one way, or in the chat behind a template without the citizen having written. */
  doubled: string[]
  /** Messages of one citizen out of their order. */
  disordered: string[]
  /** Said to be proven although nothing arrived. */
  unfounded: string[]
  /** Told on a second way because the first gave no proof in its time. */
  secondWay: number
}

type Told = {
  notice: string
  mandatory: boolean
  state: string
  createdAt: string
  tries: { at: string; channel: string; result: string; code?: string }[]
}

type Stored = {
  _id: string
  caseCode: string
  notice: string
  mandatory: boolean
  state: string
  createdAt: Date
  tries: { way: string; reference: string; result: string; messageId?: string }[]
}

/** Compares what the service says of every notice with what arrived. */
export async function judge(
  day: Day,
  senders: readonly Sender[],
  arrived: { databaseUri: string; sms: readonly SmsArrival[] },
): Promise<Verdict> {
  const verdict: Verdict = {
    notices: 0,
    owed: 0,
    states: {},
    open: [],
    doubled: [],
    disordered: [],
    unfounded: [],
    secondWay: 0,
  }
  const stored = Map.groupBy(await readNotices(arrived.databaseUri), ({ caseCode }) => caseCode)
  for (const sender of senders) {
    const told = (await day.officers.get('intake', `/cases/${sender.code}/notices`)).body.items as Told[]
    countEnds(verdict, sender, told)
    const records = (stored.get(sender.code) ?? []).toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt))
    judgeChat(verdict, day, sender, told)
    judgeTemplates(verdict, day, sender, records)
    judgeSms(verdict, records, arrived.sms)
    judgeProofs(verdict, day, sender, { told, records, sms: arrived.sms })
  }
  return verdict
}

/** How many notices somebody has to look at now; the state after the jumps of the clock. */
export async function countDue(notices: Collection): Promise<number> {
  return notices.countDocuments({ lookAt: { $lte: new Date(Date.now()) } }, { limit: 1 })
}

/** How many notices that are owed have not ended yet. */
export async function countOpen(uri: string): Promise<number> {
  const notices = await readNotices(uri)
  return notices.filter((one) => (one.mandatory || one.notice === 'message') && !ENDED.includes(one.state)).length
}

async function readNotices(uri: string): Promise<Stored[]> {
  const client = await MongoClient.connect(uri)
  try {
    const names = (await client.db().listCollections({ name: 'notices' }).toArray()).length
    if (names === 0) throw new Error('the notices are kept elsewhere')
    return await client.db().collection<Stored>('notices').find({}).toArray()
  } finally {
    await client.close()
  }
}

function countEnds(verdict: Verdict, { code }: Sender, told: readonly Told[]): void {
  verdict.notices += told.length
  // What an officer writes on purpose has to arrive as well.
  for (const one of told.filter(({ mandatory, notice }) => mandatory || notice === 'message')) {
    verdict.owed += 1
    verdict.states[one.state] = (verdict.states[one.state] ?? 0) + 1
    if (!ENDED.includes(one.state)) verdict.open.push(`${code} ${one.notice} ${one.state} ${JSON.stringify(one.tries)}`)
  }
}

/** What reached the chat of this citizen. */
function chatOf({ zalo }: Day, { citizen }: Sender): Delivered[] {
  return citizen === null ? [] : zalo.delivered.filter(({ userId }) => userId === citizen.id)
}

const copiesOf = (chat: readonly Delivered[], words: string) => chat.filter((one) => heardIn(one).includes(words))

function judgeChat(verdict: Verdict, day: Day, sender: Sender, told: readonly Told[]): void {
  const chat = chatOf(day, sender)
  const messages = told.filter(({ notice }) => notice === 'message')
  const places: number[] = []
  for (let number = 1; number <= sender.messages; number++) {
    const copies = copiesOf(chat, wordsOf(sender.code, number))
    if (copies.length > 1) verdict.doubled.push(`${sender.code} message ${number}: ${copies.length} times in the chat`)
    // One that was refused for good is said again when the citizen writes; it has lost its place by that.
    const tries = messages[number - 1]?.tries ?? []
    const hasLostPlace =
      tries.some(
        ({ channel, result }) => channel === 'template' || (channel === 'zalo' && ['user', 'drop'].includes(result)),
      ) || tries.filter(({ channel, result }) => channel === 'zalo' && result === 'ambiguous').length > 1
    const [copy] = copies
    if (copy !== undefined && !hasLostPlace) places.push(chat.indexOf(copy))
  }
  if (copiesOf(chat, REFUSAL).length > 1) verdict.doubled.push(`${sender.code} N4 in the chat`)
  if (places.some((place, index) => place < (places[index - 1] ?? -1))) verdict.disordered.push(sender.code)
}

function judgeTemplates(verdict: Verdict, { zalo }: Day, sender: Sender, records: readonly Stored[]): void {
  const { code, citizen } = sender
  const byPhone = zalo.templates.filter((one) => one.reference !== undefined && one.data.ma === code)
  for (const [reference, copies] of Map.groupBy(byPhone, (one) => one.reference ?? '')) {
    if (copies.length > 1) verdict.doubled.push(`${code} template ${reference}: ${copies.length} times by phone`)
  }
  const byUser = zalo.templates.filter(({ to }) => 'userId' in to && to.userId === citizen?.id)
  const triesByUser = records.flatMap(({ tries }) => tries.filter(({ way }) => way === 'templateByUser'))
  const named = new Set(triesByUser.flatMap(({ messageId }) => messageId ?? []))
  const unnamed = byUser.filter(({ messageId }) => !named.has(messageId))
  const unknown = triesByUser.filter(({ messageId, result }) => messageId === undefined && result === 'unknown')
  if (unnamed.length > unknown.length)
    verdict.doubled.push(`${code}: ${unnamed.length} templates by id that nobody knows of`)
  for (const { _id, tries } of records) {
    const mayHaveCome = tries.some(
      ({ way, result, messageId }) => way === 'templateByUser' && (messageId !== undefined || result === 'unknown'),
    )
    if (mayHaveCome && byPhone.some(({ reference }) => reference?.startsWith(`${_id}-`) === true)) {
      verdict.doubled.push(`${code} ${_id}: the template by id and by phone`)
    }
  }
}

function judgeSms(verdict: Verdict, records: readonly Stored[], sms: readonly SmsArrival[]): void {
  for (const { caseCode, notice, tries } of records) {
    for (const reference of new Set(tries.filter(({ way }) => way === 'sms').map((one) => one.reference))) {
      const copies = sms.filter((one) => one.reference === reference).length
      if (copies > 1) verdict.doubled.push(`${caseCode} ${notice}: ${copies} SMS`)
    }
  }
}

/** A proof needs something that arrived, and a copy in the chat behind a template needs a citizen who wrote. */
function judgeProofs(
  verdict: Verdict,
  day: Day,
  sender: Sender,
  { told, records, sms }: { told: readonly Told[]; records: readonly Stored[]; sms: readonly SmsArrival[] },
): void {
  const chat = chatOf(day, sender)
  const messages = records.filter(({ notice }) => notice === 'message')
  const states = told.filter(({ notice }) => notice === 'message')
  for (const [index, record] of messages.entries()) {
    const [inChat] = copiesOf(chat, wordsOf(sender.code, index + 1))
    const template = templateOf(day, record)
    const isSent = sms.some(({ reference }) => record.tries.some((one) => one.reference === reference))
    const name = `${sender.code} message ${index + 1}`
    if (['delivered', 'seen'].includes(states[index]?.state ?? '')) {
      if (inChat === undefined && template === undefined && !isSent) verdict.unfounded.push(name)
    }
    if (inChat === undefined || template === undefined) continue
    const hasWritten = sender.wroteAt.some((at) => at > template.at && at <= inChat.at)
    if (inChat.at > template.at && !hasWritten) verdict.doubled.push(`${name}: in the chat behind its template`)
    else verdict.secondWay += 1
  }
}

function templateOf({ zalo }: Day, { tries }: Stored): TemplateArrival | undefined {
  return zalo.templates.find(({ messageId, reference }) =>
    tries.some((one) => one.messageId === messageId || (reference !== undefined && one.reference === reference)),
  )
}
