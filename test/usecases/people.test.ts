import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuditStore } from '../../src/store/audit-store.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { openPeopleStore } from '../../src/store/people.ts'
import { type AuditStore, createAudit } from '../../src/usecases/audit.ts'
import { createPeople, type People } from '../../src/usecases/people.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const now = Date.parse('2026-11-23T09:00:00+07:00')
const day = 86_400_000
let database: Database
let people: People
let audit: AuditStore
const handedBack: string[] = []

beforeAll(async () => {
  database = await openDatabase({ uri })
  const cipher = createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`))
  const store = await openPeopleStore(database, cipher)
  audit = await openAuditStore(database, cipher)
  people = createPeople({
    store,
    units: { isActive: (code) => code === 'QN-VP' || code === 'QN-STP' },
    publicUrl: 'http://localhost:3000',
    audit: createAudit({ store: audit, now: () => now }),
    handBack: async (login) => handedBack.push(login),
  })
})
afterAll(() => database.close())

const lan = {
  login: 'lan',
  name: 'Nguyễn Thị Lan',
  unitCode: 'QN-VP',
  roles: ['intakeOfficer'] as const,
  email: 'lan@example.vn',
}

async function withToken(login: string, days = 90): Promise<string> {
  await people.addPerson({ ...lan, login }, now)
  return (await people.addToken(login, { name: 'thử', days }, now)).token
}

describe('accounts', () => {
  test('a new person gets a link of their own, and the login is taken from then on', async () => {
    const { signInUrl } = await people.addPerson(lan, now)
    expect(signInUrl).toMatch(/^http:\/\/localhost:3000\/staff\/sign-in\?login=lan&code=[\w-]{43}$/)
    await expect(people.addPerson(lan, now)).rejects.toMatchObject({ code: 'login_taken' })
    expect((await people.listPeople({ after: null, limit: 100 })).find(({ login }) => login === 'lan')).toMatchObject({
      email: 'lan@example.vn',
    })
  })

  test('an unknown unit and the reserved logins are refused', async () => {
    await expect(people.addPerson({ ...lan, login: 'a', unitCode: 'X' }, now)).rejects.toMatchObject({
      code: 'unit_unknown',
    })
    await expect(people.addPerson({ ...lan, login: 'system' }, now)).rejects.toMatchObject({ code: 'login_reserved' })
  })

  test('neither the address nor any secret stands in the database in clear', async () => {
    const { signInUrl } = await people.addPerson({ ...lan, login: 'clear', email: 'marked-address@example.vn' }, now)
    const { token } = await people.addToken('clear', { name: 'x', days: 1 }, now)
    const all = await Promise.all(
      ['people', 'apiTokens', 'signInLinks'].map((name) => database.collection(name).find().toArray()),
    )
    const stored =
      JSON.stringify(all) +
      all
        .flat()
        .map((one) => Object.values(one).map((value) => Buffer.from(String(value)).toString()))
        .join()
    expect(stored).not.toContain('marked-address')
    expect(stored).not.toContain(token.split('.')[1])
    expect(stored).not.toContain(signInUrl.split('code=')[1])
  })
})

describe('tokens', () => {
  test('a token is its person, with that person’s unit and roles', async () => {
    expect(await people.personOf(await withToken('binh'), now)).toEqual({
      type: 'officer',
      login: 'binh',
      name: 'Nguyễn Thị Lan',
      unitCode: 'QN-VP',
      roles: ['intakeOfficer'],
      scopes: ['read', 'write', 'admin'],
    })
  })

  test('an expired token is nobody', async () => {
    const token = await withToken('chi', 2)
    expect(await people.personOf(token, now + 2 * day - 1)).not.toBeNull()
    expect(await people.personOf(token, now + 2 * day)).toBeNull()
  })

  test.each(['', 'pakn_', 'Bearer x', 'pakn_AAAAAAAAAAAA.', 'x'.repeat(10_000)])('%j is nobody', async (presented) => {
    expect(await people.personOf(presented.slice(0, 10_000), now)).toBeNull()
  })

  test('a token with a changed secret or an unknown id is nobody', async () => {
    const token = await withToken('dung')
    const [head = '', secret = ''] = token.split('.')
    const other = secret.startsWith('A') ? 'B' : 'A'
    expect(await people.personOf(`${head}.${other}${secret.slice(1)}`, now)).toBeNull()
    expect(await people.personOf(`pakn_AAAAAAAAAAAA.${secret}`, now)).toBeNull()
  })

  test('a revoked token is nobody, the others of that person stay', async () => {
    const first = await withToken('giang')
    const second = await people.addToken('giang', { name: 'hai', days: 90 }, now)
    await people.revokeToken(second.id, now)
    expect(await people.personOf(second.token, now)).toBeNull()
    expect(await people.personOf(first, now)).not.toBeNull()
    await expect(people.revokeToken('AAAAAAAAAAAA', now)).rejects.toMatchObject({ code: 'token_unknown' })
  })

  test('ending an account ends its tokens, and it gets no new ones', async () => {
    const token = await withToken('hoa')
    await people.disablePerson('hoa', now)
    expect(await people.personOf(token, now)).toBeNull()
    await expect(people.addToken('hoa', { name: 'x', days: 1 }, now)).rejects.toMatchObject({ code: 'person_disabled' })
    await expect(people.resetSignIn('hoa', now)).rejects.toMatchObject({ code: 'person_disabled' })
    await expect(people.disablePerson('nobody', now)).rejects.toMatchObject({ code: 'person_unknown' })
  })

  test('the last use is remembered', async () => {
    const token = await withToken('khanh')
    await people.personOf(token, now + 5000)
    expect((await people.listTokens({ login: 'khanh', limit: 10 }))[0]?.lastUsedAt).toBe(now + 5000)
  })
})

describe('an account in time', () => {
  const acts = async () =>
    (await audit.list({ technicalOnly: true }, null, 100)).map(({ act, data }) => `${act} ${data?.login}`)

  test('is good from its first to its last day in Vietnam, with its tokens', async () => {
    await people.addPerson({ ...lan, login: 'theo', validFrom: '2026-11-23', validTo: '2026-11-24' }, now)
    const { token } = await people.addToken('theo', { name: 'x', days: 30 }, now)
    const isGood = async (at: string) => (await people.personOf(token, Date.parse(at))) !== null
    expect(await isGood('2026-11-22T23:59:59+07:00')).toBe(false)
    expect(await isGood('2026-11-23T00:00:00+07:00')).toBe(true)
    expect(await isGood('2026-11-24T23:59:59+07:00')).toBe(true)
    expect(await isGood('2026-11-25T00:00:00+07:00')).toBe(false)
    expect(await people.officerOf('theo', Date.parse('2026-11-25T00:00:00+07:00'))).toBeNull()
  })

  test('cannot end before it begins', async () => {
    const backwards = { ...lan, login: 'sai', validFrom: '2026-11-24', validTo: '2026-11-23' }
    await expect(people.addPerson(backwards, now)).rejects.toMatchObject({ code: 'invalid_fields' })
    expect(await people.findPerson('sai')).toBeNull()
  })

  test('a move to another unit ends tokens and sessions and relieves of the cases', async () => {
    const token = await withToken('nga')
    const before = await people.findPerson('nga')
    await people.movePerson('nga', { unitCode: 'QN-STP', roles: ['handler', 'handler'] }, now)
    expect(await people.personOf(token, now)).toBeNull()
    expect(await people.findPerson('nga')).toMatchObject({
      unitCode: 'QN-STP',
      roles: ['handler'],
      epoch: (before?.epoch ?? 0) + 1,
    })
    expect(handedBack).toContain('nga')
    await expect(people.movePerson('nga', { unitCode: 'X', roles: ['handler'] }, now)).rejects.toMatchObject({
      code: 'unit_unknown',
    })
    expect(await acts()).toEqual(expect.arrayContaining(['accountChanged nga', 'tokenAdded nga', 'accountAdded nga']))
  })

  test('other roles count at the next request; who can handle nothing any more is relieved of the cases', async () => {
    const token = await withToken('oanh')
    await people.setRoles('oanh', ['agencyLeader'], now)
    expect((await people.personOf(token, now))?.roles).toEqual(['agencyLeader'])
    expect(handedBack).not.toContain('oanh')
    await people.setRoles('oanh', ['auditor'], now)
    expect(handedBack).toContain('oanh')
  })

  test('a last day in the past ends everything at once', async () => {
    const token = await withToken('phi')
    await people.setValidity('phi', { validFrom: null, validTo: '2026-11-22' }, now)
    expect(await people.personOf(token, now)).toBeNull()
    expect(handedBack).toContain('phi')
    await people.setValidity('phi', { validFrom: null, validTo: null }, now)
    // What was given out before does not come back to life.
    expect(await people.personOf(token, now)).toBeNull()
    expect(await people.officerOf('phi', now)).not.toBeNull()
  })
})

describe('what a token is good for', () => {
  test('stands with it; without `admin` its person is no administrator', async () => {
    await people.addPerson({ ...lan, login: 'qua', roles: ['administrator', 'auditor'] }, now)
    const { token } = await people.addToken('qua', { name: 'x', days: 1, scopes: ['read'] }, now)
    expect(await people.personOf(token, now)).toMatchObject({ roles: ['auditor'], scopes: ['read'] })
    const { token: whole } = await people.addToken('qua', { name: 'x', days: 1 }, now)
    expect(await people.personOf(whole, now)).toMatchObject({ roles: ['administrator', 'auditor'] })
  })

  test('the use of one that has ended is kept once a minute, with why', async () => {
    const token = await withToken('rin', 1)
    for (const after of [1, 1, 2]) expect(await people.personOf(token, now + after * day)).toBeNull()
    const refused = (await audit.list({ technicalOnly: true, actor: 'rin', act: 'tokenRefused' }, null, 10)).map(
      ({ data }) => data?.why,
    )
    expect(refused).toEqual(['expired', 'expired'])
  })
})
