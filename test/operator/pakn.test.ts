import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runPakn } from '../../src/operator/program.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { findRunningMongod } from '../../src/store/mongod.ts'
import { emailContext } from '../../src/store/people.ts'
import { openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`
const first = key('k1')
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

type Ran = { code: number; out: string; err: string }

async function pakn(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const output = { result: (line: string) => void out.push(line), say: (line: string) => void err.push(line) }
  const code = await runPakn(args, { MONGODB_URI: uri, DATA_DIR: dataDir, DATA_KEYS: first, ...env }, output)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const lan = [
  '--login',
  'lan',
  '--name',
  'Nguyễn Thị Lan',
  '--unit',
  'QN-VP',
  '--role',
  'intakeOfficer',
  '--role',
  'publisher',
]

describe('people', () => {
  test('an account is opened with a link, listed, and its login taken', async () => {
    const added = await pakn(['user', 'add', ...lan, '--email', 'lan@example.vn'])
    expect(added.code).toBe(0)
    expect(added.out).toMatch(/^http:\/\/localhost:3000\/staff\/sign-in\?login=lan&code=[\w-]{43}$/)
    expect((await pakn(['user', 'list'])).out).toBe('lan\tNguyễn Thị Lan\tQN-VP\tintakeOfficer,publisher\t-\t-\tactive')
    const again = await pakn(['user', 'add', ...lan])
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toMatch(/đã có người dùng.*\n.*taken/)
  })

  test('the token is the only result, works once shown, is listed without its secret, and ends when revoked', async () => {
    const { code, out: token } = await pakn(['token', 'add', '--login', 'lan', '--days', '30'])
    expect(code).toBe(0)
    expect(token).toMatch(/^pakn_[\w-]{12}\.[\w-]{43}$/)
    const listed = (await pakn(['token', 'list'])).out
    expect(listed).toMatch(/^[\w-]{12}\tlan\tapi\t.*\t-\tactive$/)
    expect(listed).not.toContain(token.split('.')[1])
    const id = listed.split('\t')[0] ?? ''
    expect((await pakn(['token', 'revoke', '--', id])).code).toBe(0)
    expect((await pakn(['token', 'list', '--login', 'lan'])).out).toMatch(/revoked$/)
  })

  test('a disabled account is shown as such and gets no token', async () => {
    await pakn(['user', 'add', '--login', 'binh', '--name', 'Lê Bình', '--unit', 'QN-VP', '--role', 'handler'])
    expect((await pakn(['user', 'disable', '--login', 'binh'])).code).toBe(0)
    expect((await pakn(['user', 'list'])).out).toMatch(/^binh\t.*disabled$/m)
    expect((await pakn(['token', 'add', '--login', 'binh'])).code).toBe(1)
    expect((await pakn(['user', 'reset', '--login', 'binh'])).code).toBe(1)
  })

  test.each([
    [['user', 'add', '--login', 'x', '--name', 'X', '--unit', 'NOWHERE', '--role', 'handler'], 1],
    [['user', 'add', '--login', 'x', '--name', 'X', '--unit', 'QN-VP', '--role', 'king'], 2],
    [['user', 'add', '--login', 'x', '--name', 'X', '--unit', 'QN-VP'], 2],
    [['user', 'add', '--login', 'x y', '--name', 'X', '--unit', 'QN-VP', '--role', 'handler'], 2],
    [['token', 'add', '--login', 'lan', '--days', '0'], 2],
    [['token', 'add'], 2],
    [['user', 'disable', '--login', 'nobody'], 1],
    [['fly'], 2],
    [[], 2],
  ])('%j ends with %i and no result', async (args, code) => {
    const ran = await pakn(args)
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: '' })
    expect(ran.err).not.toBe('')
  })

  test('help is a result, in both languages', async () => {
    const { code, out } = await pakn(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/Công cụ vận hành/)
    expect(out).toMatch(/operator’s tool/)
  })

  test('a wrong environment is refused with every fault', async () => {
    const { code, err } = await pakn(['user', 'list'], { PORT: 'x', QUIET_HOURS: 'y' })
    expect(code).toBe(1)
    expect(err).toMatch(/PORT:.*\n.*QUIET_HOURS:/)
  })

  test('demonstration people come with tokens, twice without harm, and never in production', async () => {
    expect((await pakn(['demo'])).out.split('\n')[0]).toMatch(/^lan\tQN-VP\tintakeOfficer\tpakn_/)
    expect((await pakn(['demo'])).code).toBe(0)
    const zalo = { ZALO_APP_ID: '1', ZALO_APP_SECRET: 'a9', ZALO_OA_ID: '2', ZALO_OA_SECRET_KEY: 'b9' }
    const live = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://pakn.tinh.gov.vn',
      SESSION_SECRET: randomBytes(32).toString('hex'),
      ...zalo,
    }
    expect(await pakn(['demo'], live)).toMatchObject({ code: 1, out: '' })
  })
})

describe('zalo', () => {
  const trial = { ZALO_APP_ID: '777', ZALO_APP_SECRET: 'a9', ZALO_OA_ID: '2', ZALO_OA_SECRET_KEY: 'b9' }

  test('an administrator gets the address of the consent, others and a demonstration do not', async () => {
    await pakn(['user', 'add', '--login', 'admin', '--name', 'Quản Trị', '--unit', 'QN-VP', '--role', 'administrator'])
    const { code, out, err } = await pakn(['zalo', 'connect', '--login', 'admin'], trial)
    expect(code, err).toBe(0)
    expect(new URL(out).searchParams.get('app_id')).toBe('777')
    expect(new URL(out).searchParams.get('redirect_uri')).toBe('http://localhost:3000/zalo/callback')
    expect(await pakn(['zalo', 'connect', '--login', 'lan'], trial)).toMatchObject({ code: 1, out: '' })
    expect(await pakn(['zalo', 'connect', '--login', 'admin'])).toMatchObject({ code: 1, out: '' })
  })
})

describe('histories', () => {
  test('an untouched one is in order, a changed and a shortened one are named', async () => {
    const house = await openHouse(uri, first)
    const [whole, changed, cut] = [await house.file(), await house.file(), await house.file()]
    expect(await pakn(['verify'])).toMatchObject({ code: 0, out: '' })
    const lines = house.database.collection<{ _id: string; code: string; actor: string }>('history')
    await lines.updateOne({ code: changed }, { $set: { actor: 'nobody' } })
    await lines.deleteOne({ code: cut })
    const { code, out } = await pakn(['verify'])
    expect(code).toBe(1)
    expect(out.split('\n').sort()).toEqual([`${changed}\t1\tentry_changed`, `${cut}\t1\thead_differs`].sort())
    expect(await pakn(['verify', whole])).toMatchObject({ code: 0, out: '' })
    expect(await pakn(['verify', 'PAKN.20200101.0001'])).toMatchObject({ code: 1, out: '' })
    await house.close()
  })
})

describe('keys', () => {
  let database: Database
  beforeAll(async () => {
    database = await openDatabase({ uri })
  })
  afterAll(() => database.close())

  test('rotation writes everything anew and lets the old key go', async () => {
    const second = key('k2')
    expect((await pakn(['user', 'list'], { DATA_KEYS: second })).code).toBe(1)
    const both = { DATA_KEYS: `${second},${first}` }
    const { code, out, err } = await pakn(['keys', 'rotate'], both)
    expect(code, err).toBe(0)
    expect(out).toMatch(/^fields\t[1-9]\d*\nfiles\t0\nretired\tk1$/)
    expect(err).toMatch(/people\.email: [1-9]/)
    const stored = await database.collection<{ _id: string; email: Buffer }>('people').findOne({ _id: 'lan' })
    expect(
      createFieldCipher(parseDataKeys(second)).decryptText(stored?.email ?? Buffer.alloc(0), emailContext('lan')),
    ).toBe('lan@example.vn')
    expect((await pakn(['user', 'list'], { DATA_KEYS: second })).code).toBe(0)
    expect((await pakn(['keys', 'rotate'], { DATA_KEYS: second })).out).toBe('fields\t0\nfiles\t0\nretired\t-')
  })
})

test('without a service and without an address the command runs a database of its own and ends it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pakn-own-'))
  const env = {
    ...process.env,
    MONGODB_URI: '',
    DATA_KEYS: '',
    REDIS_URL: '',
    DATA_DIR: folder,
    MONGOD_BINARY: inject('mongodBinary'),
  }
  const run = (args: string[]) =>
    new Promise<Ran>((resolve) => {
      execFile(process.execPath, ['src/pakn.ts', ...args], { env }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
      )
    })
  const added = await run(['user', 'add', ...lan])
  expect(added.code, added.err).toBe(0)
  expect(added.out).toMatch(/^http:.*\n$/)
  const listed = await run(['user', 'list'])
  expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/^lan\t/) })
  expect(await findRunningMongod(folder)).toBeUndefined()
  await rm(folder, { recursive: true })
})
