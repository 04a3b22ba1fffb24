import { type Html, type HtmlValue, html } from '../html.ts'
import type { Reader } from '../public/page.ts'
import type { OpenApiDocument } from './openapi.ts'
import { type JsonSchema, REFERENCE } from './schema-book.ts'

type Parameter = {
  name: string
  in: string
  required: boolean
  description?: string
  schema: JsonSchema
  example?: string
}
type Content = Record<string, { schema: JsonSchema }>
type Described = {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  parameters: (Parameter | { $ref: string })[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}

/** `/api/docs`: the description of the API for people, made of the same document, readable without scripts. */
export function docsPage({ t }: Reader, document: OpenApiDocument): Html {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method, ...(described as Described) })),
  )
  const byTag = [...Map.groupBy(operations, ({ tags }) => tags[0] ?? '')]
  const summaryOf = ({ operationId, summary }: Described) => {
    const key = `web.api.operations.${operationId}`
    const said = t(key)
    return said === key ? summary : said
  }
  const server = document.servers[0]?.url ?? ''
  return html`<article class="reference">
<h1>${t('web.api.title')}</h1>
<p class="lead">${t('web.api.lead')}</p>
<p>${t('web.api.token')}</p>
<pre>curl -H "Authorization: Bearer pakn_…" ${server}/me</pre>
<p>${t('web.api.order')}</p>
<p>${t('web.api.lists')}</p>
<p>${t('web.api.writes')}</p>
<p>${t('web.api.versions')}</p>
<p><a href="/api/openapi.json">${t('web.api.document')}</a> (OpenAPI ${document.openapi})</p>
<nav aria-label="${t('web.api.operationsTitle')}">
<h2>${t('web.api.operationsTitle')}</h2>
${byTag.map(
  ([, group]) => html`<ul>
${group.map((one) => html`<li><a href="#${one.operationId}"><code>${one.method.toUpperCase()} ${one.path}</code></a> ${summaryOf(one)}</li>\n`)}</ul>\n`,
)}</nav>
${operations.map(
  (one) => html`<section id="${one.operationId}" class="operation">
<h2><code>${one.method.toUpperCase()} ${one.path}</code></h2>
<p>${summaryOf(one)}</p>
${one.description === undefined ? null : html`<p>${one.description}</p>\n`}${parametersTable(t, one.parameters)}
${one.requestBody === undefined ? null : contents(t, t('web.api.body'), one.requestBody.content)}
${Object.entries(one.responses)
  .filter(([status]) => status < '300')
  .map(([status, { content = {} }]) => contents(t, `${t('web.api.answer')} ${status}`, content))}
${faultsList(t, one.responses)}
</section>\n`,
)}
<h2 id="schemas">${t('web.api.schemasTitle')}</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<section id="schema-${name}"><h3><code>${name}</code></h3>
${outline(t, schema)}</section>\n`,
)}
</article>`
}

type Say = Reader['t']

function parametersTable(t: Say, parameters: Described['parameters']): Html | null {
  const own = parameters.filter((one): one is Parameter => 'name' in one)
  if (own.length === 0) return null
  return html`<h3>${t('web.api.parameters')}</h3>
<table>
<thead><tr><th scope="col">${t('web.api.name')}</th><th scope="col">${t('web.api.in')}</th><th scope="col">${t('web.api.type')}</th><th scope="col">${t('web.api.meaning')}</th></tr></thead>
<tbody>
${own.map(
  (one) =>
    html`<tr><th scope="row"><code>${one.name}</code></th><td>${one.in}</td><td>${typeOf(one.schema)}</td><td>${one.required ? html`<strong>${t('web.api.required')}</strong> ` : null}${one.description}${one.example === undefined ? null : html` <code>${one.example}</code>`}</td></tr>\n`,
)}</tbody>
</table>`
}

function contents(t: Say, title: string, content: Content): HtmlValue {
  return Object.entries(content).map(
    ([type, { schema }]) => html`<h3>${title}: <code>${type}</code></h3>
${outline(t, schema)}\n`,
  )
}

function faultsList(t: Say, responses: Described['responses']): Html {
  const faults = Object.entries(responses).filter(([status]) => status >= '400')
  return html`<h3>${t('web.api.faults')}</h3>
<ul>
${faults.map(([status, { description }]) => html`<li><strong>${status}</strong> <code>${description}</code></li>\n`)}</ul>`
}

/** A schema as a table of its fields; each of several shapes can be folded away. */
function outline(t: Say, schema: JsonSchema): HtmlValue {
  const choices = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined
  if (choices?.some(({ properties }) => properties !== undefined)) {
    return choices.map(
      (choice) => html`<details><summary>${choiceName(choice)}</summary>
${outline(t, choice)}</details>\n`,
    )
  }
  const properties = schema.properties as Record<string, JsonSchema> | undefined
  if (properties === undefined) return html`<p>${typeOf(schema)}</p>`
  const required = new Set(schema.required as string[] | undefined)
  return html`<table>
<thead><tr><th scope="col">${t('web.api.name')}</th><th scope="col">${t('web.api.type')}</th><th scope="col">${t('web.api.meaning')}</th></tr></thead>
<tbody>
${Object.entries(properties).map(
  ([name, field]) =>
    html`<tr><th scope="row"><code>${name}</code></th><td>${typeOf(field)}</td><td>${required.has(name) ? null : html`${t('web.api.optional')} `}${asText(field.description)}${exampleOf(field)}</td></tr>\n`,
)}</tbody>
</table>`
}

function choiceName(choice: JsonSchema): HtmlValue {
  const properties = (choice.properties ?? {}) as Record<string, JsonSchema>
  const named = Object.values(properties).find((field) => field.const !== undefined)
  return html`<code>${named === undefined ? typeOf(choice) : asText(named.const)}</code>`
}

function typeOf(schema: JsonSchema): HtmlValue {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.slice(REFERENCE.length)
    return html`<a href="#schema-${name}">${name}</a>`
  }
  const choices = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined
  if (choices !== undefined) return choices.map((choice, index) => [index === 0 ? '' : ' | ', typeOf(choice)])
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (Array.isArray(schema.enum)) {
    return schema.enum.map((value, index) => [index === 0 ? '' : ' | ', html`<code>${asText(value)}</code>`])
  }
  const name = Array.isArray(schema.type) ? schema.type.join(' | ') : asText(schema.type)
  if (name === 'array') return [typeOf((schema.items ?? {}) as JsonSchema), '[]']
  if (schema.properties !== undefined) {
    const fields = Object.entries(schema.properties as Record<string, JsonSchema>)
    return html`<ul class="fields">${fields.map(([key, field]) => html`<li><code>${key}</code>: ${typeOf(field)}</li>`)}</ul>`
  }
  return [name, schema.format === undefined ? '' : ` (${asText(schema.format)})`, boundsOf(schema)]
}

function boundsOf({ minLength, maxLength, minimum, maximum }: JsonSchema): string {
  const [least, most] = [minimum ?? minLength, maximum ?? maxLength]
  if (least === undefined && most === undefined) return ''
  return ` ${asText(least)}…${asText(most)}`
}

function exampleOf({ examples }: JsonSchema): HtmlValue {
  const [example] = Array.isArray(examples) ? examples : []
  return example === undefined ? null : html` <code>${asText(example)}</code>`
}

function asText(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}
