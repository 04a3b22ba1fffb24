import type { ArticleAnswer, ArticleDraft, ArticlePlatform } from '../usecases/broadcast-ports.ts'
import type { Answer, Call, Calls } from './calls.ts'
import { classify, waitMs } from './errors.ts'
import { at, isObject, type Json, numberAt, textAt } from './json.ts'

/** Zalo's limits of an article (zalo §7.2). */
const titleMax = 150
const authorMax = 50
const descriptionMax = 300
/** The newest articles that are looked through for one that may have been made. */
const sliceLimit = 10

/** Articles of the account and their broadcast (zalo §7), at the pace and priority of broadcasts. */
export function createArticles(deps: {
  calls: Calls
  /** @default joined */
  targets?: TargetForm
  now: () => number
  random?: () => number
}): ArticlePlatform {
  const random = deps.random ?? Math.random

  function post(path: string, body: unknown): Promise<Answer> {
    const call: Call = {
      method: 'POST',
      path,
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      priority: 4,
    }
    return deps.calls.call(call)
  }

  function judge<T>(answer: Answer, read: (data: Json | undefined) => T | undefined): ArticleAnswer<T> {
    switch (answer.type) {
      case 'answered': {
        if (answer.code === '0') {
          const value = read(answer.data)
          return value === undefined ? { ok: false, class: 'ambiguous', code: 'unreadable' } : { ok: true, value }
        }
        const judgement = classify(answer.code, { api: 'oa', message: answer.message })
        const restMs = waitMs(judgement.treatment, deps.now(), random)
        const known = judgement.class === 'auth' ? 'admin' : judgement.class
        return { ok: false, class: known, code: answer.code, ...(restMs === undefined ? {} : { retryAfterMs: restMs }) }
      }
      case 'failed':
        return { ok: false, class: answer.sent === 'no' ? 'retry' : 'ambiguous', code: answer.code }
      case 'noTurn':
        return { ok: false, class: 'retry', code: 'rate', retryAfterMs: answer.retryAfterMs }
      case 'noToken': {
        const isLost = ['zalo_no_grant', 'zalo_grant_lost', 'zalo_refused'].includes(answer.error.code)
        return { ok: false, class: isLost ? 'admin' : 'retry', code: isLost ? 'noGrant' : 'noToken' }
      }
      case 'unreadable':
        return { ok: false, class: 'ambiguous', code: `http${answer.status}` }
    }
    return answer satisfies never
  }

  return {
    async create(draft) {
      return judge(await post('/v2.0/article/create', wireArticle(draft)), (data) => textAt(data, 'token'))
    },

    async update(articleId, draft) {
      const article = { id: articleId, ...wireArticle(draft) }
      return judge(await post('/v2.0/article/update', article), (data) => textAt(data, 'token'))
    },

    async verify(token) {
      return judge(await post('/v2.0/article/verify', { token }), (data) => textAt(data, 'id'))
    },

    async findByTitle(title, since) {
      const path = `/v2.0/article/getslice?offset=0&limit=${sliceLimit}&type=normal`
      const answer = await deps.calls.call({ method: 'GET', path, priority: 4 })
      return judge(answer, (data) => {
        const medias = at(data, 'medias')
        if (!Array.isArray(medias)) return undefined
        const found = medias.filter(isObject).find((media) => {
          const made = numberAt(media, 'create_date') ?? Number.POSITIVE_INFINITY
          return textAt(media, 'title') === cut(title, titleMax) && made >= since
        })
        return { id: found === undefined ? null : (textAt(found, 'id') ?? null) }
      })
    },

    async announce(articleId, target) {
      const body = {
        recipient: { target: wireTarget(target, deps.targets ?? 'joined') },
        message: {
          attachment: {
            type: 'template',
            payload: {
              template_type: 'media',
              elements: [{ media_type: 'article', attachment_id: articleId }],
            },
          },
        },
      }
      return judge(await post('/v2.0/oa/message', body), (data) => textAt(data, 'message_id') ?? '')
    },
  }
}

function wireArticle({ title, author, description, paragraphs, link, coverUrl }: ArticleDraft) {
  const content = [
    ...paragraphs.map((text) => `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`),
    ...(link === null ? [] : [`<p><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`]),
  ].join('')
  return {
    type: 'normal',
    title: cut(title, titleMax),
    author: cut(author, authorMax),
    cover: { cover_type: 'photo', photo_url: coverUrl, status: 'show' },
    description: cut(description, descriptionMax),
    body: [{ type: 'text', content }],
    related_medias: [],
    status: 'show',
    comment: 'hide',
  }
}

/**
 * Codes as the official .NET client sends them, joined by commas, or as the documentation has them, in lists: which of the two an
 * account wants is not known (zalo §7.1). What is not said restricts nothing.
 */
export type TargetForm = 'joined' | 'list'

function wireTarget(
  target: Parameters<ArticlePlatform['announce']>[1],
  form: TargetForm,
): Record<string, string | number[]> {
  const { ages, gender, locations, platforms, telcos, cities } = target
  const lists = { ages, locations, platform: platforms, telcos, cities }
  const given = Object.entries(lists).filter(([, codes]) => codes.length > 0)
  return {
    ...(gender === null ? {} : { gender: String(gender) }),
    ...Object.fromEntries(given.map(([name, codes]) => [name, form === 'joined' ? codes.join(',') : [...codes]])),
  }
}

function cut(text: string, max: number): string {
  const letters = [...text.normalize('NFC')]
  return letters.length <= max ? letters.join('') : `${letters.slice(0, max - 1).join('')}…`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter)
}
