import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Command, Option } from 'commander'
import { dayOf } from '../cases/days.ts'
import { loadUnits, UNIT_FILES, UnitDataError } from '../conversation/load-units.ts'
import type { Model, Unit, UnitFile } from '../conversation/unit.ts'
import { addLawCommands } from './law-commands.ts'
import { importedData, type Opened, type Run, shippedData } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

type Difference = { kind: 'added' | 'ended' | 'changed'; code: string; detail: string }
type RawFile = { meta: unknown; units: { code: string; validTo?: string | null }[] }

const DAY_MS = 86_400_000

/** `import units FILE`, and what `addLawCommands` adds. */
export function addImportCommands(program: Command, run: Run, env: Record<string, string | undefined>): void {
  const imports = program.command('import').description('Nhập dữ liệu danh mục / import master data')
  addLawCommands(imports, run, env)
  imports
    .command('units')
    .description(
      'Nhập danh sách đơn vị (cùng dạng với data/*-units.json); in từng thay đổi; có hiệu lực từ lần khởi động sau / import a list of units (as data/*-units.json); prints each change; in force from the next start',
    )
    .argument('<file>')
    .option('--dry-run', 'chỉ cho biết sẽ thay đổi gì / only say what would change')
    .addOption(new Option('--model <model>', 'mô hình tổ chức / organisation model').choices(['2022', '2025']))
    .action((file: string, asked: { dryRun?: true; model?: Model }) =>
      run(async (opened, output) => {
        const path = resolve(env.INIT_CWD ?? process.cwd(), file)
        const source = await readFile(path, 'utf8').catch(() => {
          throw new OperatorError(`Không đọc được tệp ${path}.`, `The file ${path} cannot be read.`)
        })
        const folder = importedData(opened.config)
        const active = (await loadUnits(shippedData, folder)).files
        const model = asked.model ?? modelOf(source, active)
        const name = UNIT_FILES.find((one) => one.model === model)?.name ?? ''
        const merged = withEnded(source, await rawActive(name, folder), dayOf(opened.now() - DAY_MS))
        const next = await checked(merged, name, folder)
        const differences = compare(ofModel(active, model), ofModel(next, model))
        for (const { kind, code, detail } of differences) output.result(record(kind, code, detail))
        if (differences.length === 0) return output.say('Không có gì thay đổi. / Nothing changes.')
        await sayWhoIsLeft(opened, output, differences)
        if (asked.dryRun === true) return output.say('Chưa ghi gì. / Nothing was written.')
        const changes = differences.map(({ kind, code }) => `${kind} ${code}`)
        await opened.audit.record({ actor: 'operator', act: 'imported', data: { what: 'units', model, changes } })
        await keep(folder, name, merged)
        output.say(
          `Đã nhập mô hình ${model}; hãy khởi động lại dịch vụ. / Imported for the model ${model}; restart the service.`,
        )
      }),
    )
}

const ofModel = (files: readonly UnitFile[], model: Model): UnitFile => {
  const found = files.find((file) => file.model === model)
  if (found === undefined) throw new Error(`no units of the model ${model}`)
  return found
}

/** The model whose province the file is about. */
function modelOf(source: string, active: readonly UnitFile[]): Model {
  const codes = new Set(unitCodes(source))
  const found = active.filter(({ units }) => units.some(({ level, code }) => level === 'province' && codes.has(code)))
  const [only] = found
  if (only !== undefined && found.length === 1) return only.model
  throw new OperatorError(
    'Không rõ tệp này thuộc mô hình nào: hãy thêm --model 2022 hoặc --model 2025.',
    'It is not clear to which model this file belongs: add --model 2022 or --model 2025.',
  )
}

function unitCodes(source: string): string[] {
  try {
    const { units } = JSON.parse(source) as { units: { code: string }[] }
    return units.map(({ code }) => code)
  } catch {
    throw new OperatorError('Tệp không phải JSON có mục "units".', 'The file is no JSON with "units".')
  }
}

