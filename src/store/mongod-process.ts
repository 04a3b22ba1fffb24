import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { diskFull, StartError } from './start-error.ts'

const readyWithinMs = 60_000
const stopWithinMs = 15_000

export type MongodProcess = {
  pid: number
  /** Settles when the process has ended, for whatever reason. */
  ended: Promise<void>
  /** Asks it to close its files; kills it when it takes too long. The data is whole either way. */
  stop(): Promise<void>
}

/** Starts `mongod` on a folder and a loopback port; resolves when it listens. It dies with this process. */
export async function launchMongod(options: {
  binary: string
  dbPath: string
  port: number
  replicaSet: string
  spawned?: (() => void) | undefined
}): Promise<MongodProcess> {
  const child = spawn(options.binary, argumentsOf(options), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches a whole process group: the service must finish its work before the database goes.
    detached: true,
  })
  child.once('spawn', () => options.spawned?.())
  const faults: string[] = []
  let isEnded = false
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve())
    child.on('error', (error) => {
      faults.push(error.message)
      if (child.pid === undefined) resolve()
    })
  }).then(() => {
    isEnded = true
  })
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes('"Waiting for connections"')) resolve()
        // The log is not kept: lines about slow operations quote documents.
        if (isFault(line)) faults.push(line)
        if (faults.length > 50) faults.shift()
      })
    }
  })
  const watchdog = watchParent(child.pid)
  void ended.then(() => watchdog?.kill('SIGKILL'))

  const late = AbortSignal.timeout(readyWithinMs)
  const tooLate = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve(), { once: true }))
  await Promise.race([listening, ended, tooLate])
  if (isEnded || late.aborted || child.pid === undefined) {
    child.kill('SIGKILL')
    await ended
    throw explainEnd(child.exitCode, faults, options)
  }
  return { pid: child.pid, ended, stop: () => stop(child, ended) }
}

function argumentsOf(options: { dbPath: string; port: number; replicaSet: string }): string[] {
  return [
    ...['--dbpath', options.dbPath, '--port', String(options.port), '--bind_ip', '127.0.0.1'],
    ...['--replSet', options.replicaSet, '--wiredTigerCacheSizeGB', '0.25', '--quiet', '--slowms', '1000'],
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    // There is no other member to hand over to.
    ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
    ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
  ]
}

/**
 * Kills `mongod` when this process is gone, even by kill -9: the shell's standard input then ends. Nothing is lost, for
 * every acknowledged write is in the journal.
 */
function watchParent(pid: number | undefined): ChildProcess | undefined {
  if (pid === undefined || process.platform === 'win32') return undefined
  const watchdog = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "$1"', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.on('error', () => {
    // Without a shell a killed service leaves its database behind, and the next start ends it.
  })
  watchdog.stdin.on('error', () => {})
  watchdog.unref()
  return watchdog
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await ended
  clearTimeout(force)
}

function isFault(line: string): boolean {
  return !line.startsWith('{') || /"s":"[EF]"/.test(line) || /No space left|Address already in use/i.test(line)
}

function explainEnd(code: number | null, faults: string[], options: { binary: string; dbPath: string }): StartError {
  const text = faults.join('\n')
  if (/No space left|Disk quota exceeded|ENOSPC/i.test(text)) return diskFull(options.dbPath)
  if (/DBPathInUse|Unable to lock the lock file|already running/i.test(text)) return folderInUse(options.dbPath)
  if (/Permission denied|Read-only file system|IllegalOperation: Attempted to create a lock file/i.test(text)) {
    return new StartError('folderNotWritable', {
      vi: `MongoDB không ghi được vào ${options.dbPath}: hãy cấp quyền ghi cho tài khoản đang chạy dịch vụ.`,
      en: `MongoDB cannot write in ${options.dbPath}: give the account that runs the service the right to write there.`,
    })
  }
  if (code === 62 || /Wrong mongod version|featureCompatibilityVersion|incompatible version/i.test(text)) {
    return new StartError('mongodUnusable', {
      vi: `Dữ liệu trong ${options.dbPath} do một phiên bản MongoDB khác ghi, ${options.binary} không đọc được: hãy dùng lại phiên bản cũ hoặc nâng cấp từng bước.`,
      en: `The data in ${options.dbPath} was written by another version of MongoDB, which ${options.binary} cannot read: use the former version again or upgrade step by step.`,
    })
  }
  const last = lastMessage(faults)
  return new StartError('mongodFailed', {
    vi: `MongoDB (${options.binary}) không khởi động được, mã thoát ${code}${last}.`,
    en: `MongoDB (${options.binary}) did not start, exit code ${code}${last}.`,
  })
}

export function folderInUse(folder: string): StartError {
  return new StartError('dataFolderInUse', {
    vi: `Một tiến trình khác đang dùng dữ liệu trong ${folder}: hãy dừng tiến trình đó, hoặc đặt DATA_DIR hay MONGODB_URI khác.`,
    en: `Another process is using the data in ${folder}: stop it, or set another DATA_DIR or MONGODB_URI.`,
  })
}

function lastMessage(faults: string[]): string {
  const line = faults.findLast((fault) => fault.trim() !== '')
  if (line === undefined) return ''
  const message = /"msg":"([^"]*)"/.exec(line)?.[1]
  const reason = /"error":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
  return ` (${
    [message, reason]
      .filter((part) => part !== undefined)
      .join(': ')
      .slice(0, 300) || line.slice(0, 300)
  })`
}
