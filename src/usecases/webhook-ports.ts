/** The shapes of outgoing webhooks between the stories, `workers`, `store` and `delivery`. All times are real milliseconds. */

/**
 * A change of a case as other systems are told of it. There is nothing of a person in it: who may know more fetches the case,
 * with rights of their own.
 */
export type CaseEvent = {
  caseCode: string
  /** The version of the case that the change made, and the number of its line in the history. */
  version: number
  act: string
  from: string
  to: string
  /** The very text of the history. */
  at: string
  /** Every unit that had the case before or has it now. */
  unitCodes: readonly string[]
  /** R2-30: nobody outside may know of the case. */
  isSecret: boolean
}

/** Which events a receiver wants; an empty list is no restriction. */
export type WebhookFilter = { acts: readonly string[]; unitCodes: readonly string[] }

/** `failing`: the receiver has not taken anything for a while and is only tried now and then. */
export type WebhookState = 'active' | 'failing' | 'paused'

/** A system outside that is told of changes. */
export type Webhook = WebhookFilter & {
  id: string
  url: string
  /** A login; null: the operator's tool. */
  createdBy: string | null
  createdAt: number
  state: WebhookState
  /** `gone`: the receiver answered 410. */
  pausedBecause: 'asked' | 'gone' | null
  failingSince: number | null
  /** What the last failure was when it began to fail; a code, never free text. */
  fault: string | null
}

/** A webhook as whoever sends to it needs it. */
export type WebhookTarget = Webhook & {
  secret: string
  /** From when on a failure counts towards giving up. */
  activeSince: number
}

export type DeliveryState = 'waiting' | 'delivered' | 'skipped' | 'dead'

/** One event on its way to one receiver. `skipped`: the case became one that nobody outside may know of. */
export type Delivery = Omit<CaseEvent, 'unitCodes' | 'isSecret'> & {
  eventId: string
  state: DeliveryState
  tries: number
  /** The last try and what came of it, as a code. */
  lastTry: { at: number; outcome: string } | null
  createdAt: number
  retryAt: number
}

/** A delivery that waits, as its courier needs it. */
export type WaitingDelivery = Delivery & {
  id: string
  /** From when on it could be sent; a replay counts anew. */
  since: number
}

/** Webhooks as administrators and the operator see them. Every write is a majority write. */
export type WebhookStore = {
  add(webhook: WebhookTarget): Promise<void>
  find(id: string): Promise<Webhook | null>
  /** By id. */
  list(): Promise<Webhook[]>
  count(): Promise<number>
  /** How many events wait and how many were given up; counting ends at `max`. */
  counts(id: string, max: number): Promise<{ waiting: number; dead: number }>
  /** False where it is paused already or not there. */
  pause(id: string, because: 'asked' | 'gone'): Promise<boolean>
  /** Everything that waits is due now. */
  resume(id: string, now: number): Promise<void>
  /** With everything that waits for it. */
  remove(id: string): Promise<void>
  /** By case and version, strictly after the event `after`. */
  deliveries(id: string, state: DeliveryState | null, after: string | null, limit: number): Promise<Delivery[]>
  /** Sends again what was given up, one event or all; answers how many. */
  replay(id: string, eventId: string | null, now: number): Promise<number>
}

/** What the couriers need of the store. */
export type CourierStore = {
  /**
   * Gives every webhook that wants them the oldest `limit` events as deliveries of its own, in one transaction; answers how
   * many events that were. Whatever dies when, each event becomes one delivery for each webhook.
   */
  dispatch(limit: number, wants: (filter: WebhookFilter, event: CaseEvent) => boolean, now: number): Promise<number>
  /** Those that are not paused. */
  targets(): Promise<WebhookTarget[]>
  /** Cases with something due for this webhook, longest due first. */
  dueCases(id: string, asked: { now: number; except: readonly string[]; limit: number }): Promise<string[]>
  /** The first delivery of a case that waits. */
  head(id: string, caseCode: string): Promise<WaitingDelivery | null>
  /** Lets whatever else of the case is due wait for its first. */
  rest(id: string, caseCode: string, until: number): Promise<void>
  isSecret(caseCode: string): Promise<boolean>
  settle(
    deliveryId: string,
    state: 'delivered' | 'skipped' | 'dead',
    tried: { at: number; outcome: string },
  ): Promise<void>
  retry(deliveryId: string, tried: { at: number; outcome: string }, retryAt: number): Promise<void>
  /** Gives up everything of this webhook that could be sent since before `before`; answers how much. */
  giveUp(id: string, before: number, tried: { at: number; outcome: string }): Promise<number>
  markFailing(id: string, fault: string, now: number): Promise<void>
  markWell(id: string): Promise<void>
  pause(id: string, because: 'gone'): Promise<boolean>
}

export type PostFault =
  | 'hostNotAllowed'
  | 'addressNotAllowed'
  | 'nameNotFound'
  | 'refused'
  | 'reset'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'stopped'

/** What came of one request. */
export type PostReply = { ok: true; status: number; retryAfterMs: number | null } | { ok: false; fault: PostFault }

/** One POST to a receiver, bounded in time and size, without redirects; never throws. */
export type PostWebhook = (request: {
  url: string
  headers: Record<string, string>
  body: string
  signal: AbortSignal
}) => Promise<PostReply>

/** Why an address cannot be a receiver's. */
export type AddressFault = 'notAnAddress' | 'notHttps' | 'hostNotAllowed'
