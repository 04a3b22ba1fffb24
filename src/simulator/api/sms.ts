import express, { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type ProviderReceipts, providerSecret } from '../providers.ts'
import { showShortMessage } from '../short-messages.ts'
import type { World } from '../world.ts'

const Message = z.object({
  to: z.string().regex(/^84\d{9,10}$/),
  text: z.string().min(1).max(1_000),
  reference: z.string().min(1).max(48),
})
const TAKEN_MAX = 500

/** An SMS provider: `POST /sms/send`, a reference is sent once, receipts follow. */
export function createSmsProvider(deps: { world: World; receipts: ProviderReceipts }): Router {
  const { world, receipts } = deps
  const token = providerSecret(world.state.credentials, 'sms')
  const taken = new Map<string, string>()

  function receive(req: Request, res: Response): void {
    const { status, answer, citizenId } = answerTo(req)
    world.log.add({
      at: world.clock.now(),
      type: 'call',
      title: 'POST /sms/send',
      ...(citizenId === undefined ? {} : { citizenId }),
      status: String(status),
      failed: status !== 200,
      request: req.body,
      answer,
    })
    res.status(status).json(answer)
  }

  function answerTo(req: Request): { status: number; answer: object; citizenId?: string } {
    if (req.get('authorization') !== `Bearer ${token}`) return { status: 401, answer: { error: 'unauthorized' } }
    const reading = Message.safeParse(req.body)
    if (!reading.success) return { status: 422, answer: { error: 'invalid' } }
    const { to, text, reference } = reading.data
    const { smsFault } = world.settings
    if (smsFault === 'refused') return { status: 402, answer: { error: 'out of balance' } }
    if (smsFault === 'broken') return { status: 503, answer: { error: 'try later' } }
    const known = taken.get(reference)
    if (known !== undefined) return { status: 200, answer: { id: known } }
    const id = world.random.hex(16)
    taken.set(reference, id)
    if (taken.size > TAKEN_MAX) taken.delete(taken.keys().next().value ?? '')
    if (smsFault === 'failed') {
      receipts.post('sms', { id, reference, state: 'failed', code: 'EXPIRED' })
      return { status: 200, answer: { id } }
    }
    const code = /(?<!\d)\d{6}(?!\d)/.exec(text)?.[0] ?? ''
    const { citizenId } = showShortMessage(world, { phone: to, code, text })
    const of = citizenId === undefined ? {} : { citizenId }
    if (smsFault !== 'silent') receipts.post('sms', { id, reference, state: 'delivered' }, citizenId)
    return { status: 200, answer: { id }, ...of }
  }

  const router = Router()
  router.post('/sms/send', express.json({ limit: '16kb' }), receive)
  return router
}
