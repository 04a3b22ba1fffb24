import express, { Router } from 'express'
import { z } from 'zod'
import { TEMPLATE_QUALITIES, TEMPLATE_STATES } from './model.ts'
import { fail, parse } from './phone-input.ts'
import type { World } from './world.ts'

const Change = z.object({
  status: z.enum(TEMPLATE_STATES).optional(),
  quality: z.enum(TEMPLATE_QUALITIES).optional(),
})

/** What Zalo's reviewers and the reports of citizens do to a template; the service is told (zalo §9.7). */
export function createTemplateActs(world: World): Router {
  const { state, webhook } = world
  const router = Router()

  function tell(event: string, templateId: string, fields: Record<string, unknown>): void {
    const { oaId, appId } = state.credentials
    webhook.send({
      key: `template-${templateId}`,
      body: { oa_id: oaId, app_id: appId, event_name: event, template_id: templateId, ...fields },
    })
  }

  router.post('/:templateId', express.json(), (req, res) => {
    const change = parse(Change, req, res)
    if (change === undefined) return
    const template = state.templates.find(({ templateId }) => templateId === req.params.templateId)
    if (template === undefined) return fail(res, 404, 'Không có mẫu tin này.')
    const { status: before, quality, templateId } = template
    if (change.status !== undefined && change.status !== before) {
      template.status = change.status
      const status = { prev_status: before, new_status: change.status }
      tell('change_template_status', templateId, { status, reason: '' })
    }
    if (change.quality !== undefined && change.quality !== quality) {
      template.quality = change.quality
      const fields = { prev_quality: quality, new_quality: change.quality }
      tell('change_template_quality', templateId, { quality: fields })
    }
    world.storage.changed()
    world.changes.publish({ type: 'templates', templates: state.templates })
    res.json(template)
  })
  return router
}
