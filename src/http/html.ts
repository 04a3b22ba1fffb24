const markup: unique symbol = Symbol('markup')

/** Markup that may be sent as it is: everything that was put into it has been escaped. */
export type Html = { readonly [markup]: string }

/** What a template takes: words are escaped, markup stays, lists are joined, nothing is shown for what is not there. */
export type HtmlValue = string | number | Html | null | undefined | false | readonly HtmlValue[]

/**
 * A template of a page. Every value is escaped, also for attributes, which have to stand in double quotes; no value may
 * stand in a script, a style or the name of a tag.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? ''
  values.forEach((value, index) => {
    text += shown(value) + (parts[index + 1] ?? '')
  })
  return { [markup]: text }
}

/** The page as it goes out. */
export function toDocument(page: Html): string {
  return `<!doctype html>\n${page[markup]}\n`
}

function shown(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '')
  if (typeof value === 'number') return String(value)
  return isList(value) ? value.map(shown).join('') : value[markup]
}

function isList(value: Html | readonly HtmlValue[]): value is readonly HtmlValue[] {
  return Array.isArray(value)
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
