import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { AuditFault } from '../cases/audit.ts'
import { readZip, ZipError } from '../media/archive.ts'
import { openLaw, readShippedLaw } from '../open-law.ts'
import { openAuditStore } from '../store/audit-store.ts'
import { openCaseCollections } from '../store/case-store.ts'
import { createStoredCases } from '../store/stored-cases.ts'
import { verifyAudit } from '../usecases/audit.ts'
import { EXPORT_SEAL, readManifest, verifyExport } from '../usecases/case-export.ts'
import { type FoundFault, type VerifyDeps, verifyAll, verifyOne } from '../usecases/verify-cases.ts'
import type { Opened, Run } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const archiveBytesMax = 512 * 1024 * 1024
const progressEveryMs = 10_000

/** `verify [code | file.zip]`. */
export function addCaseCommands(program: Command, run: Run): void {
  program
    .command('verify')
    .description(
      'Kiểm tra một hồ sơ, mọi hồ sơ, hoặc một tệp hồ sơ đã xuất (.zip): lịch sử, mã, hạn trả lời, tệp; in từng lỗi: mã, chỗ, lỗi / check one case, all of them, or an exported case (.zip): history, codes, deadlines, files; prints each fault: code, place, fault',
    )
    .argument('[what]', 'mã hồ sơ hoặc tệp .zip / case code or .zip file')
    .option('--no-files', 'không đọc tệp đính kèm / leave the attached files unread')
    .action((what: string | undefined, { files }: { files: boolean }) =>
      run(async (opened, output) => {
        if (what?.toLowerCase().endsWith('.zip') === true) return verifyArchive(opened, output, what)
        const deps = await verifying(opened, files)
        if (what !== undefined) {
          const found = await verifyOne(deps, what)
          if (found === null) throw new OperatorError(`Không có hồ sơ ${what}.`, `There is no case ${what}.`)
          return report(found, 1, output)
        }
        const count = await deps.stored.count()
        return report(everything(opened, deps, progress(output, count)), count, output)
      }),
    )
}

async function verifying({ database, keyring, openFiles }: Opened, withFiles: boolean): Promise<VerifyDeps> {
  const law = await openLaw({ shipped: readShippedLaw(root), database, clock: { now: Date.now } })
  return {
    stored: createStoredCases({
      collections: await openCaseCollections(database),
      cipher: keyring.fields,
      hash: keyring.hash,
    }),
    files: withFiles ? await openFiles() : null,
    listDays: law.listDays,
  }
}

/** Every case, and the log of who saw and did what. */
async function* everything(
  { database, keyring }: Opened,
  deps: VerifyDeps,
  onProgress: (done: number) => void,
): AsyncGenerator<Pick<FoundFault, 'caseCode' | 'place'> & { code: string }> {
  yield* verifyAll(deps, onProgress)
  const found: AuditFault[] = []
  await verifyAudit(await openAuditStore(database, keyring.fields), (fault) => void found.push(fault))
  for (const { seq, code } of found) yield { caseCode: AUDIT_LOG, place: String(seq), code }
}

/** How the audit log stands in the lines of faults, in the place of a case. */
const AUDIT_LOG = 'audit'

async function report(
  found: Iterable<FoundFault> | ReturnType<typeof everything>,
  count: number,
  output: Output,
): Promise<void> {
  const faulty = new Set<string>()
  for await (const { caseCode, place, code } of found) {
    faulty.add(caseCode)
    output.result(record(caseCode, place === '' ? null : place, code))
  }
  if (faulty.size > 0) {
    throw new OperatorError(
      `${faulty.size} hồ sơ (hoặc nhật ký) có điểm không khớp. Không có gì được sửa: xem README, mục kiểm tra hồ sơ.`,
      `${faulty.size} cases (or the audit log) have something that does not fit. Nothing was mended: see README on verifying.`,
    )
  }
  output.say(`Đã kiểm tra ${count} hồ sơ, không có lỗi. / ${count} cases checked, no fault.`)
}

function progress(output: Output, count: number): (done: number) => void {
  let toldAt = Date.now()
  return (done) => {
    if (Date.now() - toldAt < progressEveryMs) return
    toldAt = Date.now()
    output.say(`${done}/${count}`)
  }
}

async function verifyArchive(opened: Opened, output: Output, path: string): Promise<void> {
  const { keyring } = opened
  const files = await openArchive(path)
  const faults = verifyExport(files, (canonical) => keyring.hash.keyOf(EXPORT_SEAL, canonical))
  const manifest = readManifest(files)
  const stored = manifest === null ? null : await (await verifying(opened, false)).stored.find(manifest.code)
  // What was exported must be where the chain was then, however far it has gone since.
  const line = stored?.found === 'case' ? stored.history[(manifest?.history.lines ?? 0) - 1] : undefined
  if (line !== undefined && line.hash !== manifest?.history.hash) {
    faults.push({ path: 'history.json', code: 'chainBroken', line: line.seq })
  }
  for (const fault of faults) output.result(record(fault.path, fault.line ?? null, fault.code))
  if (faults.length > 0) {
    throw new OperatorError('Tệp hồ sơ không còn như khi được xuất.', 'The exported case is not as it was exported.')
  }
  const code = manifest?.code ?? ''
  output.say(
    line === undefined
      ? `${code}: tệp nguyên vẹn; hồ sơ này không có trong cơ sở dữ liệu đang dùng. / ${code}: the file is whole; this case is not in the database in use.`
      : `${code}: tệp nguyên vẹn và khớp với hồ sơ đang lưu. / ${code}: the file is whole and fits the stored case.`,
  )
}

async function openArchive(path: string): Promise<Map<string, Uint8Array>> {
  const bytes = await readFile(path).catch(() => {
    throw new OperatorError(`Không đọc được tệp ${path}.`, `The file ${path} cannot be read.`)
  })
  try {
    return readZip(bytes, archiveBytesMax)
  } catch (error) {
    if (!(error instanceof ZipError)) throw error
    throw error.code === 'tooLarge'
      ? new OperatorError('Tệp giải nén quá lớn.', 'The file unpacks to too much.')
      : new OperatorError('Đây không phải là tệp hồ sơ đã xuất.', 'This is not an exported case.')
  }
}
