import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const refused: [path: string, target: string][] = [
  ['src/config.ts', './usecases/ports.ts'],
  ['src/conversation/advance.ts', '../cases/case.ts'],
  ['src/conversation/kinds/phone.ts', '../../store/inbox.ts'],
  ['src/conversation/messages.ts', '../logger.ts'],
  ['src/cases/decide.ts', '../conversation/state.ts'],
  ['src/usecases/move-case.ts', '../texts.ts'],
  ['src/usecases/list-cases.ts', '../store/case-repository.ts'],
  ['src/store/inbox.ts', '../zalo/client.ts'],
  ['src/store/outbox.ts', '../app.ts'],
  ['src/zalo/client.ts', '../store/grant.ts'],
  ['src/http/server.ts', '../store/inbox.ts'],
  ['src/http/api/cases.ts', '../../workers/clock.ts'],
  ['src/workers/inbox.ts', '../zalo/client.ts'],
  ['src/main.ts', './simulator/start.ts'],
  ['src/simulator/api.ts', '../usecases/ports.ts'],
]
const allowed: [path: string, target: string][] = [
  ['src/store/case-repository.ts', '../usecases/ports.ts'],
  ['src/http/health.ts', '../usecases/ports.ts'],
  ['src/conversation/kinds/text.ts', '../accents.ts'],
  ['src/app.ts', './simulator/start.ts'],
  ['src/simulator/page.ts', './world.ts'],
]

let root: string
let report: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'layers-'))
  const config = JSON.parse(readFileSync('biome.json', 'utf8'))
  writeFileSync(join(root, 'biome.json'), JSON.stringify({ ...config, $schema: undefined, vcs: { enabled: false } }))
  for (const [path, target] of [...refused, ...allowed])
    write(path, `import type { Thing } from '${target}'\n\nexport type Other = Thing\n`)
  write('src/cases/one.ts', "import { two } from './two.ts'\n\nexport const one = (): unknown => two\n")
  write('src/cases/two.ts', "import { one } from './one.ts'\n\nexport const two = (): unknown => one\n")
  const biome = join(process.cwd(), 'node_modules/.bin/biome')
  const run = spawnSync(biome, ['lint', '--colors=off', '--max-diagnostics=200', '.'], { cwd: root, encoding: 'utf8' })
  report = run.stdout + run.stderr
})
afterAll(() => rmSync(root, { recursive: true }))

function write(path: string, source: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), source)
}

const isReported = (path: string, rule: string): boolean =>
  report.split('\n').some((line) => line.startsWith(`${path}:`) && line.includes(rule))

describe('a file imports only from lower layers or its own folder', () => {
  test.each(refused)('%s may not import %s', (path) => {
    expect(isReported(path, 'noRestrictedImports')).toBe(true)
  })

  test.each(allowed)('%s may import %s', (path) => {
    expect(isReported(path, 'noRestrictedImports')).toBe(false)
  })

  test('two files that import each other are found', () => {
    expect(isReported('src/cases/one.ts', 'noImportCycles')).toBe(true)
  })
})
