import { createHash } from 'node:crypto'
import { Router } from 'express'
import type { Attachments } from '../../usecases/attachments.ts'
import { sendFile } from '../send-file.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'
import { attachmentSchema } from './schemas.ts'
import { readUpload, uploadSchema } from './upload.ts'

/** The files of a case, and files that an act will name. */
export function attachmentsResource(deps: {
  files: Pick<Attachments, 'open' | 'add'>
  fileBytesMax: number
  answerOnce: AnswerOnce
}): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/cases/:code/attachments/:id', async (request, response) => {
    const { code, id } = request.params
    const file = await deps.files.open(officerOf(response), code, id)
    await sendFile(response, file, { cacheControl: 'no-store' })
  })

  router.post('/attachments', async (request, response) => {
    const officer = officerOf(response)
    const file = await readUpload(request, deps.fileBytesMax)
    const run = async () => {
      const { kind: _kind, ...added } = await deps.files.add(officer, file)
      return { status: 201 as const, body: added }
    }
    const sha256 = createHash('sha256').update(file.bytes).digest('hex')
    await deps.answerOnce(request, response, { run }, { name: file.name, sha256 })
  })

  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/cases/{code}/attachments/{id}',
        summary: 'One file of a case',
        answer: null,
        answerType: 'application/octet-stream',
        faults: ['not_found', 'forbidden'],
      },
      {
        method: 'post',
        path: '/attachments',
        summary: 'Hands in a file, to be named by an act within a day',
        body: uploadSchema,
        bodyType: 'multipart/form-data',
        status: 201,
        answer: attachmentSchema,
        headers: [idempotencyHeader],
        faults: [],
      },
    ],
  }
}
