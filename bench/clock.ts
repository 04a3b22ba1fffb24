import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { clockActOn } from '../src/cases/clock-acts.ts'
import { clocksOf } from '../src/cases/decision.ts'
import { remindersOn } from '../src/cases/reminders.ts'
import { createStaffDirectory } from '../src/usecases/staff-directory.ts'
import { addOfficers, addOpenCases } from './support/clock-cases.ts'
import { type ClockHouse, openClockHouse } from './support/clock-house.ts'
import type { FromClock } from './support/clock-run.ts'
import { startBenchDatabase } from './support/database.ts'

const target = { seconds: 60 }
const days = ['2026-10-15', '2026-10-16'] as const
const timeOf = (day: string) => Date.parse(`${day}T08:00:30+07:00`)

/**
 * The daily run over open cases (100,000, or as many as the first parameter says): once in peace, and on the next day killed
 * half-way and gone on with by another process. What stands on the desks and in the histories is then counted against the rules.
 */
export async function run(parameters: string[]): Promise<void> {
  const count = Number(parameters[0] ?? 100_000)
  const database = await startBenchDatabase()
  try {
    const house = await openClockHouse(database.uri, timeOf(days[0]))
    process.stderr.write(`filling ${count} open cases\n`)
    await addOpenCases(house, count, timeOf(days[0]), await addOfficers(house))

    const before = await expected(house, days[0], null)
    const peace = startRun(database.uri, timeOf(days[0]), 'peace')
    const whole = await peace.done
    await peace.kill()
    const peaceFaults = await faultsOf(house, days[0], before)

    const after = await expected(house, days[1], days[0])
    const dying = startRun(database.uri, timeOf(days[1]), 'dying')
    const killedAt = await dying.reached(count / 2)
    await dying.kill()
    const heir = startRun(database.uri, timeOf(days[1]), 'heir')
    const rest = await heir.done
    await heir.kill()
    const killFaults = await faultsOf(house, days[1], after)

    const line = (name: string, text: string) => `${name.padEnd(10)}${text}`
    process.stdout.write(
      [
        line('clock', `${count} open cases, 2 days   (load of the machine ${loadavg()[0]?.toFixed(1)})`),
        line(
          'whole',
          `${whole.seconds.toFixed(1)} s, ${Math.round(count / whole.seconds)} cases/s, ${whole.megabytes.toFixed(0)} MB`,
        ),
        line('', `${before.notices.size} reminders, ${before.acts.size} citizens told`),
        line(
          'killed',
          `after ${killedAt} cases; the heir needed ${rest.seconds.toFixed(1)} s with the lease that it waited for`,
        ),
        line('', `${after.notices.size} reminders, ${after.acts.size} citizens told`),
        line('faults', [...peaceFaults, ...killFaults].join(', ') || 'none: nobody reminded twice, nobody forgotten'),
        line('target', `≤ ${target.seconds} s, no faults`),
        '',
      ].join('\n'),
    )
    const isMet = whole.seconds <= target.seconds && peaceFaults.length + killFaults.length + whole.failed === 0
    if (!isMet) process.exitCode = 1
    await house.database.close()
  } finally {
    await database.stop()
  }
}

type Expected = { notices: Set<string>; acts: Set<string> }

/** What the rules ask for on a day, case by case, without the run: who hears, and whose sender is told. */
async function expected(house: ClockHouse, day: string, since: string | null): Promise<Expected> {
  const directory = createStaffDirectory({ store: house.staff, units: house.units })
  const wanted: Expected = { notices: new Set(), acts: new Set() }
  for await (const code of house.cases.codes()) {
    const current = await house.cases.find(code)
    if (current === null) continue
    const law = house.law.of(current)
    const clocks = clocksOf(current, { ...law, now: timeOf(day) })
    for (const reminder of remindersOn(day, since, current, clocks, law.calendar)) {
      const { people } = await directory.find(reminder.audiences, current)
      for (const { login } of people) wanted.notices.add(`${login} ${code} ${reminder.kind}`)
    }
    if (clockActOn(day, current, clocks) !== null) wanted.acts.add(code)
  }
  return wanted
}

async function faultsOf(house: ClockHouse, day: string, wanted: Expected): Promise<string[]> {
  const faults: string[] = []
  const found = house.database.collection<{ login: string; caseCode: string; kind: string }>('staffNotices')
  const heard = new Set<string>()
  for await (const { login, caseCode, kind } of found.find({ digest: day } as object)) {
    const key = `${login} ${caseCode} ${kind}`
    if (heard.has(key)) faults.push(`twice: ${key}`)
    heard.add(key)
  }
  const told = new Map<string, number>()
  const lines = house.collections.history.find({ actor: 'system', at: { $gte: `${day}T00`, $lt: `${day}T24` } })
  for await (const { code } of lines) told.set(code, (told.get(code) ?? 0) + 1)
  const messages = await house.database.collections.outbox.countDocuments({ createdAt: new Date(timeOf(day)) })
  const forgotten = [...wanted.notices].filter((key) => !heard.has(key)).length
  const extra = [...heard].filter((key) => !wanted.notices.has(key)).length
  const silent = [...wanted.acts].filter((code) => told.get(code) !== 1).length
  if (forgotten > 0) faults.push(`${forgotten} reminders forgotten`)
  if (extra > 0) faults.push(`${extra} reminders that no rule asks for`)
  if (silent > 0 || told.size !== wanted.acts.size) faults.push(`${silent} senders not told once`)
  if (messages !== wanted.acts.size) faults.push(`${messages} messages for ${wanted.acts.size} senders`)
  return faults
}

function startRun(uri: string, now: number, owner: string) {
  const script = fileURLToPath(new URL('support/clock-run.ts', import.meta.url))
  const child: ChildProcess = fork(script, [uri, String(now), owner])
  const ended = once(child, 'exit')
  const done = Promise.withResolvers<Extract<FromClock, { type: 'done' }>>()
  done.promise.catch(() => undefined)
  child.once('exit', () => done.reject(new Error('the run ended before its work')))
  child.on('message', (message: FromClock) => {
    if (message.type === 'done') done.resolve(message)
  })
  return {
    done: done.promise,
    reached: (cases: number) =>
      new Promise<number>((resolve) => {
        child.on('message', (message: FromClock) => {
          if (message.type === 'advanced' && message.cases >= cases) resolve(message.cases)
        })
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
