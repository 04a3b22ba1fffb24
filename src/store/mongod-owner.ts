import { readFile } from 'node:fs/promises'
import { runCommand } from './run-command.ts'

/** Whether a process with this id exists. Signal 0 only asks. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether this process is a `mongod` on exactly this data folder: process ids are given out again. */
export async function isOurMongod(pid: number, dbPath: string): Promise<boolean> {
  if (!isProcessAlive(pid)) return false
  const command = process.platform === 'linux' ? await commandOnLinux(pid) : await commandByPs(pid)
  return command.includes(`--dbpath ${dbPath} `)
}

async function commandOnLinux(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
}

async function commandByPs(pid: number): Promise<string> {
  return (await runCommand('ps', ['-o', 'command=', '-p', String(pid)], { timeoutMs: 5_000 })).lines.join(' ')
}
