import type { FakeZalo, ZaloEvent } from '../../test/support/fake-zalo.ts'
import type { Random } from './random.ts'

const LATE_MAX_MS = 5 * 3_600_000

/** How echoes and receipts come: most at once and in order, the others late, twice, out of order or never. */
export function createTrails(random: Random) {
  const late: { at: number; event: ZaloEvent }[] = []
  const fates = { atOnce: 0, never: 0, late: 0, twice: 0, disordered: 0 }
  let zalo: FakeZalo | undefined
  let isOn = false

  async function post(events: readonly ZaloEvent[]): Promise<void> {
    for (const event of events) await zalo?.post(event)
  }

  return {
    fates,
    begin(platform: FakeZalo) {
      zalo = platform
    },
    switchOn() {
      isOn = true
    },
    carry(events: ZaloEvent[]) {
      const fate = isOn
        ? random.weighted([
            ['atOnce', 60],
            ['never', 10],
            ['late', 10],
            ['twice', 10],
            ['disordered', 10],
          ] as const)
        : 'atOnce'
      fates[fate] += 1
      if (fate === 'late') late.push(...events.map((event) => ({ at: Date.now() + random.below(LATE_MAX_MS), event })))
      else if (fate === 'twice') void Promise.all([post(events), post(events)])
      else if (fate === 'disordered') void post(events.toReversed())
      else if (fate === 'atOnce') void post(events)
    },
    /** Posts what is due by now; each with the time at which it is told. */
    async flush() {
      const due = late.filter(({ at }) => at <= Date.now())
      for (const one of due) late.splice(late.indexOf(one), 1)
      await post(due.map(({ event }) => event))
    },
  }
}
