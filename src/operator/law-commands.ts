import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { DataFileError } from '../cases/data-file.ts'
import type { RuleSetChange, YearChange } from '../cases/law-change.ts'
import { type OpenLaw, openLaw, readShippedLaw } from '../open-law.ts'
import { createServiceClock } from '../service-clock.ts'
import { openAuditStore } from '../store/audit-store.ts'
import { createCaseStore, openCaseCollections } from '../store/case-store.ts'
import { createTexts } from '../texts.ts'
import { createAudit } from '../usecases/audit.ts'
import { importLaw, type LawFile, LawFileError, type LawImport } from '../usecases/import-law.ts'
import { type RecomputeProgress, recomputeClocks } from '../usecases/recompute-clocks.ts'
import type { Opened, Run } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Another process may be leading the cases over; it is asked again so often. */
const WAIT_MS = 300

/** `import calendar FILE`, `import rule-set FILE`. */
export function addLawCommands(imports: Command, run: Run, env: Record<string, string | undefined>): void {
  const command = (name: string, kind: LawFile['kind'], description: string) =>
    imports
      .command(name)
      .description(description)
      .argument('<file>')
      .option('--dry-run', 'chỉ cho biết sẽ thay đổi gì / only say what would change')
      .action((file: string, asked: { dryRun?: true }) =>
        run(async (opened, output) => {
          const path = resolve(env.INIT_CWD ?? process.cwd(), file)
          const text = await readFile(path, 'utf8').catch(() => {
            throw new OperatorError(`Không đọc được tệp ${path}.`, `The file ${path} cannot be read.`)
          })
          await importFile(opened, output, { kind, name: basename(path), text }, asked.dryRun === true)
        }),
      )
  command(
    'calendar',
    'calendar',
    'Nhập lịch làm việc (cùng dạng với data/calendars.json); in từng năm, từng ngày thay đổi và các hồ sơ đang mở bị đổi hạn; có hiệu lực ngay / import working calendars (as data/calendars.json); prints each year and day that changes and the open cases whose days move; in force at once',
  )
  command(
    'rule-set',
    'ruleSet',
    'Nhập bộ quy tắc (cùng dạng với data/rule-sets.json); in từng giá trị thay đổi và các hồ sơ đang mở bị đổi hạn; có hiệu lực ngay / import rule sets (as data/rule-sets.json); prints each value that changes and the open cases whose days move; in force at once',
  )
}

async function importFile(opened: Opened, output: Output, file: LawFile, dryRun: boolean): Promise<void> {
  const { config, database } = opened
  const { now } = createServiceClock({
    offsetMs: config.clockOffsetMs,
    file: config.mode === 'demonstration' ? join(config.dataDir, 'clock.json') : null,
  })
  const law = await openLaw({ shipped: readShippedLaw(root), database, clock: { now } }).catch(refuseFaults)
  const cases = await openStore(opened, law)
  const audit = createAudit({ store: await openAuditStore(database, opened.keyring.fields), now: Date.now })
  const deps = { cases, law: law.kept, store: law.store, units: opened.units, audit, now }
  const done = await importLaw(deps, { file, dryRun, by: 'operator' }).catch(refuseFaults)
  print(done, output)
  if (done.years.length + done.ruleSets.length === 0) {
    output.say('Không có gì thay đổi. / Nothing changes.')
    // What an import before this one has left undone, because it was ended, is done now.
    if (dryRun) return
  } else if (dryRun) return output.say('Chưa ghi gì. / Nothing was written.')
  const { moved } = await leadOver({ cases, law: law.kept, store: law.store, owner: randomUUID(), now }, output)
  if (done.years.length + done.ruleSets.length > 0 || moved > 0)
    output.say(
      `Đã nhập; đã ghi hạn mới vào lịch sử của ${moved} hồ sơ. / Imported; the new days are in the history of ${moved} cases.`,
    )
}

