import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import bodies from '../../data/changeover-2025.json' with { type: 'json' }
import type { Officer } from '../../src/cases/case.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { verifyChain } from '../../src/cases/history.ts'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { runChangeover } from '../../src/usecases/changeover.ts'
import { createUnitDirectory } from '../../src/usecases/unit-directory.ts'
import { createUnitSuccession } from '../../src/usecases/unit-succession.ts'
import { draft, type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'
import { runTool } from './support.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
const received = Date.parse('2025-06-10T09:00:00+07:00')
const DAY_MS = 86_400_000
const office: Officer = { type: 'officer', login: 'lan', name: 'Lan', unitCode: 'KT-VP', roles: ['intakeOfficer'] }
let dataDir: string
let house: House
const codes: Record<string, string> = {}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-changeover-'))
  house = await openHouse(uri, dataKeys)
  house.setNow(received + DAY_MS)
  await house.people.addPerson({ ...office, email: null }, received)
  await house.people.addPerson(
    { login: 'ha', name: 'Y Hà', unitCode: 'KT-C23527', roles: ['agencyCoordinator', 'handler'], email: null },
    received,
  )
  // Forwarded under the former model: to a commune with a handler, to districts, to bodies with one and with several successors.
  codes.commune = await forwarded({ leadUnitCode: 'KT-C23527', coordinatingUnitCodes: ['KT-STNMT'] })
  codes.district = await forwarded({ leadUnitCode: 'KT-D616' }, { suggestedUnitCode: 'KT-C23533' })
  codes.byAddress = await forwarded({ leadUnitCode: 'KT-D616' }, { suggestedUnitCode: null })
  codes.elsewhere = await forwarded({ leadUnitCode: 'KT-D610' }, { suggestedUnitCode: null })
  codes.body = await forwarded({ leadUnitCode: 'KT-SGTVT', field: 'transport' })
  codes.byField = await forwarded({ leadUnitCode: 'KT-SLDTBXH', field: 'education' })
  codes.several = await forwarded({ leadUnitCode: 'KT-SLDTBXH', field: 'labour_social' })
  codes.intake = await file()
  codes.closed = await file()
  await act(codes.closed, { act: 'withdraw', reason: 'Theo đơn.' }, 1)
})
afterAll(async () => {
  await house.close()
  await rm(dataDir, { recursive: true })
})

const address = {
  model: '2022' as const,
  provinceCode: '62',
  districtCode: '616',
  communeCode: '23539',
  detail: 'Thôn 1',
  text: 'Thôn 1, xã Sa Sơn',
}
const file = (change = {}) => house.file(draft({ receivedAt: received, address, suggestedUnitCode: null, ...change }))

async function act(code: string, body: object, version: number, login = 'lan'): Promise<void> {
  const officer = (await house.people.officerOf(login, received)) ?? office
  await house.move(officer, code, body, version)
}

async function forwarded(to: object, change = {}): Promise<string> {
  const code = await file(change)
  const forward = { act: 'forward', contentKind: 'conduct', field: 'land', note: 'Chuyển đơn vị.', ...to }
  await act(code, forward, 1)
  if ('leadUnitCode' in to && to.leadUnitCode === 'KT-C23527')
    await act(code, { act: 'accept', handler: 'ha' }, 2, 'ha')
  return code
}

const pakn = (...args: string[]) => runTool(args, { MONGODB_URI: uri, DATA_DIR: dataDir, DATA_KEYS: dataKeys })
const lines = (out: string) =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))

test('a dry run says which case would go where and what only a person can say, and changes nothing', async () => {
  const before = await house.cases.find(codes.commune ?? '')
  const { code, out, err } = await pakn('changeover', '--dry-run')
  expect(code, err).toBe(0)
  expect(lines(out).sort()).toEqual(
    [
      [codes.commune, 'intake', 'KT-VP', 'QN-VP', 'rule'],
      [codes.commune, 'lead', 'KT-C23527', 'QN-C23527', 'rule'],
      [codes.commune, 'coordinating', 'KT-STNMT', 'QN-SNNMT', 'rule'],
      [codes.district, 'intake', 'KT-VP', 'QN-VP', 'rule'],
      [codes.district, 'lead', 'KT-D616', 'QN-C23527', 'rule'],
      [codes.byAddress, 'intake', 'KT-VP', 'QN-VP', 'rule'],
      [codes.byAddress, 'lead', 'KT-D616', 'QN-C23527', 'rule'],
      [codes.elsewhere, 'lead', 'KT-D610', '?', 'placeUnknown'],
      [codes.body, 'intake', 'KT-VP', 'QN-VP', 'rule'],
      [codes.body, 'lead', 'KT-SGTVT', 'QN-SXD', 'rule'],
      [codes.byField, 'intake', 'KT-VP', 'QN-VP', 'rule'],
      [codes.byField, 'lead', 'KT-SLDTBXH', 'QN-SGDDT', 'rule'],
      [codes.several, 'lead', 'KT-SLDTBXH', '?', 'severalSuccessors'],
      [codes.intake, 'intake', 'KT-VP', 'QN-VP', 'rule'],
    ].sort(),
  )
  expect(err).toMatch(/would go/)
  expect(err).toMatch(/ha \(KT-C23527\)/)
  expect(await house.cases.find(codes.commune ?? '')).toEqual(before)
})

