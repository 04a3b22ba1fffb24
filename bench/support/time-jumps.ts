/** The clocks of this process, moved by jumps: what waits for hours is due at once, while timers keep their pace. */
export type TimeJumps = {
  /** Moves every reading of the time of day forward. */
  jump(ms: number): void
  /** Moves to the next time that this minute of the day comes in Vietnam. */
  jumpTo(minuteOfDay: number): void
  /** The minute of the day in Vietnam. */
  minuteOfDay(): number
  /** A steady clock that jumps as well. */
  steadyNow(): number
  restore(): void
}

const DAY_MINUTES = 24 * 60

/** Takes over `Date.now` until `restore`. */
export function takeTime(): TimeJumps {
  const realNow = Date.now
  let movedMs = 0
  Date.now = () => realNow() + movedMs
  const minuteOfDay = () => (Math.floor(Date.now() / 60_000) + 7 * 60) % DAY_MINUTES
  return {
    jump(ms) {
      movedMs += ms
    },
    jumpTo(minute) {
      movedMs += ((minute - minuteOfDay() + DAY_MINUTES) % DAY_MINUTES) * 60_000
    },
    minuteOfDay,
    steadyNow: () => performance.now() + movedMs,
    restore() {
      Date.now = realNow
    },
  }
}
