import type { Broadcast } from '../cases/broadcasts/broadcast.ts'
import { articleNotBefore, type QuietHours } from '../cases/broadcasts/hours.ts'
import { addDays, dayOf, startOfDay } from '../cases/days.ts'
import type { Logger } from '../logger.ts'
import type { ArticleAnswer, ArticlePlatform, ArticleProgress, ArticleRuns } from '../usecases/broadcast-ports.ts'
import type { Clock } from '../usecases/ports.ts'

/** An article that Zalo still makes is asked for again so soon (zalo §7.2). */
const POLL_MS = 2_000
const RETRY_MS = 30_000
/** How far Zalo's clock may be behind ours. */
const SKEW_MS = 5 * 60_000

/** `halt`: nothing goes on without a person. */
export type ArticleOutcome = { outcome: 'waiting' } | { outcome: 'over' } | { outcome: 'halt'; fault: string }

export type ArticleDeps = {
  platform: ArticlePlatform
  runs: ArticleRuns
  /** The name under the article. */
  author: string
  coverUrl(broadcast: Broadcast): string
  quietHours: QuietHours
  owner: string
  clock: Clock
  logger: Logger
}

/**
 * Brings the article of a broadcast as far as it goes now: made, ready, told to the followers. Each call is written down before
 * it goes out. An article that may have been made is looked for; a broadcast that may have gone out is never sent again.
 */
export function createArticleSteps(deps: ArticleDeps) {
  const { platform, runs, owner, clock, logger } = deps

  return async function advance(broadcast: Broadcast): Promise<ArticleOutcome> {
    for (;;) {
      const now = clock.now()
      const current = await runs.progress(broadcast.id)
      if (current.step === 'announced' || current.step === 'unknown') return { outcome: 'over' }
      if (current.step === 'refused') return { outcome: 'halt', fault: `zalo${current.code ?? ''}` }
      if (current.retryAt > now) return { outcome: 'waiting' }
      const next = await stepFrom(broadcast, current, now)
      if (next === null) return { outcome: 'waiting' }
      if (!(await runs.move(broadcast.id, owner, next.progress))) return { outcome: 'waiting' }
      if (next.fault !== null) return { outcome: 'halt', fault: next.fault }
    }
  }

  /** What is written down next, and why a person is needed; null where somebody else has the broadcast. */
  type Next = { progress: ArticleProgress; fault: string | null } | null
  type Moved = (change: Partial<ArticleProgress>, fault?: string) => Next

  async function stepFrom(broadcast: Broadcast, current: ArticleProgress, now: number): Promise<Next> {
    const moved: Moved = (change, fault) => ({
      progress: { ...current, at: now, code: null, retryAt: 0, ...change },
      fault: fault ?? null,
    })
    switch (current.step) {
      case 'none': {
        if (!(await runs.move(broadcast.id, owner, { ...current, step: 'creating', at: now }))) return null
        const draft = draftOf(broadcast)
        const { articleId } = current
        // What was refused after it was made is mended where it is: the account shows one article, not two.
        const asked = articleId === null ? platform.create(draft) : platform.update(articleId, draft)
        return afterCreate(await asked, current, moved)
      }
      case 'creating': {
        // The same words may be put into the same article as often as one likes.
        if (current.articleId !== null) return moved({ step: 'none' })
        const found = await platform.findByTitle(broadcast.title, current.at - SKEW_MS)
        if (!found.ok)
          return moved({ at: current.at, code: found.code, retryAt: now + (found.retryAfterMs ?? RETRY_MS) })
        return found.value.id === null ? moved({ step: 'none' }) : moved({ step: 'ready', articleId: found.value.id })
      }
      case 'made': {
        const made = await platform.verify(current.token ?? '')
        if (made.ok) return moved({ step: 'ready', articleId: made.value })
        if (made.code === '-214') return moved({ at: current.at, retryAt: now + POLL_MS })
        if (made.class === 'drop') return moved({ step: 'refused', code: made.code })
        return putOff(made, { step: 'made' }, moved)
      }
      case 'ready':
        return announce(broadcast, current, moved, now)
      case 'announcing':
        logger.error({ broadcast: broadcast.id }, 'it is not known whether the article went out: a person must look')
        return moved({ step: 'unknown', code: 'outcomeUnknown' })
      default:
        return null
    }
  }

  function afterCreate(answer: ArticleAnswer<string>, current: ArticleProgress, moved: Moved): Next {
    if (answer.ok) return moved({ step: 'made', token: answer.value, retryAt: clock.now() + POLL_MS })
    if (answer.class === 'ambiguous') {
      return moved({ step: 'creating', code: answer.code, retryAt: clock.now() + RETRY_MS })
    }
    if (answer.class === 'drop' || answer.class === 'user') return moved({ step: 'refused', code: answer.code })
    return putOff(answer, { step: current.step }, moved)
  }

  async function announce(broadcast: Broadcast, current: ArticleProgress, moved: Moved, now: number): Promise<Next> {
    const notBefore = articleNotBefore(deps.quietHours, now)
    if (notBefore !== null) return moved({ retryAt: notBefore, code: 'night' })
    const day = dayOf(now)
    if (!(await runs.takeDay(day, broadcast.id))) {
      return moved({ retryAt: startOfDay(addDays(day, 1)) + MORNING_MS, code: 'onceADay' })
    }
    const before: ArticleProgress = { ...current, step: 'announcing', at: now, code: null, retryAt: 0 }
    if (!(await runs.move(broadcast.id, owner, before))) return null
    const answer = await platform.announce(current.articleId ?? '', broadcast.target)
    if (answer.ok) return moved({ step: 'announced' })
    if (answer.class === 'ambiguous') return moved({ step: 'unknown', code: answer.code })
    if (answer.class === 'drop' || answer.class === 'user') return moved({ step: 'refused', code: answer.code })
    return putOff(answer, { step: 'ready' }, moved)
  }

  /** What only a person can mend pauses the broadcast; everything else waits. */
  function putOff(
    answer: Extract<ArticleAnswer<unknown>, { ok: false }>,
    change: Pick<ArticleProgress, 'step'>,
    moved: Moved,
  ): Next {
    if (answer.class === 'admin') return moved({ ...change, code: answer.code }, `zalo${answer.code}`)
    return moved({ ...change, code: answer.code, retryAt: clock.now() + (answer.retryAfterMs ?? RETRY_MS) })
  }

  function draftOf(broadcast: Broadcast) {
    const paragraphs = broadcast.text.split(/\n{2,}/)
    return {
      title: broadcast.title,
      author: deps.author,
      description: broadcast.text.replace(/\s+/g, ' '),
      paragraphs,
      link: broadcast.link,
      coverUrl: deps.coverUrl(broadcast),
    }
  }
}

/** Zalo's day of broadcasts begins at six (zalo §4.2). */
const MORNING_MS = 6 * 3_600_000
