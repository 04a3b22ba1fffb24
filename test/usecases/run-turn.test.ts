import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import type { CaseReader } from '../../src/usecases/run-turn.ts'
import { CODE, caseIn } from '../cases/fixtures.ts'
import { startDialog } from '../support/dialog.ts'

const START = Date.parse('2026-03-20T09:00:00+07:00')

function readerOf(...cases: Case[]): Partial<CaseReader> {
  return {
    byCode: async (code) => cases.find((one) => one.code === code) ?? null,
    findNational: async (code) => cases.find((one) => one.nationalCode === code) ?? null,
    ofCitizen: async (key, limit) => cases.filter((one) => one.citizenKey === key).slice(0, limit),
  }
}

const dialogWith = (...cases: Case[]) => startDialog({ cases: readerOf(...cases), startAt: START })
const mine = (current: Case): Case => ({ ...current, citizenKey: 'citizen-1' })
const SECRETS = ['Y Hà', '905000012', '905 000 012', 'Chậm trả kết quả', 'tách thửa', 'Thôn 2', 'chưa có kết quả']

describe('looking up a case', () => {
  test('its sender sees title and road', async () => {
    const dialog = await dialogWith(mine(caseIn('PROCESSING')))
    const answer = await dialog.say(CODE)
    expect(answer).toContain(`${CODE} · Chậm trả kết quả tách thửa`)
    expect(answer).toContain('Đã nhận thứ Hai 02/03/2026')
    expect(answer).toContain('Đang xử lý')
  })

  test('the code is found in other spellings too', async () => {
    const dialog = await dialogWith(mine(caseIn('PROCESSING')))
    expect(await dialog.say('pakn 20260302 0001')).toContain(CODE)
  })

  test('anybody else sees the state and the place, and nothing of matter or sender (R3-17)', async () => {
    const dialog = await dialogWith(caseIn('PROCESSING'))
    const answer = await dialog.say(CODE)
    expect(answer).toContain(CODE)
    expect(answer).toContain('Đang xử lý')
    for (const secret of SECRETS) expect(answer).not.toContain(secret)
  })

  test('by the code of the national system finds the same case, and both where two cases bear it', async () => {
    const national = 'PAKN.20260304.0317'
    const own = mine(caseIn('PROCESSING', { nationalCode: national }))
    expect(await (await dialogWith(own)).say('pakn 20260304 317')).toContain(`${CODE} · Chậm trả kết quả`)
    const other = caseIn('PROCESSING', { code: national })
    const both = await (await dialogWith(caseIn('PROCESSING', { nationalCode: national }), other)).say(national)
    expect(both).toContain(CODE)
    expect(both).toContain(national)
    const secret = caseIn('PROCESSING', { nationalCode: national, denunciationSuspected: true })
    expect(await (await dialogWith(secret)).say(national)).not.toContain(CODE)
  })

  test('a published answer is shown to anybody, the sender is not', async () => {
    const dialog = await dialogWith(caseIn('PUBLISHED'))
    const answer = await dialog.say(CODE)
    expect(answer).toContain('trả kết quả hồ sơ tách thửa cho công dân')
    for (const secret of ['Y Hà', '905000012', 'Thôn 2']) expect(answer).not.toContain(secret)
  })

  test('a long published answer is begun and linked to', async () => {
    const published = caseIn('PUBLISHED')
    const answer = 'Cơ quan đã kiểm tra và trả lời. '.repeat(100)
    const dialog = await dialogWith({
      ...published,
      publication: published.publication && { ...published.publication, answer },
    })
    const shown = await dialog.say(CODE)
    expect(shown).toContain(`https://pakn.example.vn/p/${CODE}`)
    expect([...shown].length).toBeLessThan(2000)
  })

  test('a suspected denunciation is unknown to everybody but its sender (R2-30)', async () => {
    const suspected = caseIn('PROCESSING', { denunciationSuspected: true })
    const stranger = await dialogWith(suspected)
    const unknown = await dialogWith()
    expect(await stranger.say(CODE)).toBe(await unknown.say(CODE))
    expect(await (await dialogWith(mine(suspected))).say(CODE)).toContain('Đang xử lý')
  })

  test('an unknown code is named, with what a code looks like', async () => {
    const answer = await (await dialogWith()).say('PAKN.20260302.9999')
    expect(answer).toContain('PAKN.20260302.9999')
    expect(answer).toContain('PAKN.20261123.0001')
  })

  test('codes cannot be guessed through: after five misses only own cases are shown, for an hour', async () => {
    const dialog = await dialogWith(mine(caseIn('PROCESSING')), caseIn('PUBLISHED', { code: 'PAKN.20260302.0002' }))
    for (let number = 11; number < 16; number += 1) await dialog.say(`PAKN.20260302.00${number}`)
    expect(await dialog.say('PAKN.20260302.0002')).not.toContain('Đã công khai')
    expect(await dialog.say(CODE)).toContain('Đang xử lý')
    dialog.wait(3600_000)
    expect(await dialog.say('PAKN.20260302.0002')).toContain('Đã công khai')
  })

  test('in English, too', async () => {
    const dialog = await dialogWith(mine(caseIn('PROCESSING')))
    await dialog.say('english')
    const answer = await dialog.say(CODE)
    expect(answer).toContain('Monday')
    expect(answer).not.toMatch(/Đang xử lý|Đã nhận/)
  })
})

describe('the list of own cases', () => {
  test('shows each with its state and a button that opens it', async () => {
    const dialog = await dialogWith(
      mine(caseIn('PROCESSING')),
      mine(caseIn('PUBLISHED', { code: 'PAKN.20260302.0002' })),
      caseIn('PROCESSING', { code: 'PAKN.20260302.0003', title: 'Việc của người khác' }),
    )
    const answer = await dialog.say('phản ánh của tôi')
    expect(answer).toContain(`${CODE} · Chậm trả kết quả tách thửa · Đang xử lý`)
    expect(answer).toContain('PAKN.20260302.0002')
    expect(answer).not.toContain('Việc của người khác')
    expect(await dialog.tap('PAKN.20260302.0002')).toContain('Đã công khai')
  })

  test('says so when there is none', async () => {
    expect(await (await dialogWith()).say('phản ánh của tôi')).toContain('chưa gửi phản ánh nào')
  })
})
