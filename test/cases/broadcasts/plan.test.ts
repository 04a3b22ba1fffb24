import { describe, expect, test } from 'vitest'
import { readPlan } from '../../../src/cases/broadcasts/plan.ts'
import { broadcastBody } from '../../../src/usecases/broadcast-message.ts'
import { openTestConversation } from '../../support/dialog.ts'

const now = Date.parse('2026-11-23T09:00:00+07:00')
const good = { title: 'Nghỉ lễ', text: 'Trung tâm nghỉ ngày 24/11.', way: 'direct' }
const read = (change: object) => readPlan({ ...good, ...change }, { now, isCommune: (code) => code === '23527' })
const faults = (change: object) => {
  const reading = read(change)
  return reading.ok ? [] : reading.faults.map(({ path, key }) => `${path} ${key}`)
}

describe('what may be broadcast', () => {
  test.each([
    [{ title: 'x'.repeat(151) }, ['title fault.tooLong']],
    [{ text: 'x'.repeat(1_401) }, ['text fault.tooLong']],
    [{ text: '   \n  ' }, ['text fault.tooShort']],
    [{ title: undefined }, ['title fault.required']],
    [{ way: 'sms' }, ['way fault.notOneOf']],
    [{ link: 'http://quangngai.gov.vn/x' }, ['link fault.notHttps']],
    [{ link: 'https://dan:matkhau@quangngai.gov.vn' }, ['link fault.notAnAddress']],
    [{ link: 'https://localhost/x' }, ['link fault.notAnAddress']],
    [{ link: 'javascript:alert(1)' }, ['link fault.notAnAddress']],
    [{ text: 'Xem tại http://bao-mau.vn/tin nhé bà con' }, ['text fault.notHttps']],
    [{ segment: { communeCodes: ['99999'] } }, ['segment.communeCodes.0 fault.unknownUnit']],
    [{ segment: { lastContactDays: 8 } }, ['segment.lastContactDays fault.tooMany']],
    [{ segment: { phones: [] } }, ['segment.phones fault.unknownField']],
    [{ way: 'article', segment: {} }, ['segment fault.segmentOfArticle']],
    [{ target: { cities: [52] } }, ['target fault.targetOfDirect']],
    [{ way: 'article', target: { cities: [64] } }, ['target.cities.0 fault.tooMany']],
    [{ sendAt: 'mai' }, ['sendAt fault.notA.moment']],
    [{ sendAt: '2026-11-22T09:00:00+07:00' }, ['sendAt fault.inPast']],
    [{ sendAt: '2027-11-22T09:00:00+07:00' }, ['sendAt fault.tooFarAhead']],
  ])('%j is refused', (change, expected) => {
    expect(faults(change)).toEqual(expected)
  })

  test('decomposed letters are joined before they are counted', () => {
    const reading = read({ title: 'Nghỉ lễ'.normalize('NFD') })
    expect(reading).toMatchObject({ ok: true, plan: { title: 'Nghỉ lễ' } })
  })

  test('the longest that may be written is one message of Zalo, in both languages', async () => {
    const { texts } = await openTestConversation()
    const reading = read({
      title: 'ộ'.repeat(150),
      text: 'ữ'.repeat(1_400),
      link: `https://quangngai.gov.vn/${'x'.repeat(225)}`,
    })
    if (!reading.ok) throw new Error(JSON.stringify(reading.faults))
    for (const locale of ['vi', 'en'] as const) {
      const { text } = broadcastBody(
        { id: '20261123-00000000', ...reading.plan },
        { texts, locale, publicUrl: 'https://pakn.quangngai.gov.vn' },
      )
      expect([...text.normalize('NFC')].length).toBeLessThanOrEqual(2_000)
    }
  })
})

test('codes of the target are those of Zalo, each once', () => {
  const read = (target: object) =>
    readPlan(
      { title: 'Nghỉ lễ', text: 'Trung tâm nghỉ ngày 24/11.', way: 'article', target },
      { now: 0, isCommune: () => true },
    )
  const all = { ages: [0, 7], gender: 2, locations: [0, 2], platforms: [1, 3], telcos: [1, 4], cities: [0, 63, 0] }
  expect(read(all)).toMatchObject({ ok: true, plan: { target: { ...all, cities: [0, 63] } } })
  for (const wrong of [
    { ages: [8] },
    { gender: 3 },
    { locations: [3] },
    { platforms: [0] },
    { platforms: [4] },
    { telcos: [0] },
    { telcos: [5] },
    { cities: [64] },
    { cities: ['52'] },
    { platform: [1] },
  ])
    expect(read(wrong).ok, JSON.stringify(wrong)).toBe(false)
})
