/**
 * The same function, with its last `valuesMax` results kept by their text: within a turn and from one turn to the next the
 * same words are looked at many times. Only for functions whose result is never changed by its callers.
 */
export function remember<Result>(make: (text: string) => Result, valuesMax: number): (text: string) => Result {
  const known = new Map<string, Result>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    const [oldest] = known.keys()
    if (known.size >= valuesMax && oldest !== undefined) known.delete(oldest)
    known.set(text, made)
    return made
  }
}
