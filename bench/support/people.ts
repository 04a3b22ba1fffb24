import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type BenchPerson = { login: string; unit: string; role: string }

/** Opens accounts with the operator's tool and gives a token for each; who is there already gets one more token. */
export async function tokensOf(
  people: readonly BenchPerson[],
  environment: Record<string, string>,
): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  for (const { login, unit, role } of people) {
    await pakn(environment, [
      'user',
      'add',
      '--login',
      login,
      '--name',
      `Cán bộ ${login}`,
      '--unit',
      unit,
      '--role',
      role,
    ])
    const { code, out, error } = await pakn(environment, ['token', 'add', '--login', login, '--days', '30'])
    if (code !== 0) throw new Error(`no token for ${login}: ${error}`)
    tokens[login] = out.trim()
  }
  return tokens
}

async function pakn(
  environment: Record<string, string>,
  parameters: string[],
): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, ['src/pakn.ts', ...parameters], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let error = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    error += part
  })
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, out, error })))
}
