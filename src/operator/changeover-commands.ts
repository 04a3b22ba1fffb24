import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { dayOf } from '../cases/days.ts'
import { loadUnits } from '../conversation/load-units.ts'
import { type ChangeoverDeps, runChangeover } from '../usecases/changeover.ts'
import { type ChangeoverData, createUnitSuccession } from '../usecases/unit-succession.ts'
import { importedData, type Opened, type Run, shippedData } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

/** `changeover`. */
export function addChangeoverCommand(program: Command, run: Run, env: Record<string, string | undefined>): void {
  program
    .command('changeover')
    .description(
      'Chuyển hồ sơ đang mở của đơn vị đã kết thúc sang đơn vị kế tiếp; in từng hồ sơ: mã, phần, từ, đến, lý do; việc không tự quyết được có dấu "?" / hand open cases of ended units over; prints each: code, part, from, to, why; "?" is for a person to decide',
    )
    .option('--dry-run', 'chỉ cho biết hồ sơ nào đi đâu / only say which case would go where')
    .option(
      '--decisions <file>',
      'tệp do người quyết định điền, mỗi dòng: mã hồ sơ, dấu tab, mã đơn vị nhận / what a person has decided, each line: case code, tab, unit',
    )
    .action((asked: { dryRun?: true; decisions?: string }) =>
      run(async (opened, output) => {
        const isDry = asked.dryRun === true
        const deps = await openChangeover(opened)
        const today = dayOf(opened.now())
        const decisions =
          asked.decisions === undefined ? new Map<string, string>() : await readDecisions(asked.decisions, env)
        refuseUnknownUnits([...decisions.values()], opened, today)
        const endedUnitCodes = opened.units
          .all()
          .filter(({ validTo }) => validTo !== null && validTo < today)
          .map(({ code }) => code)
        if (!isDry)
          await opened.audit.record({ actor: 'operator', act: 'changeover', data: { decisions: decisions.size } })
        const counts = { moved: 0, undecided: 0 }
        for await (const one of runChangeover(deps, { endedUnitCodes, decisions, isDry })) {
          counts[one.outcome] += 1
          if (one.outcome === 'undecided') output.result(record(one.code, one.part, one.from, '?', one.reason))
          else {
            const why = decisions.has(one.code) ? 'person' : 'rule'
            for (const { part, from, to } of one.steps) output.result(record(one.code, part, from, to, why))
          }
        }
        await tell(opened, output, { isDry, endedUnitCodes, ...counts })
      }),
    )
}

async function openChangeover({ config, units, people, openCases, now }: Opened): Promise<ChangeoverDeps> {
  const data = await loadUnits(shippedData, importedData(config))
  const successionFor = createUnitSuccession(data, await readBodies(), units, dayOf(now()))
  return { cases: await openCases(), units, officers: { find: (login) => people.officerOf(login) }, successionFor, now }
}

const bodiesSchema = z.object({
  units: z.record(z.string(), z.array(z.string())),
  fields: z.record(z.string(), z.string()),
})

async function readBodies(): Promise<ChangeoverData> {
  return bodiesSchema.parse(JSON.parse(await readFile(join(shippedData, 'changeover-2025.json'), 'utf8')))
}

async function readDecisions(file: string, env: Record<string, string | undefined>): Promise<Map<string, string>> {
  const path = resolve(env.INIT_CWD ?? process.cwd(), file)
  const source = await readFile(path, 'utf8').catch(() => {
    throw new OperatorError(`Không đọc được tệp ${path}.`, `The file ${path} cannot be read.`)
  })
  const lines = source.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }))
  const decisions = new Map<string, string>()
  for (const { line, number } of lines.filter(({ line: text }) => text !== '' && !text.startsWith('#'))) {
    const [code, unitCode, ...rest] = line.split(/[\t ]+/)
    if (code === undefined || unitCode === undefined || rest.length > 0 || decisions.has(code)) {
      throw new OperatorError(
        `${path}:${number}: mỗi dòng gồm mã hồ sơ và mã đơn vị nhận; mỗi hồ sơ một dòng.`,
        `${path}:${number}: each line holds a case code and the code of the unit; one line for a case.`,
      )
    }
    decisions.set(code, unitCode)
  }
  return decisions
}

function refuseUnknownUnits(unitCodes: readonly string[], { units }: Opened, today: string): void {
  const unknown = [...new Set(unitCodes)].filter((code) => !units.isActive(code, today))
  if (unknown.length === 0) return
  throw new OperatorError(
    `Không phải đơn vị đang hoạt động: ${unknown.join(', ')}.`,
    `These are no active units: ${unknown.join(', ')}.`,
  )
}

async function tell(
  { people }: Opened,
  output: Output,
  done: { isDry: boolean; endedUnitCodes: readonly string[]; moved: number; undecided: number },
): Promise<void> {
  const [vi, en] = done.isDry ? ['sẽ chuyển', 'would go'] : ['đã chuyển', 'have gone']
  output.say(`${done.moved} hồ sơ ${vi}; ${done.undecided} hồ sơ cần người quyết định ("?").`)
  output.say(`${done.moved} cases ${en}; ${done.undecided} need a person's decision ("?").`)
  const left = await people.listPeople({ unitCodes: done.endedUnitCodes, after: null, limit: 1_000 })
  const logins = left
    .filter(({ disabledAt }) => disabledAt === null)
    .map(({ login, unitCode }) => `${login} (${unitCode})`)
  if (logins.length === 0) return
  output.say(`Tài khoản còn ở đơn vị đã kết thúc, cần "user move" hoặc "user disable": ${logins.join(', ')}`)
  output.say(`Accounts in ended units, each needs "user move" or "user disable": ${logins.join(', ')}`)
}
