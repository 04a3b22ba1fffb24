import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { fileCase } from '../../src/cases/file-case.ts'
import type { Received, ReceivedFile } from '../../src/conversation/received.ts'
import type { Flows, FormFlow, Step } from '../../src/conversation/schema.ts'
import type { Conversation, Form } from '../../src/conversation/state.ts'
import { codePointLength } from '../../src/conversation/text/normalise.ts'
import type { FiledDraft } from '../../src/usecases/turn.ts'
import { caseIn } from '../cases/fixtures.ts'
import { calendar, qd29 } from '../cases/support.ts'
import { openTestConversation } from '../support/dialog.ts'
import { oddText } from '../support/odd-texts.ts'
import { createPlayer, type Played, type Player } from '../support/player.ts'

const RUNS = Number(process.env.ENGINE_RUNS ?? 80)
const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS
const opened = await openTestConversation()

type Heard = Partial<Received> & { type: Received['type'] }
type Move =
  | { do: 'answer' }
  | { do: 'matter'; number: number }
  | { do: 'say'; text: string }
  | { do: 'tap'; pick: number; of: 'last' | 'ever' }
  | { do: 'thing'; heard: Heard }
  | { do: 'wait'; ms: number }
  | { do: 'editFlow'; flows: number }
  | { do: 'again' }
  | { do: 'act'; what: string; pick: number }
  | { do: 'burst'; moves: Move[] }

const CODES = [1, 2, 3, 4].map((number) => `PAKN.20260302.000${number}`)

const COMMANDS = [
  ...['hủy', 'thôi', 'quay lại', 'bỏ qua', 'sửa', 'trợ giúp', 'menu', 'gửi phản ánh', 'gửi', 'tiếp tục', 'làm lại'],
  ...['không', 'ừ', 'đúng rồi', 'xong', 'tra cứu', 'gặp cán bộ', 'dùng trợ lý', 'cảm ơn', 'english', 'tiếng việt'],
  ...['dữ liệu của tôi', 'mất bao lâu?', 'em 15 tuổi', 'pakn 20261101.7', 'việc mới', 'thêm vào', 'viết lại', 'alo'],
  ...[
    'cháy nhà ở thôn 4, cứu với',
    'tôi muốn tố cáo ông chủ tịch xã nhận hối lộ 5 triệu',
    'ngừng nhận tin',
    '1',
    '2',
    '5',
  ],
  ...[
    'bổ sung',
    'rút phản ánh',
    'không đồng ý',
    'không đồng ý với câu trả lời',
    'đánh giá',
    'không hài lòng',
    'rất hài lòng',
  ],
  ...[
    `rút phản ánh ${CODES[0]}`,
    `bổ sung ${CODES[1]}`,
    `${CODES[2]}`,
    `đánh giá ${CODES[2]}`,
    'không phải việc khẩn cấp',
  ],
  ...['tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã, yêu cầu hủy quyết định', '0905 000 12', 'a@b.vn'],
]

/** Filed cases of this citizen, one for each thing that can be done, and one of somebody else. */
const CASES: Case[] = [
  caseIn('PROCESSING', { code: CODES[0] ?? '', draftId: 'd-0', citizenKey: 'c' }),
  caseIn('AWAITING_SUPPLEMENT', { code: CODES[1] ?? '', draftId: 'd-1', citizenKey: 'c' }),
  caseIn('PUBLISHED', {
    code: CODES[2] ?? '',
    draftId: 'd-2',
    citizenKey: 'c',
    releasedAt: Date.parse('2026-11-20T09:00:00+07:00'),
  }),
  caseIn('AWAITING_SUPPLEMENT', { code: CODES[3] ?? '', draftId: 'd-3' }),
]

const file = (number: number): ReceivedFile => ({
  ok: true,
  id: `file-${number}`,
  kind: number % 3 === 0 ? 'pdf' : 'image',
  name: `tep-${number}`,
  mediaType: 'image/jpeg',
  sizeBytes: 4_000_000,
  sha256: String(number),
})

const thing: fc.Arbitrary<Heard> = fc.oneof(
  fc
    .array(fc.nat(9), { minLength: 1, maxLength: 3 })
    .map((numbers): Heard => ({ type: 'files', files: numbers.map(file), text: '' })),
  fc.constant<Heard>({ type: 'files', files: [{ ok: false, reason: 'macro' }], text: 'giấy hẹn' }),
  fc.constantFrom<Heard>(
    { type: 'sticker' },
    { type: 'reaction', icon: '/-heart', messageId: 'm' },
    { type: 'location', latitude: 14.4, longitude: 107.8 },
    { type: 'contactCard', name: 'Y \ud83d Hà', phone: '84905000124' },
    { type: 'sharedInfo', name: 'Y Hà', phone: '84905000125' },
    { type: 'sharedInfo' },
    { type: 'link', url: 'https://example.vn/a', text: 'xem giúp' },
    { type: 'followed' },
    { type: 'unfollowed' },
    { type: 'openedChat' },
    { type: 'staffWrote' },
    { type: 'staffAnswered' },
    { type: 'wake' },
    { type: 'withdrewData' },
  ),
)

