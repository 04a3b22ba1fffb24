import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Officer, UnitDirectory } from '../cases/case.ts'
import { faultsOf } from '../cases/faults.ts'
import { rightOver } from '../cases/rights.ts'
import type { Audit } from './audit.ts'
import { EVENT_ACTS, eventIdOf, readEventId } from './case-events.ts'
import { type FieldFault, RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'
import type { AddressFault, Delivery, DeliveryState, Webhook, WebhookStore, WebhookTarget } from './webhook-ports.ts'

/** Who looks after webhooks: an administrator, or whoever may run the operator's tool. */
export type WebhookKeeper = Officer | 'operator'

export const newWebhookSchema = z.strictObject({
  url: z.string().min(1).max(2_000),
  acts: z
    .array(z.enum(EVENT_ACTS as [string, ...string[]]))
    .max(100)
    .optional(),
  unitCodes: z.array(z.string().min(1).max(40)).max(50).optional(),
})

export const webhookActSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('pause') }),
  z.strictObject({ act: z.literal('resume') }),
  z.strictObject({ act: z.literal('remove') }),
  z.strictObject({ act: z.literal('replay'), eventId: z.string().max(60).optional() }),
])

/** A webhook with what waits for it; counting ends at `COUNT_MAX`. */
export type CountedWebhook = Webhook & { waiting: number; dead: number }

export type Webhooks = ReturnType<typeof createWebhooks>

export type WebhooksDeps = {
  store: WebhookStore
  units: UnitDirectory
  /** Why this address cannot be a receiver's, by the configuration; null where it can. */
  judgeAddress(url: string): AddressFault | null
  audit: Audit
  /** Real time. */
  now(): number
}

