import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import type { State } from '../../src/cases/words.ts'
import { CODE, caseIn, PARENT_CODE } from '../cases/fixtures.ts'
import { type Dialog, fillForm, photo, startDialog } from '../support/dialog.ts'
import { noticeOf } from '../support/notices.ts'

const START = Date.parse('2026-03-20T09:00:00+07:00')
/** R: 15 working days after the publication on 19 March. */
const LAST_DAY = Date.parse('2026-04-09T20:00:00+07:00')
const AFTER = Date.parse('2026-04-10T08:00:00+07:00')
const STARS = ['Rất hài lòng', 'Hài lòng', 'Bình thường', 'Không hài lòng', 'Rất không hài lòng']

const mine = (state: State, change: Partial<Case> = {}): Case => caseIn(state, { citizenKey: 'citizen-1', ...change })
const open = (...filedCases: Case[]) => startDialog({ filedCases, startAt: START })
const ratingOf = (dialog: Dialog) => dialog.caseOf(CODE)?.rating
const form = (dialog: Dialog) => (dialog.state() as { form: { flow: string; about: unknown } | null }).form

/** A citizen who has just read the answer. */
async function answered(state: State = 'PUBLISHED', startAt = START): Promise<Dialog> {
  const current = mine(state)
  const dialog = await startDialog({ filedCases: [current], startAt })
  await dialog.say('cảm ơn')
  dialog.hear(noticeOf(state === 'PUBLISHED' ? 'N3' : 'N3b', current), current)
  return dialog
}