test('a run that is cut off is run again; nothing happens twice, also where two run at once', async () => {
  const today = '2026-11-23'
  const data = await loadUnits('data')
  const units = createUnitDirectory(data)
  const deps = {
    cases: house.cases,
    units,
    officers: { find: (login: string) => house.people.officerOf(login) },
    successionFor: createUnitSuccession(data, bodies, units, today),
    now: () => Date.parse('2026-11-23T08:00:00+07:00'),
  }
  const endedUnitCodes = units
    .all()
    .filter((unit) => !units.isActive(unit.code, today))
    .map((unit) => unit.code)
  const asked = { endedUnitCodes, decisions: new Map<string, string>(), isDry: false }
  const before = await house.cases.find(codes.commune ?? '')
  let moved = 0
  for await (const { outcome } of runChangeover(deps, asked)) {
    if (outcome === 'moved') moved += 1
    if (moved === 2) break
  }
  const count = async () => {
    let found = 0
    for await (const { outcome } of runChangeover(deps, asked)) found += outcome === 'moved' ? 1 : 0
    return found
  }
  const [one, other] = await Promise.all([count(), count()])
  expect(moved + one + other).toBe(6)
  expect(await count()).toBe(0)

  const code = codes.commune ?? ''
  const after = await house.cases.find(code)
  expect(after).toMatchObject({
    state: 'PROCESSING',
    model: '2022',
    intakeUnitCode: 'QN-VP',
    leadUnitCode: 'QN-C23527',
    coordinatingUnitCodes: ['QN-SNNMT'],
    handler: null,
  })
  const now = deps.now()
  const due = (current: NonNullable<typeof before>) => clocksOf(current, { ...house.law.of(current), now }).answerBy
  expect(before !== null && after !== null && due(after)).toBe(before === null ? '' : due(before))
  const history = await house.cases.history(code)
  expect(history.filter((line) => line.act === 'changeover')).toHaveLength(1)
  expect(history.at(-1)).toMatchObject({
    actor: 'system',
    act: 'changeover',
    data: { rule: 'R7-6', decidedBy: 'rule', handlerBefore: 'ha' },
  })
  expect(verifyChain(history, (await house.cases.head(code)) ?? undefined)).toEqual([])
  expect((await house.cases.find(codes.closed ?? ''))?.intakeUnitCode).toBe('KT-VP')
})

test('what a person has decided is done, and decisions that cannot be are refused before anything', async () => {
  const decisions = join(dataDir, 'decisions.tsv')
  await writeFile(decisions, `${codes.several}\tKT-SNV\n`)
  expect(await pakn('changeover', '--decisions', decisions)).toMatchObject({ code: 1, out: '' })
  await writeFile(decisions, `${codes.several}\tQN-SNV\tQN-SYT\n`)
  expect(await pakn('changeover', '--decisions', decisions)).toMatchObject({ code: 1, out: '' })
  await writeFile(decisions, `# do bà Lan quyết định\n${codes.several}\tQN-SNV\n\n${codes.elsewhere}\tQN-SNNMT\n`)
  const { code, out, err } = await pakn('changeover', '--decisions', decisions)
  expect(code, err).toBe(0)
  expect(
    lines(out)
      .filter(([, part]) => part === 'lead')
      .sort(),
  ).toEqual(
    [
      [codes.several, 'lead', 'KT-SLDTBXH', 'QN-SNV', 'person'],
      [codes.elsewhere, 'lead', 'KT-D610', 'QN-SNNMT', 'person'],
    ].sort(),
  )
  expect((await house.cases.history(codes.several ?? '')).at(-1)?.data).toMatchObject({ decidedBy: 'person' })
  expect((await pakn('changeover')).out).toBe('')
})
