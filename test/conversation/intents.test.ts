import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  COMMANDS,
  createIntents,
  INTENTS,
  type Intent,
  type IntentRules,
  type Intents,
} from '../../src/conversation/intents.ts'
import { loadIntents } from '../../src/conversation/load-intents.ts'
import { fold } from '../../src/conversation/text/normalise.ts'

type Corpus = {
  intents: Record<string, string[]>
  also: { text: string; intent: Intent; also: Intent[] }[]
  never: Record<string, string[]>
  unread: Record<string, string[]>
  commands: Record<string, string[]>
  notCommands: string[]
}

let intents: Intents
let rules: IntentRules
let corpus: Corpus

beforeAll(async () => {
  rules = await loadIntents('data/intents.yaml')
  intents = createIntents(rules)
  corpus = parse(await readFile(new URL('intent-corpus.yaml', import.meta.url), 'utf8'))
})

const explain = (text: string) => {
  const { intent, matched } = intents.read(text)
  return `${text} → ${intent} (${matched.join('; ')})`
}

describe('the corpus', () => {
  test('holds at least 250 messages and none of the examples of the rules', () => {
    const messages = [
      ...Object.values(corpus.intents).flat(),
      ...Object.values(corpus.never).flat(),
      ...Object.values(corpus.commands).flat(),
      ...corpus.notCommands,
    ]
    expect(new Set(messages).size).toBeGreaterThanOrEqual(250)
    expect(Object.keys(corpus.intents).sort()).toEqual([...INTENTS].sort())
    const sentences = [...Object.values(corpus.intents), ...Object.values(corpus.never)].flat()
    const ofRules = new Set(
      rules.intents.flatMap(({ examples, notExamples }) => [...examples, ...notExamples]).map(fold),
    )
    const shared = sentences.filter((text) => fold(text).split(' ').length > 3 && ofRules.has(fold(text)))
    expect(shared).toEqual([])
  })

  test('every message is read as what it is', () => {
    const wrong = Object.entries(corpus.intents).flatMap(([intent, texts]) =>
      texts.filter((text) => intents.read(text).intent !== intent).map((text) => `${intent}: ${explain(text)}`),
    )
    expect(wrong).toEqual([])
  })

  test('nothing is read as what it is not', () => {
    const wrong = Object.entries(corpus.never).flatMap(([intent, texts]) =>
      texts
        .filter((text) => {
          const reading = intents.read(text)
          return reading.intent === intent || reading.also.some((one) => one === intent)
        })
        .map((text) => `not ${intent}: ${explain(text)}`),
    )
    expect(wrong).toEqual([])
  })

  test('what is missed is not taken for something dangerous', () => {
    const texts = Object.entries(corpus.unread).flatMap(([intent, list]) => list.map((text) => ({ intent, text })))
    const nowRead = texts.filter(({ intent, text }) => intents.read(text).intent === intent)
    expect(nowRead, 'understood by now: move them up').toEqual([])
    const wrong = texts.filter(({ text }) =>
      ['emergency', 'denunciation', 'insult', 'advertising'].includes(intents.read(text).intent),
    )
    expect(wrong).toEqual([])
  })

  test('a message may be two things at once', () => {
    for (const { text, intent, also } of corpus.also) {
      expect({ text, intent: intents.read(text).intent }).toEqual({ text, intent })
      expect(intents.read(text).also).toEqual(expect.arrayContaining(also))
    }
  })

  test('a short answer is a command, whatever the spelling', () => {
    const wrong = Object.entries(corpus.commands).flatMap(([command, texts]) =>
      texts
        .filter((text) => intents.command(text) !== command)
        .map((text) => `${command}: ${text} → ${intents.command(text)}`),
    )
    expect(wrong).toEqual([])
  })

  test('a sentence, a name or a number is never a command', () => {
    const wrong = corpus.notCommands.filter((text) => intents.command(text) !== null)
    expect(wrong.map((text) => `${text} → ${intents.command(text)}`)).toEqual([])
  })

  test('marks may be left out of everything', () => {
    const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D')
    const lost = Object.entries(corpus.intents)
      .filter(([intent]) => intent !== 'other')
      .flatMap(([intent, texts]) => texts.map((text) => ({ intent, text: plain(text) })))
      .filter(({ intent, text }) => intents.read(text).intent !== intent)
    const total = Object.values(corpus.intents).flat().length
    expect(lost.length / total, lost.map(({ text }) => explain(text)).join('\n')).toBeLessThan(0.03)
  })
})

describe('reading', () => {
  test('danger comes first, then what must not be collected here', () => {
    expect(intents.read('tố cáo cán bộ, cháy nhà rồi cứu với').intent).toBe('emergency')
    expect(intents.read('khiếu nại và tố cáo chủ tịch xã nhận hối lộ').intent).toBe('denunciation')
  })

  test('says which rule spoke and for which words', () => {
    const { matched, score } = intents.read('chậm trả kết quả tách thửa')
    expect(matched[0]).toMatch(/^matter\/delay "chậm trả/)
    expect(score).toBeGreaterThan(0.5)
  })

  test('every intent and command has rules', () => {
    expect(rules.intents.map(({ id }) => id).sort()).toEqual([...INTENTS].filter((id) => id !== 'other').sort())
    expect(rules.commands.map(({ id }) => id).sort()).toEqual([...COMMANDS].sort())
  })

  test('never throws, whatever is typed, and a command is short', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const reading = intents.read(text)
        expect(INTENTS).toContain(reading.intent)
        expect(reading.also).not.toContain(reading.intent)
        const command = intents.command(text)
        if (command !== null) expect(text.length).toBeLessThanOrEqual(80)
      }),
    )
    for (const odd of ['\ud800', '\u202e'.repeat(50), 'Z̷̧̛͙', '\0', ' ', '*'.repeat(300), '(a|b', 'ạ'.normalize('NFD')]) {
      expect(() => [intents.read(odd), intents.command(odd)]).not.toThrow()
    }
  })

  test('reads 9,000 characters without falling behind', () => {
    const long = 'cán bộ một cửa hồ sơ của tôi mà chưa ai giải quyết cho tôi thủ tục đất đai '.repeat(130)
    const startedAt = performance.now()
    for (let round = 0; round < 10; round++) intents.read(long)
    expect((performance.now() - startedAt) / 10).toBeLessThan(50)
  })

  test('decomposed letters are the same letters', () => {
    expect(intents.read('tố cáo cán bộ nhận hối lộ'.normalize('NFD')).intent).toBe('denunciation')
    expect(intents.command('đồng ý'.normalize('NFD'))).toBe('yes')
  })
})
