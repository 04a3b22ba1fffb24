import type { Request } from 'express'
import type { Chats } from '../chats.ts'
import type { World } from '../world.ts'
import { createAccountCalls } from './accounts.ts'
import { createArticleCalls } from './articles.ts'
import { createMessageCalls } from './messages.ts'
import type { Json } from './read.ts'
import { createTemplateCalls } from './templates.ts'
import { receiveUpload } from './uploads.ts'

export type Call = {
  method: 'GET' | 'POST'
  path: string
  /** Where the parameters are: a JSON body, the `data` query parameter, plain query parameters, or a form with a file. */
  from: 'body' | 'data' | 'query' | 'form'
  isSend?: boolean
  isBusiness?: boolean
  handle(parameters: Json, req: Request): unknown
}

/** Every call of `openapi.zalo.me` and `business.openapi.zalo.me` that the simulator answers. */
export function createCalls(deps: { world: World; chats: Chats }): Call[] {
  const { world } = deps
  const messages = createMessageCalls(deps)
  const accounts = createAccountCalls(world)
  const articles = createArticleCalls(world)
  const templates = createTemplateCalls(deps)

  const post = (path: string, handle: Call['handle'], more: Partial<Call> = {}): Call => ({
    method: 'POST',
    path,
    from: 'body',
    handle,
    ...more,
  })
  const read = (path: string, handle: Call['handle']): Call => ({ method: 'GET', path, from: 'data', handle })
  const query = (path: string, handle: Call['handle'], isBusiness = false): Call => ({
    method: 'GET',
    path,
    from: 'query',
    handle,
    isBusiness,
  })
  const uploads = ['v2.0', 'v3.0'].flatMap((version) =>
    (['image', 'gif', 'file'] as const).map((kind) =>
      post(`/${version}/oa/upload/${kind}`, (_, req) => receiveUpload(world, req, kind), { from: 'form' }),
    ),
  )
  return [
    post('/v3.0/oa/message/cs', messages.sendV3, { isSend: true }),
    post('/v2.0/oa/message', messages.sendV2, { isSend: true }),
    post('/v3.0/oa/message/template', templates.byUser, { isSend: true }),
    ...uploads,
    read('/v2.0/oa/getoa', accounts.profile),
    read('/v3.0/oa/user/detail', accounts.detail),
    read('/v2.0/oa/getprofile', accounts.detail),
    read('/v3.0/oa/user/getlist', accounts.list),
    read('/v2.0/oa/getfollowers', accounts.followers),
    post('/v3.0/oa/user/update', accounts.update),
    post('/v2.0/oa/updatefollowerinfo', accounts.update),
    post('/v2.0/oa/deletefollowerinfo', accounts.forget),
    post('/v2.0/oa/tag/tagfollower', (body) => accounts.tag(body, true)),
    post('/v2.0/oa/tag/rmfollowerfromtag', (body) => accounts.tag(body, false)),
    post('/v2.0/oa/tag/rmtag', accounts.removeTag),
    read('/v2.0/oa/tag/gettagsofoa', accounts.tags),
    read('/v2.0/oa/listrecentchat', accounts.recent),
    read('/v2.0/oa/conversation', accounts.conversation),
    post('/v3.0/oa/quota/message', accounts.quotaV3),
    post('/v2.0/oa/quota/message', accounts.quotaV2),
    post('/v2.0/article/create', articles.create),
    post('/v2.0/article/verify', articles.verify),
    post('/v2.0/article/update', articles.update),
    post('/v2.0/article/remove', articles.remove),
    query('/v2.0/article/getslice', articles.slice),
    query('/v2.0/article/getdetail', articles.detail),
    post('/message/template', templates.byPhone, { isSend: true, isBusiness: true }),
    query('/message/status', templates.status, true),
    query('/message/quota', templates.quota, true),
    query('/message/template-tag', templates.tag, true),
    query('/quality', templates.quality, true),
    query('/template/all', templates.all, true),
    query('/template/info/v2', templates.info, true),
  ]
}
