import type { Request, Response } from 'express'
import { z } from 'zod'
import type { DataFault } from '../../cases/data-file.ts'
import {
  type ImportLawDeps,
  importLaw,
  type LawFile,
  LawFileError,
  type LawImport,
  refuseUnlessAdministrator,
} from '../../usecases/import-law.ts'
import { RefusedError } from '../../usecases/refused-error.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { officerOf, readQuery, textOf } from './request.ts'
import type { Operation } from './resource.ts'

export type LawFilesDeps = {
  lawFiles: ImportLawDeps & {
    /** Called when something was stored: the cases are led over at once instead of a little later. */
    onImported(): void
  }
  answerOnce: AnswerOnce
}

const day = z.iso.date()
const daysChanged = z.object({ added: z.array(day), removed: z.array(day) })

export const lawImportQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Only says what would change, and which open cases would move' }),
})

export const lawImportSchema = z
  .object({
    dryRun: z.boolean(),
    revision: z.int().meta({ description: 'The state of the law after this; unchanged where nothing changes' }),
    years: z.array(
      z.object({
        year: z.int(),
        version: z.string(),
        before: z.string().nullable(),
        provisional: z.boolean(),
        workingDays: z.int(),
        workingDaysBefore: z.int().nullable(),
        off: daysChanged,
        makeUp: daysChanged,
      }),
    ),
    ruleSets: z.array(
      z.object({
        id: z.string(),
        version: z.string(),
        before: z.string().nullable(),
        values: z.array(z.object({ path: z.string(), before: z.string(), after: z.string() })),
      }),
    ),
    openCases: z.int().meta({ description: 'Open cases that were looked at' }),
    casesMoved: z.int().meta({ description: 'Open cases of which a due day moves' }),
    cases: z
      .array(
        z.object({
          code: z.string(),
          moved: z.array(z.object({ clock: z.string(), before: day.nullable(), after: day.nullable() })),
        }),
      )
      .meta({ description: 'The first hundred of them' }),
  })
  .meta({ id: 'LawImport' })

/** What every operation that takes a file of the law says of itself. */
export const lawImportOperation = {
  method: 'post',
  query: lawImportQuery,
  answer: lawImportSchema,
  headers: [idempotencyHeader],
  faults: [
    'bad_request',
    'forbidden',
    'too_large',
    'unsupported_media_type',
    'invalid_fields',
    'idempotency_key_reused',
  ],
} satisfies Partial<Operation>

/** Takes the text of a body over as a file, for an administrator; the same body again changes nothing. */
export async function answerLawFile(
  deps: LawFilesDeps,
  kind: LawFile['kind'],
  request: Request,
  response: Response,
): Promise<void> {
  const officer = officerOf(response)
  refuseUnlessAdministrator(officer, deps.lawFiles.units)
  const dryRun = readQuery(lawImportQuery, request).dryRun === 'true'
  const file = { kind, name: 'body', text: textOf(response) }
  const run = async () => {
    const done = await importLaw(deps.lawFiles, { file, dryRun, by: officer }).catch(refuseFile)
    if (!dryRun) deps.lawFiles.onImported()
    return { body: { dryRun, ...done } satisfies z.input<typeof lawImportSchema> }
  }
  await deps.answerOnce(request, response, { run }, { dryRun, text: file.text })
}

function refuseFile(error: unknown): LawImport {
  if (!(error instanceof LawFileError)) throw error
  throw new RefusedError(
    'invalid_fields',
    error.faults.map((fault: DataFault) => ({
      path: fault.path === '' ? `line.${fault.line}` : fault.path,
      key: fault.key,
      params: fault.params,
    })),
  )
}
