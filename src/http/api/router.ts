import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { Actor, Officer } from '../../cases/case.ts'
import { formatTime } from '../../cases/days.ts'
import type { Attachments } from '../../usecases/attachments.ts'
import { factsOf, rightsOf } from '../../usecases/case-facts.ts'
import type { CasePosition, NoticeReader, Units } from '../../usecases/case-ports.ts'
import { contextFor, type MoveCaseDeps, moveCase } from '../../usecases/move-case.ts'
import type { People } from '../../usecases/people.ts'
import { createReadCases, type SeenCase } from '../../usecases/read-cases.ts'
import { type FieldFault, RefusedError } from '../../usecases/refused-error.ts'
import { localeOf, problemCodeOf, sendProblem, statusOf } from '../problem.ts'
import { sendFile } from '../send-file.ts'
import { caseJson, summaryJson, type Translate } from './case-json.ts'
import { openApi } from './openapi.ts'
import { caseListQuery, unitListQuery } from './schemas.ts'
import { readUpload } from './upload.ts'

export type ApiDeps = MoveCaseDeps & {
  files: Pick<Attachments, 'open' | 'add'>
  fileBytesMax: number
  people: Pick<People, 'personOf'>
  notices: NoticeReader
  translate: Translate
  now(): number
  publicUrl: string
  version: string
}

/** The JSON API, to be mounted at `/api`: a person's token, that person's rights, faults in the order of interface.md. */
export function createApiRouter(deps: ApiDeps): Router {
  const api = Router()
  const v1 = Router({ caseSensitive: true })
  const reads = createReadCases(deps)
  const description = openApi(deps)

  api.get('/openapi.json', (_request, response) => void response.json(description))
  api.use('/v1', noStore, authenticate(deps), v1)

  v1.get('/me', (_request, response) => {
    const officer = officerOf(response)
    const unit = { code: officer.unitCode, name: deps.units.find(officer.unitCode)?.name ?? officer.unitCode }
    const { login, name, roles } = officer
    response.json({ login, name, unit, roles, rights: rightsOf(officer) })
  })

  v1.get('/units', (request, response) => {
    const { model, cursor, limit } = readQuery(unitListQuery, request)
    response.json(unitPage(deps.units, { ...(model === undefined ? {} : { model }), cursor, limit }))
  })

  v1.get('/cases', async (request, response) => {
    const { state, unit, cursor, limit } = readQuery(caseListQuery, request)
    const officer = officerOf(response)
    const page = await reads.list(officer, {
      ...(state === undefined ? {} : { state }),
      ...(unit === undefined ? {} : { unitCode: unit }),
      after: cursor === undefined ? null : readCursor(cursor),
      limit,
    })
    const words = { translate: deps.translate, locale: localeOf(request) }
    const items = await Promise.all(
      page.items.map(async (seen) => summaryJson(seen, await facts(seen, officer), words)),
    )
    response.json({ items, next: page.next === null ? null : writeCursor(page.next) })
  })

  v1.get('/cases/:code', async (request, response) => {
    const actor = officerOf(response)
    await sendCase(request, response, await reads.find(actor, request.params.code), actor)
  })

  v1.get('/cases/:code/history', async (request, response) => {
    response.json({ items: await reads.history(officerOf(response), request.params.code), next: null })
  })

  v1.get('/cases/:code/notices', async (request, response) => {
    const notices = await reads.notices(officerOf(response), request.params.code)
    const items = notices.map((notice) => ({
      ...notice,
      createdAt: formatTime(notice.createdAt),
      tries: notice.tries.map((one) => ({ ...one, at: formatTime(one.at) })),
    }))
    response.json({ items, next: null })
  })

  v1.get('/cases/:code/attachments/:id', async (request, response) => {
    const { code, id } = request.params
    const file = await deps.files.open(officerOf(response), code, id)
    await sendFile(response, file, { cacheControl: 'no-store' })
  })

  v1.post('/attachments', async (request, response) => {
    const { kind: _kind, ...added } = await deps.files.add(
      officerOf(response),
      await readUpload(request, deps.fileBytesMax),
    )
    response.status(201).json(added)
  })

  v1.post('/cases/:code/acts', express.json({ limit: '256kb', strict: false }), async (request, response) => {
    const actor = officerOf(response)
    const { code } = request.params
    const asked = {
      code,
      input: request.body as unknown,
      version: readVersion(request.get('if-match')),
      idempotencyKey: readKey(request.get('idempotency-key')),
    }
    await moveCase(deps, actor, asked, deps.now())
    // Read again, for an act may take the actor's own sight of the case away; then there is nothing more to show.
    const seen = await reads.find(actor, code).catch((error: unknown) => {
      if (error instanceof RefusedError) return null
      throw error
    })
    if (seen === null) response.json({ code })
    else await sendCase(request, response, seen, actor)
  })

  // Faults of the stories: their fields are put into the reader's words here, where the texts are at hand.
  const answerRefusal: express.ErrorRequestHandler = (error, request, response, next) => {
    if (!(error instanceof RefusedError) || !Object.hasOwn(statusOf, error.code)) return next(error)
    const locale = localeOf(request)
    const fields = error.faults.map(({ path, key, params }) => ({ path, message: deps.translate(locale, key, params) }))
    sendProblem(request, response, problemCodeOf(error), fields)
  }
  v1.use(answerRefusal)

  async function facts(seen: SeenCase, actor: Actor) {
    return factsOf(seen.current, actor, await contextFor(deps, seen.current, null, deps.now()))
  }

  async function sendCase(request: Request, response: Response, seen: SeenCase, actor: Actor): Promise<void> {
    const words = { translate: deps.translate, locale: localeOf(request) }
    response.set('ETag', `"${seen.current.version}"`).json(caseJson(seen, await facts(seen, actor), words))
  }

  return api
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}

