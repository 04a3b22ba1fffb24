import { oaErrors, zbsErrors } from '../../src/zalo/error-table.ts'
import type { Fault } from '../../test/support/fake-zalo.ts'
import type { Random } from './random.ts'

/** Where a call goes wrong: what a send takes, the record that settles a doubt, and the endpoint of the tokens. */
export const FAULTY_WAYS = ['chat', 'templateByUser', 'templateByPhone', 'record', 'tokens'] as const
export type FaultyWay = (typeof FAULTY_WAYS)[number]

type Kind = { name: string; fault: Fault }

/** How a line or a server fails, whatever it was asked; `timeout` never answers. */
const LINES: readonly Kind[] = [
  { name: 'reset', fault: { mode: 'reset' } },
  { name: 'reset, taken', fault: { mode: 'resetButDelivered' } },
  { name: 'silence', fault: { mode: 'timeout' } },
  { name: 'silence, taken', fault: { mode: 'timeoutButDelivered' } },
  { name: '502 page', fault: { mode: 'html502' } },
  { name: '502 page, taken', fault: { mode: 'html502ButDelivered' } },
  { name: '500', fault: { mode: 'answer', status: 500, body: '{"error":' } },
  { name: '503', fault: { mode: 'answer', status: 503, body: '' } },
  { name: '503, taken', fault: { mode: 'answer', status: 503, body: '', isDelivered: true } },
  { name: '403 page', fault: { mode: 'answer', status: 403, body: '<html></html>' } },
  { name: 'torn answer', fault: { mode: 'answer', status: 200, body: '{' } },
  { name: 'torn answer, taken', fault: { mode: 'answer', status: 200, body: '{', isDelivered: true } },
  { name: 'slow answer', fault: { mode: 'slow', ms: 1_500 } },
]

const numbers = (table: object): Kind[] =>
  [...Object.keys(table), '-9999'].map((code) => ({ name: code, fault: { mode: 'error', code: Number(code) } }))

const taken = (code: number): Kind => ({ name: `${code}, taken`, fault: { mode: 'errorButDelivered', code } })

const KINDS: Readonly<Record<FaultyWay, readonly Kind[]>> = {
  chat: [...numbers(oaErrors), taken(-200), taken(-9999), ...LINES],
  templateByUser: [...numbers(oaErrors), taken(-200), ...LINES],
  templateByPhone: [...numbers(zbsErrors), taken(-9999), ...LINES],
  record: ['-200', '-216', '-32'].map((code): Kind => ({ name: code, fault: { mode: 'error', code: Number(code) } })),
  tokens: LINES.filter(({ name }) => ['reset', '502 page', '503', 'slow answer'].includes(name)),
}

/** These close a way for a day, so they come when the others have been. */
const CLOSERS: Partial<Record<FaultyWay, readonly string[]>> = { templateByUser: ['-249', '-235'] }

export type FaultDecks = {
  /** The fault that this call meets, if any: each kind once before any comes again. */
  deal(way: FaultyWay): Fault | undefined
  /** How often each kind was met. */
  counts(way: FaultyWay): ReadonlyMap<string, number>
  /** Kinds of the ways of a message that were not met yet. */
  unmet(): string[]
  /** While false nothing goes wrong. */
  isOn: boolean
}

/** Deals a fault to a `share` of the calls. */
export function createFaultDecks(random: Random, share: number): FaultDecks {
  const counted = new Map(FAULTY_WAYS.map((way) => [way, new Map(KINDS[way].map(({ name }) => [name, 0]))]))
  const waiting = new Map(FAULTY_WAYS.map((way) => [way, shuffled(way)]))

  function shuffled(way: FaultyWay): Kind[] {
    const last = CLOSERS[way] ?? []
    const first = KINDS[way].filter(({ name }) => !last.includes(name))
    for (let index = first.length - 1; index > 0; index--) {
      const other = random.below(index + 1)
      const [one, two] = [first[index] as Kind, first[other] as Kind]
      first[index] = two
      first[other] = one
    }
    return [...first, ...KINDS[way].filter(({ name }) => last.includes(name))]
  }

  const decks: FaultDecks = {
    isOn: false,
    deal(way) {
      if (!decks.isOn || !random.chance(share)) return undefined
      const closers = CLOSERS[way] ?? []
      const again = () => random.pick(KINDS[way].filter(({ name }) => !closers.includes(name)))
      const { name, fault } = waiting.get(way)?.shift() ?? again()
      const counts = counted.get(way)
      counts?.set(name, (counts.get(name) ?? 0) + 1)
      return fault
    },
    counts: (way) => counted.get(way) ?? new Map(),
    unmet: () =>
      (['chat', 'templateByUser', 'templateByPhone'] as const).flatMap((way) =>
        (waiting.get(way) ?? []).map(({ name }) => `${way} ${name}`),
      ),
  }
  return decks
}

/** The way that a call of the fake takes; undefined for one that is spared. */
export function wayOf(route: string): FaultyWay | undefined {
  if (route === '/v3.0/oa/message/cs' || route === '/v2.0/oa/message') return 'chat'
  if (route === '/v3.0/oa/message/template') return 'templateByUser'
  if (route === '/message/template') return 'templateByPhone'
  if (route === '/v2.0/oa/conversation') return 'record'
  return route === '/v4/oa/access_token' ? 'tokens' : undefined
}
