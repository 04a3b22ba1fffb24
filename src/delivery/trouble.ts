/** A channel whose provider needs a person: told once, and left alone for a while so that notices take other ways at once. */
export type Trouble = {
  /** The number or word by which the provider refused us, while it is believed; null otherwise. */
  current(now: number): string | null
  begin(code: string, now: number): void
  /** Something went through: whatever it was is over. */
  end(): void
}

export function createTrouble(options: {
  /** How long a refusal is believed before the provider is asked again. */
  lastsMs: number
  onChange(code: string | null): void
}): Trouble {
  let trouble: { code: string; until: number } | null = null
  return {
    current: (now) => (trouble !== null && now < trouble.until ? trouble.code : null),
    begin(code, now) {
      const isNews = trouble?.code !== code
      trouble = { code, until: now + options.lastsMs }
      if (isNews) options.onChange(code)
    },
    end() {
      if (trouble === null) return
      trouble = null
      options.onChange(null)
    },
  }
}
