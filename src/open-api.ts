import type { Router } from 'express'
import { attachmentsResource } from './http/api/attachments.ts'
import { type CasesResourceDeps, casesResource } from './http/api/cases.ts'
import { meResource } from './http/api/me.ts'
import { type ApiDeps, createApiRouter } from './http/api/router.ts'
import { unitsResource } from './http/api/units.ts'

type OpenApiDeps = Omit<ApiDeps, 'resources'> & CasesResourceDeps & Parameters<typeof attachmentsResource>[0]

/** Every part of the JSON API, in the order in which their routes are tried. */
export function openApiRouter(deps: OpenApiDeps): Router {
  const resources = [meResource(deps), unitsResource(deps), attachmentsResource(deps), casesResource(deps)]
  return createApiRouter({ ...deps, resources })
}
