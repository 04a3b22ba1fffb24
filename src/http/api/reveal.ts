import { Router } from 'express'
import { z } from 'zod'
import type { Audit } from '../../usecases/audit.ts'
import type { CaseStore, Units } from '../../usecases/case-ports.ts'
import { revealSender } from '../../usecases/reveal-sender.ts'
import { jsonBody, officerOf, readBody } from './request.ts'
import type { Resource } from './resource.ts'
import { wholeCaseSchema } from './schemas.ts'

export const revealSchema = z.strictObject({
  reason: z
    .string()
    .overwrite((written) => written.toWellFormed().normalize('NFC').trim())
    .min(10)
    .max(1_000)
    .meta({ description: 'Kept in the audit log', example: 'Trả lời yêu cầu của chủ thể dữ liệu số 12/2026.' }),
})

export const revealedSchema = wholeCaseSchema
  .pick({
    code: true,
    submitterType: true,
    name: true,
    contactPerson: true,
    phone: true,
    email: true,
    address: true,
    title: true,
    content: true,
    extra: true,
  })
  .meta({ id: 'Revealed' })

/** What is hidden from a reader, for a reason that is logged. */
export function revealResource(deps: { cases: CaseStore; units: Units; audit: Audit }): Resource {
  const router = Router({ caseSensitive: true })
  router.post('/cases/:code/reveal', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { code } = request.params
    // Nobody learns from a fault of the body whether there is such a case.
    response.json(await revealSender(deps, officer, code, () => readBody(revealSchema, request).reason))
  })
  return {
    router,
    operations: [
      {
        method: 'post',
        path: '/cases/{code}/reveal',
        summary:
          'Shows what is hidden from the reader (R7-11): for the data protection officer, and for the handling unit where senders are hidden from it',
        body: revealSchema,
        answer: revealedSchema,
        isEachCounted: true,
        faults: ['not_found', 'forbidden', 'invalid_fields'],
      },
    ],
  }
}
