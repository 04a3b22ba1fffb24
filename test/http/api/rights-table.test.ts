import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Officer, Role } from '../../../src/cases/case.ts'
import { rightOver } from '../../../src/cases/rights.ts'
import { units as smallProvince } from '../../cases/fixtures.ts'
import { testDatabase } from '../../support/database.ts'
import { CHECKLIST } from '../../support/matter.ts'
import { type House, openHouse } from './support.ts'

// Rights of §7.2, row by row and person by person, through HTTP. The answers below were written from the rules, not from the code.

const { uri } = testDatabase()
let house: House
let folder: string
const tokens: Record<string, string> = {}

/** Who asks: of the Office; of the unit that has the case; `x` of another unit, `d` of one with intake of its own. */
const PEOPLE: Record<string, [string, ...Role[]]> = {
  io: ['QN-VP', 'intakeOfficer'],
  ol: ['QN-VP', 'officeLeader'],
  p: ['QN-VP', 'publisher'],
  ac: ['QN-C23527', 'agencyCoordinator'],
  h: ['QN-C23527', 'handler'],
  h2: ['QN-C23527', 'handler'],
  al: ['QN-C23527', 'agencyLeader'],
  acx: ['QN-C23530', 'agencyCoordinator'],
  hx: ['QN-C23530', 'handler'],
  alx: ['QN-C23530', 'agencyLeader'],
  acd: ['QN-SXD', 'agencyCoordinator'],
  hd: ['QN-SXD', 'handler'],
  au: ['QN-STP', 'auditor'],
  dpo: ['QN-STP', 'dataProtectionOfficer'],
  ad: ['QN-VP', 'administrator'],
}
const EVERYBODY = Object.keys(PEOPLE)
const officers: Record<string, Officer> = {}
/** Not in the table below: they bring the cases to where they are. */
const colleague: Officer = {
  type: 'officer',
  login: 'colleague',
  name: 'Cán bộ',
  unitCode: 'QN-VP',
  roles: ['intakeOfficer'],
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pakn-rights-'))
  const name = 'quangngai-2025-units.json'
  const file = JSON.parse(await readFile(join('data', name), 'utf8')) as {
    units: { code: string; directIntake?: boolean }[]
  }
  for (const unit of file.units) if (unit.code === 'QN-SXD') unit.directIntake = true
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), JSON.stringify(file))
  house = await openHouse(uri, undefined, { unitsFolder: folder })
  for (const [login, [unitCode, ...roles]] of Object.entries(PEOPLE)) {
    tokens[login] = await house.tokenOf(login, unitCode, ...roles)
    officers[login] = { type: 'officer', login, name: `Cán bộ ${login}`, unitCode, roles }
  }
})
afterAll(async () => {
  await house.close()
  await rm(folder, { recursive: true })
})

const as = (who: string) => ({ Authorization: `Bearer ${tokens[who]}` })
const get = (who: string, path: string) => supertest(house.app).get(`/api/v1${path}`).set(as(who))
const post = (who: string, path: string, body: object) =>
  supertest(house.app).post(`/api/v1${path}`).set(as(who)).send(body)

/** `yes`: not refused for who asks; `no`: not this person's to do; `unknown`: one may not even know of the case. */
function meaning(status: number): string {
  if (status === 404) return 'unknown'
  return status === 403 ? 'no' : status === 200 || status === 422 || status === 428 ? 'yes' : String(status)
}
/** An act without the version that was read: it ends with 428 for whoever might take it. */
const mayAct = (code: string, body: object) => async (who: string) =>
  meaning((await post(who, `/cases/${code}/acts`, body)).status)

type Expected = Record<string, string>
/** `{ yes: 'io ol', no: 'p' }`; whoever is named nowhere may not know of the case. */
async function expectCells(ask: (who: string) => Promise<string>, expected: Expected, rest = 'unknown'): Promise<void> {
  const wanted = new Map(
    Object.entries(expected).flatMap(([answer, people]) => people.split(' ').map((who) => [who, answer])),
  )
  const cells = await Promise.all(EVERYBODY.map(async (who) => [who, await ask(who)]))
  expect(Object.fromEntries(cells)).toEqual(Object.fromEntries(EVERYBODY.map((who) => [who, wanted.get(who) ?? rest])))
}

const forward = { act: 'forward', contentKind: 'conduct', field: 'land', leadUnitCode: 'QN-C23527', note: 'Chuyển xã.' }
const answer = {
  act: 'submitAnswer',
  answer: 'Đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà vào ngày 25/11/2026.',
  form: 'corrected',
}
const handleSelf = { act: 'handleSelf', contentKind: 'conduct', field: 'land', handler: 'io' }

