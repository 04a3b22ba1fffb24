import type { z } from 'zod'

/** One field at fault: `key` names a sentence in the locales, `path` is dotted. */
export type Fault = { path: string; key: string; params: Record<string, string | number> }

/** A fault that the schema cannot see, such as an unknown unit. */
export function fault(path: string, key: string, params: Fault['params'] = {}): Fault {
  return { path, key: `fault.${key}`, params }
}

/** A schema's complaints as keys and numbers; no word of the input is repeated. */
export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String)
    const at = path.join('.')
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => fault([...path, key].join('.'), 'unknownField'))
      case 'too_small': {
        const min = Number(issue.minimum)
        if (issue.origin !== 'string') return [fault(at, 'tooFew', { min })]
        return [fault(at, valueAt(input, issue.path) === '' ? 'required' : 'tooShort', { min })]
      }
      case 'too_big':
        return [fault(at, issue.origin === 'string' ? 'tooLong' : 'tooMany', { max: Number(issue.maximum) })]
      case 'invalid_type':
      case 'invalid_value':
        return [fault(at, valueAt(input, issue.path) == null ? 'required' : 'invalid')]
      default:
        return [fault(at, issue.code === 'invalid_format' ? `notA.${issue.format}` : 'invalid')]
    }
  })
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}
