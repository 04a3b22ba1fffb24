import fc from 'fast-check'
import { expect, test } from 'vitest'
import { html, toDocument } from '../../src/http/html.ts'

const source = (page: ReturnType<typeof html>) => toDocument(page).slice('<!doctype html>\n'.length, -1)

test('words are escaped, also for an attribute, and markup is not escaped twice', () => {
  const inner = html`<b title="${`"'<&>`}">${'<script>alert(1)</script>'}</b>`
  expect(source(html`<p>${inner}</p>`)).toBe(
    '<p><b title="&quot;&#39;&lt;&amp;&gt;">&lt;script&gt;alert(1)&lt;/script&gt;</b></p>',
  )
})

test('lists are joined and what is not there leaves no trace', () => {
  expect(source(html`<i>${[html`<u>1</u>`, 'a & b', 2, null]}${null}${undefined}${false}</i>`)).toBe(
    '<i><u>1</u>a &amp; b2</i>',
  )
})

test('an object that only looks like markup is no way in', () => {
  const forged = JSON.parse('{"markup":"<script>"}') as string
  expect(source(html`<p>${forged}</p>`)).not.toContain('<script>')
})

test('no text can open a tag or end an attribute', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(source(html`<a href="${text}">${text}</a>`).match(/[<>"]/g)).toEqual(['<', '"', '"', '>', '<', '>'])
    }),
  )
})
