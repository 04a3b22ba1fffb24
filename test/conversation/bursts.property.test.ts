import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Received } from '../../src/conversation/received.ts'
import type { Conversation } from '../../src/conversation/state.ts'
import { excerpt, showLiterally } from '../../src/conversation/text/normalise.ts'
import { openTestConversation } from '../support/dialog.ts'
import { ODD_TEXTS } from '../support/odd-texts.ts'
import { createPlayer, type Player } from '../support/player.ts'

const opened = await openTestConversation()
const RUNS = Number(process.env.ENGINE_RUNS ?? 40)
const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'

type Heard = Partial<Received> & { type: Received['type'] }

const words = fc
  .constantFrom(
    MATTER,
    'giấy hẹn ghi 12/10',
    'tôi đã hỏi hai lần ở bộ phận một cửa',
    'mong cơ quan xem xét sớm',
    'cán bộ bảo thiếu giấy tờ mà không nói thiếu gì, bắt đi lại nhiều lần',
    'con đường trước nhà cũng hư hỏng ổ gà nhiều lắm',
    'Nguyễn Văn A ở thôn 2',
  )
  .map((text): Heard => ({ type: 'text', text }))
const photo = fc.nat(4).map(
  (number): Heard => ({
    type: 'files',
    text: '',
    files: [
      {
        ok: true,
        id: `f${number}`,
        kind: 'image',
        name: 'a.jpg',
        mediaType: 'image/jpeg',
        sizeBytes: 1000,
        sha256: String(number),
      },
    ],
  }),
)
const place = fc.constant<Heard>({ type: 'location', latitude: 14.4, longitude: 107.8 })
const burst = fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: words }, { weight: 2, arbitrary: photo }, place), {
  minLength: 2,
  maxLength: 5,
  selector: (one) => JSON.stringify(one),
})

/** Where a burst may begin: nothing open, the form just opened, the question for content, content that may go on. */
const roads: Record<string, (player: Player) => Promise<unknown>> = {
  'nothing is open': async () => undefined,
  'the form has just begun': (player) => player.say('gửi phản ánh'),
  'the matter is asked for': async (player) => {
    await player.say('gửi phản ánh')
    player.wait(5_000)
    await player.say('đồng ý')
  },
  'more may be told': async (player) => {
    await player.say(MATTER)
    player.wait(5_000)
    await player.say('đồng ý')
  },
}

/** The draft, without what a turn gives it: ids, times, the question that stands open. */
function told(conversation: Conversation | null) {
  const form = conversation?.form ?? null
  return {
    answers: form?.answers ?? null,
    files: (form ?? conversation?.loose)?.attachments.map(({ id }) => id) ?? [],
    location: (form ?? conversation?.loose)?.location ?? null,
    hints: form?.hints.toSorted() ?? [],
    held: conversation?.held?.text ?? null,
    waiting: form?.waiting?.text ?? null,
  }
}

describe.each(Object.entries(roads))('a burst, when %s', (_, road) => {
  test('ends in the same draft whether it is folded in one turn or in several', async () => {
    await fc.assert(
      fc.asyncProperty(burst, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), async (heard, cuts) => {
        const [whole, split] = [createPlayer(opened), createPlayer(opened)]
        for (const player of [whole, split]) {
          await road(player)
          player.wait(10_000)
        }
        const timed = heard.map((one, index) => ({ ...one, at: whole.now() + index * 400 }))
        await whole.turn(timed)
        const part: typeof timed = []
        for (const [index, one] of timed.entries()) {
          part.push(one)
          if (cuts[index] === true) await split.turn(part.splice(0))
        }
        if (part.length > 0) await split.turn(part)
        expect(told(split.state())).toEqual(told(whole.state()))
      }),
      { numRuns: RUNS },
    )
  }, 120_000)
})

/** Brings a new citizen to each question of the form. */
async function at(step: string): Promise<Player> {
  const player = createPlayer(opened)
  const road: [string, string][] = [
    ['agreement', MATTER],
    ['content', 'đồng ý'],
    ['title', 'đủ rồi'],
    ['unit', 'đúng rồi'],
    ['name', 'không rõ'],
    ['phone', 'Y Hà'],
    ['phoneCode', '0905000123'],
    ['address', ''],
    ['publication', 'thôn 2 xã Sa Thầy'],
    ['summary', 'có'],
  ]
  for (const [arrives, say] of road) {
    await player.say(say === '' ? (player.codes.at(-1) ?? '') : say)
    player.wait(5_000)
    if (arrives === step) break
  }
  expect(player.state()?.form?.step).toBe(step)
  return player
}

const STEPS = [
  'agreement',
  'content',
  'title',
  'unit',
  'name',
  'phone',
  'phoneCode',
  'address',
  'publication',
  'summary',
]

describe.each(STEPS)('wrong answers to the question of %s', (step) => {
  test('are never met by the same bubble four times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom(...'qwzxfj~^%& '), minLength: 1, maxLength: 18 }), {
          minLength: 5,
          maxLength: 9,
        }),
        async (wrong) => {
          const player = await at(step)
          let last = ''
          let times = 0
          for (const text of wrong) {
            player.wait(5_000)
            const heard = (await player.say(text)).text
            times = heard === last && heard !== '' ? times + 1 : 1
            last = heard
            expect(times, heard).toBeLessThanOrEqual(3)
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 10) },
    )
  }, 120_000)
})

test('before any form too, words that cannot be understood lead to a person in the end', async () => {
  const player = createPlayer(opened)
  const heard: string[] = []
  for (const text of ['\u200b', '\u0000', '\u202e', '\u2066', 'qwz', 'zzx']) {
    player.wait(5_000)
    heard.push((await player.say(text)).text)
  }
  expect(new Set(heard.slice(0, 4)).size).toBeGreaterThan(1)
  expect(heard[2]).toContain('Gặp cán bộ')
})

const odd = ODD_TEXTS.filter((text) => !text.startsWith('#')).map(
  (text) => [excerpt(JSON.stringify(text), 40), text] as const,
)

test.each(odd)('%s in a story is kept whole and shown literally', async (_, text) => {
  const player = createPlayer(opened)
  const story = `hồ sơ đất của tôi bị chậm ${text}`
  await player.say('gửi phản ánh')
  player.wait(5_000)
  await player.say('đồng ý')
  player.wait(5_000)
  const answer = await player.say(story)
  const told = answer.after.form?.answers.content?.value as { parts: string[] } | undefined
  expect(told?.parts).toEqual([story.toWellFormed().normalize('NFC')])
  if (story.length > 5_000) expect(answer.text).toContain('nhiều nhất là 5000')
  else if (answer.after.form?.step === 'content') expect(answer.text).toContain(excerpt(showLiterally(story), 160))
})
