import { z } from 'zod'
import { statusOf } from '../problem.ts'
import type { Operation } from './resource.ts'
import { problemSchema } from './schemas.ts'

/** The description of the JSON API, made of the schemas that check it. */
export function openApi(operations: readonly Operation[], about: { publicUrl: string; version: string }): object {
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
  const byStatus = Map.groupBy(['unauthorized' as const, ...operation.faults], (fault) => statusOf[fault])
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
            content: { [operation.bodyType ?? 'application/json']: { schema: jsonSchema(operation.body, 'input') } },
          },
        }),
    responses: {
      [operation.status ?? 200]: {
        description: 'OK',
        content: {
          [operation.answerType ?? 'application/json']: {
            schema:
              operation.answer === null ? { type: 'string', format: 'binary' } : jsonSchema(operation.answer, 'output'),
          },
        },
      },
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
    required: !z.safeParse(schema, undefined).success,
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
