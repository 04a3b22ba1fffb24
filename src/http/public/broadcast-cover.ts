import { Router } from 'express'
import type { OpenedFile } from '../../usecases/file-store.ts'
import { sendFile } from '../send-file.ts'

/** The covers of broadcasts, from where Zalo fetches them. */
export function createCoverRouter(deps: { openCover(id: string): Promise<OpenedFile | null> }): Router {
  const router = Router({ caseSensitive: true })
  router.get('/thong-bao/:id/anh-bia', async (request, response, next) => {
    const cover = await deps.openCover(request.params.id)
    if (cover === null) return next()
    response.set('Cross-Origin-Resource-Policy', 'cross-origin')
    await sendFile(response, cover, { cacheControl: 'public, max-age=3600' })
  })
  return router
}
