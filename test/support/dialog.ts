import { createHash } from 'node:crypto'
import type { Case } from '../../src/cases/case.ts'
import type { NoticeDraft } from '../../src/cases/notices.ts'
import type { ConversationSettings } from '../../src/conversation/context.ts'
import type { Received, ReceivedFile } from '../../src/conversation/received.ts'
import { defaultConversationSettings, type OpenConversation, openConversation } from '../../src/open-conversation.ts'
import { choicesOf } from '../../src/usecases/compose-turn.ts'
import type { OutgoingBody } from '../../src/usecases/ports.ts'
import { type CaseReader, createRunTurn } from '../../src/usecases/run-turn.ts'
import type { FiledDraft, TurnOutput } from '../../src/usecases/turn.ts'
import { caseParts, createCaseDrawer } from './citizen-cases.ts'

/** Names and addresses that stand in sentences, invented. */
export const testFacts: Record<string, string> = {
  tenTinh: 'tỉnh Quảng Ngãi',
  tenNoiTiepCongDan: 'Ban Tiếp công dân tỉnh',
  diaChiTiepCongDan: 'số 1 đường Mẫu',
  tenTrungTamPVHCC: 'Trung tâm Phục vụ hành chính công tỉnh',
  soDienThoaiHoTro: '0255 3 000 000',
  duongDayNongThanhTra: '0255 3 000 001',
  thuDienTuThanhTra: 'thanhtra@example.vn',
  gioHanhChinh: '7:00–11:30, 13:30–17:00',
  privacyUrl: 'https://pakn.example.vn/quyen-rieng-tu',
  publicUrl: 'https://pakn.example.vn',
}

const opened = new Map<string, Promise<OpenConversation>>()

/** The real flows, sentences, units and rules, read once per settings. */
export function openTestConversation(settings: Partial<ConversationSettings> = {}): Promise<OpenConversation> {
  const key = JSON.stringify(settings)
  const known = opened.get(key)
  if (known !== undefined) return known
  const opening = openConversation({
    root: process.cwd(),
    model: '2025',
    codePrefix: 'PAKN',
    settings: { ...defaultConversationSettings, ...settings },
    facts: testFacts,
  })
  opened.set(key, opening)
  return opening
}

export type Dialog = {
  /** Sends one message, or a burst that is folded into one turn; answers with the text of the bubble and of notices behind it. */
  say(...messages: (string | Partial<Received>)[]): Promise<string>
  /** Taps the button with this title under the last bubble. */
  tap(title: string): Promise<string>
  wait(ms: number): void
  buttons(): string[]
  payloadOf(title: string): string
  last(): TurnOutput
  filed: FiledDraft[]
  /** A filed case as the turns so far have left it. */
  caseOf(code: string): Case | undefined
  /** An officer did something: the case is this now. */
  putCase(current: Case): void
  /** How often filed cases were looked at. */
  looks(): number
  /** A notice came in the chat, as the outbox carries it. */
  hear(notice: NoticeDraft, current: Case): string
  codes: { phone: string; code: string }[]
  /** Messages of the citizen so far. */
  count(): number
  state(): unknown
  setState(state: unknown): void
  now(): number
}

const START = Date.parse('2026-11-23T09:12:00+07:00')

