import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Router } from 'express'

/**
 * `GET /zalo_verifier….html`: the file that the developer console gives to prove the domain, from `folder`. Only names of
 * that form are read, so nothing else in the folder can be reached.
 */
export function createVerifierRouter(deps: { folder: string }): Router {
  const router = Router()
  router.get('/:name', async (request, response, next) => {
    const { name } = request.params
    if (!/^zalo_verifier[A-Za-z0-9_-]{0,100}\.html$/.test(name)) return next()
    try {
      const content = await readFile(join(deps.folder, name))
      response.set('Cache-Control', 'no-store').type('html').send(content)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'EISDIR') return next()
      throw error
    }
  })
  return router
}