const single: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Move>({ do: 'answer' }) },
  { weight: 3, arbitrary: fc.nat(1_000_000).map((number): Move => ({ do: 'matter', number })) },
  { weight: 3, arbitrary: fc.constantFrom(...COMMANDS).map((text): Move => ({ do: 'say', text })) },
  { weight: 2, arbitrary: oddText.map((text): Move => ({ do: 'say', text })) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('tap'),
      pick: fc.nat(),
      of: fc.constantFrom('last', 'ever'),
    }) as fc.Arbitrary<Move>,
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('act'),
      what: fc.constantFrom(
        'supplement',
        'cannot',
        'withdraw',
        'disagree',
        'rate1',
        'rate5',
        'rate',
        'comment',
        'renew',
        'keep',
      ),
      pick: fc.nat(3),
    }) as fc.Arbitrary<Move>,
  },
  { weight: 2, arbitrary: thing.map((heard): Move => ({ do: 'thing', heard })) },
)
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 24, arbitrary: single },
  {
    weight: 2,
    arbitrary: fc.array(single, { minLength: 2, maxLength: 4 }).map((moves): Move => ({ do: 'burst', moves })),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(
        fc.integer({ min: 1_000, max: 120_000 }),
        fc.integer({ min: HOUR_MS, max: 3 * DAY_MS }),
        fc.integer({ min: DAY_MS, max: 40 * DAY_MS }),
      )
      .map((ms): Move => ({ do: 'wait', ms })),
  },
  { weight: 1, arbitrary: fc.nat(3).map((flows): Move => ({ do: 'editFlow', flows })) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'again' }) },
)

/** The form as it is, with a question more, with questions in another order, and not offered any more. */
function editions(flows: Flows): Flows[] {
  const submit = flows.forms.submit as FormFlow
  const extra = {
    id: 'occupation',
    ask: 'text',
    optional: false,
    editable: true,
    onRequest: false,
    goto: {},
    minLength: 1,
    maxLength: 500,
  } as Step
  const choice = { ...extra, id: 'how', ask: 'choice', options: ['a', 'b'] } as unknown as Step
  const at = (id: string) => submit.steps.findIndex((step) => step.id === id)
  const more = submit.steps.toSpliced(at('phone'), 0, extra).toSpliced(at('unit'), 0, choice)
  const titleFirst = submit.steps
    .toSpliced(at('publication'), 1)
    .toSpliced(at('title'), 0, submit.steps[at('publication')] as Step)
  const edition = (steps: Step[], version: string) => ({
    ...flows,
    forms: { ...flows.forms, submit: { ...submit, steps, version } },
  })
  return [flows, edition(more, 'more'), edition(titleFirst, 'otherOrder'), { ...flows, forms: {} }]
}

const EDITIONS = editions(opened.engine.flows)
const matter = (number: number) =>
  `cán bộ một cửa xã Sa Thầy chậm trả kết quả hồ sơ đất đai mang số thứ tự M${number}M từ tháng trước tới giờ`

/** What a citizen who answers well would say now. */
function goodAnswer(player: Player): Heard {
  const { form } = player.state() ?? { form: null }
  const say = (text: string): Heard => ({ type: 'text', text })
  const tap = (part: string): Heard => say(player.shown.findLast((payload) => payload.includes(part)) ?? 'vâng')
  if (form === null) return say('gửi phản ánh')
  if (form.waiting !== null) return tap('#draft.add')
  if (form.mode === 'renew') return tap('#draft.renew')
  if (form.mode !== 'step') return tap('#draft.keep')
  if (form.flow !== 'submit')
    return form.answers.content === undefined ? say(matter(form.draftId.length)) : tap('.send.')
  if (form.pending !== null) return say('đúng rồi')
  const answers: Record<string, () => Heard> = {
    agreement: () => tap('.agree.'),
    content: () => (form.answers.content === undefined ? say(matter(0)) : tap('.enough.')),
    title: () => (form.typing ? say('Chậm trả kết quả') : say('đúng rồi')),
    unit: () => tap('.office.'),
    sender: () => tap('.use.'),
    name: () => say('Y Hà'),
    submitterType: () => tap('.enterprise.'),
    bodyName: () => say('Công ty TNHH Mẫu'),
    contactPerson: () => say('A Thăng'),
    phone: () => say('0905000123'),
    phoneCode: () => say(player.codes.at(-1) ?? '000000'),
    address: () => say('thôn 2 xã Sa Thầy'),
    email: () => say('bỏ qua'),
    publication: () => tap('.answerOnly.'),
    personalData: () => tap('.remove.'),
    summary: () => tap('.send-'),
    occupation: () => say('nông dân'),
    how: () => tap('.b.'),
  }
  return answers[form.step]?.() ?? say('vâng')
}

