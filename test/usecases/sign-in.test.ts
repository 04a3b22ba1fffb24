import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuditStore } from '../../src/store/audit-store.ts'
import { createFieldCipher, createKeyedHash, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createPasswordHasher } from '../../src/store/passwords.ts'
import { openPeopleStore } from '../../src/store/people.ts'
import { createTryCounter } from '../../src/store/try-counter.ts'
import { type AuditStore, createAudit } from '../../src/usecases/audit.ts'
import type { PasswordHasher, PeopleStore } from '../../src/usecases/people/ports.ts'
import { createSignIn, type SignedIn, type SignIn, type SignInDeps } from '../../src/usecases/people/sign-in.ts'
import { createPeople, type People } from '../../src/usecases/people.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const now = Date.parse('2026-11-23T09:00:00+07:00')
const MINUTE = 60_000
const good = 'cá kho tộ ăn với cơm nóng'
/** As cheap as argon2 allows: what is tested is not its strength. */
const hasher = createPasswordHasher({ cost: { memoryKib: 8, passes: 1 } })
let database: Database
let people: People
let auditStore: AuditStore
let signIns: SignIn
let store: PeopleStore
let deps: SignInDeps
/** How often a password was hashed: for whoever watches the clock. */
let hashed = 0

beforeAll(async () => {
  database = await openDatabase({ uri })
  const cipher = createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`))
  store = await openPeopleStore(database, cipher)
  auditStore = await openAuditStore(database, cipher)
  const audit = createAudit({ store: auditStore, now: () => now })
  people = createPeople({
    store,
    units: { isActive: () => true },
    publicUrl: 'http://localhost:3000',
    audit,
    handBack: async () => 0,
  })
  const { keyOf } = createKeyedHash(randomBytes(32))
  const counting: PasswordHasher = {
    ...hasher,
    verify(password, kept) {
      hashed += 1
      return hasher.verify(password, kept)
    },
  }
  deps = { store, hasher: counting, tries: createTryCounter(database), keyOf, audit }
  signIns = createSignIn(deps)
})
afterAll(() => database.close())

async function linkOf(login: string): Promise<string> {
  const person = { login, name: 'Trần Quốc Hùng', unitCode: 'QN-VP', roles: ['officeLeader'] as const, email: null }
  const { signInUrl } = await people.addPerson(person, now)
  return new URL(signInUrl).searchParams.get('code') ?? ''
}

async function withPassword(login: string): Promise<SignedIn> {
  return signIns.setPassword({ login, code: await linkOf(login), password: good }, now)
}

const signIn = (login: string, password: string, place: string, device: string | null = null, at = now) =>
  signIns.signIn({ login, password, place, device }, at)

describe('the first password', () => {
  test('is set through the link, once, and then opens the door', async () => {
    const code = await linkOf('an')
    const asked = { login: 'an', code, password: good }
    expect(await signIns.setPassword(asked, now)).toMatchObject({ ok: true, officer: { login: 'an' }, epoch: 2 })
    await expect(signIns.setPassword(asked, now)).rejects.toMatchObject({ code: 'link_invalid' })
    expect(await signIn('an', good, 'p1')).toMatchObject({ ok: true, epoch: 2 })
    expect(await signIn('an', `${good}!`, 'p1')).toEqual({ ok: false, reason: 'wrong' })
  })

  test('of ten at once one is set', async () => {
    const code = await linkOf('at-once')
    const passwords = Array.from({ length: 10 }, (_, index) => `${good} ${index}`)
    const outcomes = await Promise.allSettled(
      passwords.map((password) => signIns.setPassword({ login: 'at-once', code, password }, now)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test.each([
    ['another code', (code: string) => ({ code: `${code.slice(1)}x` })],
    ['an unknown login', () => ({ login: 'nobody-here' })],
  ])('is refused with %s', async (what, change) => {
    const login = `refused-${what.length}`
    const code = await linkOf(login)
    await expect(signIns.setPassword({ login, code, password: good, ...change(code) }, now)).rejects.toMatchObject({
      code: 'link_invalid',
    })
  })

  test('is refused after three days and for an ended account', async () => {
    const code = await linkOf('late')
    const asked = { login: 'late', code, password: good }
    await expect(signIns.setPassword(asked, now + 3 * 24 * 60 * MINUTE)).rejects.toMatchObject({ code: 'link_invalid' })
    await people.disablePerson('late', now)
    await expect(signIns.setPassword(asked, now)).rejects.toMatchObject({ code: 'link_invalid' })
  })

  test('a password that breaks the rules leaves the link good', async () => {
    const code = await linkOf('rules')
    await expect(signIns.setPassword({ login: 'rules', code, password: 'ngắn' }, now)).rejects.toMatchObject({
      code: 'invalid_fields',
      faults: [{ path: 'password', key: 'fault.tooShort' }],
    })
    expect((await signIns.setPassword({ login: 'rules', code, password: good }, now)).ok).toBe(true)
  })
})

describe('guessing', () => {
  test('is slowed for the place it comes from, while other places and the known browser go on', async () => {
    const { device } = await withPassword('binh')
    for (let tries = 1; tries <= 5; tries++)
      expect(await signIn('binh', 'sai', 'bad')).toEqual({ ok: false, reason: 'wrong' })
    expect(await signIn('binh', good, 'bad')).toEqual({ ok: false, reason: 'wait', until: now + 15_000 })
    expect(await signIn('binh', good, 'home', device)).toMatchObject({ ok: true, device: null })
    expect(await signIn('binh', good, 'office')).toMatchObject({ ok: true, device: expect.any(String) })
    expect(await signIn('binh', good, 'bad', null, now + 15_000)).toMatchObject({ ok: true })
  })

  test('waits double from failure to failure, and never longer than a quarter of an hour', async () => {
    await withPassword('chi')
    let at = now
    const waits: number[] = []
    for (let tries = 1; tries <= 14; tries++) {
      await signIn('chi', 'sai', 'one-place', null, at)
      const next = await signIn('chi', 'sai', 'one-place', null, at)
      if (next.ok || next.reason !== 'wait') continue
      waits.push((next.until - at) / 1000)
      at = next.until
    }
    expect(waits.slice(0, 7)).toEqual([15, 30, 60, 120, 240, 480, 900])
    expect(Math.max(...waits)).toBe(900)
  })

  test('from many places together is slowed by a minute at most; a known browser is not touched', async () => {
    const { device } = await withPassword('dung')
    let locked: number | null = null
    for (let place = 1; place <= 60; place++) {
      const outcome = await signIn('dung', 'sai', `place-${place}`)
      if (!outcome.ok && outcome.reason === 'wait') locked = Math.max(locked ?? 0, outcome.until - now)
    }
    expect(locked).not.toBeNull()
    expect(locked).toBeLessThanOrEqual(MINUTE)
    expect(await signIn('dung', good, 'office', device)).toMatchObject({ ok: true })
    expect(await signIn('dung', good, 'new place', null, now + MINUTE)).toMatchObject({ ok: true })
  })

  test('a hundred tries at once are five', async () => {
    await withPassword('giang')
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => signIn('giang', 'sai', 'one')))
    expect(outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'wrong')).toHaveLength(5)
  })

  test('a new link opens the door whatever others have tried, and ends sessions and known browsers', async () => {
    const first = await withPassword('hoa')
    const session = { login: 'hoa', epoch: first.epoch }
    expect(await signIns.officerOfSession(session, now)).toMatchObject({ login: 'hoa' })
    for (let tries = 1; tries <= 10; tries++) await signIn('hoa', 'sai', 'home')
    const { signInUrl } = await people.resetSignIn('hoa', now)
    const code = new URL(signInUrl).searchParams.get('code') ?? ''
    const again = await signIns.setPassword({ login: 'hoa', code, password: `${good} nữa` }, now)
    expect(await signIns.officerOfSession(session, now)).toBeNull()
    expect(await signIn('hoa', `${good} nữa`, 'home', first.device)).toMatchObject({ ok: false, reason: 'wait' })
    expect(await signIn('hoa', `${good} nữa`, 'home', again.device)).toMatchObject({ ok: true })
    expect(await signIn('hoa', good, 'elsewhere')).toEqual({ ok: false, reason: 'wrong' })
  })

  test('another person’s known browser is none', async () => {
    const { device } = await withPassword('kha')
    await withPassword('lam')
    expect(await signIn('lam', good, 'x', device)).toMatchObject({ ok: true, device: expect.any(String) })
  })
})

describe('a sign-in', () => {
  test('of an unknown login, a login without a password, and an ended account all look the same', async () => {
    await linkOf('no-password')
    await withPassword('ended')
    await people.disablePerson('ended', now)
    for (const login of ['never-heard-of', 'no-password', 'ended']) {
      const before = hashed
      expect(await signIn(login, good, 'x')).toEqual({ ok: false, reason: 'wrong' })
      expect(hashed - before).toBe(1)
    }
  })

  test('and its refusals stand in the log, but nothing of what a stranger typed', async () => {
    await withPassword('mai')
    await signIn('mai', 'sai', 'x')
    await signIn('mai', good, 'x')
    await signIn('typed-my-password-here', 'x', 'x')
    const acts = (await auditStore.list({ technicalOnly: true, actor: 'mai' }, null, 10)).map(({ act }) => act)
    expect(acts).toEqual(['signIn', 'signInRefused', 'passwordSet'])
    const all = JSON.stringify(await database.collection('audit').find().toArray())
    expect(all).not.toContain('typed-my-password-here')
    const kept = JSON.stringify(await database.collection('signInTries').find().toArray())
    expect(kept).not.toMatch(/mai|typed/)
  })

  test('a session ends when its person is moved, and when the password is changed', async () => {
    const { epoch, device } = await withPassword('nam')
    const changed = await signIns.changePassword(
      { type: 'officer', login: 'nam', name: 'Trần Quốc Hùng', unitCode: 'QN-VP', roles: [] },
      { password: good, next: 'một câu khác hẳn, dài hơn', place: 'x', device },
      now,
    )
    expect(changed).toEqual({ ok: true, epoch: epoch + 1 })
    expect(await signIns.officerOfSession({ login: 'nam', epoch }, now)).toBeNull()
    expect(await signIns.officerOfSession({ login: 'nam', epoch: epoch + 1 }, now)).not.toBeNull()
    await people.movePerson('nam', { unitCode: 'QN-STP', roles: ['handler'] }, now)
    expect(await signIns.officerOfSession({ login: 'nam', epoch: epoch + 1 }, now)).toBeNull()
  })

  test('makes the hash anew where its cost has changed, and neither password nor session', async () => {
    const { epoch } = await withPassword('oanh')
    expect(await store.passwordOf('oanh')).toContain('m=8,t=1')
    const dearer = createSignIn({ ...deps, hasher: createPasswordHasher({ cost: { memoryKib: 16, passes: 1 } }) })
    const asked = { login: 'oanh', password: good, place: 'x', device: null }
    expect(await dearer.signIn(asked, now)).toMatchObject({ ok: true, epoch })
    expect(await store.passwordOf('oanh')).toContain('m=16,t=1')
    expect(await dearer.signIn(asked, now)).toMatchObject({ ok: true, epoch })
  })
})
