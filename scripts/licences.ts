/**
 * Reads the licence of every installed package that the service ships with and refuses one that a province could not
 * pass on under Apache-2.0. `--list` prints them all.
 */
import { readFile } from 'node:fs/promises'

const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  // Fonts, unchanged.
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
  'Zlib',
  // libvips and libheif are loaded as separate shared or WebAssembly libraries, unchanged.
  'LGPL-3.0',
  'LGPL-3.0-or-later',
])

type Lock = { packages: Record<string, { version?: string; license?: string; dev?: boolean; optional?: boolean }> }

const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock
const faults: string[] = []
const lines: string[] = []
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.dev === true) continue
  const name = path.replace(/^.*node_modules\//, '')
  const licence = entry.license ?? (await licenceOf(path)) ?? 'unknown'
  lines.push(`${name} ${entry.version ?? ''} ${licence}`)
  if (!isAllowed(licence)) faults.push(`${name} ${entry.version ?? ''}: ${licence}`)
}
if (process.argv.includes('--list')) for (const line of lines.sort()) console.log(line)
if (faults.length > 0) {
  console.error(`Licences that were not looked at yet:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  process.exitCode = 1
} else console.log(`${lines.length} packages, all licences known`)

async function licenceOf(path: string): Promise<string | undefined> {
  try {
    const about = JSON.parse(await readFile(`${path}/package.json`, 'utf8')) as { licenses?: { type?: string }[] }
    if (about.licenses !== undefined) return about.licenses.map(({ type }) => type ?? 'unknown').join(' OR ')
    // Some packages name their licence in its text only.
    return (await readFile(`${path}/LICENSE`, 'utf8')).startsWith('MIT License') ? 'MIT' : undefined
  } catch {
    return undefined
  }
}

// "(MIT OR GPL-3.0)" is a choice, "A AND B" binds to both.
function isAllowed(expression: string): boolean {
  return expression
    .replace(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((licence) => allowed.has(licence.trim())))
}