describe('a rating', () => {
  test('is one of five buttons under the answer, the best first (R4-R1)', async () => {
    const dialog = await answered()
    expect(dialog.buttons()).toEqual(STARS)
    for (const [index, title] of STARS.entries()) {
      const one = await answered()
      expect(await one.tap(title)).toContain(title)
      expect(ratingOf(one)).toEqual({ stars: 5 - index, comment: null, at: one.now() })
    }
  })

  test.each([
    ['khong hai long', 2],
    ['rất không hài lòng', 1],
    ['Hài lòng ạ', 4],
    ['rat hai long', 5],
    ['bình thường', 3],
    ['tạm được', 3],
    ['2 sao', 2],
    ['4', 2],
    ['1', 5],
    ['very satisfied', 5],
  ] as const)('"%s" is one too', async (words, stars) => {
    const dialog = await answered('ANSWERED_UNPUBLISHED')
    await dialog.say(words)
    expect(ratingOf(dialog)?.stars).toBe(stars)
  })

  test('may be changed, and the same one again changes nothing (R4-R2)', async () => {
    const dialog = await answered('PUBLISHED', LAST_DAY - 3600_000)
    await dialog.tap('Hài lòng')
    expect(await dialog.say(`#act.rate4.${CODE}`)).toContain('Ông/Bà đã đánh giá')
    expect(dialog.caseOf(CODE)?.version).toBe(8)
    await dialog.say(`#act.rate1.${CODE}`)
    expect(ratingOf(dialog)?.stars).toBe(1)
  })

  test('is over with its time, and something else is possible', async () => {
    const dialog = await startDialog({ filedCases: [mine('PUBLISHED')], startAt: AFTER })
    expect(await dialog.say('rất hài lòng')).toContain('đã hết thứ Năm 09/04/2026')
    expect(dialog.buttons()).toEqual(['Gửi phản ánh mới', 'Xem tiến độ'])
    expect(ratingOf(dialog)).toBeNull()
  })

  test('"đánh giá" asks, for the one that can be rated', async () => {
    const dialog = await open(mine('PROCESSING', { code: PARENT_CODE, draftId: 'd-2' }), mine('PUBLISHED'))
    expect(await dialog.say('đánh giá')).toContain(CODE)
    expect(dialog.buttons()).toEqual(STARS)
  })

  test('"đánh giá" too early says when', async () => {
    const dialog = await open(mine('PROCESSING'))
    expect(await dialog.say('đánh giá')).toContain('Khi có, tôi mời Ông/Bà đánh giá tại đây')
  })

  test('takes a few words, typed at once or asked for', async () => {
    const dialog = await answered()
    await dialog.tap('Hài lòng')
    expect(await dialog.say('cán bộ giải thích rõ ràng')).toContain('ghi nhận xét')
    expect(ratingOf(dialog)).toMatchObject({ stars: 4, comment: 'cán bộ giải thích rõ ràng' })
    const other = await answered()
    await other.tap('Bình thường')
    await other.tap('Viết nhận xét')
    await other.say('tốt')
    expect(ratingOf(other)).toMatchObject({ stars: 3, comment: 'tốt' })
  })

  test('needs no words', async () => {
    for (const no of ['không', 'thôi', 'cảm ơn', 'Viết nhận xét']) {
      const dialog = await answered()
      await dialog.tap('Hài lòng')
      await dialog.say(no)
      if (no === 'Viết nhận xét') await dialog.tap('Thôi, không viết')
      expect(ratingOf(dialog)).toMatchObject({ stars: 4, comment: null })
    }
  })

  test('words of a matter behind it are no comment: the citizen says what they are', async () => {
    const dialog = await answered()
    await dialog.tap('Hài lòng')
    await dialog.say('cán bộ một cửa xã Sa Thầy chậm trả hồ sơ khai sinh cho con em hơn một tháng nay')
    expect(dialog.buttons()).toEqual(['Ý kiến về câu trả lời', 'Là việc mới', 'Không gửi'])
    await dialog.tap('Là việc mới')
    expect(form(dialog)?.flow).toBe('submit')
    expect(ratingOf(dialog)?.comment).toBeNull()
  })

  test('the answer to a merged case is not the child’s to rate or dispute (R4-M3)', async () => {
    const child = mine('MERGED')
    const dialog = await open(child)
    await dialog.say('cảm ơn')
    const parent = noticeOf('N3', caseIn('PUBLISHED'))
    const told = { ...parent, caseCode: CODE, params: { ...parent.params, code: CODE, parentCode: PARENT_CODE } }
    expect(dialog.hear(told, child)).not.toContain('Nếu không đồng ý')
    expect(dialog.buttons()).toEqual(['Xem tiến độ'])
    expect(await dialog.say('không đồng ý')).toContain(`được xem xét chung với ${PARENT_CODE}`)
  })

  test('a corrected answer invites nobody a second time', async () => {
    const published = mine('PUBLISHED')
    const corrected = { ...published.publication, correctedAt: START } as Case['publication']
    const dialog = await open(published)
    await dialog.say('cảm ơn')
    dialog.hear(noticeOf('N3', { ...published, publication: corrected }), published)
    expect(dialog.buttons()).toEqual(['Xem tiến độ'])
  })
})

