import { Router } from 'express'
import { TOKEN_SCOPES } from '../../cases/case.ts'
import { rightsOf } from '../../usecases/case-facts.ts'
import type { Units } from '../../usecases/case-ports.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'
import { meSchema } from './schemas.ts'

/** Who is signed in. */
export function meResource(deps: { units: Units }): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/me', (_request, response) => {
    const officer = officerOf(response)
    const unit = { code: officer.unitCode, name: deps.units.find(officer.unitCode)?.name ?? officer.unitCode }
    const { login, name, roles, scopes = TOKEN_SCOPES } = officer
    response.json({ login, name, unit, roles, scopes, rights: rightsOf(officer) })
  })
  return {
    router,
    operations: [{ method: 'get', path: '/me', summary: 'Who the token belongs to', answer: meSchema, faults: [] }],
  }
}
