import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Button } from '../../src/usecases/ports.ts'
import {
  fileRequest,
  imageRequest,
  numberedFallback,
  plainRequests,
  type SendRequest,
  splitText,
  stripMentions,
  toRequests,
} from '../../src/zalo/messages.ts'
import { shorten } from '../../src/zalo/split-text.ts'

const userId = '7719402268835146093'

function length(text: string): number {
  return [...text].length
}

function buttonsOf(request: SendRequest | undefined) {
  const payload = request?.message.attachment?.payload
  return payload !== undefined && 'buttons' in payload ? payload.buttons : undefined
}

const choices = (count: number): Button[] =>
  Array.from({ length: count }, (_, index) => ({ title: `Mục ${index + 1}`, payload: `#muc${index + 1}` }))

describe('splitting a long text', () => {
  test('a short text stays whole and an empty one gives nothing', () => {
    expect(splitText('Đã tiếp nhận.')).toEqual(['Đã tiếp nhận.'])
    expect(splitText('')).toEqual([])
    expect(splitText('a'.repeat(2000))).toHaveLength(1)
    expect(splitText('a'.repeat(2001)).map(length)).toEqual([2000, 1])
  })

  test('counts code points, not units', () => {
    expect(splitText('😀'.repeat(2000))).toHaveLength(1)
    expect(splitText('😀'.repeat(2001)).map(length)).toEqual([2000, 1])
  })

  test('counts after NFC: decomposed Vietnamese is not longer', () => {
    const decomposed = 'Đường hỏng '.repeat(150).normalize('NFD')
    expect(length(decomposed)).toBeGreaterThan(2000)
    expect(splitText(decomposed)).toEqual(['Đường hỏng '.repeat(150)])
  })

  test.each([
    ['a paragraph', `${'Câu một. '.repeat(150)}\n\n`, `${'Câu hai. '.repeat(150)}`],
    ['a line', `${'Câu một. '.repeat(150)}\n`, `${'Câu hai. '.repeat(150)}`],
    ['a sentence', `${'một hai ba '.repeat(120)}hết. `, 'bốn năm sáu '.repeat(100)],
  ])('cuts after %s', (_name, first, second) => {
    expect(splitText(first + second)).toEqual([first, second])
  })

  test('cuts between words where there is no sentence', () => {
    for (const part of splitText('đường '.repeat(1000)).slice(0, -1)) expect(part.endsWith('đường ')).toBe(true)
  })

  test('keeps joined emoji, flags and stacked marks whole', () => {
    for (const grapheme of ['👨‍👩‍👧‍👦', '🇻🇳', 'a\u0323\u0302\u0301\u031b', '\r\n']) {
      const parts = splitText(grapheme.repeat(1500))
      expect(parts.join('')).toBe(grapheme.repeat(1500).normalize('NFC'))
      for (const part of parts) {
        expect(part.length % grapheme.normalize('NFC').length).toBe(0)
        expect(length(part)).toBeLessThanOrEqual(2000)
      }
    }
  })

  test('a grapheme longer than a message is cut between code points, and a lone surrogate replaced', () => {
    const parts = splitText(`a${'\u0323\u035c'.repeat(3000)}`)
    expect(parts.every((part) => length(part) <= 2000)).toBe(true)
    expect(splitText('\ud83d!')).toEqual(['\ufffd!'])
  })

  test('a text of a quarter of a million characters is cut in good time', () => {
    const startedAt = performance.now()
    expect(splitText(`${'x'.repeat(70)} `.repeat(3600)).length).toBeGreaterThan(125)
    expect(splitText('\n '.repeat(125_000)).join('')).toHaveLength(250_000)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  test('parts joined are the text, all fit, and no cut falls inside a grapheme', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'ă',
        'ệ',
        'o\u0302\u0323',
        ' ',
        '\n',
        '\n\n',
        '. ',
        '😀',
        '👍🏽',
        '🇻🇳',
        '\r\n',
        '\u200d',
        '\u0301',
        '\ud800',
        'Đ',
      ],
    )
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 8, max: 40 }),
        (pieces, limit) => {
          const text = pieces.join('')
          const whole = text.toWellFormed().normalize('NFC')
          const parts = splitText(text, limit)
          expect(parts.join('')).toBe(whole)
          const ends = new Set(
            [...new Intl.Segmenter('vi', { granularity: 'grapheme' }).segment(whole)].map((s) => s.index),
          )
          const longest = Math.max(
            ...[...new Intl.Segmenter('vi', { granularity: 'grapheme' }).segment(whole)].map((s) => length(s.segment)),
          )
          let index = 0
          for (const part of parts) {
            expect(part).not.toBe('')
            expect(length(part)).toBeLessThanOrEqual(limit)
            if (longest <= limit) expect(ends.has(index)).toBe(true)
            index += part.length
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('the requests of a message', () => {
  test('plain text goes out as Zalo wants it', () => {
    expect(toRequests(userId, { type: 'text', text: 'Xin chào', buttons: [] })).toEqual([
      { recipient: { user_id: userId }, message: { text: 'Xin chào' } },
    ])
  })

  test('nothing to say is no request', () => {
    expect(toRequests(userId, { type: 'text', text: ' \n', buttons: [] })).toEqual([])
  })

  test('buttons stand beside the text without a template type', () => {
    const buttons: Button[] = [
      { title: 'Tra cứu', payload: '#tracuu' },
      { title: 'Có', payload: 'Có' },
      { title: 'Cổng thông tin', url: 'https://pakn.example.vn/' },
    ]
    expect(toRequests(userId, { type: 'text', text: 'Chọn:', buttons })).toEqual([
      {
        recipient: { user_id: userId },
        message: {
          text: 'Chọn:',
          attachment: {
            type: 'template',
            payload: {
              buttons: [
                { title: 'Tra cứu', type: 'oa.query.hide', payload: '#tracuu' },
                { title: 'Có', type: 'oa.query.show', payload: 'Có' },
                { title: 'Cổng thông tin', type: 'oa.open.url', payload: { url: 'https://pakn.example.vn/' } },
              ],
            },
          },
        },
      },
    ])
  })

  test('from the sixth on choices are numbered lines', () => {
    const [request] = toRequests(userId, { type: 'text', text: 'Chọn:', buttons: choices(7) })
    expect(buttonsOf(request)?.map((button) => button.title)).toEqual(['Mục 1', 'Mục 2', 'Mục 3', 'Mục 4', 'Mục 5'])
    expect(request?.message.text).toBe('Chọn:\n\n6. Mục 6\n7. Mục 7')
  })

  test('a title is cut at 100 code points, a payload over 1000 becomes a line', () => {
    const buttons = [
      { title: '😀'.repeat(120), payload: '#a' },
      { title: 'Dài', payload: 'x'.repeat(1001) },
      { title: 'Vừa', payload: 'y'.repeat(1000) },
    ]
    const [request] = toRequests(userId, { type: 'text', text: 'Chọn:', buttons })
    const titles = buttonsOf(request)?.map((button) => button.title) ?? []
    expect(titles.map(length)).toEqual([100, 3])
    expect(titles[0]?.endsWith('…')).toBe(true)
    expect(request?.message.text).toBe('Chọn:\n\n2. Dài')
  })

  test('a button title stays on one line', () => {
    const [request] = toRequests(userId, {
      type: 'text',
      text: 'x',
      buttons: [{ title: ' Một\n hai ', payload: '#a' }],
    })
    expect(buttonsOf(request)?.[0]?.title).toBe('Một hai')
  })

  test('buttons without a text list their titles as the text', () => {
    const [request] = toRequests(userId, { type: 'text', text: '', buttons: choices(2) })
    expect(request?.message.text).toBe('1. Mục 1\n2. Mục 2')
    expect(buttonsOf(request)).toHaveLength(2)
  })

  test('a long text carries its buttons on the last part only', () => {
    const requests = toRequests(userId, { type: 'text', text: 'Câu dài. '.repeat(600), buttons: choices(3) })
    expect(requests.length).toBe(3)
    expect(requests.map((request) => buttonsOf(request)?.length)).toEqual([undefined, undefined, 3])
    expect(requests.map((request) => request.message.text).join('')).toBe('Câu dài. '.repeat(600))
  })

  test('asking for contact details is one element, its picture only where there is one', () => {
    const body = { type: 'requestInfo' as const, title: 'Liên hệ', subtitle: 'Để cơ quan liên hệ' }
    const element = { title: 'Liên hệ', subtitle: 'Để cơ quan liên hệ' }
    const payload = { template_type: 'request_user_info', elements: [element] }
    expect(toRequests(userId, body)[0]?.message).toEqual({ attachment: { type: 'template', payload } })
    expect(JSON.stringify(toRequests(userId, { ...body, imageUrl: 'https://pakn.example.vn/a.png' }))).toContain(
      '"image_url":"https://pakn.example.vn/a.png"',
    )
  })

  test('mentions are left alone between two people', () => {
    expect(toRequests(userId, { type: 'text', text: '[@123] ơi', buttons: [] })[0]?.message.text).toBe('[@123] ơi')
  })

  test('whatever the message, every request is within the limits of Zalo and no choice is lost', () => {
    const button = fc.oneof(
      fc.record({ title: fc.string({ unit: 'grapheme', maxLength: 130 }), payload: fc.string({ maxLength: 1100 }) }),
      fc.record({ title: fc.string({ maxLength: 20 }), url: fc.constant('https://pakn.example.vn/') }),
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 5000 }), fc.array(button, { maxLength: 9 }), (text, buttons) => {
        const requests = toRequests(userId, { type: 'text', text, buttons })
        const shown = requests.flatMap((request) => buttonsOf(request) ?? [])
        const lines = requests.map((request) => request.message.text).join('')
        expect(shown.length).toBeLessThanOrEqual(5)
        for (const request of requests) expect(length(request.message.text ?? '')).toBeLessThanOrEqual(2000)
        for (const { title, payload } of shown) {
          expect(length(title)).toBeLessThanOrEqual(100)
          expect(title.trim()).not.toBe('')
          if (typeof payload === 'string') expect(length(payload)).toBeLessThanOrEqual(1000)
        }
        for (const [index, { title }] of buttons.entries()) {
          const name = title.toWellFormed().normalize('NFC').replace(/\s+/g, ' ').trim()
          const isShown = shown.some((button) => button.title === shorten(name, 100))
          expect(name === '' || isShown || lines.includes(`${index + 1}. `)).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the plain form of a message', () => {
  test('lists every choice with its number', () => {
    const body = {
      type: 'text' as const,
      text: 'Chọn:',
      buttons: [...choices(1), { title: 'Cổng', url: 'https://pakn.example.vn/' }],
    }
    expect(numberedFallback(body)).toEqual({
      type: 'text',
      text: 'Chọn:\n\n1. Mục 1\n2. Cổng: https://pakn.example.vn/',
      buttons: [],
    })
  })

  test('of the contact form is its two sentences', () => {
    expect(numberedFallback({ type: 'requestInfo', title: 'Liên hệ', subtitle: 'Xin số điện thoại' })).toEqual({
      type: 'text',
      text: 'Liên hệ\n\nXin số điện thoại',
      buttons: [],
    })
  })
})

test('pictures and files have their shapes', () => {
  expect(imageRequest(userId, { attachmentId: 'Qm3' }, 'Ảnh').message).toEqual({
    text: 'Ảnh',
    attachment: {
      type: 'template',
      payload: { template_type: 'media', elements: [{ media_type: 'image', attachment_id: 'Qm3' }] },
    },
  })
  expect(imageRequest(userId, { url: 'https://pakn.example.vn/a.jpg' }, '').message).not.toHaveProperty('text')
  expect(fileRequest(userId, 'vD8h').message).toEqual({ attachment: { type: 'file', payload: { token: 'vD8h' } } })
})

test.each([
  ['[@4318072690155387264] kiểm tra', ' kiểm tra'],
  ['[@a][@b]', ''],
  ['[[@a]@b]', '[ @b]'],
  ['[@[@a]b]', 'b]'],
  ['a [@ chưa đóng', 'a [ @ chưa đóng'],
  ['email [a@b.vn]', 'email [a@b.vn]'],
])('mentions are taken out of %j for a staff group', (text, expected) => {
  expect(stripMentions(text)).toBe(expected)
})

test('no text calls on anybody in a group once it is stripped', () => {
  const piece = fc.constantFrom('[', '@', ']', 'a', '[@')
  fc.assert(fc.property(fc.array(piece), (pieces) => !stripMentions(pieces.join('')).includes('[@')))
})

test('shortening keeps graphemes and says that something is missing', () => {
  expect(shorten('ngắn', 10)).toBe('ngắn')
  expect(shorten('một hai ba bốn', 8)).toBe('một hai…')
  expect(shorten('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 8)).toBe('👨‍👩‍👧‍👦…')
})

describe('the calls that stand in for refused buttons', () => {
  test('leave the parts that were taken as they are and list every choice once, in order', () => {
    const body = { type: 'text' as const, text: 'Câu dài. '.repeat(300), buttons: choices(7) }
    const requests = toRequests(userId, body)
    const plain = plainRequests(userId, body)
    expect(plain.slice(0, 1)).toEqual(requests.slice(0, 1))
    const lines = choices(7).map((button, index) => `${index + 1}. ${button.title}`)
    expect(plain.map((request) => request.message.text).join('')).toBe(
      `${'Câu dài. '.repeat(300).trimEnd()}\n\n${lines.join('\n')}`,
    )
    expect(plain.every((request) => request.message.attachment === undefined)).toBe(true)
  })

  test('of a short message are its plain form', () => {
    const body = { type: 'text' as const, text: 'Chọn:', buttons: choices(6) }
    expect(plainRequests(userId, body)).toEqual(toRequests(userId, numberedFallback(body)))
  })
})
