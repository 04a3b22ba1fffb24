import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from '../../src/http/csv.ts'

test('cells are quoted, numbers bare, what is not there empty', () => {
  expect(csvLine(['Y Hà "Niê"', 17, null, 'a,b\nc'])).toBe('"Y Hà ""Niê""",17,,"a,b\nc"\r\n')
})

test('no cell begins as a formula, whatever somebody wrote', () => {
  for (const text of ['=1+1', '+84905', '-2', '@SUM(A1)', '\t=1', ' =cmd', '＝1']) {
    expect(csvLine([text]), text).toMatch(/^"'/)
  }
  expect(csvLine(['Y-Hà = 1'])).toBe('"Y-Hà = 1"\r\n')
})

test('words come back as they were, but for the quote in front of a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (cells) => {
      const read = readLine(csvLine(cells))
      expect(read).toHaveLength(cells.length)
      for (const [index, cell] of cells.entries()) {
        const plain = cell.replaceAll('\0', '')
        expect([plain, `'${plain}`]).toContain(read[index])
        expect(read[index]).not.toMatch(/^[=+\-@\t\r]/)
      }
    }),
  )
})

/** As RFC 4180 reads a line. */
function readLine(line: string): string[] {
  expect(line.endsWith('\r\n')).toBe(true)
  return [...line.slice(0, -2).matchAll(/(?:^|,)"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"'))
}
