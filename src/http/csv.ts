/** What programs need to see that a file is UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF'

/**
 * One line of a CSV file (RFC 4180). A cell that a spreadsheet would take for a formula is given a quote in front, for its words
 * come from anybody; other cells stay as they are.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^\s*[=+\-@\t\r＝＋－＠]/u.test(value) ? `'${value}` : value
  return `"${text.replaceAll('"', '""').replaceAll('\0', '')}"`
}
