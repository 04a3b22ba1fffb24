import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { environmentSchema } from '../src/environment.ts'

const compose = parse(readFileSync('compose.yaml', 'utf8')) as {
  services: Record<string, { environment?: Record<string, string>; healthcheck?: unknown; ports?: string[] }>
}
const values = (service: string): Record<string, string> => compose.services[service]?.environment ?? {}

test('the service in compose.yaml is given only variables that it reads', () => {
  const known = Object.keys(environmentSchema.shape)
  expect(Object.keys(values('app')).filter((name) => !known.includes(name))).toEqual([])
})

test('no secret in compose.yaml has a default', () => {
  const secret = /PASSWORD|SECRET|KEYS|TOKEN|_URI|REDIS_URL/
  for (const service of Object.keys(compose.services)) {
    for (const [name, value] of Object.entries(values(service))) {
      if (!secret.test(name)) continue
      const asked = [...value.matchAll(/\$\{(\w+)(:[?-])?([^}]*)\}/g)]
      expect(asked.length, `${service} ${name}`).toBeGreaterThan(0)
      for (const [, , kind, rest] of asked) expect(kind === ':?' || rest === '', `${service} ${name}`).toBe(true)
    }
  }
})

test('every variable that compose.yaml asks for stands in .env.example, without a value', () => {
  const asked = [...readFileSync('compose.yaml', 'utf8').matchAll(/\$\{(\w+):\?/g)].map((match) => match[1])
  const example = readFileSync('.env.example', 'utf8')
  for (const name of new Set(asked)) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'))
})

test('only the service is reachable from outside, and only from this machine', () => {
  const open = Object.entries(compose.services).filter(([, service]) => service.ports !== undefined)
  expect(open.map(([name, { ports }]) => [name, ports])).toEqual([['app', ['127.0.0.1:3000:3000']]])
})

test('the image runs without root, without a shell in between, and only with what the service needs', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8')
  expect(dockerfile).toMatch(/^USER 1000:1000$/m)
  expect(dockerfile).toMatch(/^CMD \["node", "src\/main.ts"\]$/m)
  expect(dockerfile).toContain('npm ci --omit=dev')
  expect(dockerfile).toMatch(/^HEALTHCHECK/m)
})
