import { Router } from 'express'
import { z } from 'zod'
import type { Audit } from '../../usecases/audit.ts'
import { formAsText, type NationalForm, type NationalFormDeps, readNationalForm } from '../../usecases/national-form.ts'
import { findForNational, nationalSchema, setNational } from '../../usecases/set-national.ts'
import { type CaseAnswerDeps, createCaseAnswer } from './case-answer.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readQuery, readVersions } from './request.ts'
import type { Resource } from './resource.ts'
import { caseSchema } from './schemas.ts'
import { attachmentSchema, code } from './shapes.ts'

export type NationalResourceDeps = CaseAnswerDeps & {
  audit: Audit
  placeName: NationalFormDeps['placeName']
  answerOnce: AnswerOnce
}

/** What the national system says of a case, and what has to be typed into it (R3-12, R3-15). */
export function nationalResource(deps: NationalResourceDeps): Resource {
  const router = Router({ caseSensitive: true })
  const answerCase = createCaseAnswer(deps)
  const translate: NationalFormDeps['translate'] = (key) => deps.translate('vi', key)

  router.post('/cases/:code/national', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { code } = request.params
    await findForNational(deps, officer, code)
    const asked = { input: request.body as unknown, version: readVersions(request.get('if-match')) }
    await deps.answerOnce(request, response, {
      run: async (mark) => {
        await setNational(deps, officer, code, { ...asked, mark }, deps.now())
        return answerCase(request, officer, code)
      },
      again: () => answerCase(request, officer, code),
    })
  })

  router.get('/cases/:code/national-form', async (request, response) => {
    const { format } = readQuery(formQuery, request)
    const form = await readNationalForm({ ...deps, translate }, officerOf(response), request.params.code)
    const isText =
      format === 'text' || (format === undefined && request.accepts(['json', 'text/plain']) === 'text/plain')
    if (isText) response.type('text/plain').send(formAsText(form))
    else response.json(formJson(form))
  })

  return { router, operations }
}

const formQuery = z.strictObject({
  format: z.enum(['json', 'text']).optional().meta({ description: 'As `Accept` says where nothing is asked for' }),
})

export const nationalFormSchema = z
  .object({
    code,
    nationalCode: z.string().nullable(),
    fields: z.array(z.object({ field: z.string(), label: z.string(), required: z.boolean(), value: z.string() })),
    files: z.array(attachmentSchema),
    text: z.string().meta({ description: 'The same as plain text' }),
  })
  .meta({ id: 'NationalForm' })

function formJson(form: NationalForm): z.input<typeof nationalFormSchema> {
  const files = form.files.map(({ id, name, mediaType, sizeBytes, sha256 }) => ({
    id,
    name,
    mediaType,
    sizeBytes,
    sha256,
  }))
  return { ...form, files, text: formAsText(form) }
}

const operations: Resource['operations'] = [
  {
    method: 'post',
    path: '/cases/{code}/national',
    summary: 'Keeps code and state that the national system gave a case; its state moves none of ours',
    body: nationalSchema,
    answer: caseSchema,
    hasVersion: true,
    headers: [
      { name: 'If-Match', required: false, description: 'The ETag of the case that was read' },
      idempotencyHeader,
    ],
    faults: ['not_found', 'forbidden', 'version_conflict', 'invalid_fields', 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/cases/{code}/national-form',
    summary:
      'What has to be typed into the national system, in the order of its form; as JSON or as text. Kept as an export',
    query: formQuery,
    answer: nationalFormSchema,
    textTypes: ['text/plain'],
    faults: ['not_found', 'forbidden', 'invalid_fields'],
  },
]