function authenticate(deps: ApiDeps): RequestHandler {
  return async (request, response, next) => {
    const [, token] = /^Bearer +(\S{1,200})$/i.exec(request.get('authorization') ?? '') ?? []
    // Tokens live by the real clock: moving the service's clock for a training must not end or revive them.
    const officer = token === undefined ? null : await deps.people.personOf(token, Date.now())
    if (officer === null) return sendProblem(request, response, 'unauthorized')
    response.locals.officer = officer
    next()
  }
}

function officerOf(response: Response): Officer {
  return response.locals.officer as Officer
}

function readQuery<Shape extends z.ZodType>(schema: Shape, request: Request): z.output<Shape> {
  const reading = schema.safeParse(request.query)
  if (reading.success) return reading.data
  const faults = reading.error.issues.flatMap((issue): FieldFault[] => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')]
    const key = issue.code === 'unrecognized_keys' ? 'fault.unknownField' : 'fault.invalid'
    return paths.map((path) => ({ path, key, params: {} }))
  })
  throw new RefusedError('invalid_fields', faults)
}

/** The version in `If-Match`; null where there is none. What is no version of ours matches none. */
function readVersion(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '') return null
  const [, version] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim()) ?? []
  return version === undefined ? -1 : Number(version)
}

function readKey(header: string | undefined): string | null {
  if (header === undefined || header === '') return null
  if (header.length > 200)
    throw new RefusedError('invalid_fields', [{ path: 'Idempotency-Key', key: 'fault.tooLong', params: { max: 200 } }])
  return header
}

const cursorSchema = z.tuple([z.int(), z.string().max(40)])

function writeCursor({ receivedAt, code }: CasePosition): string {
  return Buffer.from(JSON.stringify([receivedAt, code])).toString('base64url')
}

function readCursor(cursor: string): CasePosition {
  try {
    const [receivedAt, code] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { receivedAt, code }
  } catch {
    throw new RefusedError('invalid_fields', [{ path: 'cursor', key: 'fault.invalid', params: {} }])
  }
}

function unitPage(units: Units, asked: { model?: '2022' | '2025'; cursor: string | undefined; limit: number }) {
  const listed = units
    .all()
    .filter(({ model }) => asked.model === undefined || model === asked.model)
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
  const start = asked.cursor === undefined ? 0 : listed.findIndex(({ code }) => code === asked.cursor) + 1
  const items = listed.slice(start, start + asked.limit)
  return { items, next: start + asked.limit < listed.length ? (items.at(-1)?.code ?? null) : null }
}
