import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createIntents } from '../../src/conversation/intents.ts'
import { loadIntents } from '../../src/conversation/load-intents.ts'

type Reading = { message: string; wanted: string; intent: string; why: string }

let readings: Reading[]

beforeAll(async () => {
  const { read } = createIntents(await loadIntents('data/intents.yaml'))
  const file = new URL('intent-held-out.yaml', import.meta.url)
  const sections: Record<string, Record<string, string[]>> = parse(await readFile(file, 'utf8'))
  readings = Object.values(sections).flatMap((labels) =>
    Object.entries(labels).flatMap(([wanted, messages]) =>
      messages.map((message) => {
        const { intent, matched } = read(message)
        return { message, wanted, intent, why: `${message} → ${intent} (${matched.join('; ')})` }
      }),
    ),
  )
})

const isRight = ({ wanted, intent }: Reading) =>
  wanted === 'any' ? intent !== 'emergency' : wanted.split('/').includes(intent)

/**
 * What was reached when these messages were first shown to the finished rules: 80 of 83 emergencies, 3 false ones, 78 in a
 * hundred of everything. The floors lie a little below, so that a rule may be mended without being measured by one message.
 */
describe('messages that the rules were not made from', () => {
  test('there are enough of them, and enough that only look like an emergency', () => {
    const count = (wanted: (label: string) => boolean) => readings.filter((one) => wanted(one.wanted)).length
    expect(readings.length).toBeGreaterThanOrEqual(300)
    expect(count((label) => label === 'emergency')).toBeGreaterThanOrEqual(80)
    expect(count((label) => label !== 'emergency')).toBeGreaterThanOrEqual(200)
  })

  test('emergencies are recalled (R2-19)', () => {
    const emergencies = readings.filter(({ wanted }) => wanted === 'emergency')
    const missed = emergencies.filter(({ intent }) => intent !== 'emergency')
    expect(1 - missed.length / emergencies.length, missed.map(({ why }) => why).join('\n')).toBeGreaterThanOrEqual(0.93)
  })

  test('what is called an emergency is one', () => {
    const called = readings.filter(({ intent }) => intent === 'emergency')
    const wrong = called.filter(({ wanted }) => wanted !== 'emergency')
    expect(1 - wrong.length / called.length, wrong.map(({ why }) => why).join('\n')).toBeGreaterThanOrEqual(0.93)
  })

  test('most messages are read as what they are', () => {
    expect(readings.filter(isRight).length / readings.length).toBeGreaterThanOrEqual(0.75)
  })

  test('a plain matter is not taken for something dangerous', () => {
    const wrong = readings.filter(
      ({ wanted, intent }) => wanted === 'matter' && ['denunciation', 'insult', 'advertising'].includes(intent),
    )
    expect(wrong.map(({ why }) => why)).toEqual([])
  })
})
