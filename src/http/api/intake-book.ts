import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router } from 'express'
import { z } from 'zod'
import type { Case, Officer } from '../../cases/case.ts'
import { dayOf } from '../../cases/days.ts'
import { CHANNELS, CONTENT_KINDS, FIELDS, STATES, stateLabelKey } from '../../cases/words.ts'
import {
  type BookLine,
  type BookQuestion,
  type IntakeBookDeps,
  pageOfBook,
  readBookQuestion,
  wholeBook,
} from '../../usecases/intake-book.ts'
import { BYTE_ORDER_MARK, csvLine } from '../csv.ts'
import { type Locale, localeOf } from '../problem.ts'
import type { Translate } from './case-json.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { code, day, unitCode } from './shapes.ts'

export type IntakeBookResourceDeps = IntakeBookDeps & {
  translate: Translate
  unitName(code: string): string
  now(): number
}

/** The intake book: what came in, from whom, and what became of it (R3-25). */
export function intakeBookResource(deps: IntakeBookResourceDeps): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/intake-book', async (request, response) => {
    const { from, to, unit, format, cursor: place, limit: count } = readQuery(bookQuery, request)
    const officer = officerOf(response)
    const locale = localeOf(request)
    const question = readBookQuestion({ from, to, unit }, officer, deps.units, deps.now())
    const isCsv = format === 'csv' || (format === undefined && request.accepts(['json', 'text/csv']) === 'text/csv')
    if (isCsv) {
      const name = `so-tiep-nhan-${question.from}-${question.to}.csv`
      response.type('text/csv').set('Content-Disposition', `attachment; filename="${name}"`)
      await pipeline(Readable.from(csv(officer, question, locale)), response)
      return
    }
    const position = place === undefined ? null : readCursor(z.tuple([z.int(), z.string().max(40)]), place)
    const after = position === null ? null : { receivedAt: position[0], code: position[1] }
    const { lines, next } = await pageOfBook(deps, officer, question, after, count)
    response.json({
      items: lines.map((line) => lineJson(line, locale)),
      next: next === null ? null : writeCursor([next.receivedAt, next.code]),
    })
  })

  async function* csv(officer: Officer, question: BookQuestion, locale: Locale): AsyncGenerator<string> {
    const t = (key: string) => deps.translate(locale, key)
    yield BYTE_ORDER_MARK + csvLine(COLUMNS.map((column) => t(`intakeBook.${column}`)))
    for await (const lines of wholeBook(deps, officer, question)) {
      yield lines
        .map((line) => lineJson(line, locale))
        .map((line) => csvLine(COLUMNS.map((column) => cellOf(line, column, t))))
        .join('')
    }
  }

  function lineJson(line: BookLine, locale: Locale): z.input<typeof bookLineSchema> {
    if (line.isHidden) return { ...NOTHING, number: line.number, year: line.year, unitCode: line.unitCode }
    const { current } = line
    return {
      number: current.intakeNumber?.number ?? null,
      year: current.intakeNumber?.year ?? null,
      unitCode: current.intakeUnitCode,
      code: current.code,
      nationalCode: current.nationalCode,
      receivedDate: dayOf(current.receivedAt),
      channel: current.channel,
      originalDocNumber: current.originalDocNumber,
      sender: current.name,
      summary: current.title,
      contentKind: current.contentKind,
      field: current.field,
      forwardedTo: forwardedTo(current),
      answeredOn: answeredOn(current),
      state: current.state,
      stateLabel: deps.translate(locale, stateLabelKey(current.state), { code: current.parentCode ?? '' }),
    }
  }

  function forwardedTo({ leadUnitCode, transferOut }: Case): string | null {
    if (transferOut !== null) return transferOut.body
    return leadUnitCode === null ? null : deps.unitName(leadUnitCode)
  }

  return { router, operations }
}

/** The columns of the book as it is printed. */
const COLUMNS = [
  'number',
  'receivedDate',
  'code',
  'channel',
  'originalDocNumber',
  'sender',
  'summary',
  'contentKind',
  'field',
  'forwardedTo',
  'answeredOn',
  'stateLabel',
  'nationalCode',
  'unitCode',
] as const

function cellOf(line: z.input<typeof bookLineSchema>, column: (typeof COLUMNS)[number], t: (key: string) => string) {
  const value = line[column]
  if (value === null || typeof value === 'number') return value
  if (column === 'receivedDate' || column === 'answeredOn') return value.split('-').reverse().join('/')
  return column === 'channel' || column === 'contentKind' || column === 'field' ? t(`case.${column}.${value}`) : value
}

/** The day on which the sender was answered, or told that nothing is to be expected here. */
function answeredOn({ releasedAt, refusal, transferOut }: Case): string | null {
  if (releasedAt !== null) return dayOf(releasedAt)
  return refusal === null ? (transferOut?.date ?? null) : dayOf(refusal.at)
}

const NOTHING = {
  code: null,
  nationalCode: null,
  receivedDate: null,
  channel: null,
  originalDocNumber: null,
  sender: null,
  summary: null,
  contentKind: null,
  field: null,
  forwardedTo: null,
  answeredOn: null,
  state: null,
  stateLabel: null,
}

export const bookLineSchema = z
  .object({
    number: z
      .int()
      .nullable()
      .meta({ description: 'Running number of the intake and the year of receipt, without gaps' }),
    year: z.int().nullable(),
    unitCode: unitCode.meta({ description: 'The intake whose book it is' }),
    code: code.nullable().meta({ description: 'Null, as all that follows, where the reader may not know of the case' }),
    nationalCode: z.string().nullable(),
    receivedDate: day.nullable(),
    channel: z.enum(CHANNELS).nullable(),
    originalDocNumber: z.string().nullable(),
    sender: z.string().nullable(),
    summary: z.string().nullable(),
    contentKind: z.enum(CONTENT_KINDS).nullable(),
    field: z.enum(FIELDS).nullable(),
    forwardedTo: z.string().nullable(),
    answeredOn: day.nullable(),
    state: z.enum(STATES).nullable(),
    stateLabel: z.string().nullable(),
  })
  .meta({ id: 'BookLine' })

const bookQuery = z.strictObject({
  from: day.optional().meta({ description: 'First day of receipt; else the first of the year' }),
  to: day.optional().meta({ description: 'Last day of receipt; else today' }),
  unit: z.string().max(40).optional().meta({ description: 'An intake; else every one that the reader works for' }),
  format: z.enum(['json', 'csv']).optional().meta({ description: 'As `Accept` says where nothing is asked for' }),
  cursor,
  limit,
})

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/intake-book',
    summary: 'The intake book by day of receipt: pages as JSON, or the whole as CSV, which is kept as an export',
    query: bookQuery,
    answer: pageOf(bookLineSchema),
    textTypes: ['text/csv'],
    faults: ['forbidden', 'invalid_fields'],
  },
]
