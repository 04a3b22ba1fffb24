import { z } from 'zod'
import { type ProblemCode, problemExample, statusOf } from '../problem.ts'
import { faultsOf } from './operation-faults.ts'
import type { Operation } from './resource.ts'
import { createSchemaBook, type JsonSchema, type SchemaBook } from './schema-book.ts'
import { problemSchema } from './schemas.ts'

/** The description of the JSON API, made of the schemas that check it. */
export function openApi(operations: readonly Operation[], about: { publicUrl: string; version: string }) {
  const book = createSchemaBook()
  const problem = book.schemaOf(problemSchema, 'output')
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    const methods = paths[operation.path] ?? {}
    paths[operation.path] = methods
    methods[operation.method] = describe(operation, book, problem)
  }
  const tags = [...new Set(operations.map(tagOf))].sort()
  return {
    openapi: '3.1.0',
    info: {
      title: 'PAKN',
      summary: 'Feedback and proposals of citizens (phản ánh, kiến nghị) for the agencies of a province',
      description: introduction,
      version: about.version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${about.publicUrl}/api/v1` }],
    security: [{ token: [] }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      schemas: book.schemas(),
      examples: Object.fromEntries(problemCodes.map((code) => [code, { value: problemExample(code) }])),
      parameters: { language: languageParameter },
      headers: responseHeaders,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of a person, with the rights of that person' },
      },
    },
  }
}

/** The document that `openApi` makes. */
export type OpenApiDocument = ReturnType<typeof openApi>

const introduction = `
Every call carries a person's token and has that person's rights; what one may not know of is answered with 404.
Faults are \`application/problem+json\` (RFC 9457) with a \`code\`, judged in this order: 401, 404, 405, what cannot be read
(400, 413, 415), 404, 403, 428, 409, 422. Times are ISO 8601 with \`+07:00\`, days \`YYYY-MM-DD\`. Lists answer
\`{items, next}\`; \`next\` is the \`cursor\` of the following page, null on the last. A write may carry an
\`Idempotency-Key\`: the same request again has no second effect for 24 hours. \`detail\` and \`message\` are Vietnamese, or
English by \`Accept-Language\`.
`.trim()

const problemCodes = Object.keys(statusOf) as ProblemCode[]

/** The name under which programs made from the description know an operation. */
export function operationIdOf({ method, path }: Pick<Operation, 'method' | 'path'>): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

function tagOf({ path }: Operation): string {
  return path.split('/')[1] ?? ''
}

function describe(operation: Operation, book: SchemaBook, problem: JsonSchema): object {
  const { body, bodyType = 'application/json', answer, answerType = 'application/json', status = 200 } = operation
  const schema = answer === null ? { type: 'string', format: 'binary' } : book.schemaOf(answer, 'output')
  const byStatus = Map.groupBy(faultsOf(operation), (fault) => statusOf[fault])
  return {
    operationId: operationIdOf(operation),
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [tagOf(operation)],
    parameters: [...parametersOf(operation, book), { $ref: '#/components/parameters/language' }],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [bodyType]: { schema: book.schemaOf(body, 'input') } } } }),
    responses: {
      [status]: {
        description: 'Done',
        headers: headerRefs(operation.hasVersion === true ? ['X-Request-Id', 'ETag'] : ['X-Request-Id']),
        content: { [answerType]: { schema }, ...textContents(operation) },
      },
      ...(isConditional(operation)
        ? { 304: { description: 'As it was read before', headers: headerRefs(['ETag']) } }
        : {}),
      ...Object.fromEntries([...byStatus].map(([fault, codes]) => [fault, problemResponse(fault, codes, problem)])),
    },
  }
}

function textContents({ textTypes = [] }: Operation): object {
  return Object.fromEntries(textTypes.map((type) => [type, { schema: { type: 'string' } }]))
}

function problemResponse(status: number, codes: readonly ProblemCode[], schema: JsonSchema): object {
  const further = status === 429 || status === 503 ? ['Retry-After'] : status === 401 ? ['WWW-Authenticate'] : []
  return {
    description: codes.join(', '),
    headers: headerRefs(['X-Request-Id', ...further]),
    content: {
      'application/problem+json': {
        schema,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  }
}

function isConditional({ method, hasVersion }: Operation): boolean {
  return method === 'get' && hasVersion === true
}

function parametersOf(operation: Operation, book: SchemaBook): object[] {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 100, ...pathExamples[name] },
  }))
  const inQuery = Object.entries(operation.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = book.schemaOf(schema as z.ZodType, 'input')
    return {
      name,
      in: 'query',
      required: !z.safeParse(schema as z.ZodType, undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
  const conditional = isConditional(operation) ? [ifNoneMatch] : []
  const inHeader = [...conditional, ...(operation.headers ?? [])].map(({ example, maxLength, ...header }) => ({
    ...header,
    in: 'header',
    schema: { type: 'string', ...(maxLength === undefined ? {} : { maxLength }) },
    ...(example === undefined ? {} : { example }),
  }))
  return [...inPath, ...inQuery, ...inHeader]
}

const pathExamples: Record<string, object> = { code: { examples: ['PAKN.20261123.0001'] } }

const ifNoneMatch: NonNullable<Operation['headers']>[number] = {
  name: 'If-None-Match',
  required: false,
  description:
    'ETags of what was read before; answered with 304 where nothing has been done since. Flags, clocks and allowed acts also follow time and rights, so whoever shows these reads without it',
  example: '"7"',
}

const languageParameter = {
  name: 'Accept-Language',
  in: 'header',
  required: false,
  description: 'Vietnamese unless English is preferred',
  schema: { type: 'string' },
  example: 'vi',
}

const responseHeaders = {
  'X-Request-Id': { description: 'Names the request in the logs', required: true, schema: { type: 'string' } },
  ETag: { description: 'The version, to be given as If-Match to an act', schema: { type: 'string' }, example: '"7"' },
  'Retry-After': { description: 'Seconds', required: true, schema: { type: 'integer', minimum: 1 } },
  'WWW-Authenticate': { description: 'Bearer', required: true, schema: { type: 'string' } },
}

function headerRefs(names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
