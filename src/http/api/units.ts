import { Router } from 'express'
import { dayOf } from '../../cases/days.ts'
import type { Units } from '../../usecases/case-ports.ts'
import { readQuery } from './request.ts'
import type { Resource } from './resource.ts'
import { pageOf, unitListQuery, unitSchema } from './schemas.ts'

/** Units of both organisation models. */
export function unitsResource(deps: { units: Units; now(): number }): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/units', (request, response) => {
    const { model, cursor, limit } = readQuery(unitListQuery, request)
    const listed = deps.units
      .all()
      .filter((unit) => model === undefined || unit.model === model)
      .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    const start = cursor === undefined ? 0 : listed.findIndex(({ code }) => code === cursor) + 1
    const today = dayOf(deps.now())
    const items = listed
      .slice(start, start + limit)
      .map((unit) => ({ ...unit, active: deps.units.isActive(unit.code, today) }))
    response.json({ items, next: start + limit < listed.length ? (items.at(-1)?.code ?? null) : null })
  })
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/units',
        summary: 'Units of both organisation models',
        query: unitListQuery,
        answer: pageOf(unitSchema),
        faults: ['invalid_fields'],
      },
    ],
  }
}