/** A case that has gone this way, each step by whoever may take it. */
async function caseAfter(...steps: [Officer | undefined, object][]): Promise<string> {
  const code = await house.file()
  for (const [index, [actor, act]] of steps.entries()) {
    if (actor === undefined) throw new Error('nobody to act')
    await house.move(actor, code, act, index + 1)
  }
  return code
}
const forwarded = () => caseAfter([colleague, forward])
const inHand = () => caseAfter([colleague, forward], [officers.ac, { act: 'accept', handler: 'h' }])
const ownOffice = () => caseAfter([colleague, handleSelf])
const answerWritten = () =>
  caseAfter([colleague, forward], [officers.ac, { act: 'accept', handler: 'h' }], [officers.h, answer])
const answered = () =>
  caseAfter(
    [colleague, forward],
    [officers.ac, { act: 'accept', handler: 'h' }],
    [officers.h, answer],
    [officers.al, { act: 'approveAnswer' }],
  )
const refusal = {
  act: 'refuse',
  reasonCode: 'complaint',
  reason: 'Đơn khiếu nại.',
  guidance: 'Xin gửi nơi đã ra quyết định.',
}

describe('See case, full text; see phone, address unmasked', () => {
  const seen = (code: string) => async (who: string) => {
    const { status, body } = await get(who, `/cases/${code}`)
    if (status !== 200) return meaning(status)
    const isMasked = body.phone.includes('*') && body.name.includes('*') && body.address.detail === undefined
    const text = body.content === undefined ? 'no text' : body.content.includes('tháng 8') ? 'text' : 'other text'
    return `${text}, ${isMasked ? 'masked' : 'unmasked'}`
  }

  test('of a case at the intake', async () => {
    await expectCells(seen(await house.file()), {
      'text, unmasked': 'io ol',
      'text, masked': 'p au',
      'no text, masked': 'dpo',
    })
  })

  test('of a case at a unit: its people, the handler and no other handler', async () => {
    await expectCells(seen(await inHand()), {
      'text, unmasked': 'io ol ac h al',
      'text, masked': 'p au',
      'no text, masked': 'dpo',
    })
  })

  test('of a case that a unit took in itself', async () => {
    await expectCells(seen(await house.file({ suggestedUnitCode: 'QN-SXD' })), {
      'text, unmasked': 'io ol acd',
      'text, masked': 'p au',
      'no text, masked': 'dpo',
    })
  })

  test('lists hold the same cases, and no others', async () => {
    const code = await inHand()
    const listed = async (who: string) => {
      const { items } = (await get(who, '/cases?limit=100')).body
      return items.some((item: { code: string }) => item.code === code) ? 'listed' : 'not listed'
    }
    await expectCells(listed, { listed: 'io ol p ac h al au dpo' }, 'not listed')
  })
})

describe('See denunciationSuspected case', () => {
  const seen = (code: string) => async (who: string) => meaning((await get(who, `/cases/${code}`)).status)

  test('that nobody has taken in', async () => {
    await expectCells(seen(await house.file({ hints: ['denunciationSuspected'] })), { yes: 'ol dpo' })
  })

  test('with the intake officer who took it in', async () => {
    const code = await house.file()
    if (officers.io !== undefined)
      await house.move(officers.io, code, { act: 'markDenunciation', reason: 'Tố cáo.' }, 1)
    await expectCells(seen(code), { yes: 'io ol dpo' })
  })

  test('at a unit is nothing to that unit', async () => {
    const code = await caseAfter(
      [colleague, forward],
      [officers.ac, { act: 'accept', handler: 'h' }],
      [colleague, { act: 'markDenunciation', reason: 'Tố cáo.' }],
    )
    await expectCells(seen(code), { yes: 'ol dpo' })
  })
})

test('Enter other-channel PAKN', async () => {
  const enter = async (who: string) => meaning((await post(who, '/cases', {})).status)
  await expectCells(enter, { yes: 'io ol acd' }, 'no')
})

