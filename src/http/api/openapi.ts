import { z } from 'zod'
import { statusOf } from '../problem.ts'
import {
  actSchema,
  caseListQuery,
  caseSchema,
  historyEntrySchema,
  meSchema,
  noticeSchema,
  pageOf,
  problemSchema,
  summarySchema,
  unitListQuery,
  unitSchema,
} from './schemas.ts'

type Operation = {
  method: 'get' | 'post'
  path: string
  summary: string
  query?: z.ZodObject
  body?: z.ZodType
  answer: z.ZodType
  headers?: { name: string; required: boolean; description: string }[]
  faults: (keyof typeof statusOf)[]
}

const operations: Operation[] = [
  { method: 'get', path: '/me', summary: 'Who the token belongs to', answer: meSchema, faults: ['unauthorized'] },
  {
    method: 'get',
    path: '/cases',
    summary: 'Cases that the reader may know of, newest receipt first',
    query: caseListQuery,
    answer: pageOf(summarySchema),
    faults: ['unauthorized', 'invalid_fields'],
  },
  {
    method: 'get',
    path: '/cases/{code}',
    summary: 'One case',
    answer: caseSchema,
    faults: ['unauthorized', 'not_found'],
  },
  {
    method: 'post',
    path: '/cases/{code}/acts',
    summary: 'Act on a case; answers with the case as it has become',
    body: actSchema,
    answer: caseSchema,
    headers: [
      { name: 'If-Match', required: true, description: 'The ETag of the case that was read' },
      { name: 'Idempotency-Key', required: false, description: 'Kept for 24 hours per person and route' },
    ],
    faults: [
      'unauthorized',
      'not_found',
      'forbidden',
      'version_required',
      'version_conflict',
      'illegal_act',
      'unknown_act',
      'invalid_fields',
      'idempotency_key_reused',
    ],
  },
  {
    method: 'get',
    path: '/cases/{code}/history',
    summary: 'The chained history, ascending',
    answer: pageOf(historyEntrySchema),
    faults: ['unauthorized', 'not_found'],
  },
  {
    method: 'get',
    path: '/cases/{code}/notices',
    summary: 'What the citizen was told, and how it reached them',
    answer: pageOf(noticeSchema),
    faults: ['unauthorized', 'not_found'],
  },
  {
    method: 'get',
    path: '/units',
    summary: 'Units of both organisation models',
    query: unitListQuery,
    answer: pageOf(unitSchema),
    faults: ['unauthorized', 'invalid_fields'],
  },
]

/** The description of the JSON API, made of the schemas that check it. */
export function openApi(about: { publicUrl: string; version: string }): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    const methods = paths[operation.path] ?? {}
    paths[operation.path] = methods
    methods[operation.method] = describe(operation)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'PAKN', version: about.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: `${about.publicUrl}/api/v1` }],
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}

function describe(operation: Operation): object {
  const byStatus = Map.groupBy(operation.faults, (fault) => statusOf[fault])
  const problems = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.join(', '),
      content: { 'application/problem+json': { schema: jsonSchema(problemSchema, 'output') } },
    },
  ])
  return {
    summary: operation.summary,
    parameters: parametersOf(operation),
    ...(operation.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(operation.body, 'input') } },
          },
        }),
    responses: {
      200: { description: 'OK', content: { 'application/json': { schema: jsonSchema(operation.answer, 'output') } } },
      ...Object.fromEntries(problems),
    },
  }
}

function parametersOf({ path, query, headers }: Operation): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: jsonSchema(schema, 'input'),
  }))
  const inHeader = (headers ?? []).map((header) => ({ ...header, in: 'header', schema: { type: 'string' } }))
  return [...inPath, ...inQuery, ...inHeader]
}

function jsonSchema(schema: z.core.$ZodType, io: 'input' | 'output'): object {
  // Each schema is written out where it is used: the document stays readable by tools that cannot follow references.
  const { $schema: _drop, ...rest } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    reused: 'inline',
    unrepresentable: 'any',
  })
  return rest
}