describe('whoever is not content', () => {
  test.each(['Không hài lòng', 'Rất không hài lòng'])('"%s": is asked about a disagreement (R4-R5)', async (title) => {
    const dialog = await answered()
    expect(await dialog.tap(title)).toContain('đến hết thứ Năm 09/04/2026')
    expect(dialog.buttons()).toEqual(['Gửi ý kiến', 'Không, cảm ơn'])
  })

  test.each(['Hài lòng', 'Bình thường'])('"%s" is not', async (title) => {
    const dialog = await answered()
    expect(await dialog.tap(title)).not.toContain('xem xét lại')
  })

  test('may say no', async () => {
    for (const no of ['không', 'Không, cảm ơn', 'thôi']) {
      const dialog = await answered()
      await dialog.tap('Không hài lòng')
      expect(await dialog.say(no)).toContain('Nếu đổi ý, Ông/Bà gõ “không đồng ý”')
      expect(form(dialog)).toBeNull()
    }
  })

  test('says why, with a photo, and hears by when there may be an answer', async () => {
    const dialog = await answered()
    await dialog.tap('Không hài lòng')
    expect(await dialog.say('có')).toContain('Ông/Bà chưa đồng ý ở điểm nào')
    await dialog.say('họ nói đã trả mà tôi chưa nhận được gì', photo())
    await dialog.say({ type: 'location', latitude: 14.4, longitude: 107.8 })
    expect(await dialog.tap('Gửi ý kiến')).toContain('trả lời chậm nhất thứ Sáu 10/04/2026')
    expect(dialog.caseOf(CODE)).toMatchObject({
      state: 'PUBLISHED',
      rating: { stars: 2 },
      disagreement: {
        text: 'họ nói đã trả mà tôi chưa nhận được gì',
        attachments: [{ kind: 'image' }],
        location: { latitude: 14.4, longitude: 107.8 },
      },
    })
    expect(await dialog.say('không đồng ý')).toContain('đã được ghi nhận')
    expect(await dialog.say(CODE)).toContain('Ý kiến không đồng ý của Ông/Bà đã được ghi nhận')
  })

  test('may say it in place of a yes', async () => {
    const dialog = await answered()
    await dialog.tap('Không hài lòng')
    await dialog.say('họ nói đã trả mà tôi chưa nhận được gì')
    expect(form(dialog)).toMatchObject({ flow: 'disagreement' })
    await dialog.tap('Gửi ý kiến')
    expect(dialog.caseOf(CODE)?.disagreement?.text).toBe('họ nói đã trả mà tôi chưa nhận được gì')
  })

  test('has to say something: a photo alone is no reason', async () => {
    const dialog = await answered()
    await dialog.say('không đồng ý')
    await dialog.say(photo())
    expect(await dialog.say('xong')).toContain('Ông/Bà chưa đồng ý ở điểm nào')
    expect(dialog.caseOf(CODE)?.disagreement).toBeNull()
  })
})

describe('a disagreement', () => {
  test.each([
    'không đồng ý',
    'khong dong y voi cau tra loi',
    `không đồng ý ${CODE}`,
    `#act.disagree.${CODE}`,
    'I disagree',
  ])('is begun by "%s"', async (words) => {
    const dialog = await answered()
    await dialog.say(words)
    expect(form(dialog)).toMatchObject({ flow: 'disagreement', about: { code: CODE } })
  })

  test('in words right behind the answer is asked about', async () => {
    const dialog = await answered()
    await dialog.say('nói vậy mà tới giờ tôi vẫn chưa nhận được giấy')
    await dialog.tap('Ý kiến về câu trả lời')
    await dialog.tap('Gửi ý kiến')
    expect(dialog.caseOf(CODE)?.disagreement?.text).toContain('vẫn chưa nhận được giấy')
  })

  test('is possible on the last day, and afterwards becomes a new case that names the old one (R4-E2)', async () => {
    const last = await answered('PUBLISHED', LAST_DAY)
    await last.say('không đồng ý')
    expect(form(last)?.flow).toBe('disagreement')
    const late = await startDialog({ filedCases: [mine('PUBLISHED')], startAt: AFTER })
    expect(await late.say('không đồng ý với câu trả lời')).toContain('đã hết thứ Năm 09/04/2026')
    expect(form(late)).toMatchObject({ flow: 'submit', about: { code: CODE } })
    expect(await fillForm(late)).toContain(`• Phản ánh trước: ${CODE}`)
    await late.tap('GỬI PHẢN ÁNH')
    expect(late.filed[0]?.relatedTo).toBe(CODE)
    expect(late.caseOf(CODE)?.disagreement).toBeNull()
  })

  test('that becomes too late while it is written is not lost', async () => {
    const dialog = await answered('PUBLISHED', LAST_DAY)
    await dialog.say('không đồng ý')
    await dialog.say('họ nói đã trả mà tôi chưa nhận được gì')
    dialog.wait(5 * 3600_000)
    expect(await dialog.say('gửi')).toContain('phản ánh mới')
    await dialog.tap('Gửi phản ánh mới')
    expect(JSON.stringify(form(dialog))).toContain('chưa nhận được gì')
  })

  test('before there is an answer is told when', async () => {
    const dialog = await open(mine('PROCESSING'))
    expect(await dialog.say('không đồng ý')).toContain('lúc đó Ông/Bà nêu ý kiến được')
  })

  test('is no answer to a consent', async () => {
    const dialog = await open(mine('PUBLISHED'))
    await dialog.say('em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ')
    expect(await dialog.say('không đồng ý')).toContain('chưa gửi gì đi')
    expect(form(dialog)).toBeNull()
  })

  test('with the answer named is understood in the middle of a draft', async () => {
    const dialog = await open(mine('PUBLISHED'))
    await dialog.say('em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ')
    await dialog.tap('Đồng ý, tiếp tục')
    expect(await dialog.say('không đồng ý với câu trả lời')).toContain('Tôi cất phản ánh')
    expect(form(dialog)?.flow).toBe('disagreement')
  })
})