async function openStore({ database, keyring }: Opened, law: OpenLaw) {
  return createCaseStore({
    database,
    collections: await openCaseCollections(database),
    cipher: keyring.fields,
    hash: keyring.hash,
    queueMessages: () => Promise.reject(new Error('this command tells citizens nothing')),
    listDays: law.listDays,
    catchUp: law.catchUp,
  })
}

/** Until no open case is left that an older law has judged, whoever does the work. */
async function leadOver(deps: Parameters<typeof recomputeClocks>[0], output: Output): Promise<RecomputeProgress> {
  const sum: RecomputeProgress = { examined: 0, moved: 0, failed: 0 }
  for (;;) {
    let last: RecomputeProgress = { examined: 0, moved: 0, failed: 0 }
    const isDone = await recomputeClocks(deps, {
      signal: AbortSignal.timeout(24 * 3_600_000),
      onProgress(progress) {
        if (Math.floor(progress.examined / 5_000) > Math.floor(last.examined / 5_000))
          output.say(`… ${progress.examined} hồ sơ / cases`)
        last = progress
      },
      onFault: (code) => output.say(`Không tính lại được hạn của ${code}. / The days of ${code} cannot be recomputed.`),
    })
    sum.examined += last.examined
    sum.moved += last.moved
    if (isDone) return sum
    if (last.failed > 0)
      throw new OperatorError(
        `Không tính lại được hạn của ${last.failed} hồ sơ; dịch vụ đang chạy sẽ thử lại.`,
        `The days of ${last.failed} cases cannot be recomputed; the running service tries again.`,
      )
    await sleep(WAIT_MS)
  }
}

function print({ years, ruleSets, openCases, casesMoved, cases }: LawImport, output: Output): void {
  for (const change of years) printYear(change, output)
  for (const change of ruleSets) printRuleSet(change, output)
  for (const { code, moved } of cases)
    for (const { clock, before, after } of moved) output.result(record('case', code, clock, before, after))
  if (years.length + ruleSets.length === 0) return
  const listed =
    cases.length < casesMoved ? ` (in ${cases.length} hồ sơ đầu / the first ${cases.length} are listed)` : ''
  output.say(
    `${casesMoved} trong ${openCases} hồ sơ đang mở đổi hạn${listed}. / The days of ${casesMoved} of ${openCases} open cases move.`,
  )
}

function printYear({ year, before, version, provisional, ...change }: YearChange, output: Output): void {
  const state = provisional ? 'provisional' : 'final'
  output.result(record(before === null ? 'added' : 'changed', year, before, version, state))
  output.result(record('workingDays', year, change.workingDaysBefore, change.workingDays))
  for (const list of ['off', 'makeUp'] as const) {
    for (const day of change[list].removed) output.result(record(list, year, day, null))
    for (const day of change[list].added) output.result(record(list, year, null, day))
  }
}

function printRuleSet({ id, before, version, values }: RuleSetChange, output: Output): void {
  output.result(record(before === null ? 'added' : 'changed', id, before, version))
  for (const { path, before: was, after } of values) output.result(record('value', id, path, was, after))
}

/** Every fault with its line, in both languages. */
function refuseFaults(error: unknown): never {
  if (!(error instanceof LawFileError || error instanceof DataFileError)) throw error
  const texts = createTexts({ vi: readLocale('vi'), en: readLocale('en') }, {})
  const lines = (locale: 'vi' | 'en') =>
    error.faults
      .map(({ file, line, path, key, params }) => {
        const place = path === '' ? `${file}:${line}` : `${file}:${line} ${path}`
        return `  ${place}: ${texts.translate(locale, key, params)}`
      })
      .join('\n')
  const { length } = error.faults
  throw new OperatorError(
    `Tệp có ${length} lỗi, chưa ghi gì:\n${lines('vi')}`,
    `The file has ${length} fault(s), nothing was written:\n${lines('en')}`,
  )
}

function readLocale(locale: 'vi' | 'en') {
  return JSON.parse(readFileSync(join(root, `locales/${locale}.json`), 'utf8'))
}
