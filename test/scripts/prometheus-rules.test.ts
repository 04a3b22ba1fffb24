import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../../src/metrics.ts'

type Rule = {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; action: string }
}

const { groups } = parse(readFileSync('docs/prometheus-rules.yaml', 'utf8')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)

test('every alert rule asks for figures and labels that the service tells, and says what to do', async () => {
  const { registry } = createMetrics()
  const metrics = await registry.getMetricsAsJSON()
  const known = new Set(metrics.map(({ name }) => name))
  expect(rules.length).toBeGreaterThan(10)
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  for (const { alert, expr, labels, annotations } of rules) {
    const asked = expr.match(/pakn_\w+/g) ?? []
    expect(asked.length, alert).toBeGreaterThan(0)
    expect(
      asked.filter((name) => !known.has(name)),
      alert,
    ).toEqual([])
    expect(['page', 'ticket']).toContain(labels.severity)
    expect(annotations.summary.length * annotations.action.length).toBeGreaterThan(0)
  }
})
