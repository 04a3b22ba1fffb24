import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { mongo } from 'mongoose'
import type { Config } from '../config.ts'
import { BackupError, type BackupManifest, type Progress } from '../store/backup-format.ts'
import { checkBackup, restoreBackup } from '../store/backup-restore.ts'
import { writeBackup } from '../store/backup-write.ts'
import { parseDataKeys } from '../store/crypto.ts'
import { makeAndKeepKeys, openKeyring } from '../store/keys.ts'
import { importedData } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

type RunBare = (work: (opened: { config: Config; db: mongo.Db }, output: Output) => Promise<void>) => Promise<void>

/** `backup DIR`, `restore DIR`. */
export function addBackupCommands(program: Command, run: RunBare, env: Record<string, string | undefined>): void {
  // npm runs scripts in the folder of the package; the operator means the folder they stand in.
  const place = (folder: string) => resolve(env.INIT_CWD ?? process.cwd(), folder)

  program
    .command('backup')
    .description(
      'Sao lưu toàn bộ dữ liệu, kể cả tệp, vào một thư mục trống, tại một thời điểm, khi dịch vụ vẫn chạy; khóa DATA_KEYS không nằm trong bản sao lưu / back up everything, files included, into an empty folder as one moment, while the service runs; the keys are not in it',
    )
    .argument('<dir>', 'thư mục trống hoặc chưa có / an empty or new folder')
    .action((folder: string) =>
      run(async ({ config, db }, output) => {
        const settings = importedData(config)
        const manifest = await explained(() =>
          writeBackup(db, { folder: place(folder), settings, now: new Date(), progress: telling(output) }),
        )
        for (const one of manifest.collections) output.result(record(one.name, one.documents, one.bytes))
        output.say(aboutKeys(manifest))
      }),
    )

  program
    .command('restore')
    .description(
      'Khôi phục bản sao lưu vào cơ sở dữ liệu trống; kiểm tra mọi tệp và khóa trước / put a backup into an empty database; checks every file and the keys first',
    )
    .argument('<dir>', 'thư mục bản sao lưu / folder of the backup')
    .action((folder: string) =>
      run(async ({ config, db }, output) => {
        const from = place(folder)
        await explained(async () => {
          const manifest = await checkBackup(from)
          const dataKeys = await keysFor(manifest, config)
          await restoreBackup(db, manifest, {
            folder: from,
            settings: importedData(config),
            checkKeys: async () => {
              if (dataKeys !== null) await openKeyring(db, dataKeys)
            },
            progress: telling(output),
          })
          for (const one of manifest.collections) output.result(record(one.name, one.documents, one.bytes))
          output.say(
            `Đã khôi phục dữ liệu lúc ${manifest.takenAt}. Tin chưa gửi vào lúc đó sẽ được gửi khi dịch vụ chạy lại. / Restored as of ${manifest.takenAt}. What was unsent then will be sent when the service starts.`,
          )
        })
      }),
    )
}

const telling =
  (output: Output): Progress =>
  ({ name, documents }) =>
    output.say(`  ${name}: ${documents}`)

function aboutKeys({ keyIds }: BackupManifest): string {
  const ids = keyIds.join(', ') || '-'
  return `Khóa dữ liệu (${ids}) không nằm trong bản sao lưu: hãy giữ DATA_KEYS, hoặc tệp keys.json trong DATA_DIR, ở một nơi khác; thiếu khóa thì không đọc được bản này. / The data keys (${ids}) are not in the backup: keep DATA_KEYS, or keys.json of DATA_DIR, in another place; without them it cannot be read.`
}

/** The keys of this installation; none may be made up for data that others have written. */
async function keysFor(manifest: BackupManifest, config: Config) {
  if (manifest.keyIds.length === 0) return null
  const isKept = existsSync(join(config.dataDir, 'keys.json'))
  if (config.dataKeys === null && !isKept) {
    const ids = manifest.keyIds.join(', ')
    throw new OperatorError(
      `Bản sao lưu cần khóa ${ids}: hãy đặt DATA_KEYS, hoặc chép tệp keys.json cũ vào DATA_DIR, rồi chạy lại.`,
      `The backup needs the keys ${ids}: set DATA_KEYS, or put the old keys.json into DATA_DIR, and run this again.`,
    )
  }
  return parseDataKeys(config.dataKeys ?? (await makeAndKeepKeys(config.dataDir)).dataKeys)
}

async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    const { vi, en } = sentences[error.code]
    throw new OperatorError(vi(error.what), en(error.what))
  }
}

type Sentence = (what: string) => string
const sentences: Record<BackupError['code'], { vi: Sentence; en: Sentence }> = {
  folderNotEmpty: {
    vi: (what) => `Thư mục ${what} không trống: hãy chọn thư mục khác.`,
    en: (what) => `The folder ${what} is not empty: choose another one.`,
  },
  noBackup: {
    vi: (what) => `Thư mục ${what} không chứa bản sao lưu hoàn chỉnh (thiếu manifest.json).`,
    en: (what) => `The folder ${what} holds no whole backup (manifest.json is missing).`,
  },
  damaged: {
    vi: (what) => `Bản sao lưu bị hỏng hoặc đã bị sửa: ${what}. Chưa có gì được khôi phục.`,
    en: (what) => `The backup is damaged or was changed: ${what}. Nothing has been restored.`,
  },
  databaseNotEmpty: {
    vi: (what) =>
      `Cơ sở dữ liệu không trống (${what}): chỉ khôi phục được vào cơ sở dữ liệu trống, khi dịch vụ đã dừng.`,
    en: (what) =>
      `The database is not empty (${what}): a backup goes into an empty one only, while the service is stopped.`,
  },
  tookTooLong: {
    vi: () =>
      'Sao lưu lâu hơn thời gian MongoDB giữ lại một thời điểm: hãy dùng mongodump --oplog, hoặc tăng minSnapshotHistoryWindowInSeconds.',
    en: () =>
      'The backup took longer than MongoDB keeps a past moment: use mongodump --oplog, or raise minSnapshotHistoryWindowInSeconds.',
  },
}
