import type { z } from 'zod'

/** One field at fault: `key` names a sentence in the locales, `path` is dotted. */
export type Fault = { path: string; key: string; params: Record<string, string | number> }

/** A fault that the schema cannot see, such as an unknown unit. */
export function fault(path: string, key: string, params: Fault['params'] = {}): Fault {
  return { path, key: `fault.${key}`, params }
}

/** A schema's complaints as keys and numbers; no word of the input is repeated. */
export function faultsOf(error: z.ZodError, input: unknown): Fault[] {
  return faultsOfIssues(error.issues, input)
}

function faultsOfIssues(issues: readonly z.core.$ZodIssue[], input: unknown): Fault[] {
  return issues.flatMap((issue) => {
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
        return [fault(at, valueAt(input, issue.path) == null ? 'required' : 'invalid')]
      case 'invalid_value': {
        if (valueAt(input, issue.path) == null) return [fault(at, 'required')]
        if (issue.values.length === 1) return [fault(at, 'invalid')]
        return [fault(at, 'notOneOf', { choices: issue.values.map(String).join(', ') })]
      }
      case 'invalid_union': {
        const meant = branchMeant(issue.errors)
        if (meant !== null) {
          return faultsOfIssues(
            meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
            input,
          )
        }
        return [fault(at, valueAt(input, issue.path) == null && issue.errors.length > 0 ? 'required' : 'invalid')]
      }
      default:
        return [fault(at, issue.code === 'invalid_format' ? `notA.${issue.format}` : 'invalid')]
    }
  })
}

/** Of several shapes the one that the value has, but for faults inside it. */
function branchMeant(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const isOtherShape = (issues: readonly z.core.$ZodIssue[]) =>
    issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)
  const near = branches.filter((issues) => !isOtherShape(issues))
  return near.length === 1 ? (near[0] ?? null) : null
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}