/** Systems outside that are told of changes: who they are, how they are, what could not be told them. */
export function createWebhooks({ store, units, judgeAddress, audit, now }: WebhooksDeps) {
  async function known(id: string): Promise<Webhook> {
    const found = await store.find(id)
    if (found === null) throw new RefusedError('not_found')
    return found
  }

  async function counted(webhook: Webhook): Promise<CountedWebhook> {
    return { ...webhook, ...(await store.counts(webhook.id, COUNT_MAX)) }
  }

  const remember = (keeper: WebhookKeeper, id: string, act: string) =>
    audit.record({ actor: keeper, act: 'settingChanged', data: { setting: 'webhook', id, act } })

  function faultsOfMeaning({ url, unitCodes = [] }: z.infer<typeof newWebhookSchema>): FieldFault[] {
    const address = judgeAddress(url)
    return [
      ...(address === null ? [] : [{ path: 'url', key: addressFaults[address], params: {} }]),
      ...unitCodes.flatMap((code, index) =>
        units.exists(code) ? [] : [{ path: `unitCodes.${index}`, key: 'fault.unknownUnit', params: {} }],
      ),
    ]
  }

  return {
    /** Refuses whoever may not change them, before anything is said about what they ask for. */
    mayChange: (keeper: WebhookKeeper): void => mayKeep(keeper, units, 'write'),

    /** By id. */
    async list(keeper: WebhookKeeper): Promise<CountedWebhook[]> {
      mayKeep(keeper, units, 'read')
      return Promise.all((await store.list()).map(counted))
    },

    async find(keeper: WebhookKeeper, id: string): Promise<CountedWebhook> {
      mayKeep(keeper, units, 'read')
      return counted(await known(id))
    },

    /** From now on every change is told; the secret is given out here and never again. */
    async add(keeper: WebhookKeeper, input: unknown): Promise<CountedWebhook & { secret: string }> {
      mayKeep(keeper, units, 'write')
      const reading = newWebhookSchema.safeParse(input)
      const faults = reading.success ? faultsOfMeaning(reading.data) : faultsOf(reading.error, input)
      if (!reading.success || faults.length > 0) throw new RefusedError('invalid_fields', faults)
      if ((await store.count()) >= WEBHOOKS_MAX)
        throw new RefusedError('invalid_fields', [
          { path: 'url', key: 'fault.tooManyWebhooks', params: { max: WEBHOOKS_MAX } },
        ])
      const at = now()
      const webhook: WebhookTarget = {
        id: randomBytes(6).toString('hex'),
        url: new URL(reading.data.url).href,
        acts: [...new Set(reading.data.acts)],
        unitCodes: [...new Set(reading.data.unitCodes)],
        createdBy: keeper === 'operator' ? null : keeper.login,
        createdAt: at,
        state: 'active',
        pausedBecause: null,
        failingSince: null,
        fault: null,
        activeSince: at,
        secret: `${SECRET_PREFIX}${randomBytes(32).toString('base64url')}`,
      }
      await store.add(webhook)
      await remember(keeper, webhook.id, 'add')
      const { activeSince: _activeSince, ...shown } = webhook
      return { ...shown, waiting: 0, dead: 0 }
    },

    /** Answers with the webhook as it has become, null once it is removed, and how many events are sent again. */
    async act(
      keeper: WebhookKeeper,
      id: string,
      input: unknown,
    ): Promise<{ webhook: CountedWebhook | null; replayed: number }> {
      mayKeep(keeper, units, 'write')
      await known(id)
      const reading = webhookActSchema.safeParse(input)
      if (!reading.success) {
        const isUnknown = reading.error.issues.some(({ code }) => code === 'invalid_union')
        throw new RefusedError(isUnknown ? 'unknown_act' : 'invalid_fields', faultsOf(reading.error, input))
      }
      const asked = reading.data
      let replayed = 0
      if (asked.act === 'pause') await store.pause(id, 'asked')
      else if (asked.act === 'resume') await store.resume(id, now())
      else if (asked.act === 'remove') await store.remove(id)
      else replayed = await replay(id, asked.eventId)
      await remember(keeper, id, asked.act)
      return { webhook: asked.act === 'remove' ? null : await counted(await known(id)), replayed }
    },

    /** By case and version; `next` is the event after which the following page begins. */
    async deliveries(
      keeper: WebhookKeeper,
      id: string,
      asked: { state: DeliveryState | null; after: string | null; limit: number },
    ): Promise<{ items: Delivery[]; next: string | null }> {
      mayKeep(keeper, units, 'read')
      await known(id)
      const found = await store.deliveries(id, asked.state, asked.after, asked.limit + 1)
      const items = found.slice(0, asked.limit)
      return { items, next: found.length > asked.limit ? (items.at(-1)?.eventId ?? null) : null }
    },
  }

  async function replay(id: string, asked: string | undefined): Promise<number> {
    const event = asked === undefined ? null : readEventId(asked)
    const isUnreadable = asked !== undefined && event === null
    const replayed = isUnreadable
      ? 0
      : await store.replay(id, event === null ? null : eventIdOf(event.caseCode, event.version), now())
    if (asked !== undefined && replayed === 0)
      throw new RefusedError('invalid_fields', [{ path: 'eventId', key: 'fault.notDead', params: {} }])
    return replayed
  }
}

/** Far more than a province connects; each is a courier in every process. */
export const WEBHOOKS_MAX = 50
export const COUNT_MAX = 10_000

/** Lets scanners for leaked secrets recognise ours. */
const SECRET_PREFIX = 'paknwh_'

const addressFaults: Record<AddressFault, string> = {
  notAnAddress: 'fault.notAnAddress',
  notHttps: 'fault.notHttps',
  hostNotAllowed: 'fault.hostNotAllowed',
}

function mayKeep(keeper: WebhookKeeper, units: UnitDirectory, scope: 'read' | 'write'): void {
  if (keeper === 'operator') return
  requireScope(keeper, scope)
  if (rightOver('administer', keeper, units) === null) throw new RefusedError('forbidden')
}
