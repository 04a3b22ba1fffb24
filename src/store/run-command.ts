import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How a command ended: `code` is null when it could not be run, was killed or took too long. */
export type CommandResult = { code: number | null; lines: string[]; timedOut: boolean }

/**
 * Runs a command without a shell and never throws. `quietMs` ends it when it says nothing for so long, `timeoutMs` in any
 * case.
 */
export function runCommand(
  file: string,
  args: string[],
  options: {
    timeoutMs: number
    quietMs?: number | (() => number)
    env?: Record<string, string>
    onLine?: (line: string) => void
  },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const lines: string[] = []
    let timedOut = false
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } })
    const end = () => {
      timedOut = true
      child.kill('SIGKILL')
    }
    const whole = setTimeout(end, options.timeoutMs)
    let quiet = restartQuiet(undefined)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        quiet = restartQuiet(quiet)
        options.onLine?.(line)
      })
    }
    child.on('error', () => finish(null))
    child.on('close', (code) => finish(code))

    function restartQuiet(previous: NodeJS.Timeout | undefined): NodeJS.Timeout | undefined {
      clearTimeout(previous)
      const quietMs = typeof options.quietMs === 'function' ? options.quietMs() : options.quietMs
      return quietMs === undefined ? undefined : setTimeout(end, quietMs)
    }
    function finish(code: number | null): void {
      clearTimeout(whole)
      clearTimeout(quiet)
      resolve({ code, lines, timedOut })
    }
  })
}
