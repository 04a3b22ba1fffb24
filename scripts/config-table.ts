/**
 * The table of all variables, generated from the schema that reads them. Without an option it is written into README.md
 * between the two marks; `--check` only says whether README.md is up to date.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { environmentSchema } from '../src/environment.ts'

const BEGIN = '<!-- configuration table: npm run config:table -->'
const END = '<!-- end of configuration table -->'
const titles: Record<string, string> = {
  service: 'Service',
  storage: 'Storage',
  zalo: 'Zalo',
  channels: 'Other channels',
  systems: 'Other systems',
  secrets: 'Secrets',
  citizens: 'Citizens and limits',
  retention: 'Retention',
  organisation: 'Organisation',
}

const readme = await readFile('README.md', 'utf8')
const start = readme.indexOf(BEGIN)
const end = readme.indexOf(END)
if (start === -1 || end < start) {
  console.error(`README.md: the marks "${BEGIN}" and "${END}" are missing`)
  process.exitCode = 1
} else {
  const next = `${readme.slice(0, start + BEGIN.length)}\n\n${configTable()}\n${readme.slice(end)}`
  if (next === readme) console.log('README.md: configuration table is up to date')
  else if (process.argv.includes('--check')) {
    console.error('README.md: configuration table is not up to date; run `npm run config:table`')
    process.exitCode = 1
  } else {
    await writeFile('README.md', next)
    console.log('README.md: configuration table written')
  }
}

function configTable(): string {
  const lines: string[] = []
  let group = ''
  for (const [name, schema] of Object.entries(environmentSchema.shape)) {
    const about = schema.meta() ?? {}
    if (about.group !== group) {
      group = String(about.group)
      lines.push('', `**${titles[group] ?? group}**`, '', '| Variable | Default | Meaning |', '| --- | --- | --- |')
    }
    const byDefault = typeof about.defaultText === 'string' ? about.defaultText : defaultOf(schema)
    lines.push(`| \`${name}\` | ${byDefault} | ${String(about.description).replaceAll('|', '\\|')} |`)
  }
  return `${lines.join('\n').trim()}\n`
}

function defaultOf(schema: { def: object }): string {
  const value = 'defaultValue' in schema.def ? schema.def.defaultValue : undefined
  return value === undefined ? '–' : `\`${String(value)}\``
}
