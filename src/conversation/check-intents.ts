import { compilePattern } from './intent-pattern.ts'
import type { IntentRules } from './intent-rules.ts'
import { createIntents, type Intents } from './intents.ts'

/** What is wrong, and where in the file: the keys and indexes that lead to it. */
export type IntentFault = { path: readonly (string | number)[]; message: string }

/**
 * Every fault of the rules: lines that cannot be read, names used twice, and examples that the rules do not understand as
 * they should.
 */
export function checkIntents(rules: IntentRules): IntentFault[] {
  return tryIntents(rules).faults
}

/** As `checkIntents`; rules without a fault are compiled by then, and come along. */
export function tryIntents(rules: IntentRules): { faults: IntentFault[]; intents: Intents | null } {
  let intents: Intents | null = null
  let fault: unknown
  try {
    intents = createIntents(rules)
  } catch (error) {
    fault = error
  }
  const faults = [...(intents === null ? checkPatterns(rules) : []), ...checkNames(rules)]
  if (intents === null && faults.length === 0) throw fault
  if (intents === null || faults.length > 0) return { faults, intents: null }
  return { faults: checkExamples(rules, intents), intents }
}

function checkPatterns(rules: IntentRules): IntentFault[] {
  const groups = new Map(Object.entries(rules.groups))
  const faults: IntentFault[] = []
  const check = (source: string, path: IntentFault['path']) => {
    try {
      compilePattern(source, groups)
    } catch (error) {
      faults.push({ path, message: error instanceof Error ? error.message : 'không đọc được' })
    }
  }
  rules.intents.forEach((intent, index) => {
    intent.rules.forEach((rule, ruleIndex) => {
      for (const key of ['words', 'unless'] as const) {
        for (const [at, source] of rule[key].entries()) check(source, ['intents', index, 'rules', ruleIndex, key, at])
      }
    })
    intent.signs.forEach((sign, signIndex) => {
      for (const key of ['words', 'unless'] as const) {
        for (const [at, source] of sign[key].entries()) check(source, ['intents', index, 'signs', signIndex, key, at])
      }
    })
  })
  for (const key of ['before', 'after'] as const) {
    for (const [at, source] of rules.negation[key].entries()) check(source, ['negation', key, at])
  }
  return faults
}

function checkNames(rules: IntentRules): IntentFault[] {
  const faults: IntentFault[] = []
  const once = (ids: readonly string[], pathOf: (index: number) => IntentFault['path']) => {
    ids.forEach((id, index) => {
      if (ids.indexOf(id) !== index) faults.push({ path: pathOf(index), message: `"${id}" bị lặp lại` })
    })
  }
  once(
    rules.intents.map(({ id }) => id),
    (index) => ['intents', index, 'id'],
  )
  once(
    rules.commands.map(({ id }) => id),
    (index) => ['commands', index, 'id'],
  )
  rules.intents.forEach((intent, index) => {
    once(
      intent.rules.map(({ id }) => id),
      (at) => ['intents', index, 'rules', at, 'id'],
    )
    once(
      intent.signs.map(({ id }) => id),
      (at) => ['intents', index, 'signs', at, 'id'],
    )
    if (intent.rules.length === 0 && intent.signs.length === 0) {
      faults.push({ path: ['intents', index], message: 'phải có "rules" hoặc "signs"' })
    }
    if (intent.signs.length > 0 && !intent.signs.some(({ main }) => main)) {
      faults.push({ path: ['intents', index, 'signs'], message: 'phải có ít nhất một dấu hiệu chính (main: true)' })
    }
    intent.signs.forEach((sign, at) => {
      if (sign.words.length > 0 || sign.minWords !== undefined) return
      faults.push({ path: ['intents', index, 'signs', at], message: 'phải có "words" hoặc "minWords"' })
    })
  })
  return faults
}

function checkExamples(rules: IntentRules, intents: Intents): IntentFault[] {
  const faults: IntentFault[] = []
  rules.intents.forEach(({ id, examples, notExamples }, index) => {
    examples.forEach((text, at) => {
      const reading = intents.read(text)
      if (reading.intent === id) return
      const why = reading.matched.length > 0 ? ` (${reading.matched.join('; ')})` : ''
      faults.push({
        path: ['intents', index, 'examples', at],
        message: `"${text}" được hiểu là ${reading.intent}, không phải ${id}${why}`,
      })
    })
    notExamples.forEach((text, at) => {
      const reading = intents.read(text)
      if (reading.intent !== id && !reading.also.includes(id)) return
      const path = ['intents', index, 'notExamples', at]
      faults.push({ path, message: `"${text}" không được hiểu là ${id} (${reading.matched.join('; ')})` })
    })
  })
  rules.commands.forEach(({ id, examples, notExamples }, index) => {
    examples.forEach((text, at) => {
      const command = intents.command(text)
      if (command === id) return
      faults.push({
        path: ['commands', index, 'examples', at],
        message: `"${text}" được hiểu là lệnh ${command ?? '(không phải lệnh)'}, không phải ${id}`,
      })
    })
    notExamples.forEach((text, at) => {
      if (intents.command(text) !== id) return
      faults.push({ path: ['commands', index, 'notExamples', at], message: `"${text}" không được hiểu là lệnh ${id}` })
    })
  })
  return faults
}
