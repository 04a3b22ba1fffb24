import type { ArticlePlatform } from '../usecases/broadcast-ports.ts'
import type { MessagingPlatform, PinStore, SendPriority, SendResult } from '../usecases/ports.ts'
import { createArticles } from './articles.ts'
import { createCalls } from './calls.ts'
import { ZaloError } from './errors.ts'
import { textAt } from './json.ts'
import { fileRequest, imageRequest, plainRequests, type SendRequest, toRequests } from './messages.ts'
import { multipartOf } from './multipart.ts'
import type { RateLimiter } from './rate.ts'
import { createReader, type Reader } from './reader.ts'
import { createSender, type MessagePath } from './sender.ts'
import type { TokenSource } from './token.ts'
import type { Transport } from './transport.ts'

export type Upload = { bytes: Buffer; name: string; mediaType: string }

export type AttachmentOptions = {
  priority?: SendPriority
  /** Uploads again when Zalo says that the id has expired (-100); the message is then sent once more, and only once. */
  uploadAgain?: () => Promise<string>
}

export type ZaloClient = MessagingPlatform &
  Reader & {
    articles: ArticlePlatform
    /** A picture by its uploaded id or public address, with an optional caption. */
    sendImage(
      userId: string,
      image: ({ attachmentId: string } | { url: string }) & { caption?: string },
      options?: AttachmentOptions,
    ): Promise<SendResult>
    /** A file by the token of its upload. */
    sendFile(userId: string, token: string, options?: AttachmentOptions): Promise<SendResult>
    /** JPG or PNG up to 1 MB; gives an attachment id that lives 7 days (zalo §5). Throws `ZaloError`. */
    uploadImage(upload: Upload): Promise<string>
    /** GIF up to 5 MB. Throws `ZaloError`. */
    uploadGif(upload: Upload): Promise<string>
    /** PDF, DOC, DOCX or CSV up to 5 MB; gives a token that lives 7 days. Throws `ZaloError`. */
    uploadFile(upload: Upload): Promise<string>
  }

/** Zalo's OA API (zalo §3, §5, §6): sends, uploads and look-ups for one account, inside one rate limit. */
export function createZaloClient(deps: {
  transport: Transport
  openapiUrl: string
  appSecret: string
  tokens: TokenSource
  limiter: RateLimiter
  messageApi: 'auto' | MessagePath
  /** How codes of an article's target are written. @default joined */
  broadcastTargets?: 'joined' | 'list'
  pins: PinStore
  /** The real clock. */
  now: () => number
  random?: () => number
  /** How long a call may wait for its turn under the rate limit before it counts as not sent. */
  turnWaitMs?: number
}): ZaloClient {
  const calls = createCalls({ ...deps, baseUrl: deps.openapiUrl })
  const sender = createSender({ ...deps, calls })
  const reader = createReader(calls)

  async function sendAttachment(
    toRequest: (id?: string) => SendRequest,
    { priority = 1, uploadAgain }: AttachmentOptions,
  ): Promise<SendResult> {
    let result = await sender.sendPart(toRequest(), priority)
    if (!result.ok && result.isAttachmentGone && uploadAgain !== undefined) {
      result = await sender.sendPart(toRequest(await uploadAgain()), priority)
    }
    if (result.ok) return { ...result, messageIds: [result.messageId] }
    const { isPlainBetter: _plain, isAttachmentGone: _gone, ...failure } = result
    return failure
  }

  async function upload(kind: 'image' | 'gif' | 'file', key: string, file: Upload): Promise<string> {
    const { contentType, body } = multipartOf(file)
    const path = `/v2.0/oa/upload/${kind}`
    const headers = { 'Content-Type': contentType }
    const data = await calls.dataOf({ method: 'POST', path, headers, body, priority: 2 })
    const id = textAt(data, key)
    if (id === undefined) throw new ZaloError('zalo_unreadable', `${path}: no ${key}`)
    return id
  }

  return {
    ...reader,
    articles: createArticles({
      ...deps,
      calls,
      ...(deps.broadcastTargets === undefined ? {} : { targets: deps.broadcastTargets }),
    }),

    async send(userId, body, options = {}) {
      const requests = toRequests(userId, body)
      if (requests.length === 0) return { ok: false, class: 'drop', code: 'empty' }
      return sender.sendAll(requests, () => plainRequests(userId, body), options)
    },

    sendImage(userId, image, options = {}) {
      return sendAttachment(
        (id) => imageRequest(userId, id === undefined ? image : { attachmentId: id }, image.caption ?? ''),
        options,
      )
    },

    sendFile(userId, token, options = {}) {
      return sendAttachment((id) => fileRequest(userId, id ?? token), options)
    },

    uploadImage: (file) => upload('image', 'attachment_id', file),
    uploadGif: (file) => upload('gif', 'attachment_id', file),
    uploadFile: (file) => upload('file', 'token', file),
  }
}
