import { Router } from 'express'
import { z } from 'zod'
import { ROLES } from '../../cases/case.ts'
import { formatTime } from '../../cases/days.ts'
import type { ManagePeople } from '../../usecases/people/manage.ts'
import type { Person } from '../../usecases/people/ports.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readBody, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { day, time, unitCode } from './shapes.ts'

const name = z
  .string()
  .overwrite((written) => written.toWellFormed().normalize('NFC').trim())
  .min(1)
  .max(200)
const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length)
const code = z.string().min(1).max(40)

export const personSchema = z
  .object({
    login: z.string(),
    name: z.string(),
    unitCode,
    roles: z.array(z.enum(ROLES)),
    email: z.string().nullable(),
    validFrom: day.nullable(),
    validTo: day.nullable(),
    createdAt: time,
    disabledAt: time.nullable(),
  })
  .meta({ id: 'Person' })

export const personChangedSchema = personSchema
  .extend({
    signInUrl: z.string().optional().meta({ description: 'Works once, for three days; told here and never again' }),
    casesHandedBack: z.int().optional(),
  })
  .meta({ id: 'PersonChanged' })

export const newPersonSchema = z.strictObject({
  login: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,79}$/),
  name,
  unitCode: code,
  roles,
  email: z.email().max(254).nullable().default(null),
  validFrom: day.nullable().default(null),
  validTo: day.nullable().default(null),
})

export const accountActSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('reset') }),
  z.strictObject({ act: z.literal('disable') }),
  z.strictObject({ act: z.literal('move'), unitCode: code, roles }),
  z.strictObject({ act: z.literal('setRoles'), roles }),
  z.strictObject({ act: z.literal('setValidity'), validFrom: day.nullable(), validTo: day.nullable() }),
])

const peopleQuery = z.strictObject({ cursor, limit })
const cursorSchema = z.tuple([z.string().max(100)])

/** Accounts, for administrators and for coordinators in their unit. */
export function peopleResource(deps: { manage: ManagePeople; answerOnce: AnswerOnce }): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/people', async (request, response) => {
    const asked = readQuery(peopleQuery, request)
    const after = asked.cursor === undefined ? null : readCursor(cursorSchema, asked.cursor)[0]
    const page = await deps.manage.list(officerOf(response), after, asked.limit)
    response.json({ items: page.items.map(personJson), next: page.next === null ? null : writeCursor([page.next]) })
  })

  router.post('/people', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    await deps.answerOnce(request, response, {
      run: async () => {
        const { person, signInUrl } = await deps.manage.add(
          officer,
          () => readBody(newPersonSchema, request),
          Date.now(),
        )
        return { status: 201, body: { ...personJson(person), signInUrl } }
      },
    })
  })

  router.post('/people/:login/acts', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { login } = request.params
    await deps.answerOnce(request, response, {
      run: async () => {
        const read = () => readBody(accountActSchema, request)
        const { person, ...changed } = await deps.manage.act(officer, login, read, Date.now())
        return { body: { ...personJson(person), ...changed } }
      },
    })
  })

  return { router, operations }
}

function personJson(person: Person): z.input<typeof personSchema> {
  const { login, name: full, unitCode: unit, email, validFrom, validTo, createdAt, disabledAt } = person
  return {
    login,
    name: full,
    unitCode: unit,
    roles: [...person.roles],
    email,
    validFrom,
    validTo,
    createdAt: formatTime(createdAt),
    disabledAt: disabledAt === null ? null : formatTime(disabledAt),
  }
}

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/people',
    summary: 'Accounts that the reader manages, by login',
    query: peopleQuery,
    answer: pageOf(personSchema),
    faults: ['forbidden', 'invalid_fields'],
  },
  {
    method: 'post',
    path: '/people',
    summary: 'Opens an account; answers with the link with which its person sets a password',
    body: newPersonSchema,
    status: 201,
    answer: personChangedSchema,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'invalid_fields', 'idempotency_key_reused'],
  },
  {
    method: 'post',
    path: '/people/{login}/acts',
    summary: 'Ends, moves or changes an account; rights end at once and open cases go back to the coordinator (R7-12)',
    body: accountActSchema,
    answer: personChangedSchema,
    headers: [idempotencyHeader],
    faults: ['not_found', 'forbidden', 'invalid_fields', 'idempotency_key_reused'],
  },
]
