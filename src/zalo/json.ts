/** JSON whose numbers are kept as the text they were written in: Zalo's ids do not fit a JavaScript number (zalo §0.3). */
export type Json = null | boolean | string | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => Json

/** Parses text; every number comes out as its literal digits. Throws `SyntaxError`, or `RangeError` when nested too deeply. */
export function parseExact(text: string): Json {
  // Zalo mostly writes numbers as text. Where nothing looks like a number the reviver, which is slow, has nothing to do.
  if (!/[:[,\s]-?\d/.test(text) && !/^-?\d/.test(text)) return JSON.parse(text) as Json
  return parseWithSource(text, (_key, value, context) => (typeof value === 'number' ? (context.source ?? '') : value))
}

/** The JSON object in these bytes, or nothing where they are not one. Never throws. */
export function readObject(text: string): JsonObject | undefined {
  try {
    const value = parseExact(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of keys, or nothing where a step is missing. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let current = value
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined
    current = current[key]
  }
  return current
}

/** The text (or number, as its literal) at a path; the empty text counts as absent. */
export function textAt(value: Json | undefined, ...path: string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The number at a path, written as a number or as text; nothing where it is neither. */
export function numberAt(value: Json | undefined, ...path: string[]): number | undefined {
  const text = textAt(value, ...path)?.trim()
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}
