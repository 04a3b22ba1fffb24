import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { RefusedError } from './refused-error.ts'

/** A write as its sender names it: `key` stands for person, route and Idempotency-Key, `bodyHash` for what was sent. */
export type IdempotencyMark = { key: string; bodyHash: string }

/** What a write answers with; plain JSON, for it may be stored. */
export type OnceAnswer = { status?: 200 | 201 | 202; headers?: Record<string, string>; body: unknown }

/** A mark as it stands: `subject` was kept by the transaction of the work, `answer` when the work was done. */
export type KnownMark = IdempotencyMark & { subject: string | null; answer: OnceAnswer | null }

/** Marks of writes, each kept for 24 hours. */
export type IdempotencyStore = {
  find(key: string): Promise<KnownMark | null>
  /**
   * Takes the key for work that begins now. Somebody else's claim is given back instead, unless it is for the same body and
   * its time is over: then whoever made it is gone.
   */
  claim(mark: IdempotencyMark, claimId: string): Promise<'claimed' | KnownMark>
  /** Does nothing where the claim has been taken over. */
  keepAnswer(mark: IdempotencyMark, claimId: string, answer: OnceAnswer): Promise<void>
  /** Forgets a claim whose work had no effect. */
  release(mark: IdempotencyMark, claimId: string): Promise<void>
}

/** A write that is to have its effect once, however often it is sent. */
export type OnceWork = {
  /** Does the work. With `again`, its transaction must keep `mark` (see `keepMark` in the store). */
  run(mark: IdempotencyMark | null): Promise<OnceAnswer>
  /**
   * Answers for work that was done before, from what is stored now, with the rights that the person has now. `subject` is
   * what the transaction kept beside the mark, such as the code of a new case.
   */
  again?(subject: string | null): Promise<OnceAnswer>
}

/** The mark of a request; null where its sender gave no key. `body` is JSON that is not nested without bound. */
export function markOf(from: {
  login: string
  route: string
  key: string | null
  body: unknown
}): IdempotencyMark | null {
  if (from.key === null) return null
  return { key: sha256([from.login, from.route, from.key]), bodyHash: sha256(sorted(from.body ?? null)) }
}

/**
 * Does `work` unless a request with the same mark has done it, and then answers the same. Two at once have one effect. The
 * same key with another body is refused with `idempotency_key_reused`. Work that fails leaves no mark.
 *
 * With `again` the mark is part of the work's own transaction, so that the effect takes place exactly once whatever dies when.
 * Without it a claim guards the work and its answer is stored: a process that is killed between the two lets the same request
 * do the work a second time, a minute later.
 */
export async function once(store: IdempotencyStore, mark: IdempotencyMark | null, work: OnceWork): Promise<OnceAnswer> {
  if (mark === null) return work.run(null)
  return work.again === undefined
    ? onceByClaim(store, mark, work.run)
    : onceByTransaction(store, mark, { run: work.run, again: work.again })
}

async function onceByTransaction(
  store: IdempotencyStore,
  mark: IdempotencyMark,
  work: Required<OnceWork>,
): Promise<OnceAnswer> {
  const known = await store.find(mark.key)
  if (known !== null) return work.again(sameBody(known, mark).subject)
  try {
    return await work.run(mark)
  } catch (error) {
    // Whatever the work was refused for, the same request may have done it meanwhile: that is then why.
    const done = await store.find(mark.key)
    if (done === null) throw error
    return work.again(sameBody(done, mark).subject)
  }
}

async function onceByClaim(store: IdempotencyStore, mark: IdempotencyMark, run: OnceWork['run']): Promise<OnceAnswer> {
  const claimId = randomUUID()
  const givesUpAt = performance.now() + waitMaxMs
  for (;;) {
    const claim = await store.claim(mark, claimId)
    if (claim === 'claimed') break
    const { answer } = sameBody(claim, mark)
    if (answer !== null) return answer
    if (performance.now() > givesUpAt) throw new RefusedError('unavailable')
    await sleep(waitStepMs)
  }
  let answer: OnceAnswer
  try {
    answer = await run(mark)
  } catch (error) {
    // The claim ends by itself where this fails too.
    await store.release(mark, claimId).catch(() => undefined)
    throw error
  }
  await store.keepAnswer(mark, claimId, answer)
  return answer
}

const waitMaxMs = 10_000
const waitStepMs = 50

function sameBody(known: KnownMark, mark: IdempotencyMark): KnownMark {
  if (known.bodyHash !== mark.bodyHash) throw new RefusedError('idempotency_key_reused')
  return known
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/** The same JSON whatever the order of its fields. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  // Wrapped, so that no list reads like an object.
  return { fields: fields.map(([name, inner]) => [name, sorted(inner)]) }
}
