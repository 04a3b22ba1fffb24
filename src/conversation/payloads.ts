import type { Flows } from './schema.ts'

/** First words of buttons that belong to no flow. */
const HEADS: ReadonlySet<string> = new Set(['held', 'draft', 'assistant', 'act', 'alarm', 'forget', 'case'])

/**
 * Whether a text that begins with # is what one of our buttons sends, of this bubble or of one long ago: a page, a form with
 * or without an option, or one of the fixed ones.
 */
export function isPayload(flows: Flows, text: string): boolean {
  const said = text.trim()
  if (!said.startsWith('#')) return false
  const [head = '', , , mark = ''] = said.slice(1).split('.')
  if (HEADS.has(head) || Object.hasOwn(flows.pages, head) || Object.hasOwn(flows.forms, head)) return true
  // A form that is no longer offered.
  return /^[0-9a-f]{6}$/.test(mark) && !/\s/.test(said)
}
