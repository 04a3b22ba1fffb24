import type { PinStore, SendOptions, SendPriority, SendResult } from '../usecases/ports.ts'
import type { Answer, Calls } from './calls.ts'
import { classify, waitMs, type ZaloError } from './errors.ts'
import { numberAt, textAt } from './json.ts'
import type { SendRequest } from './messages.ts'

export type MessagePath = 'v3' | 'v2'

type Failure = Extract<SendResult, { ok: false }>
type Accepted = { ok: true; messageId: string; sentAt: number }
/** One call's outcome; `isPlainBetter` where Zalo dislikes the shape rather than the content (-201, -233). */
export type PartResult = Accepted | PartFailure
export type PartFailure = Failure & { isPlainBetter: boolean; isAttachmentGone: boolean }

const paths: Readonly<Record<MessagePath, string>> = { v3: '/v3.0/oa/message/cs', v2: '/v2.0/oa/message' }

export type Sender = {
  /** Sends one request on the path that this account accepts. Never throws. */
  sendPart(request: SendRequest, priority: SendPriority): Promise<PartResult>
  /**
   * Sends the requests in order and stops at the first that fails. `plain` are the requests that stand in when Zalo dislikes
   * the shape of the last one: they repeat the parts before it unchanged, and may be more.
   */
  sendAll(requests: SendRequest[], plain: () => SendRequest[], options: SendOptions): Promise<SendResult>
}

/**
 * Buttons are not on Zalo's present list for v3 (zalo §3.2): an account that refuses them so often in a row is spared the
 * second call for every message, and asked again after a while.
 */
const buttonRefusalsMax = 5
const plainMs = 30 * 60_000

export function createSender(deps: {
  calls: Calls
  messageApi: 'auto' | MessagePath
  pins: PinStore
  now: () => number
  random?: () => number
}): Sender {
  const random = deps.random ?? Math.random
  let pinned: MessagePath | undefined
  let isPinRead = false
  /** Buttons refused in a row although the plain words went through, and until when they are left out therefore. */
  let buttonRefusals = 0
  let plainUntil = 0

  function noteButtons(isAccepted: boolean): void {
    buttonRefusals = isAccepted ? 0 : buttonRefusals + 1
    if (buttonRefusals < buttonRefusalsMax) return
    buttonRefusals = 0
    plainUntil = deps.now() + plainMs
  }

  /** Forced by configuration, else remembered, else v3 (zalo §3.9). */
  async function choosePath(): Promise<MessagePath> {
    if (deps.messageApi !== 'auto') return deps.messageApi
    if (!isPinRead) {
      // An unreadable pin costs one refused call, not the message.
      const stored = await deps.pins.read().catch(() => undefined)
      if (stored !== undefined) pinned = stored
      isPinRead = true
    }
    return pinned ?? 'v3'
  }

  async function pin(path: MessagePath): Promise<void> {
    if (pinned === path) return
    pinned = path
    await deps.pins.pin(path).catch(() => undefined)
  }

  function post(path: MessagePath, body: Buffer, priority: SendPriority): Promise<Answer> {
    return deps.calls.call({
      method: 'POST',
      path: paths[path],
      headers: { 'Content-Type': 'application/json' },
      body,
      priority,
    })
  }

  async function sendPart(request: SendRequest, priority: SendPriority): Promise<PartResult> {
    const body = Buffer.from(JSON.stringify(request))
    const path = await choosePath()
    let answer = await post(path, body, priority)
    const other = otherPath(path, answer)
    if (other !== undefined && deps.messageApi === 'auto') {
      answer = await post(other, body, priority)
      // Only a real answer proves the other path; after silence the next send asks again, which delivers nothing twice.
      if (answer.type === 'answered' && otherPath(other, answer) === undefined) await pin(other)
    }
    return judge(answer)
  }

  function judge(answer: Answer): PartResult {
    if (answer.type !== 'answered' || answer.code !== '0') {
      return judgeFailure(answer, { api: 'oa', now: deps.now(), random })
    }
    const sentAt = numberAt(answer.data, 'sent_time')
    return { ok: true, messageId: textAt(answer.data, 'message_id') ?? '', sentAt: sentAt ?? deps.now() }
  }

  async function sendAll(
    requests: SendRequest[],
    plain: () => SendRequest[],
    options: SendOptions,
  ): Promise<SendResult> {
    const priority = options.priority ?? 1
    const from = options.fromPart ?? 0
    // An earlier try that got further than there are parts was on its way through the plain ones.
    let isPlain = from >= requests.length || (requests.some(hasButtons) && deps.now() < plainUntil)
    let parts = isPlain ? plain() : requests
    const messageIds: string[] = []
    let last: Accepted = { ok: true, messageId: '', sentAt: deps.now() }
    for (let index = from; index < parts.length; index += 1) {
      const request = parts[index]
      if (request === undefined) break
      let result = await sendPart(request, priority)
      if (!result.ok && result.isPlainBetter && !isPlain && request.message.attachment !== undefined) {
        isPlain = true
        parts = plain()
        const replacement = parts[index]
        if (replacement !== undefined) result = await sendPart(replacement, priority)
        if (result.ok && hasButtons(request)) noteButtons(false)
      } else if (result.ok && hasButtons(request)) {
        noteButtons(true)
      }
      if (!result.ok) {
        const { isPlainBetter: _plain, isAttachmentGone: _gone, ...failure } = result
        return { ...failure, partsAccepted: index, messageIds }
      }
      last = result
      messageIds.push(result.messageId)
    }
    return { ...last, messageIds }
  }

  return { sendPart, sendAll }
}

