import type { World } from '../world.ts'
import { characters, countAt, type Json, textAt } from './read.ts'
import { invalid, Refusal } from './refusal.ts'

/** An article is asked for, made in the background, and then has an id (zalo §7.2). */
const READY_AFTER_MS = 2_000

export function createArticleCalls(world: World) {
  const { state, clock, random } = world

  function check(body: Json): Record<string, unknown> {
    if (body.type !== 'normal') throw invalid('type')
    limited(body, 'title', 150)
    limited(body, 'author', 50)
    if (body.description !== undefined) limited(body, 'description', 300)
    if (!Array.isArray(body.body) || body.body.length === 0) throw invalid('body')
    return { status: 'hide', ...body }
  }

  function create(body: Json): Json {
    const fields = check(body)
    const article = {
      id: random.hex(20),
      token: random.token(40),
      createdAt: clock.now(),
      readyAt: clock.now() + READY_AFTER_MS,
      fields,
    }
    state.articles.push(article)
    world.storage.changed()
    return { token: article.token }
  }

  function find(id: string) {
    const article = state.articles.find((each) => each.id === id)
    if (article === undefined) throw invalid('id')
    return article
  }

  return {
    create,
    verify(body: Json): Json {
      const token = textAt(body, 'token')
      const article = state.articles.find((each) => each.token === token)
      if (article === undefined) throw invalid('token')
      if (article.readyAt > clock.now()) throw new Refusal(-214, 'Article is processing')
      return { id: article.id }
    },
    update(body: Json): Json {
      const article = find(textAt(body, 'id'))
      article.fields = check(body)
      article.token = random.token(40)
      article.readyAt = clock.now() + READY_AFTER_MS
      world.storage.changed()
      return { token: article.token }
    },
    remove(body: Json): Json {
      const article = find(textAt(body, 'id'))
      state.articles = state.articles.filter((each) => each !== article)
      world.storage.changed()
      return {}
    },
    slice(query: Json): Json {
      if (query.data !== undefined) throw invalid('data')
      const limit = countAt(query, 'limit', 10)
      if (limit > 10) throw new Refusal(-210, 'limit is over the maximum allowed value')
      const offset = countAt(query, 'offset', 0)
      const ready = state.articles.filter((each) => each.readyAt <= clock.now()).reverse()
      const medias = ready.slice(offset, offset + limit).map((article) => ({
        id: article.id,
        type: 'normal',
        title: article.fields.title,
        status: article.fields.status,
        total_view: 0,
        create_date: article.createdAt,
        update_date: article.readyAt,
        link_view: `https://rd.zapps.vn/detail/${article.id}`,
      }))
      return { total: ready.length, medias }
    },
    detail: (query: Json): Json => {
      const article = find(textAt(query, 'id'))
      return { id: article.id, ...article.fields }
    },
  }
}

function limited(body: Json, name: string, max: number): void {
  if (characters(textAt(body, name)) > max) throw new Refusal(-210, `${name} is over the maximum allowed length`)
}
