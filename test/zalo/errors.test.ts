import { describe, expect, test } from 'vitest'
import { type ErrorClass, oaErrors, zbsErrors } from '../../src/zalo/error-table.ts'
import { classify, waitMs, ZaloError } from '../../src/zalo/errors.ts'

/** Zalo's numbers by class, copied from the reference (§10.1, §10.2) apart from the table under test. */
const oa: Record<ErrorClass, number[]> = {
  retry: [-32, -214],
  auth: [-124, -216, -220, 452],
  admin: [-204, -205, -209, -212, -219, -221, -223, -224, -235, -237, -238, -240, -241, -242, -320, -321, 112],
  drop: [-100, -201, -210, -233, -248, -249, -403, -1340, -1341],
  user: [-213, -217, -227, -230, -232, -244],
  wait: [-211, -218, -234],
  ambiguous: [-200],
}
const zbs: Record<ErrorClass, number[]> = {
  retry: [-100],
  auth: [-124],
  admin: [
    -101, -102, -103, -104, -105, -1091, -115, -117, -120, -1201, -1202, -123, -128, -129, -142, -143, -1241, -125,
    -131, -135, -1351, -136, -137, -138, -1381, -145, -146,
  ],
  drop: [
    -106, -107, -109, -121, -122, -132, -108, -111, -112, -1121, -1122, -1123, -1124, -113, -1131, -116, -126, -127,
    -130, -148, -149, -1491, -150, -151, -152, -153, -158, -159, -161, -162,
  ],
  user: [-110, -114, -118, -119, -134, -139, -140, -141],
  wait: [-133, -144, -1441, -147, -1471, -1472, -160],
  ambiguous: [],
}

describe.each([
  ['oa', oa, oaErrors],
  ['zbs', zbs, zbsErrors],
] as const)('refusals of the %s API', (api, byClass, table) => {
  test.each(Object.entries(byClass).flatMap(([name, codes]) => codes.map((code) => [code, name] as const)))(
    '%i is %s',
    (code, name) => {
      expect(classify(code, { api })).toMatchObject({ class: name, meaning: expect.stringMatching(/\w/) })
      expect(classify(String(code), { api }).class).toBe(name)
    },
  )

  test('the table holds these numbers and no others', () => {
    expect(Object.keys(table).map(Number).sort()).toEqual(Object.values(byClass).flat().sort())
  })

  test.each([
    -206, -207, -208, -215, -222, -225, -226, -228, -229, -231, -236, -239, -243, -245, -246, -247, -99999, 7,
  ])('an unknown number such as %i is ambiguous three times and dropped then', (code) => {
    expect(classify(code, { api })).toMatchObject({ class: 'ambiguous', treatment: 'settleFirst' })
    expect(classify(code, { api, tries: 2 }).class).toBe('ambiguous')
    expect(classify(code, { api, tries: 3 })).toMatchObject({ class: 'drop', treatment: 'alert' })
  })

  test('names of the language are not numbers of Zalo', () => {
    for (const code of ['constructor', '__proto__', 'toString', ''])
      expect(classify(code, { api }).class).toBe('ambiguous')
  })
})

test('-223 is a missing grant, or a used-up quota when the text says so', () => {
  expect(classify(-223, { api: 'oa', message: 'OA has not granted permission' }).class).toBe('admin')
  expect(classify(-223, { api: 'oa', message: 'Article quota exceeded' })).toMatchObject({
    class: 'wait',
    treatment: 'waitForQuota',
  })
})

test.each([
  [-100, 'uploadAgain'],
  [-200, 'settleFirst'],
  [-201, 'sendPlain'],
  [-233, 'sendPlain'],
  [-235, 'switchPath'],
  [-240, 'switchPath'],
  [-242, 'addProof'],
  [-248, 'alertContentOwner'],
])('%i has its own remedy: %s', (code, treatment) => {
  expect(classify(code, { api: 'oa' }).treatment).toBe(treatment)
})

describe('waiting', () => {
  const hour = 3_600_000
  // Half past ten in the evening of 22 November 2026 in Viet Nam.
  const evening = Date.UTC(2026, 10, 22, 15, 30)

  test('too many requests: a minute at least, with jitter', () => {
    expect(waitMs('slowDown', evening, () => 0)).toBe(60_000)
    expect(waitMs('slowDown', evening, () => 0.999)).toBeGreaterThan(70_000)
  })

  test('the night ends at six in Viet Nam', () => {
    expect(waitMs('morning', evening, () => 0)).toBe(7.5 * hour)
    expect(waitMs('morning', evening + 3 * hour, () => 0)).toBe(4.5 * hour)
    expect(waitMs('morning', evening + 7.5 * hour, () => 0)).toBe(24 * hour)
  })

  test('a daily limit ends at midnight, a monthly one on the first, in Viet Nam', () => {
    expect(waitMs('nextDay', evening, () => 0)).toBe(1.5 * hour)
    expect(waitMs('nextMonth', evening, () => 0)).toBe(1.5 * hour + 8 * 24 * hour)
    expect(waitMs('nextMonth', Date.UTC(2026, 11, 31, 16), () => 0)).toBe(hour)
  })

  test('what needs no waiting says nothing', () => {
    expect(waitMs('giveUp', evening, () => 0)).toBeUndefined()
  })
})

test('an error keeps its code, the number of Zalo and its cause', () => {
  const cause = new Error('socket')
  const error = new ZaloError('zalo_refused', '/v2.0/oa/getoa: error -216', { zaloCode: '-216', cause })
  expect(error).toMatchObject({ name: 'ZaloError', code: 'zalo_refused', zaloCode: '-216', cause })
  expect(new ZaloError('zalo_busy', 'x')).not.toHaveProperty('cause')
})