describe('Refuse, ask supplement, classify, forward', () => {
  const acts: object[] = [
    refusal,
    { act: 'requestSupplement', missing: 'Ảnh giấy biên nhận hồ sơ', replyBy: '2026-12-01' },
    forward,
    { act: 'transferOut', body: 'Công an tỉnh', documentNumber: '1/VP', date: '2026-11-23' },
  ]
  test.each(acts)('$act at the Office', async (act) => {
    await expectCells(mayAct(await house.file(), act), { yes: 'io ol', no: 'p au dpo' })
  })
  test.each(acts)('$act at a unit with intake of its own', async (act) => {
    const code = await house.file({ suggestedUnitCode: 'QN-SXD' })
    await expectCells(mayAct(code, act), { yes: 'io ol acd', no: 'p au dpo' })
  })
  test('a handler asks for a supplement, which the coordinator sends', async () => {
    const ask = { act: 'requestSupplement', missing: 'Ảnh giấy biên nhận hồ sơ', replyBy: '2026-12-01' }
    const code = await inHand()
    await expectCells(mayAct(code, ask), { yes: 'ac h', no: 'io ol p al au dpo' })
    if (officers.h !== undefined) await house.move(officers.h, code, ask, 3)
    await expectCells(mayAct(code, { act: 'approveSupplement' }), { yes: 'ac', no: 'io ol p h al au dpo' })
  })
})

describe('Approve refusal, unmerge, reconsider', () => {
  test('approve a refusal', async () => {
    const code = await caseAfter([colleague, refusal])
    await expectCells(mayAct(code, { act: 'approveRefusal' }), { yes: 'ol', no: 'io p au dpo' })
  })
  test('unmerge', async () => {
    const parent = await house.file()
    const code = await caseAfter([colleague, { act: 'merge', parentCode: parent }])
    await expectCells(mayAct(code, { act: 'unmerge', reason: 'Khác việc.' }), { yes: 'ol', no: 'io p au dpo' })
  })
  test('reconsider', async () => {
    const code = await caseAfter([colleague, refusal], [officers.ol, { act: 'approveRefusal' }])
    await expectCells(mayAct(code, { act: 'reconsider', reason: 'Xem lại.' }), { yes: 'ol', no: 'io p au dpo' })
  })
})

test('Return “not ours”', async () => {
  const act = { act: 'returnToIntake', reason: 'Không thuộc thẩm quyền.' }
  await expectCells(mayAct(await forwarded(), act), { yes: 'ac al', no: 'io ol p au dpo' })
})

describe('Assign handler', () => {
  test('of a unit’s case', async () => {
    const act = { act: 'assign', handler: 'h2' }
    await expectCells(mayAct(await inHand(), act), { yes: 'ol ac', no: 'io p h al au dpo' })
  })
  test('of the Office’s own case', async () => {
    await expectCells(mayAct(await ownOffice(), { act: 'assign', handler: 'io' }), { yes: 'io ol', no: 'p au dpo' })
  })
})

describe('Write answer, progress update', () => {
  test.each([answer, { act: 'progressUpdate', text: 'Đang xác minh.' }])('$act of a unit’s case', async (act) => {
    await expectCells(mayAct(await inHand(), act), { yes: 'ol ac h al', no: 'io p au dpo' })
  })
  test('of the Office’s own case', async () => {
    await expectCells(mayAct(await ownOffice(), answer), { yes: 'io ol', no: 'p au dpo' })
  })
})

describe('Approve answer', () => {
  test('of a unit’s case', async () => {
    const code = await answerWritten()
    await expectCells(mayAct(code, { act: 'approveAnswer' }), { yes: 'al', no: 'io ol p ac h au dpo' })
  })
  test('of the Office’s own case', async () => {
    const code = await caseAfter([colleague, handleSelf], [officers.io, answer])
    await expectCells(mayAct(code, { act: 'approveAnswer' }), { yes: 'ol', no: 'io p au dpo' })
  })
})

test.each([
  { act: 'returnToAgency', reason: 'Chưa nêu căn cứ.' },
  {
    act: 'publish',
    title: 'Chậm trả kết quả',
    content: 'Chậm trả kết quả.',
    answer: answer.answer,
    checklist: CHECKLIST,
  },
  { act: 'answerUnpublished', reasonCode: 'minor', reason: 'Trẻ em.' },
])('Return answer, redact, publish: $act', async (act) => {
  await expectCells(mayAct(await answered(), act), { yes: 'ol p', no: 'io ac h al au dpo' })
})

describe('Escalate, record decision', () => {
  const escalate = { act: 'escalate', reasonCode: 'agency_conflict', positions: [], proposal: 'Giao sở chủ trì.' }
  test('escalate', async () => {
    await expectCells(mayAct(await inHand(), escalate), { yes: 'io ol ac al', no: 'p h au dpo' })
  })
  test('record the decision', async () => {
    const code = await caseAfter(
      [colleague, forward],
      [officers.ac, { act: 'accept', handler: 'h' }],
      [officers.ol, escalate],
    )
    const decision = {
      act: 'recordDecision',
      decision: 'Giao xã.',
      decidedBy: 'Chủ tịch',
      date: '2026-11-23',
      documentNumber: '1/QĐ',
    }
    await expectCells(mayAct(code, decision), { yes: 'ol', no: 'io p ac h al au dpo' })
  })
})

