import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
const at = (day: string) => Date.parse(`${day}T09:00:00+07:00`)

beforeAll(async () => {
  house = await openHouse(uri)
  house.setNow(at('2026-11-24'))
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.other = await house.tokenOf('other', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
})
afterAll(() => house.close())

const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
async function act(who: string, code: string, body: object) {
  const version = (await house.cases.find(code))?.version
  return supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set('If-Match', `"${version}"`)
    .send(body)
}
const noticesOf = async (code: string) =>
  (await get('leader', `/cases/${code}/notices`)).body.items.map(
    ({ notice, state }: { notice: string; state: string }) => `${notice} ${state}`,
  )
const linesOf = async (code: string, who = 'leader') => {
  const { items } = (await get(who, `/cases/${code}/history`)).body
  expect(verifyChain(items, (await house.cases.head(code)) ?? undefined)).toEqual([])
  return items
}

async function letter(): Promise<string> {
  const { body } = await supertest(house.app)
    .post('/api/v1/cases')
    .set('Authorization', `Bearer ${tokens.intake}`)
    .send({
      channel: 'letter',
      receivedAt: '2026-11-19',
      submitterType: 'citizen',
      name: 'Y Hà Niê',
      phone: '0905000012',
      address: { communeCode: '23527' },
      title: 'Chậm trả kết quả hồ sơ đất đai',
      content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
      originalDocNumber: '45/ĐĐN',
    })
  return body.code
}

describe('merging', () => {
  test('keeps code, sender, day and notices of the child, and gives the parent the earliest clock (R4-M3, R4-M5)', async () => {
    const parent = await house.file({ receivedAt: at('2026-11-23') })
    const child = await house.file({ receivedAt: at('2026-11-19') })
    const merged = await act('intake', child, { act: 'merge', parentCode: parent })
    expect(merged.status, merged.text).toBe(200)
    expect(merged.body).toMatchObject({ code: child, state: 'MERGED', parentCode: parent })
    expect(merged.body.receivedAt).toMatch(/^2026-11-19/)
    const whole = (await get('intake', `/cases/${parent}`)).body
    expect(whole).toMatchObject({ children: [child], clocks: { answerBy: '2026-12-11' } })
    expect(whole.receivedAt).toMatch(/^2026-11-23/)
    expect((await linesOf(parent)).at(-1)).toMatchObject({
      act: 'childMerged',
      data: { childCode: child, answerBy: '2026-12-11', calendarVersions: expect.anything() },
    })
    expect(await noticesOf(child)).toEqual(['N1 planned', 'N11 planned'])
  })

  test('brings what becomes of the parent to the sender of each child, whatever the channel', async () => {
    const parent = await house.file({ receivedAt: at('2026-11-23') })
    const [chat, paper] = [await house.file(), await letter()]
    for (const child of [chat, paper]) await act('intake', child, { act: 'merge', parentCode: parent })
    const refusal = { act: 'refuse', reasonCode: 'complaint', reason: 'Đơn khiếu nại.', guidance: 'Mời gửi cơ quan.' }
    await act('intake', parent, refusal)
    await act('leader', parent, { act: 'approveRefusal' })
    expect(await noticesOf(chat)).toEqual(['N1 planned', 'N11 planned', 'N4 planned'])
    expect(await noticesOf(paper)).toEqual(['N1 workItem', 'N4 workItem'])
  })

  test('is undone by the leader: the child has its own clock again, and so has the parent', async () => {
    const parent = await house.file({ receivedAt: at('2026-11-23') })
    const child = await house.file({ receivedAt: at('2026-11-19') })
    await act('intake', child, {
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Đề nghị xã xem xét.',
    })
    await act('intake', child, { act: 'merge', parentCode: parent })
    expect((await act('intake', child, { act: 'unmerge', reason: 'Hai việc khác nhau.' })).status).toBe(403)
    const { body } = await act('leader', child, { act: 'unmerge', reason: 'Hai việc khác nhau.' })
    expect(body).toMatchObject({
      state: 'PENDING_INTAKE',
      parentCode: null,
      leadUnitCode: null,
      clocks: { answerBy: '2026-12-11', acknowledgeBy: null },
    })
    expect((await get('intake', `/cases/${parent}`)).body).toMatchObject({
      children: [],
      clocks: { answerBy: '2026-12-15' },
    })
    expect((await linesOf(parent)).at(-1)).toMatchObject({ act: 'childUnmerged', data: { answerBy: '2026-12-15' } })
  })

  test('ends with a parent that is withdrawn: its children go back to the intake, told and with their own clocks', async () => {
    const parent = await house.file({ receivedAt: at('2026-11-23') })
    const children = [await house.file({ receivedAt: at('2026-11-19') }), await house.file()]
    for (const child of children) await act('intake', child, { act: 'merge', parentCode: parent })
    expect((await act('intake', parent, { act: 'withdraw', reason: 'Theo đơn của người gửi.' })).body).toMatchObject({
      state: 'WITHDRAWN',
      children: [],
    })
    for (const child of children) {
      expect((await get('intake', `/cases/${child}`)).body).toMatchObject({ state: 'PENDING_INTAKE', parentCode: null })
      expect((await linesOf(child)).at(-1)).toMatchObject({
        actor: 'system',
        act: 'unmerge',
        from: 'MERGED',
        to: 'PENDING_INTAKE',
        data: { parentCodeBefore: parent, parentEnded: true },
      })
      expect((await noticesOf(child)).at(-1)).toBe('N6 planned')
    }
  })

  test('and linking leave a suspected denunciation alone', async () => {
    const [secret, open] = [await house.file(), await house.file()]
    await act('intake', secret, { act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' })
    const faultsOf = async (who: string, code: string, body: object) => {
      const { status, body: answer } = await act(who, code, body)
      expect(status).toBe(422)
      return answer.errors
    }
    expect(await faultsOf('intake', secret, { act: 'merge', parentCode: open })).toEqual([
      { path: 'parentCode', message: '[fault.denunciationStaysAlone]' },
    ])
    expect(await faultsOf('intake', open, { act: 'link', relatedCode: secret })).toEqual([
      { path: 'relatedCode', message: '[fault.denunciationStaysAlone]' },
    ])
    // Whoever may not know of it hears what they would hear of a code that is none.
    expect(await faultsOf('other', open, { act: 'link', relatedCode: secret })).toEqual([
      { path: 'relatedCode', message: '[fault.unknownCase]' },
    ])
  })

  test('hides a child that is marked later from whoever may not know of it', async () => {
    const parent = await house.file()
    const child = await house.file()
    await act('intake', child, { act: 'merge', parentCode: parent })
    await act('leader', child, { act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' })
    for (const path of [`/cases/${parent}`, `/cases/${parent}/history`]) {
      expect((await get('other', path)).text, path).not.toContain(child)
      expect((await get('leader', path)).text, path).toContain(child)
    }
    await linesOf(parent, 'other')
  })

  test('two into each other at once never makes a circle', async () => {
    const [one, two] = [await house.file(), await house.file()]
    const answers = await Promise.all([
      act('intake', one, { act: 'merge', parentCode: two }),
      act('other', two, { act: 'merge', parentCode: one }),
    ])
    const merged = answers.filter(({ status }) => status === 200)
    expect(merged).toHaveLength(1)
    const states = await Promise.all([one, two].map(async (code) => (await house.cases.find(code))?.state))
    expect(states.toSorted()).toEqual(['MERGED', 'PENDING_INTAKE'])
  })
})
