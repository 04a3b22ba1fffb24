import type { Delivered, FakeZalo, ZaloEvent } from './fake-zalo.ts'
import { until } from './until.ts'

export type Citizen = {
  id: string
  /** Sends one text and gives the words of the answer. */
  say(text: string): Promise<string>
  /** Taps the button with this title under the newest message that has one. */
  tap(title: string): Promise<string>
  /** Posts one event and gives the words of the answer. */
  send(event: ZaloEvent): Promise<string>
  /** The words of the next message, when this is done. */
  after(act: () => Promise<unknown>): Promise<string>
  /** Words of all that reached this citizen, oldest first. */
  heard(): string[]
  /** Titles of the buttons of the newest message. */
  buttons(): string[]
  payloadOf(title: string): string
}

type Options = {
  /** Every event is delivered so many times at once. */
  deliveries?: number
  /** A lost answer ends the wait. */
  patienceMs?: number
}

/** A citizen at a phone, as a fake Zalo carries the words between the two. */
export function createCitizen(zalo: FakeZalo, id: string, options: Options = {}): Citizen {
  const { deliveries = 1, patienceMs = 8_000 } = options
  const mine = (): Delivered[] => zalo.delivered.filter(({ userId }) => userId === id)
  const buttonsOf = ({ message }: Delivered) =>
    (message.attachment?.payload?.buttons ?? []) as { title: string; payload: unknown }[]

  function payloadOf(title: string): string {
    for (const one of mine().toReversed()) {
      const button = buttonsOf(one).find((each) => each.title === title)
      if (typeof button?.payload === 'string') return button.payload
    }
    const newest = mine().at(-1)
    throw new Error(`no button “${title}”; the newest message: ${newest === undefined ? 'none' : wordsOf(newest)}`)
  }

  async function after(act: () => Promise<unknown>): Promise<string> {
    const before = mine().length
    const textsBefore = texts()
    await act()
    // A card may come late behind the words of the last turn: alone it is no answer to this one.
    await until(`citizen ${id} hears something after: ${words().at(-1)}`, () => texts() > textsBefore, patienceMs)
    await untilQuiet(() => mine().length)
    return words().slice(before).join('\n')
  }

  const words = (): string[] => mine().map(wordsOf)
  const texts = (): number => mine().filter(({ message }) => message.text !== undefined).length

  function send(event: ZaloEvent): Promise<string> {
    return after(async () => {
      const statuses = await Promise.all(Array.from({ length: deliveries }, () => zalo.post(event)))
      if (statuses.some((status) => status !== 200)) throw new Error(`the webhook answered ${statuses.join(', ')}`)
    })
  }

  const say = (text: string): Promise<string> => send(zalo.events.userSendsText(id, text))
  return {
    id,
    say,
    tap: async (title) => say(payloadOf(title)),
    send,
    after,
    heard: words,
    buttons: () => buttonsOf(mine().at(-1) ?? ({ message: {} } as Delivered)).map(({ title }) => title),
    payloadOf,
  }
}

/** One turn may say its words and show a card right behind them. */
async function untilQuiet(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); await new Promise((resolve) => setTimeout(resolve, 40))) before = count()
}

/** What a person reads in a message: its text, or the title of a card. */
export function wordsOf({ message }: Delivered): string {
  if (message.text !== undefined) return message.text
  const elements = (message.attachment?.payload?.elements ?? []) as { title?: string }[]
  return elements.map(({ title }) => title ?? '').join('\n')
}

/** The answers of a citizen who answers well, up to the summary. */
export async function fillForm(
  citizen: Citizen,
  answers: {
    /** Null where the content is told already, and its step left. */
    content: string | null
    name?: string
    phone: string
    address?: string
    /** The one-time code that reached this phone; null where none is asked. */
    code: () => Promise<string | null>
  },
): Promise<string> {
  if (answers.content !== null) {
    await citizen.say(answers.content)
    await citizen.tap('Đồng ý, tiếp tục')
    await citizen.tap('Đủ rồi')
  }
  await citizen.tap('Dùng tiêu đề này')
  await citizen.say('xa sa thay')
  await citizen.say(answers.name ?? 'Y Hà')
  await citizen.say(answers.phone)
  const code = await answers.code()
  if (code !== null) await citizen.say(code)
  let answer = await citizen.say(answers.address ?? 'thôn 2 xã Sa Thầy')
  if (citizen.buttons().includes('Đúng rồi')) answer = await citizen.tap('Đúng rồi')
  return answer.includes('công khai chứ ạ') ? citizen.tap('Đồng ý công khai') : answer
}
