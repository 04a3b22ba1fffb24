import { setTimeout as sleep } from 'node:timers/promises'
import type { TestApp } from '../../test/support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../../test/support/citizen.ts'
import type { FakeZalo } from '../../test/support/fake-zalo.ts'
import type { Officers } from '../../test/support/officers.ts'
import type { FaultDecks } from './fault-kinds.ts'
import type { createTrails } from './fault-trails.ts'
import type { Random } from './random.ts'
import type { TimeJumps } from './time-jumps.ts'

const HOUR_MS = 3_600_000
const MORNING = 7 * 60 + 15
const EVENING = 20 * 60 + 15
/** Longer than a refusal of the platform is believed. */
const STEP_MS = 17 * 60_000
const LAST_STEPS = 20
const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'

/** Somebody with a case: who writes on the chat, who was there long ago, and who only ever telephoned. */
export type Sender = {
  kind: 'present' | 'away' | 'caller'
  code: string
  citizen: Citizen | null
  phone: string
  /** How many messages an officer has written so far. */
  messages: number
  /** When they wrote on the chat since the faults began. */
  wroteAt: number[]
}

export type Day = {
  app: TestApp
  zalo: FakeZalo
  officers: Officers
  time: TimeJumps
  random: Random
  decks: FaultDecks
  trails: ReturnType<typeof createTrails>
  switchOn(): void
  /** How many notices somebody has to look at now. */
  countDue(): Promise<number>
}

/** What the nth message of an officer to a sender says. */
export const wordsOf = (code: string, number: number): string => `Tin số ${number} về ${code}.`
/** What only the refusal says. */
export const REFUSAL = 'Xin gửi tòa án.'

/** Everybody files while nothing goes wrong; those who are away do it long before. */
export async function fileAll(day: Day, count: { present: number; away: number; callers: number }): Promise<Sender[]> {
  const { time } = day
  time.jumpTo(MORNING)
  const away = await fileOnChat(day, 'away', 0, count.away)
  time.jump(8 * 24 * HOUR_MS)
  const callers = await enterCalls(day, count.callers)
  const present = await fileOnChat(day, 'present', count.away, count.present)
  await settle(day)
  return [...present, ...away, ...callers]
}

async function fileOnChat(day: Day, kind: 'present' | 'away', first: number, count: number): Promise<Sender[]> {
  const senders: Sender[] = []
  await inLanes(count, async (index) => {
    const number = first + index
    const citizen = createCitizen(day.zalo, `84610273955${String(number).padStart(8, '0')}`, { patienceMs: 60_000 })
    const phone = `09050${String(number).padStart(5, '0')}`
    await fillForm(citizen, { content: MATTER, phone, code: async () => null })
    const filed = await citizen.tap('GỬI PHẢN ÁNH')
    const code = /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0]
    if (code === undefined) throw new Error(`no case was filed: ${filed}`)
    senders.push({ kind, code, citizen, phone, messages: 0, wroteAt: [] })
  })
  return senders
}

async function enterCalls(day: Day, count: number): Promise<Sender[]> {
  const senders: Sender[] = []
  await inLanes(count, async (index) => {
    const phone = `09060${String(index).padStart(5, '0')}`
    const answer = await day.officers.post('intake', '/cases', {
      channel: 'phone',
      readBackConfirmed: true,
      receivedAt: new Date(Date.now() - HOUR_MS).toISOString(),
      submitterType: 'citizen',
      name: 'Y Hà Niê',
      phone,
      address: 'Thôn 2, xã Sa Thầy, tỉnh Quảng Ngãi',
      title: 'Chậm trả kết quả hồ sơ đất đai',
      content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
    })
    if (answer.status !== 201) throw new Error(`no case was entered: ${JSON.stringify(answer.body)}`)
    senders.push({ kind: 'caller', code: answer.body.code, citizen: null, phone, messages: 0, wroteAt: [] })
  })
  return senders
}

