/** A page to be printed, as plain data: who draws it decides how it looks. */
export type Block =
  | { type: 'title'; text: string }
  | { type: 'heading'; text: string }
  | { type: 'text'; text: string }
  /** Small print. */
  | { type: 'note'; text: string }
  | { type: 'facts'; rows: readonly (readonly [label: string, value: string])[] }
  /** `widths` are shares of the width of the page. */
  | { type: 'table'; columns: readonly string[]; widths: readonly number[]; rows: readonly (readonly string[])[] }

/** `foot` stands below every page; `{number}` and `{count}` in it become the number of the page and of all pages. */
export type Printed = { title: string; language: string; blocks: readonly Block[]; foot: string }

/** Draws pages; resolves to the bytes of a PDF. */
export type PrintPdf = (printed: Printed) => Promise<Buffer>
