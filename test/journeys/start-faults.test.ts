import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort, startInVain, startTestProcess } from '../support/app.ts'
import { createCitizen } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { startFakeZalo } from '../support/fake-zalo.ts'
import { startStandaloneMongod } from '../support/standalone-mongod.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const { uri: keyed } = testDatabase()
let dataDir: string
const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-start-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** What the terminal shows when the service cannot start; a stack trace is for nobody. */
async function faultOf(env: Record<string, string>): Promise<string> {
  const port = String(await freePort())
  const { exitCode, output } = await startInVain({ PORT: port, HOST: '127.0.0.1', DATA_DIR: dataDir, ...env })
  expect({ exitCode, output }).toMatchObject({ exitCode: 1 })
  expect(output).not.toMatch(/^\s+at .*:\d+:\d+/m)
  expect(output).not.toContain('node:internal')
  return output.trim()
}

describe('a start that cannot succeed says in one word why, and ends', () => {
  test('every fault of the configuration is named at once', async () => {
    const output = await faultOf({
      MONGODB_URI: 'http://localhost',
      PORT: 'many',
      ZALO_APP_ID: '123',
      SMS_URL: 'https://sms.example.vn/send',
      QUIET_HOURS: 'night',
      DATA_KEYS: 'short',
    })
    expect(output).toContain('Cấu hình có')
    const names = ['MONGODB_URI', 'PORT', 'ZALO_APP_SECRET', 'ZALO_OA_ID', 'ZALO_OA_SECRET_KEY', 'SMS_TOKEN']
    for (const name of [...names, 'QUIET_HOURS', 'DATA_KEYS']) expect(output).toMatch(new RegExp(`^  ${name}: .+`, 'm'))
  })

  test('production without its secrets names each', async () => {
    const output = await faultOf({ NODE_ENV: 'production', MONGODB_URI: uri, CLOCK_OFFSET: '+3d' })
    for (const name of ['ZALO_APP_ID', 'PUBLIC_URL', 'DATA_KEYS', 'SESSION_SECRET', 'CLOCK_OFFSET'])
      expect(output).toContain(`  ${name}: `)
  })

  test('templates that no notice can fill, each with its line', async () => {
    const file = join(dataDir, 'zbs.json')
    await writeFile(
      file,
      '{\n"N1": {"template_id": "1", "parameters": {"ten": "name"}},\n"N77": {"template_id": "1", "parameters": {}}\n}',
    )
    const output = await faultOf({ MONGODB_URI: uri, ZBS_TEMPLATES: file })
    expect(output).toContain('có 2 lỗi')
    expect(output).toMatch(/zbs\.json:2 N1\.parameters\.ten: .*R5-4/)
    expect(output).toMatch(/zbs\.json:3 N77: không có thông báo này/)
  })

  test('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const output = await faultOf({ PORT: port, MONGODB_URI: uri })
    server.close()
    expect(output.split('\n')).toHaveLength(1)
    expect(output).toContain(`Cổng ${port} đang có chương trình khác dùng.`)
  })

  test('a data folder that cannot be written', async () => {
    const file = join(dataDir, 'a-file')
    await writeFile(file, '')
    const output = await faultOf({ DATA_DIR: join(file, 'var'), MONGODB_URI: uri })
    expect(output).toContain('Không ghi được vào thư mục')
    const own = await faultOf({ DATA_DIR: join(file, 'var'), MONGOD_BINARY: inject('mongodBinary') })
    expect(own).toContain('Không ghi được vào thư mục')
  })

  test('a mongod that is not there', async () => {
    const output = await faultOf({ MONGOD_BINARY: join(dataDir, 'none', 'mongod') })
    expect(output).toContain('MONGOD_BINARY')
  })

  test('a database that does not answer', async () => {
    const output = await faultOf({ MONGODB_URI: `mongodb://127.0.0.1:${await freePort()}/pakn?replicaSet=none` })
    expect(output).toContain('Không kết nối được MongoDB')
  })

  test('a database that is no replica set', async () => {
    const mongod = await startStandaloneMongod(inject('mongodBinary'))
    try {
      const output = await faultOf({ MONGODB_URI: mongod.uri })
      expect(output).toContain('replica set')
    } finally {
      await mongod.stop()
    }
  })

  test('keys that do not open what is stored', async () => {
    const right = await startTestProcess({ uri: keyed, dataDir, env: { DATA_KEYS: key('k1') } })
    await right.end()
    expect(await faultOf({ MONGODB_URI: keyed, DATA_KEYS: key('k1') })).toContain('không mở được dữ liệu đã lưu')
    expect(await faultOf({ MONGODB_URI: keyed, DATA_KEYS: key('k2') })).toContain('"k1"')
  })
})

describe('SIGTERM', () => {
  const { uri: own } = testDatabase()

  test('finishes what is in hand; what comes after waits for the next start and is answered once', async () => {
    const zalo = await startFakeZalo()
    const folder = await mkdtemp(join(tmpdir(), 'pakn-term-'))
    const options = { uri: own, zalo, dataDir: folder }
    const first = await startTestProcess(options)
    const me = createCitizen(zalo, '8461027395518850001')
    const other = createCitizen(zalo, '8461027395518850002')
    await me.say('menu')
    zalo.fail({ mode: 'slow', ms: 600 }, { userId: me.id })
    expect(await zalo.post(zalo.events.userSendsText(me.id, 'tra cuu'))).toBe(200)
    await until('the send is under way', () => zalo.counts.calls > 2)
    const posted = zalo.post(zalo.events.userSendsText(other.id, 'menu'))
    expect(await first.end('SIGTERM')).toBe(0)
    expect(me.heard()).toHaveLength(2)
    expect(first.output()).not.toMatch(/"level":"(error|fatal)"/)

    const wasTaken = (await posted) === 200
    const second = await startTestProcess(options)
    if (!wasTaken) await zalo.post(zalo.events.userSendsText(other.id, 'menu'))
    await until('the other is answered', () => other.heard().length > 0)
    await second.end()
    expect([me.heard().length, other.heard().length]).toEqual([2, 1])
    await zalo.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)
})
