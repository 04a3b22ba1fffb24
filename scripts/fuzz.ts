/**
 * `npm run fuzz`: starts the service in demonstration mode on a free port and lets schemathesis try the whole JSON API against
 * its own description, as people with different rights. Further arguments go to schemathesis, such as `--max-examples 200`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const folder = resolve('var/fuzz')
const python = join(folder, 'venv/bin/python')
const requirements = 'test/fuzz/requirements.txt'

/** Between them they hold every role. */
const people = [
  { login: 'fuzz.office', unit: 'QN-VP', roles: ['intakeOfficer', 'officeLeader', 'publisher'] },
  { login: 'fuzz.unit', unit: 'QN-C23527', roles: ['agencyCoordinator', 'handler', 'agencyLeader'] },
  { login: 'fuzz.auditor', unit: 'QN-VP', roles: ['auditor'] },
  { login: 'fuzz.protection', unit: 'QN-VP', roles: ['dataProtectionOfficer'] },
  { login: 'fuzz.admin', unit: 'QN-VP', roles: ['administrator'] },
]

await mkdir(folder, { recursive: true })
await rm(join(folder, 'data'), { recursive: true, force: true })
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const environment = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  PORT: String(port),
  PUBLIC_URL: url,
  DATA_DIR: join(folder, 'data'),
  LOG_LEVEL: 'warn',
  // A fuzzer asks oftener than any program should.
  API_RATE_PER_MINUTE: '10000000',
  API_WRONG_TOKENS_PER_MINUTE: '10000000',
  ...(process.env.MONGOD_BINARY === undefined ? {} : { MONGOD_BINARY: process.env.MONGOD_BINARY }),
}
installFuzzer()
const service = startService()
let isClean = true
try {
  await untilReady()
  for (const person of people) isClean = (await fuzzAs(person)) && isClean
} finally {
  await stop(service)
}
const faults = readFileSync(join(folder, 'service.log'), 'utf8')
  .split('\n')
  .filter((line) => line.includes('"request failed"') || line.includes('"uncaught'))
for (const line of faults.slice(0, 20)) console.log(line)
console.log(
  `fuzz: ${isClean && faults.length === 0 ? 'clean' : 'FAULTS'}; ${faults.length} fault(s) in the log of the service`,
)
process.exitCode = isClean && faults.length === 0 ? 0 : 1

function installFuzzer(): void {
  if (existsSync(python)) {
    const wanted = readFileSync(requirements, 'utf8').trim().split('==')[1]
    if (run(python, ['-c', 'from importlib.metadata import version as v; print(v("schemathesis"))']).trim() === wanted)
      return
  }
  console.log('installing schemathesis under var/fuzz …')
  run('python3', ['-m', 'venv', join(folder, 'venv')])
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
}

function startService(): ChildProcess {
  const log = createWriteStream(join(folder, 'service.log'))
  const child = spawn(process.execPath, ['src/main.ts'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  return child
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (service.exitCode !== null)
      throw new Error(`the service ended: ${readFileSync(join(folder, 'service.log'), 'utf8')}`)
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok === true) return
    await sleep(200)
  }
  throw new Error('the service is not ready')
}

async function fuzzAs({ login, unit, roles }: (typeof people)[number]): Promise<boolean> {
  const account = ['--login', login, '--name', login, '--unit', unit, ...roles.flatMap((role) => ['--role', role])]
  run(process.execPath, ['src/pakn.ts', 'user', 'add', ...account])
  const token = run(process.execPath, ['src/pakn.ts', 'token', 'add', '--login', login]).trim()
  console.log(`\n== ${login}: ${roles.join(', ')}`)
  const options = [
    ['--config-file', resolve('test/fuzz/schemathesis.toml'), 'run', `${url}/api/openapi.json`],
    ['--header', `Authorization: Bearer ${token}`],
    ['--checks', 'all', '--continue-on-failure', '--no-color', '--workers', '1', '--request-timeout', '30'],
    ['--max-examples', '30', '--seed', '1'],
    process.argv.slice(2),
  ].flat()
  // Not waited for with everything standing still: connections that the service ends meanwhile have to be noticed.
  const fuzzer = spawn(join(folder, 'venv/bin/st'), options, {
    // What it remembers of a run stays here.
    cwd: folder,
    stdio: 'inherit',
    env: {
      PATH: environment.PATH,
      HOME: environment.HOME,
      SCHEMATHESIS_HOOKS: 'hooks',
      PYTHONPATH: resolve('test/fuzz'),
      PYTHONDONTWRITEBYTECODE: '1',
      FUZZ_URL: url,
      FUZZ_TOKEN: token,
    },
  })
  const [status] = await once(fuzzer, 'exit')
  const me = await fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
  if (!me.ok) console.log(`${login} has lost the token on the way: what came after that was not tried`)
  return status === 0 && me.ok
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env: environment, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 4).join(' ')} failed: ${stderr || String(error)}`)
  return stdout
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