function hasButtons(request: SendRequest): boolean {
  const payload = request.message.attachment?.payload
  return payload !== undefined && 'buttons' in payload
}

/** The path to try instead: only Zalo's own two numbers say so, never a failure that may have delivered (zalo §3.9). */
function otherPath(path: MessagePath, answer: Answer): MessagePath | undefined {
  if (answer.type !== 'answered') return undefined
  if (path === 'v3' && answer.code === '-235') return 'v2'
  return path === 'v2' && answer.code === '-240' ? 'v3' : undefined
}

/** What to make of an answer that is not error 0, whichever API gave it (zalo §10). */
export function judgeFailure(
  answer: Answer,
  { api, now, random }: { api: 'oa' | 'zbs'; now: number; random(): number },
): PartFailure {
  switch (answer.type) {
    case 'answered': {
      const judgement = classify(answer.code, { api, message: answer.message })
      return fail(judgement.class === 'auth' ? 'admin' : judgement.class, answer.code, {
        retryAfterMs: waitMs(judgement.treatment, now, random),
        isPlainBetter: judgement.treatment === 'sendPlain',
        isAttachmentGone: judgement.treatment === 'uploadAgain',
      })
    }
    case 'failed':
      return fail(answer.sent === 'no' ? 'retry' : 'ambiguous', answer.code)
    case 'noTurn':
      return fail('retry', 'rate', { retryAfterMs: answer.retryAfterMs })
    case 'noToken':
      return withoutToken(answer.error)
    case 'unreadable':
      return unreadable(answer.status)
  }
}

function fail(
  failureClass: Failure['class'],
  code: string,
  more: { retryAfterMs?: number | undefined; isPlainBetter?: boolean; isAttachmentGone?: boolean } = {},
): PartFailure {
  return {
    ok: false,
    class: failureClass,
    code,
    ...(more.retryAfterMs === undefined ? {} : { retryAfterMs: more.retryAfterMs }),
    isPlainBetter: more.isPlainBetter ?? false,
    isAttachmentGone: more.isAttachmentGone ?? false,
  }
}

/** An answer that is not Zalo's: a gateway's error may hide a delivery, a refusal by the front door does not. */
function unreadable(status: number): PartFailure {
  if (status >= 300 && status < 500 && status !== 408) return fail('retry', `http${status}`, { retryAfterMs: 60_000 })
  return fail('ambiguous', status === 200 ? 'unreadable' : `http${status}`)
}

function withoutToken(error: ZaloError): PartFailure {
  switch (error.code) {
    case 'zalo_no_grant':
      return fail('admin', 'noGrant')
    case 'zalo_grant_lost':
      return fail('admin', 'grantLost')
    case 'zalo_refused':
      return fail('admin', `oauth${error.zaloCode ?? ''}`)
    default:
      return fail('retry', 'noToken', { retryAfterMs: 5_000 })
  }
}
