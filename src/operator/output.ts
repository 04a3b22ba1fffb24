/** Where a command speaks: results for programs on one side, everything for people on the other. */
export type Output = { result(line: string): void; say(line: string): void }

/** Why a command was refused, in one sentence of each language. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly vi: string
  readonly en: string

  constructor(vi: string, en: string) {
    super(`${vi}\n${en}`)
    this.vi = vi
    this.en = en
  }
}

/** A line of a table that programs read: one record a line, fields apart by a tab. */
export function record(...fields: (string | number | null)[]): string {
  return fields.map((field) => (field === null ? '-' : String(field).replace(/[\t\r\n]+/g, ' '))).join('\t')
}
