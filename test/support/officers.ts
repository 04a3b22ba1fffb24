import type { Role } from '../../src/cases/case.ts'
import { runPakn } from '../../src/operator/program.ts'
import type { Environment } from './app.ts'

/** Invented people of the office and of one commune, one for each kind of work on a case. */
const people: { login: string; name: string; unit: string; roles: Role[] }[] = [
  { login: 'intake', name: 'Nguyễn Thị Tiếp', unit: 'QN-VP', roles: ['intakeOfficer'] },
  { login: 'leader', name: 'Trần Văn Phòng', unit: 'QN-VP', roles: ['officeLeader'] },
  { login: 'publisher', name: 'Lê Công Khai', unit: 'QN-VP', roles: ['publisher'] },
  { login: 'coordinator', name: 'A Phối', unit: 'QN-C23527', roles: ['agencyCoordinator'] },
  { login: 'handler', name: 'Y Xử', unit: 'QN-C23527', roles: ['handler'] },
  { login: 'commune', name: 'Siu Lãnh', unit: 'QN-C23527', roles: ['agencyLeader'] },
  { login: 'stranger', name: 'Phạm Xa', unit: 'QN-C23530', roles: ['agencyCoordinator'] },
]

// biome-ignore lint/suspicious/noExplicitAny: an answer of the outside, read with expectations
export type Answer = { status: number; body: any; headers: Headers }

export type Officers = {
  tokens: Record<string, string>
  get(login: string, path: string, headers?: Record<string, string>): Promise<Answer>
  post(login: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Acts on the version that the case has now, unless one is named. */
  act(login: string, code: string, body: { act: string; [field: string]: unknown }, version?: number): Promise<Answer>
}

/** Opens accounts and tokens with the operator's tool, beside the running service. */
export async function openOfficers(env: Environment, url: string): Promise<Officers> {
  const tokens: Record<string, string> = {}
  for (const { login, name, unit, roles } of people) {
    const account = ['--login', login, '--name', name, '--unit', unit, ...roles.flatMap((role) => ['--role', role])]
    await pakn(['user', 'add', ...account], env)
    tokens[login] = await pakn(['token', 'add', '--login', login], env)
  }

  async function send(method: string, login: string, path: string, body: unknown, headers: Record<string, string>) {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens[login] ?? ''}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json(), headers: response.headers }
  }
  const get: Officers['get'] = (login, path, headers = {}) => send('GET', login, path, undefined, headers)
  const post: Officers['post'] = (login, path, body, headers = {}) => send('POST', login, path, body, headers)
  return {
    tokens,
    get,
    post,
    async act(login, code, body, version) {
      const match = version ?? (await get(login, `/cases/${code}`)).body.version
      return post(login, `/cases/${code}/acts`, body, { 'if-match': `"${match}"` })
    },
  }
}

/** Runs the operator's tool; gives its results, and throws what it said where it refused. */
export async function pakn(args: string[], env: Environment): Promise<string> {
  const results: string[] = []
  const said: string[] = []
  const code = await runPakn(args, env, {
    result: (line) => void results.push(line),
    say: (line) => void said.push(line),
  })
  if (code !== 0) throw new Error(`pakn ${args.slice(0, 2).join(' ')} ended with ${code}: ${said.join('\n')}`)
  return results.join('\n')
}
