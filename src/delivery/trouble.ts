/** A channel whose provider needs a person: told once, and left alone for a while so that notices take other ways at once. */
export type Trouble = {
  /** The number or word by which the provider refused us, while it is believed; null otherwise. */
  current(now: number): string | null
  begin(code: string, now: number): void
  /** Something went through: whatever it was is over. */
  end(): void
  /** What another process has met or seen the end of. */
  adopt(trouble: { code: string; until: number } | null): void
}

export function createTrouble(options: {
  /** How long a refusal is believed before the provider is asked again. */
  lastsMs: number
  /** `isOwn`: this process has met it itself, and not heard of it from another one. */
  onChange(code: string | null, isOwn: boolean): void
  /** It began, or goes on, or is over, as this process has met it. */
  onMet?(trouble: { code: string; until: number } | null): void
}): Trouble {
  let trouble: { code: string; until: number } | null = null

  function become(next: typeof trouble, isOwn: boolean): void {
    const isNews = trouble?.code !== next?.code
    trouble = next
    if (isNews) options.onChange(next?.code ?? null, isOwn)
  }

  return {
    current: (now) => (trouble !== null && now < trouble.until ? trouble.code : null),
    begin(code, now) {
      become({ code, until: now + options.lastsMs }, true)
      options.onMet?.(trouble)
    },
    end() {
      if (trouble === null) return
      become(null, true)
      options.onMet?.(null)
    },
    adopt: (met) => become(met, false),
  }
}
