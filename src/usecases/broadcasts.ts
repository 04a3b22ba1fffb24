import { randomBytes } from 'node:crypto'
import { type BroadcastActName, broadcastActSchema } from '../cases/broadcasts/acts.ts'
import { asksForCases, judgeRecipient } from '../cases/broadcasts/audience.ts'
import {
  type Broadcast,
  type BroadcastState,
  goesAsArticle,
  goesDirect,
  isOver,
} from '../cases/broadcasts/broadcast.ts'
import { allowedBroadcastActs, type BroadcastActor, decideBroadcast, newBroadcast } from '../cases/broadcasts/decide.ts'
import { readPlan } from '../cases/broadcasts/plan.ts'
import type { Officer, UnitDirectory } from '../cases/case.ts'
import { dayOf } from '../cases/days.ts'
import { faultsOf } from '../cases/faults.ts'
import { rightOver } from '../cases/rights.ts'
import type { Attachments } from './attachments.ts'
import type { Audit } from './audit.ts'
import { articleWords, broadcastBody } from './broadcast-message.ts'
import type {
  AudienceCount,
  BroadcastPosition,
  BroadcastReport,
  BroadcastRuns,
  BroadcastStore,
  RecipientLine,
  RecipientQuery,
} from './broadcast-ports.ts'
import type { OpenedFile } from './file-store.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { OutgoingBody, Texts } from './ports.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** Who looks after broadcasts: a person with the right, or whoever may run the operator's tool. */
export type BroadcastKeeper = Officer | 'operator'

/** A broadcast with what has become of it and what this person may do. */
export type SeenBroadcast = {
  broadcast: Broadcast
  report: BroadcastReport
  allowedActs: readonly BroadcastActName[]
  /** The message as people get it; of an article alone, what is to be read in it. */
  preview: string
}

export type BroadcastEstimate = AudienceCount & {
  way: Broadcast['way']
  costVnd: number
  /** Whom an article reaches at most, as Zalo counts them; null where it has none or they are not known. */
  followers: number | null
}

export type BroadcastsDeps = {
  store: BroadcastStore
  runs: Pick<BroadcastRuns, 'count'>
  units: UnitDirectory
  isCommune(code: string): boolean
  attachments: Pick<Attachments, 'findOwn' | 'openCopy'>
  texts: Pick<Texts, 'translate'>
  audit: Audit
  /** Queues a message to an officer's own linked account. */
  sendTest(login: string, body: OutgoingBody, now: number): Promise<'sent' | 'noLinkedAccount' | 'ownWindowClosed'>
  publicUrl: string
  /** The followers of the account; null where nobody knows. */
  followers(): number | null
  /** What Zalo takes for a message after the free hours. */
  messagePriceVnd: number
  now(): number
  /** Something may be due now. */
  onChanged(): void
}

export type Broadcasts = ReturnType<typeof createBroadcasts>

const COUNT_LIMIT_MS = 10_000
/** How old the counts of a list may be. */
const LIST_AGE_MS = 60_000
const LIST_AGE_LIVE_MS = 5_000

