import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import express, { type Express, type Request, type Response } from 'express'
import type { OpenApiDocument } from '../../../src/http/api/openapi.ts'

type Content = Record<string, { schema: object }>
type Described = {
  parameters: { name: string; in: string; schema: object }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content; headers?: Record<string, unknown> }>
}

/**
 * Puts a reader between a test and the service: whatever the service answers is held against its own description, and so is
 * whatever it accepted. `report` gets a sentence for each thing that the description denies.
 */
export function heldToDescription(app: Express, document: OpenApiDocument, report: (fault: string) => void): Express {
  const operations = operationsOf(document)
  const check = createCheck(document)
  const reader = express()
  reader.set('query parser', 'simple')
  reader.use((request, response, next) => {
    const path = request.path.replace(/^\/api\/v1/, '')
    const described = operations(request.method, path)
    if (described === null || !request.path.startsWith('/api/v1')) return next()
    const chunks: Buffer[] = []
    const end = response.end.bind(response)
    // Express ends every JSON answer with its whole body at once; files are written in parts, and their bytes are not JSON.
    response.end = ((chunk?: unknown, ...rest: unknown[]) => {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as Uint8Array))
      for (const fault of faultsOf(request, response, described, Buffer.concat(chunks).toString(), check)) {
        report(`${request.method} ${path} → ${response.statusCode}: ${fault}`)
      }
      return (end as (...all: unknown[]) => Response)(chunk, ...rest)
    }) as typeof response.end
    next()
  })
  reader.use(app)
  return reader
}

/** What the description says of a method and a path; null where it says nothing. */
function operationsOf(document: OpenApiDocument) {
  const known = Object.entries(document.paths)
    .map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
      variables: path.split('{').length,
      methods: methods as unknown as Record<string, Described>,
    }))
    .sort((one, other) => one.variables - other.variables)
  return (method: string, path: string): Described | null => {
    const name = method.toLowerCase()
    return known.find(({ pattern, methods }) => pattern.test(path) && name in methods)?.methods[name] ?? null
  }
}

type Check = ((schema: object, value: unknown) => string | null) & { isRequired(header: string): boolean }

export function createCheck(document: OpenApiDocument): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  // biome-ignore lint/suspicious/noExplicitAny: the package is CommonJS, its types do not say so
  ;(addFormats as any)(ajv)
  ajv.addFormat('binary', true)
  ajv.addSchema({ $id: 'document', components: document.components })
  const known = new Map<object, ReturnType<typeof ajv.compile>>()
  const check = (schema: object, value: unknown) => {
    const validate = known.get(schema) ?? ajv.compile(pointing(schema) as object)
    known.set(schema, validate)
    return validate(value) ? null : ajv.errorsText(validate.errors)
  }
  const headers: Record<string, { required?: boolean; schema: object }> = document.components.headers
  return Object.assign(check, { isRequired: (name: string) => headers[name]?.required === true })
}

/** The same schema with its references into the document that the validator knows. */
function pointing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointing)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? `document${inner}` : pointing(inner),
    ]),
  )
}

function faultsOf(request: Request, response: Response, described: Described, body: string, check: Check): string[] {
  const status = String(response.statusCode)
  const answer = described.responses[status]
  if (answer === undefined) return [`the status is not described; ${body.slice(0, 300)}`]
  return [
    ...answerFaults(response, answer, body, check),
    ...(status < '300' ? requestFaults(request, described, check) : []),
  ]
}

function answerFaults(
  response: Response,
  answer: Described['responses'][string],
  body: string,
  check: Check,
): string[] {
  const required = Object.keys(answer.headers ?? {}).filter((name) => check.isRequired(name))
  const missing = required.filter((name) => response.get(name) === undefined)
  const faults = missing.map((name) => `the header ${name} is missing`)
  const type = response.get('Content-Type')?.split(';')[0] ?? ''
  const content = answer.content
  if (content === undefined) return body === '' ? faults : [...faults, 'there is a body and none is described']
  const described = content[type] ?? content['application/octet-stream']
  if (described === undefined) return [...faults, `the content type ${type} is not described`]
  if (!/json$/.test(type)) return faults
  const fault = check(described.schema, JSON.parse(body))
  return fault === null ? faults : [...faults, fault]
}

/** What was accepted must be what the description allows: else nobody could know of it. */
function requestFaults(request: Request, described: Described, check: Check): string[] {
  const faults: string[] = []
  for (const [name, value] of Object.entries(request.query)) {
    const parameter = described.parameters.find((one) => one.in === 'query' && one.name === name)
    if (parameter === undefined) faults.push(`the parameter ${name} is not described`)
    else faults.push(...queryFault(parameter, value, check))
  }
  const schema = described.requestBody?.content['application/json']?.schema
  if (schema !== undefined) {
    const fault = check(schema, request.body)
    if (fault !== null) faults.push(`accepted body: ${fault}`)
  }
  return faults
}

function queryFault({ name, schema }: { name: string; schema: object }, value: unknown, check: Check): string[] {
  const isNumber = (schema as { type?: unknown }).type === 'integer'
  const read = isNumber ? Number(value) : value
  const fault = check(schema, read)
  // One value of a parameter that may be repeated reads like a list of one.
  return fault === null || check(schema, [read]) === null ? [] : [`accepted parameter ${name}: ${fault}`]
}
