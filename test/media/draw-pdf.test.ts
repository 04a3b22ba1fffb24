import { expect, test } from 'vitest'
import { drawPdf } from '../../src/media/draw-pdf.ts'

const words = {
  'one letter': '0'.repeat(20_000),
  'marks that are letters of their own': 'e\u0323\u0302'.repeat(7_000),
  'a picture': '👩‍🌾'.repeat(4_000),
  'an address': `xem https://example.vn/${'a'.repeat(9_000)} nhé`,
}

// Letter by letter the first of them took twenty seconds and a gigabyte.
test.each(Object.entries(words))('a word without an end is drawn: %s', { timeout: 10_000 }, async (_name, text) => {
  const printed = {
    title: 'PAKN.20261123.0001',
    language: 'vi',
    foot: '{number}/{count}',
    blocks: [
      { type: 'title' as const, text },
      { type: 'facts' as const, rows: [['Nội dung', text] as const] },
      { type: 'table' as const, columns: ['Lúc', 'Việc'], widths: [0.3, 0.7], rows: [['11:40', text.slice(0, 1_500)]] },
    ],
  }
  const drawn = await drawPdf(printed)
  expect(drawn.subarray(0, 5).toString()).toBe('%PDF-')
  expect(drawn.subarray(-6).toString()).toContain('%%EOF')
})