/** One citizen in a chat with the assistant, without a database: turn by turn through the real engine and sentences. */
export async function startDialog(
  options: {
    settings?: Partial<ConversationSettings>
    cases?: Partial<CaseReader>
    /** Cases that were filed before. */
    filedCases?: Case[]
    startAt?: number
    conversation?: Pick<OpenConversation, 'engine' | 'texts'>
  } = {},
): Promise<Dialog> {
  const { engine, texts } = options.conversation ?? (await openTestConversation(options.settings))
  const drawer = createCaseDrawer(options.filedCases)
  const parts = caseParts(texts)
  const { runTurn } = createRunTurn({
    engine,
    texts,
    cases: { ...drawer.reader, ...options.cases },
    ...parts,
  })
  let now = options.startAt ?? START
  let conversation: unknown = null
  let output: TurnOutput | undefined
  let sequence = 0
  let count = 0
  let noticed: { payload: string; title: string }[] | null = null
  let buttons: { title: string; payload: string }[] = []
  const filed: FiledDraft[] = []
  const codes: { phone: string; code: string }[] = []

  const turn = async (events: Received[]) => {
    sequence += 1
    output = await runTurn({
      citizenKey: 'citizen-1',
      userId: '1',
      // What is stored is JSON: a turn must not lean on anything that does not survive it.
      conversation: JSON.parse(JSON.stringify(conversation)),
      events,
      noticed,
      now,
      entropy: createHash('sha256').update(String(sequence)).digest('hex'),
    })
    drawer.store(output)
    noticed = null
    conversation = output.conversation
    filed.push(...output.filed)
    codes.push(...output.oneTimeCodes)
    const bodies = output.messages.flatMap(({ body }) => (body.type === 'text' ? [body] : []))
    if (bodies.length > 0) buttons = buttonsOf(bodies.at(-1))
    return bodies.map(({ text }) => text).join('\n---\n')
  }
  const buttonsOf = (body: OutgoingBody | undefined) =>
    body?.type === 'text' ? body.buttons.flatMap((button) => ('payload' in button ? [button] : [])) : []
  const send = (messages: (string | Partial<Received>)[]) => {
    now += 5000
    const events = messages.map((message, index) => {
      count += 1
      const event = typeof message === 'string' ? { type: 'text', text: message } : message
      return { id: `e${count}`, at: now + index, ...event } as Received
    })
    return turn(events)
  }
  const payloadOf = (title: string) => {
    const button = buttons.find((one) => one.title === title)
    if (button === undefined)
      throw new Error(`no button "${title}"; there are: ${buttons.map((one) => one.title).join(' | ')}`)
    return button.payload
  }
  return {
    say: (...messages) => send(messages),
    tap: (title) => send([payloadOf(title)]),
    wait: (ms) => {
      now += ms
    },
    buttons: () => buttons.map((button) => button.title),
    payloadOf,
    last: () => {
      if (output === undefined) throw new Error('nothing was said yet')
      return output
    },
    filed,
    caseOf: (code) => drawer.get(code),
    putCase: (current) => drawer.put(current),
    looks: () => drawer.looks(),
    hear(notice, current) {
      const [message] = parts.notices.render(notice, current, 'vi')
      if (message?.body.type !== 'text') return ''
      buttons = buttonsOf(message.body)
      noticed = buttons.some(({ payload }) => payload.startsWith('#act.')) ? (choicesOf(message.body) ?? null) : null
      return message.body.text
    },
    codes,
    count: () => count,
    state: () => conversation,
    setState: (state) => {
      conversation = state
    },
    now: () => now,
  }
}

let fileNumber = 0

/** A photo that passed the checks. */
export function photo(change: Partial<Extract<ReceivedFile, { ok: true }>> = {}): Partial<Received> {
  fileNumber += 1
  const file: ReceivedFile = {
    ok: true,
    id: `file-${fileNumber}`,
    kind: 'image',
    name: `anh-${fileNumber}.jpg`,
    mediaType: 'image/jpeg',
    sizeBytes: 1000,
    sha256: createHash('sha256').update(String(fileNumber)).digest('hex'),
    ...change,
  }
  return { type: 'files', files: [file], text: '' }
}

/** The answers of a citizen who answers well, up to the summary. */
export async function fillForm(dialog: Dialog, change: { content?: string } = {}): Promise<string> {
  await dialog.say(
    change.content ?? 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ',
  )
  await dialog.tap('Đồng ý, tiếp tục')
  await dialog.tap('Đủ rồi')
  await dialog.tap('Dùng tiêu đề này')
  await dialog.say('xa sa thay')
  await dialog.say('Y Hà')
  await dialog.say('0905000123')
  await dialog.say(dialog.codes.at(-1)?.code ?? '')
  let answer = await dialog.say('thôn 2 xã Sa Thầy')
  if (dialog.buttons().includes('Đúng rồi')) answer = await dialog.tap('Đúng rồi')
  return answer.includes('công khai chứ ạ') ? dialog.tap('Đồng ý công khai') : answer
}