function heardIn(player: Player, one: Move, last: Heard[]): Heard[] {
  switch (one.do) {
    case 'answer':
      return [goodAnswer(player)]
    case 'matter':
      return [{ type: 'text', text: matter(one.number) }]
    case 'say':
      return [{ type: 'text', text: one.text }]
    case 'tap': {
      const payloads = one.of === 'last' ? player.shown.slice(-6) : player.shown
      return [{ type: 'text', text: payloads[one.pick % Math.max(1, payloads.length)] ?? 'menu' }]
    }
    case 'thing':
      return [one.heard]
    case 'again':
      return last
    case 'act':
      return [{ type: 'text', text: `#act.${one.what}.${CODES[one.pick]}` }]
    case 'burst':
      return one.moves.flatMap((each) => heardIn(player, each, last))
    default:
      return []
  }
}

const drafts = (conversation: Conversation | null): Form[] =>
  conversation === null ? [] : [...(conversation.form === null ? [] : [conversation.form]), ...conversation.shelved]

/** Where words of a citizen may be: in the content of a draft, beside it, held back, or sent. */
function wordsKept(
  conversation: Conversation,
  filed: readonly FiledDraft[],
  cases: readonly (Case | undefined)[],
): string {
  const told = drafts(conversation).map((draft) => [
    Object.values(draft.answers).filter(({ ask }) => ask === 'content'),
    draft.waiting,
  ])
  const sent = cases.map((one) => [one?.supplements, one?.disagreement, one?.rating, one?.withdrawal])
  const kept = [
    told,
    conversation.held,
    conversation.alarm,
    conversation.asking,
    filed.map(({ content }) => content),
    sent,
  ]
  return JSON.stringify(kept)
}

/** The citizen wished that words be gone, or they lay too long; the bubble says so. */
function throwsAway({ effects, events, after }: Played, waitedMs: number): boolean {
  const said = JSON.stringify(effects)
  return (
    // What was held may be a few turns older than the wait.
    waitedMs >= DAY_MS - HOUR_MS ||
    effects.some((effect) => effect.type === 'eraseEvents') ||
    ['form.waitingDropped', 'form.contentFull', 'form.deleted', 'held.erased', 'forgetMe.done'].some((key) =>
      said.includes(`"${key}"`),
    ) ||
    events.some(
      (event) =>
        event.type === 'withdrewData' ||
        (event.type === 'text' && (event.text.includes('.rewrite.') || event.text === '2')),
    ) ||
    // "Viết lại" (by its number too): the old words are offered back until there are new ones.
    drafts(after).some((draft) => draft.previous.content !== undefined)
  )
}

