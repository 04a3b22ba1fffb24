import type { ArticleProgress, ArticleRuns } from '../usecases/broadcast-ports.ts'
import type { BroadcastCollections } from './broadcast-documents.ts'

/** Where an article stands before anything was done about it. */
export const noArticle: ArticleProgress = {
  step: 'none',
  at: 0,
  token: null,
  articleId: null,
  code: null,
  retryAt: 0,
}

/** The articles of broadcasts in MongoDB. Every step is a majority write and stands there before its call goes out. */
export function createArticleRuns({
  broadcasts,
  articleDays,
}: Pick<BroadcastCollections, 'broadcasts' | 'articleDays'>): ArticleRuns {
  return {
    async progress(id) {
      const found = await broadcasts.findOne({ _id: id }, { projection: { article: 1 } })
      return found?.article ?? noArticle
    },

    async move(id, owner, next) {
      // What a call has brought is written down also when the broadcast was stopped meanwhile.
      const isOutcome = next.step !== 'creating' && next.step !== 'announcing'
      const { matchedCount } = await broadcasts.updateOne(
        { _id: id, 'run.owner': owner, ...(isOutcome ? {} : { state: 'running' }) },
        { $set: { article: next } },
      )
      return matchedCount === 1
    },

    async takeDay(day, id) {
      await articleDays.updateOne({ _id: day }, { $setOnInsert: { broadcastId: id } }, { upsert: true })
      return (await articleDays.findOne({ _id: day }))?.broadcastId === id
    },
  }
}