/**
 * Rounds of messages, each a quarter of an hour after the other by day, until every kind of fault was met or `roundsMax` are over;
 * then the refusal of every case, and the week in which all ways have the time to prove themselves.
 */
export async function live(
  day: Day,
  senders: Sender[],
  asked: { roundsMax: number; isOver(): Promise<boolean> },
): Promise<number> {
  const { time, random, decks } = day
  decks.isOn = true
  day.switchOn()
  let rounds = 0
  while (rounds < asked.roundsMax && decks.unmet().length > 0) {
    rounds += 1
    if (rounds % 20 === 0) day.zalo.revokeAccessToken()
    await writeSome(day, senders)
    await settle(day)
    time.jump(STEP_MS)
    if (time.minuteOfDay() > EVENING || time.minuteOfDay() < MORNING) time.jumpTo(MORNING)
    await day.trails.flush()
  }
  await inLanes(senders.length, (index) => refuse(day, senders[index] as Sender))
  await settle(day)
  for (let step = 0; step < 14; step++) await passHours(day, 9)
  for (const sender of senders) if (random.chance(0.3)) await write(day, sender)
  for (let step = 0; step < 4; step++) await passHours(day, 9)
  // Silence lasts as long as ever while the hours jump: whoever was caught in it needs time of this world.
  for (let step = 0; step < LAST_STEPS && !(await asked.isOver()); step++) {
    await sleep(2_000)
    await passHours(day, 1)
  }
  return rounds
}

/** Officers write to a third of all; some citizens write, a few of them twice at once. */
async function writeSome(day: Day, senders: readonly Sender[]): Promise<void> {
  const { random } = day
  const chosen = senders.filter(() => random.chance(0.34))
  await inLanes(chosen.length, async (index) => {
    const sender = chosen[index] as Sender
    // Some write in between, and hear first what waited for them.
    if (sender.kind === 'present' && random.chance(0.2)) await write(day, sender)
    sender.messages += 1
    const text = wordsOf(sender.code, sender.messages)
    await act(day, 'intake', sender.code, { act: 'messageCitizen', text })
  })
}

async function write(day: Day, sender: Sender): Promise<void> {
  const { citizen } = sender
  if (citizen === null) return
  sender.wroteAt.push(Date.now())
  const event = day.zalo.events.userSendsText(citizen.id, 'alo')
  const times = day.random.chance(0.3) ? 2 : 1
  await Promise.all(Array.from({ length: times }, () => day.zalo.post(event)))
}

async function refuse(day: Day, { code }: Sender): Promise<void> {
  const refusal = { act: 'refuse', reasonCode: 'judicial', reason: 'Không thuộc phạm vi.', guidance: REFUSAL }
  await act(day, 'intake', code, refusal)
  await act(day, 'leader', code, { act: 'approveRefusal' })
}

type Act = { act: string; [field: string]: unknown }

/** An officer's act; the service itself may have changed the case between look and act. */
async function act({ officers }: Day, login: string, code: string, body: Act): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await officers.act(login, code, body)
    if (answer.status === 200) return
    if (answer.status !== 409 || attempt === 5) throw new Error(`${body.act}: ${JSON.stringify(answer.body)}`)
  }
}

async function passHours(day: Day, hours: number): Promise<void> {
  day.time.jump(hours * HOUR_MS)
  await day.trails.flush()
  await settle(day)
}

const QUIET_MS = 400
const SETTLE_MAX_MS = 8_000

/** Waits until nothing is due and nobody has called the platform for a moment; a caller that hangs is not waited for. */
async function settle({ zalo, countDue }: Day): Promise<void> {
  const until = performance.now() + SETTLE_MAX_MS
  // The poll of the notices comes once a second.
  await sleep(1_100)
  let calls = -1
  while ((calls !== zalo.counts.calls || (await countDue()) > 0) && performance.now() < until) {
    calls = zalo.counts.calls
    await sleep(QUIET_MS)
  }
}

async function inLanes(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lanes = Array.from({ length: 8 }, async () => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  })
  await Promise.all(lanes)
}