/** What the province tells many people: written by one, approved by another, and then watched by both. */
export function createBroadcasts(deps: BroadcastsDeps) {
  const { store, units, audit, now } = deps

  function actorOf(keeper: BroadcastKeeper): BroadcastActor {
    if (keeper === 'operator') return { login: 'operator', mayWrite: true, mayApprove: false }
    return {
      login: keeper.login,
      mayWrite: rightOver('broadcast', keeper, units) !== null,
      mayApprove: rightOver('approveBroadcast', keeper, units) !== null,
    }
  }

  function mayRead(keeper: BroadcastKeeper): void {
    if (keeper === 'operator') return
    requireScope(keeper, 'read')
    if (rightOver('readBroadcasts', keeper, units) === null) throw new RefusedError('forbidden')
  }

  async function known(id: string): Promise<Broadcast> {
    const found = ID.test(id) ? await store.find(id) : null
    if (found === null) throw new RefusedError('not_found')
    return found
  }

  async function seen(broadcast: Broadcast, keeper: BroadcastKeeper, maxAgeMs = 0): Promise<SeenBroadcast> {
    const report = await store.report(broadcast.id, maxAgeMs)
    const article = { isRefused: report.article?.state === 'refused' }
    return {
      broadcast,
      report,
      allowedActs: allowedBroadcastActs(broadcast, actorOf(keeper), article),
      preview: goesDirect(broadcast) ? bodyOf(broadcast).text : articleWords(broadcast),
    }
  }

  const bodyOf = (broadcast: Broadcast) =>
    broadcastBody(broadcast, { texts: deps.texts, locale: 'vi', publicUrl: deps.publicUrl })

  const remember = (keeper: BroadcastKeeper, id: string, act: string) =>
    audit.record({ actor: keeper, act: 'broadcast', data: { id, act } })

  async function planOf(input: unknown, keeper: BroadcastKeeper, within = '') {
    const reading = readPlan(input, { now: now(), isCommune: deps.isCommune })
    if (!reading.ok) {
      const inside = reading.faults.map((one) => ({ ...one, path: `${within}${one.path}` }))
      throw new RefusedError('invalid_fields', inside)
    }
    const { coverAttachmentId } = reading.plan
    if (coverAttachmentId !== null) {
      const found = keeper === 'operator' ? [] : await deps.attachments.findOwn(keeper.login, [coverAttachmentId])
      const cover = found[0]
      const key =
        cover === undefined ? 'unknownAttachment' : COVER_TYPES.has(cover.mediaType) ? null : 'coverNotPicture'
      if (key !== null)
        throw new RefusedError('invalid_fields', [
          { path: `${within}coverAttachmentId`, key: `fault.${key}`, params: {} },
        ])
    }
    return reading
  }

  return {
    /** Refuses whoever may not know of any. */
    mayRead,

    /** Refuses whoever may not write any, before anything is said about what they ask for. */
    mayWrite(keeper: BroadcastKeeper): void {
      if (keeper === 'operator') return
      requireScope(keeper, 'write')
      const { mayWrite, mayApprove } = actorOf(keeper)
      if (!mayWrite && !mayApprove) throw new RefusedError('forbidden')
    },

    async list(
      keeper: BroadcastKeeper,
      asked: { states: readonly BroadcastState[] | null; after: BroadcastPosition | null; limit: number },
    ): Promise<{ items: SeenBroadcast[]; next: BroadcastPosition | null }> {
      mayRead(keeper)
      const found = await store.list({ ...asked, limit: asked.limit + 1 })
      const page = found.slice(0, asked.limit)
      const last = page.at(-1)
      return {
        items: await Promise.all(page.map((one) => seen(one, keeper, isOver(one) ? LIST_AGE_MS : LIST_AGE_LIVE_MS))),
        next: found.length > asked.limit && last !== undefined ? { createdAt: last.createdAt, id: last.id } : null,
      }
    },

    async find(keeper: BroadcastKeeper, id: string): Promise<SeenBroadcast> {
      mayRead(keeper)
      return seen(await known(id), keeper)
    },

    async add(keeper: BroadcastKeeper, input: unknown, mark: IdempotencyMark | null): Promise<SeenBroadcast> {
      const actor = actorOf(keeper)
      if (!actor.mayWrite) throw new RefusedError('forbidden')
      const { plan, isDraft } = await planOf(input, keeper)
      const at = now()
      const id = `${dayOf(at).replaceAll('-', '')}-${randomBytes(4).toString('hex')}`
      const broadcast = newBroadcast({ id, plan, isDraft, by: actor.login, now: at })
      await store.add(broadcast, mark)
      await remember(keeper, id, 'create')
      return seen(broadcast, keeper)
    },

    /** `versions` are those that the person may have read; null where none was named. */
    async act(
      keeper: BroadcastKeeper,
      id: string,
      asked: { input: unknown; versions: readonly number[] | null; mark: IdempotencyMark | null },
    ): Promise<SeenBroadcast> {
      const current = await known(id)
      const actor = actorOf(keeper)
      if (!actor.mayWrite && !actor.mayApprove) throw new RefusedError('forbidden')
      const reading = broadcastActSchema.safeParse(asked.input)
      if (!reading.success) {
        const isUnknown = reading.error.issues.some(({ code }) => code === 'invalid_union')
        throw new RefusedError(isUnknown ? 'unknown_act' : 'invalid_fields', faultsOf(reading.error, asked.input))
      }
      if (asked.versions !== null && !asked.versions.includes(current.version))
        throw new RefusedError('version_conflict')
      const act = reading.data
      const plan = act.act === 'edit' ? (await planOf(act.plan, keeper, 'plan.')).plan : null
      // Asked only where it matters: a stop is not kept waiting by a count.
      const report = current.state === 'paused' && goesAsArticle(current) ? await store.report(id, LIST_AGE_MS) : null
      const article = { isRefused: report?.article?.state === 'refused' }
      const at = now()
      const decided = decideBroadcast(current, act, actor, { now: at, plan, article })
      if (!decided.ok) throw new RefusedError(decided.code, decided.faults)
      if (act.act === 'test') await sendTest(keeper, current)
      const mended = act.act === 'edit' && article.isRefused
      if (!(await store.replace(decided.next, asked.mark, { mended, now: at })))
        throw new RefusedError('version_conflict')
      await remember(keeper, id, act.act)
      deps.onChanged()
      return seen(decided.next, keeper)
    },

    /** How the segment looks now, and what it would cost. */
    async estimate(keeper: BroadcastKeeper, id: string): Promise<BroadcastEstimate> {
      mayRead(keeper)
      const broadcast = await known(id)
      const at = now()
      const { segment, way } = broadcast
      const nobody: AudienceCount = { total: 0, reachable: 0, free: 0, skipped: {}, isComplete: true }
      const counted = goesDirect(broadcast)
        ? await deps.runs.count((facts) => judgeRecipient(facts, segment, at, { canAsk: true }), {
            asksForCases: asksForCases(segment),
            now: at,
            limitMs: COUNT_LIMIT_MS,
          })
        : nobody
      const followers = goesAsArticle(broadcast) ? deps.followers() : null
      return { ...counted, way, followers, costVnd: (counted.reachable - counted.free) * deps.messagePriceVnd }
    },

    /** The cover of a broadcast that was approved, for everybody; null where there is none. */
    async openCover(id: string): Promise<OpenedFile | null> {
      const broadcast = ID.test(id) ? await store.find(id) : null
      if (broadcast === null || broadcast.approval === null || broadcast.coverAttachmentId === null) return null
      return deps.attachments.openCopy(broadcast.coverAttachmentId, id)
    },

    /** What became of each person's copy, page by page. */
    async recipients(
      keeper: BroadcastKeeper,
      id: string,
      asked: RecipientQuery,
    ): Promise<{ items: RecipientLine[]; next: string | null }> {
      mayRead(keeper)
      await known(id)
      return store.recipients(id, asked)
    },
  }

  async function sendTest(keeper: BroadcastKeeper, broadcast: Broadcast): Promise<void> {
    const outcome =
      keeper === 'operator' ? 'noLinkedAccount' : await deps.sendTest(keeper.login, bodyOf(broadcast), now())
    if (outcome === 'sent') return
    throw new RefusedError('illegal_act', [{ path: 'act', key: `fault.broadcast.${outcome}`, params: {} }])
  }
}

const ID = /^\d{8}-[0-9a-f]{8}$/
const COVER_TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png'])