describe('the look-up of an own case', () => {
  test.each<[State, string[]]>([
    ['AWAITING_SUPPLEMENT', ['Bổ sung', 'Rút phản ánh', 'Phản ánh khác']],
    ['PROCESSING', ['Rút phản ánh', 'Phản ánh khác']],
    ['PENDING_PUBLICATION', ['Phản ánh khác']],
    ['PUBLISHED', ['Đánh giá', 'Không đồng ý', 'Phản ánh khác']],
    ['ANSWERED_UNPUBLISHED', ['Đánh giá', 'Không đồng ý', 'Phản ánh khác']],
    ['CLOSED_NO_SUPPLEMENT', ['Bổ sung', 'Phản ánh khác']],
    ['REFUSED', ['Phản ánh khác']],
    ['WITHDRAWN', ['Phản ánh khác']],
    ['MERGED', ['Phản ánh khác']],
  ])('%s: offers what is possible now', async (state, buttons) => {
    const dialog = await open(mine(state))
    await dialog.say(CODE)
    expect(dialog.buttons()).toEqual(buttons)
    for (const title of buttons.slice(0, -1)) {
      await dialog.say(CODE)
      expect(await dialog.tap(title)).not.toMatch(/không .* được nữa|đã hết|chưa có câu/)
    }
  })

  test('of somebody else offers nothing', async () => {
    const dialog = await open(caseIn('AWAITING_SUPPLEMENT'))
    await dialog.say(CODE)
    expect(dialog.buttons()).toEqual([])
  })

  test('says first what is asked of the citizen', async () => {
    const dialog = await open(mine('AWAITING_SUPPLEMENT'))
    expect(await dialog.say(CODE)).toMatch(/^Cần Ông\/Bà bổ sung: “Ảnh giấy biên nhận/)
    const other = await open(mine('PUBLISHED'))
    expect(await other.say(CODE)).toMatch(/Mời Ông\/Bà đánh giá câu trả lời, chậm nhất thứ Năm 09\/04\/2026\.$/)
  })

  test('shows an answer that is not published to its sender alone', async () => {
    const words = 'trả kết quả hồ sơ tách thửa cho công dân'
    expect(await (await open(mine('ANSWERED_UNPUBLISHED'))).say(CODE)).toContain(words)
    expect(await (await open(caseIn('ANSWERED_UNPUBLISHED'))).say(CODE)).not.toContain(words)
  })

  test('the list begins with what waits for the citizen', async () => {
    const dialog = await open(
      mine('PROCESSING', { code: 'PAKN.20260302.0005', draftId: 'd-5', receivedAt: START - 1 }),
      mine('PUBLISHED', { code: 'PAKN.20260302.0004', draftId: 'd-4', receivedAt: START - 2 }),
      mine('AWAITING_SUPPLEMENT', { receivedAt: START - 3 }),
    )
    const list = await dialog.say('phản ánh của tôi')
    expect(list).toContain(`${CODE} · Chậm trả kết quả tách thửa · Chờ bổ sung thông tin: cần Ông/Bà bổ sung`)
    expect(dialog.buttons().slice(-3)).toEqual([CODE, 'PAKN.20260302.0004', 'PAKN.20260302.0005'])
  })
})