/** All files as they would be after the import, held to each other; every fault is named at once. */
async function checked(source: string, name: string, folder: string): Promise<readonly UnitFile[]> {
  const trial = await mkdtemp(join(tmpdir(), 'pakn-import-'))
  try {
    for (const other of UNIT_FILES.filter((one) => one.name !== name)) {
      const imported = await readFile(join(folder, other.name)).catch(() => null)
      if (imported !== null) await writeFile(join(trial, other.name), imported)
    }
    await writeFile(join(trial, name), source)
    return (await loadUnits(shippedData, trial)).files
  } catch (error) {
    if (!(error instanceof UnitDataError)) throw error
    const lines = error.faults.map((fault) => `  ${fault}`).join('\n')
    throw new OperatorError(
      `Tệp có ${error.faults.length} lỗi:\n${lines}`,
      `The file has ${error.faults.length} fault(s).`,
    )
  } finally {
    await rm(trial, { recursive: true, force: true })
  }
}

function compare(before: UnitFile, after: UnitFile): Difference[] {
  const old = new Map(before.units.map((unit) => [unit.code, unit]))
  const about = changedFields({ ...before, units: [] }, { ...after, units: [] })
  return [
    ...(about === '' ? [] : [{ kind: 'changed' as const, code: '-', detail: about }]),
    ...after.units.flatMap((unit): Difference[] => {
      const previous = old.get(unit.code)
      if (previous === undefined) return [{ kind: 'added', code: unit.code, detail: unit.name }]
      if (previous.validTo === null && unit.validTo !== null) {
        return [{ kind: 'ended', code: unit.code, detail: unit.validTo }]
      }
      const fields = changedFields(previous, unit)
      return fields === '' ? [] : [{ kind: 'changed', code: unit.code, detail: fields }]
    }),
  ]
}

function changedFields(before: Unit | UnitFile, after: Unit | UnitFile): string {
  const old = new Map(Object.entries(before))
  return Object.entries(after)
    .filter(([field, value]) => !isDeepStrictEqual(old.get(field), value))
    .map(([field]) => field)
    .join(',')
}

/** A unit that the new file does not name any more stays, with its last day (R11-1): cases and accounts name it for years. */
function withEnded(source: string, active: RawFile, lastDay: string): string {
  const file = parsed(source)
  // Whatever is wrong with the file is named when it is checked.
  if (file === null) return source
  const named = new Set(file.units.map(({ code }) => code))
  const ended = active.units
    .filter(({ code }) => !named.has(code))
    .map((unit) => ({ ...unit, validTo: unit.validTo ?? lastDay }))
  return ended.length === 0 ? source : `${JSON.stringify({ ...file, units: [...file.units, ...ended] }, null, 1)}\n`
}

function parsed(source: string): RawFile | null {
  try {
    const file = JSON.parse(source) as RawFile | null
    return Array.isArray(file?.units) ? file : null
  } catch {
    return null
  }
}

async function rawActive(name: string, folder: string): Promise<RawFile> {
  const imported = await readFile(join(folder, name), 'utf8').catch(() => null)
  return JSON.parse(imported ?? (await readFile(join(shippedData, name), 'utf8'))) as RawFile
}

/** Accounts do not go with their unit: somebody has to move or end each. */
async function sayWhoIsLeft({ people }: Opened, output: Output, differences: readonly Difference[]): Promise<void> {
  const unitCodes = differences.filter(({ kind }) => kind === 'ended').map(({ code }) => code)
  if (unitCodes.length === 0) return
  const left = await people.listPeople({ unitCodes, after: null, limit: 1_000 })
  const logins = left.filter(({ disabledAt }) => disabledAt === null).map(({ login }) => login)
  output.say(
    'Hồ sơ đang mở của đơn vị đã kết thúc: chạy "changeover --dry-run". / Open cases of ended units: run "changeover --dry-run".',
  )
  if (logins.length === 0) return
  output.say(`Tài khoản còn ở đơn vị đã kết thúc, cần "user move" hoặc "user disable": ${logins.join(', ')}`)
  output.say(`Accounts in ended units, each needs "user move" or "user disable": ${logins.join(', ')}`)
}

/** Written beside and renamed: a start meanwhile reads the former file or the new one. */
async function keep(folder: string, name: string, source: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const beside = join(folder, `${basename(name)}.${process.pid}.new`)
  await writeFile(beside, source, { flush: true })
  await rename(beside, join(folder, name))
}
