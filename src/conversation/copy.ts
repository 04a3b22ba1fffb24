/** A deep copy of what JSON can hold; several times as fast as `structuredClone`, which every turn would pay for. */
export function copyOfJson<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOfJson) as Value
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = copyOfJson((value as Record<string, unknown>)[key])
  return copy as Value
}