test('Urge', async () => {
  const urge = { act: 'urge', unitCode: 'QN-C23527', text: 'Đề nghị trả lời.', answerBy: '2026-11-27' }
  const code = await inHand()
  await expectCells(mayAct(code, urge), { yes: 'io ol ac al', no: 'p h au dpo' })
  // A unit urges those below it and not itself.
  const own = await post('ac', `/cases/${code}/acts`, urge).set('If-Match', '"3"')
  expect([own.status, own.body.errors?.[0]?.path]).toEqual([422, 'unitCode'])
})

test('Withdraw, rate, disagree: the citizen’s own; on a written request by the intake', async () => {
  const code = await inHand()
  await expectCells(mayAct(code, { act: 'withdraw', reason: 'Theo đơn.' }), { yes: 'io', no: 'ol p ac h al au dpo' })
  const done = await answered()
  const note = 'Theo đơn số 12 ngày 23/11/2026.'
  for (const act of [
    { act: 'rate', stars: 5, note },
    { act: 'disagree', text: 'Chưa được.', note },
  ]) {
    await expectCells(mayAct(done, act), { yes: 'io', no: 'ol p ac h al au dpo' })
  }
})

test('Export, print one case', async () => {
  const code = await inHand()
  const taken = async (who: string) => meaning((await get(who, `/cases/${code}/export`).buffer(true)).status)
  await expectCells(taken, { yes: 'io ol p ac h al au dpo' })
})

test('Audit log', async () => {
  await get('io', `/cases/${await house.file()}`)
  const read = async (who: string) => {
    const { status, text } = await get(who, '/audit?limit=100')
    return status === 200 ? (text.includes('"readCase"') ? 'all' : 'technical') : meaning(status)
  }
  await expectCells(read, { all: 'ol au dpo', technical: 'ad' }, 'no')
})

describe('Users, units, calendar, rule sets', () => {
  test('users: everybody’s, or those of the own unit', async () => {
    const read = async (who: string) => {
      const { status, body } = await get(who, '/people?limit=100')
      if (status !== 200) return meaning(status)
      const seen = new Set(body.items.map((one: { unitCode: string }) => one.unitCode))
      return seen.size > 1 ? 'all' : [...seen].join()
    }
    await expectCells(read, { all: 'ad', 'QN-C23527': 'ac', 'QN-C23530': 'acx', 'QN-SXD': 'acd' }, 'no')
  })
  test.each(['/calendars', '/rule-sets'])('%s', async (path) => {
    const change = async (who: string) => meaning((await post(who, `${path}?dryRun=true`, {})).status)
    await expectCells(change, { yes: 'ad' }, 'no')
  })
})

test('what one may do is never more than what one is told one may do', async () => {
  for (const code of [await house.file(), await inHand()]) {
    for (const who of EVERYBODY) {
      const { status, body } = await get(who, `/cases/${code}`)
      if (status !== 200) continue
      const isOffered = body.allowedActs.includes('note')
      expect([who, (await post(who, `/cases/${code}/acts`, { act: 'note', text: 'x' })).status]).toEqual([
        who,
        isOffered ? 428 : 403,
      ])
    }
  }
})

// Rows that have no route of their own yet: the table itself, held to the rules.
test.each<[Parameters<typeof rightOver>[0], Partial<Record<Role, string>>]>([
  [
    'readReports',
    { intakeOfficer: 'all', officeLeader: 'all', agencyCoordinator: 'unit', agencyLeader: 'unit', auditor: 'all' },
  ],
  ['readCounts', { dataProtectionOfficer: 'all' }],
  ['answerDataRequests', { dataProtectionOfficer: 'all' }],
  ['editTexts', { officeLeader: 'all', administrator: 'all' }],
  ['administer', { administrator: 'all' }],
])('%s', (right, expected) => {
  for (const role of [
    'intakeOfficer',
    'officeLeader',
    'publisher',
    'agencyCoordinator',
    'handler',
    'agencyLeader',
    'auditor',
    'dataProtectionOfficer',
    'administrator',
  ] as const) {
    const over = rightOver(right, { ...colleague, roles: [role] }, smallProvince)
    expect([role, over === null ? null : over === 'all' ? 'all' : 'unit']).toEqual([role, expected[role] ?? null])
  }
})
