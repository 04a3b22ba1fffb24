import { Validator } from '@seriousme/openapi-schema-validator'
import type { Router } from 'express'
import express from 'express'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { operationIdOf } from '../../../src/http/api/openapi.ts'
import type { Operation } from '../../../src/http/api/resource.ts'
import { createSchemaBook } from '../../../src/http/api/schema-book.ts'
import { statusOf } from '../../../src/http/problem.ts'
import { testDatabase } from '../../support/database.ts'
import { createCheck, heldToDescription } from './description.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
beforeAll(async () => {
  house = await openHouse(uri)
})
afterAll(() => house.close())

// biome-ignore lint/suspicious/noExplicitAny: any JSON Schema
type Schema = any
const operationsOf = () => house.resources.flatMap(({ operations }) => [...operations])
const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>) => `${method} ${path}`

/** The routes of a router as Express will try them, in the words of an operation. */
function routesOf(router: Router): string[] {
  return router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : Object.keys((route as unknown as { methods: Record<string, boolean> }).methods).map(
          (method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`,
        ),
  )
}

describe('the description', () => {
  test('is served to everybody and is OpenAPI 3.1 to a validator of its own', async () => {
    const { body, status } = await supertest(house.app).get('/api/openapi.json')
    expect([status, body.openapi]).toEqual([200, '3.1.0'])
    expect(body).toEqual(JSON.parse(JSON.stringify(house.description)))
    const verdict = await new Validator().validate(body)
    expect(verdict.errors ?? []).toEqual([])
    expect(verdict.valid).toBe(true)
  })

  test('has every route and no other, in each resource', () => {
    for (const { router, operations } of house.resources)
      expect(operations.map(nameOf).sort()).toEqual(routesOf(router).sort())
    expect(new Set(operationsOf().map(nameOf)).size).toBe(operationsOf().length)
  })

  test('has a name of its own for every operation, and each reference leads somewhere', () => {
    const ids = operationsOf().map(operationIdOf)
    expect(new Set(ids).size).toBe(ids.length)
    const document = JSON.stringify(house.description)
    for (const [, path] of document.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path?.split('/').reduce<Schema>((at, name) => at?.[name], house.description)
      expect(found, path).toBeDefined()
    }
    for (const used of ['Case', 'CaseSummary', 'Problem']) expect(document).toContain(`#/components/schemas/${used}`)
  })

  test('names every fault that follows from what an operation takes', () => {
    const { responses } = (house.description.paths['/cases/{code}/acts'] as Schema).post
    expect(Object.keys(responses)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '428',
      '429',
      '500',
      '503',
    ])
    expect(responses['422'].description).toBe('invalid_fields, idempotency_key_reused, illegal_act, unknown_act')
    expect(Object.keys((house.description.paths['/cases/{code}'] as Schema).get.responses)).toContain('304')
  })

  test('offers an Idempotency-Key on every write', () => {
    for (const operation of operationsOf().filter(({ method }) => method !== 'get')) {
      const names = operation.headers?.map(({ name }) => name) ?? []
      const isOffered = operation.isEachCounted !== true
      expect([nameOf(operation), names.includes('Idempotency-Key')]).toEqual([nameOf(operation), isOffered])
    }
    // What a person looked at is logged each time.
    expect(
      operationsOf()
        .filter(({ isEachCounted }) => isEachCounted)
        .map(nameOf),
    ).toEqual(['post /cases/{code}/reveal'])
  })

  test('has examples that its own schemas allow', () => {
    const check = createCheck(house.description)
    const problem = { $ref: '#/components/schemas/Problem' }
    expect(Object.keys(house.description.components.examples)).toEqual(Object.keys(statusOf))
    for (const [code, { value }] of Object.entries(house.description.components.examples))
      expect([code, check(problem, value)]).toEqual([code, null])
    let checked = 0
    const walk = (schema: Schema): void => {
      if (typeof schema !== 'object' || schema === null) return
      for (const example of schema.type === undefined ? [] : (schema.examples ?? [])) {
        expect([schema, check(schema, example)]).toEqual([schema, null])
        checked += 1
      }
      for (const inner of Object.values(schema)) walk(inner)
    }
    walk(house.description)
    expect(checked).toBeGreaterThan(20)
  })
})

describe('schemas with a name', () => {
  test('are written once and referred to', () => {
    const book = createSchemaBook()
    const inner = z.object({ a: z.int() }).meta({ id: 'Inner' })
    expect(book.schemaOf(z.array(inner), 'output')).toEqual({
      type: 'array',
      items: { $ref: '#/components/schemas/Inner' },
    })
    expect(book.schemaOf(inner, 'output')).toEqual({ $ref: '#/components/schemas/Inner' })
    expect(Object.keys(book.schemas())).toEqual(['Inner'])
  })

  test('stop the start where two have the same name', () => {
    const book = createSchemaBook()
    book.schemaOf(z.object({ one: z.object({ a: z.string() }).meta({ id: 'Same' }) }), 'output')
    const other = z.object({ a: z.string().optional() })
    expect(() => book.schemaOf(z.object({ one: other.meta({ id: 'Same' }) }), 'output')).toThrow(/Same/)
  })
})

describe('an answer that the description denies', () => {
  const answer = async (send: express.RequestHandler) => {
    const faults: string[] = []
    const service = express()
    service.use((request, response, next) => {
      response.set('X-Request-Id', 'request-0001')
      send(request, response, next)
    })
    const app = heldToDescription(service, house.description, (fault) => void faults.push(fault))
    await supertest(app).get('/api/v1/me')
    return faults
  }
  const me = { login: 'a', name: 'A', unit: { code: 'QN-VP', name: 'Văn phòng' }, roles: [], scopes: [], rights: [] }

  test('is found: in its fields, its status, its type and its headers', async () => {
    expect(await answer((_, response) => void response.json(me))).toEqual([])
    expect(await answer((_, response) => void response.json({ ...me, more: 1 }))).toHaveLength(1)
    expect(await answer((_, response) => void response.json({ ...me, login: undefined }))).toHaveLength(1)
    expect(await answer((_, response) => void response.status(418).json({}))).toHaveLength(1)
    expect(await answer((_, response) => void response.type('text').send('{}'))).toHaveLength(1)
    const bare: express.RequestHandler = (_, response) => {
      response.removeHeader('X-Request-Id')
      response.json(me)
    }
    expect(await answer(bare)).toEqual([expect.stringContaining('X-Request-Id')])
  })
})