function checkTurn(player: Player, played: Played): void {
  const { after, effects, output, text, buttons } = played
  expect(JSON.parse(JSON.stringify(after))).toEqual(after)
  expect(output.wakeAt ?? player.now()).toBeGreaterThanOrEqual(player.now())
  expect(
    output.messages.filter(({ body, notice }) => body.type === 'text' && notice === undefined).length,
  ).toBeLessThanOrEqual(1)
  expect(codePointLength(text)).toBeLessThanOrEqual(2_000)
  expect(text).toBe(text.toWellFormed())
  expect(text).not.toMatch(/\bundefined\b|\[object |\bNaN\b/)
  const asks = effects.filter((effect) => effect.type === 'ask')
  expect(asks.length).toBeLessThanOrEqual(1)
  if (asks.length > 0) {
    const [ask] = asks
    const spoken = effects.filter((effect) => effect.type === 'ask' || effect.type === 'say')
    expect(spoken.at(-1)).toBe(ask)
    const isTyped = after.form !== null && ['text', 'oneTimeCode'].includes(stepOf(after.form)?.ask ?? '')
    if (!isTyped) expect(buttons.length, text).toBeGreaterThan(0)
  }
  for (const button of buttons) {
    expect(codePointLength(button.title)).toBeLessThanOrEqual(100)
    expect(button.title.trim()).not.toBe('')
    expect(button.payload.length).toBeLessThanOrEqual(200)
  }
  expect(new Set(buttons.map(({ payload }) => payload)).size).toBe(buttons.length)
  if (buttons.length > 0)
    expect(after.choices.map(({ payload }) => payload)).toEqual(buttons.map(({ payload }) => payload))
}

const stepOf = (form: Form): Step | undefined =>
  EDITIONS.flatMap((flows) => flows.forms[form.flow]?.steps ?? []).find((step) => step.id === form.step)

/** A tap under a bubble of one draft changes no other one. */
function checkOthers({ before, after, events }: Played): void {
  const [event] = events
  if (events.length !== 1 || event?.type !== 'text') return
  const mark = /^#(?:submit|supplement|disagreement)\.[^.]+\.[^.]+\.([0-9a-f]{6})$/.exec(event.text)?.[1]
  if (mark === undefined) return
  for (const draft of drafts(before).filter(({ draftId }) => !draftId.startsWith(mark))) {
    const now = drafts(after).find(({ draftId }) => draftId === draft.draftId)
    // What was begun about a case and left without a word is not put aside.
    const isEmpty = draft.flow !== 'submit' && Object.keys(draft.answers).length === 0 && draft.attachments.length === 0
    if (now === undefined && isEmpty) continue
    expect(now?.answers).toEqual(draft.answers)
    expect(now?.attachments).toEqual(draft.attachments)
  }
}

/** Acts follow the rules of the case, on own cases alone, each stored once; what is answered by a notice is answered by it alone. */
function checkCases(player: Player, { effects, output }: Played): void {
  const acts = effects.filter((effect) => effect.type === 'act')
  expect(output.moves).toHaveLength(acts.length)
  for (const { next, entry } of output.moves) {
    expect(next.citizenKey).toBe('c')
    expect(entry.actor).toBe('citizen')
    expect(['supplement', 'withdraw', 'rate', 'disagree']).toContain(entry.act)
  }
  expect(player.caseOf(CODES[3] ?? '')?.version).toBe(7)
  const notices = output.messages.filter(({ notice }) => notice !== undefined)
  for (const { notice } of notices) expect(['N5', 'N9']).toContain(notice?.id)
  // The answer first, then the notices.
  if (notices.length > 0) expect(output.messages.slice(-notices.length)).toEqual(notices)
}

function checkFiled(filed: readonly FiledDraft[]): void {
  const ids = filed.map(({ draftId }) => draftId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const draft of filed) {
    const { extra: _, locale: __, relatedTo: ___, ...fields } = draft
    const result = fileCase(
      { ...fields, channel: 'zalo', citizenKey: 'c' },
      {
        code: 'PAKN.20261123.0001',
        now: draft.receivedAt,
        ruleSet: qd29,
        calendar,
        lawRevision: 1,
        intakeUnitCode: 'QN-VP',
      },
    )
    expect(result).toMatchObject({ ok: true })
    const purposes = draft.consents.map(({ purpose }) => purpose)
    expect(purposes.slice(0, 2)).toEqual(['handling', 'publication'])
    for (const consent of draft.consents) expect(consent.eventId).toMatch(/^e\d+$/)
  }
}

async function play(player: Player, moves: readonly Move[]): Promise<void> {
  let waitedMs = 0
  let last: Heard[] = []
  const kept = new Set<string>()
  let lines = ''
  for (const one of moves) {
    if (one.do === 'wait') {
      player.wait(one.ms)
      waitedMs += one.ms
      continue
    }
    if (one.do === 'editFlow') {
      player.useFlows(EDITIONS[one.flows] as Flows)
      continue
    }
    player.wait(4_000)
    last = heardIn(player, one, last)
    const played = await player.turn(last)
    checkTurn(player, played)
    if (player.flows().forms.submit !== undefined) checkOthers(played)
    checkCases(player, played)
    // A rating that takes the place of another leaves its words in the history.
    lines += JSON.stringify(played.output.moves.map(({ entry }) => entry.data))
    const words = lines + wordsKept(played.after, player.filed, CODES.map(player.caseOf))
    if (throwsAway(played, waitedMs)) kept.clear()
    for (const mark of kept) expect(words, `${mark} is lost`).toContain(mark)
    for (const [mark] of words.matchAll(/M\d+M/g)) kept.add(mark)
    waitedMs = 0
  }
  checkFiled(player.filed)
}

/** At any moment two words bring a person, and three end the draft. */
async function checkWayOut(player: Player): Promise<void> {
  const open = player.state()?.form?.draftId
  if (open === undefined || player.state()?.handoff !== null) return
  player.wait(4_000)
  await player.say('hủy')
  for (const word of ['hủy', 'ừ']) {
    if (player.state()?.form?.draftId !== open) return
    player.wait(4_000)
    await player.say(word)
    player.wait(4_000)
    if (player.state()?.form?.draftId === open) await player.say('hủy bỏ')
  }
  expect(player.state()?.form?.draftId).not.toBe(open)
}

describe('whatever a citizen does', () => {
  test('the conversation stands, and every turn is in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 45 }), async (moves) => {
        const player = createPlayer(opened, CASES)
        await play(player, moves)
        await checkWayOut(player)
      }),
      { numRuns: RUNS },
    )
  }, 600_000)
})
