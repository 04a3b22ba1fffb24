import { fileURLToPath } from 'node:url'
import { runCommand } from './run-command.ts'

const firstByteMs = 8_000
const stalledMs = 30_000
const wholeMs = 15 * 60_000

/**
 * Downloads MongoDB's own build for this system. The downloading library cannot be stopped and writes to standard output,
 * which belongs to the operator's commands, so it runs as a child process.
 */
export async function fetchOfficial(folder: string, log: (line: string) => void): Promise<string> {
  log('MongoDB: đang tải bản chính thức từ fastdl.mongodb.org (fetching the official build)')
  let path: string | undefined
  let fault: string | undefined
  let isMoving = false
  const script = fileURLToPath(new URL('./mongod-official-child.ts', import.meta.url))
  const { code, timedOut } = await runCommand(process.execPath, [script, folder], {
    timeoutMs: wholeMs,
    quietMs: () => (isMoving ? stalledMs : firstByteMs),
    // Without the first of these the library accepts any certificate.
    env: { npm_config_strict_ssl: 'true', MONGOMS_MAX_RETRIES: '1', MONGOMS_RUNTIME_DOWNLOAD: 'true' },
    onLine: (line) => {
      if (line.startsWith('path ')) path = line.slice('path '.length)
      else if (line.startsWith('fault ')) fault = line.slice('fault '.length, 200)
      else if (/\d%/.test(line)) {
        isMoving = true
        log(`MongoDB: ${line.trim()}`)
      }
    },
  })
  if (path !== undefined && code === 0) return path
  throw new Error(timedOut ? 'no answer in time' : (fault ?? `exit ${code}`))
}
