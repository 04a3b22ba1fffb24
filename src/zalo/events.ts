import { createHash } from 'node:crypto'
import type { Incoming } from '../conversation/incoming.ts'
import { type CitizenAct, type Malformed, readMessage, readReaction, readSharedInfo } from './citizen-events.ts'
import { at, type JsonObject, numberAt, readObject, textAt } from './json.ts'

export type IgnoredReason =
  /** For another app or another account than ours. */
  | 'otherAccount'
  | 'anonymous'
  | 'group'
  | 'unknown'
  /** A piece that we need is missing or wrong: `path` says which. */
  | 'malformed'
  /** The text that Zalo makes of a tap on the contact form; the form itself comes apart from it (zalo §9.6). */
  | 'submitInfoEcho'
  | 'ownReaction'
  | 'tag'
  | 'profile'
  | 'widget'
  | 'call'
  | 'shop'
  | 'journey'

/** Something about the account or its templates that an administrator may want to know. */
export type AccountChange =
  | 'permissionRevoked'
  | 'extensionPurchased'
  | 'templateStatus'
  | 'templateQuality'
  | 'templateQuota'
  | 'dailyQuota'
  | 'templateTags'

type Content =
  | { kind: 'citizen'; userId: string; userIdByApp?: string; incoming: Incoming }
  /** The account wrote to a citizen: with `adminId` a person in Zalo's own tool, otherwise some program (zalo §9.5). */
  | { kind: 'echo'; userId: string; messageId: string; text: string; adminId?: string }
  | { kind: 'receipt'; userId: string; messageIds: string[]; receipt: 'received' | 'seen' }
  /** A template message reached a phone; no citizen may be made of it (zalo §9.7). */
  | { kind: 'zbsReceipt'; messageId: string; trackingId?: string; deliveredAt?: number }
  | { kind: 'zbsFeedback'; messageId?: string; trackingId?: string; rate?: number; note: string; choices: string[] }
  | { kind: 'zbsResponse'; messageId?: string; trackingId?: string; data: string }
  /** Leave to call a citizen by Zalo: asked for, run out, given or refused. */
  | { kind: 'consent'; consent: 'sent' | 'expired' | 'allowed' | 'refused'; phone: string; expiresAt?: number }
  | { kind: 'account'; what: AccountChange; templateId?: string; before?: string; after?: string }
  | { kind: 'ignored'; reason: IgnoredReason; path?: string }

/**
 * One webhook event in our words. `dedupeKey` is the same for every delivery of the event (zalo §9.3); `at` is Zalo's time in
 * milliseconds.
 */
export type ParsedEvent = { dedupeKey: string; eventName: string; at: number } & Content

type Account = { appId: string; oaId: string }

/** `server`: the header `X-ZEvent-Server`. `receivedAt` stands in for a time that Zalo left out or wrote unreadably. */
type Source = { server?: string | undefined; receivedAt?: number }

type Header = { dedupeKey: string; eventName: string; at: number }
type Handler = (event: JsonObject, header: Header, source: Source) => Content
/** Where an event says which account it is for (zalo §9.10). */
type Family = 'fromCitizen' | 'fromAccount' | 'aboutAccount'

/** Understands the exact bytes of one event (zalo §9.4–§9.7). Never throws: what cannot be read is `ignored` with its path. */
export function parseEvent(rawBody: Buffer, account: Account, source: Source = {}): ParsedEvent {
  const event = readObject(rawBody.toString('utf8'))
  const header = headerOf(event, rawBody, source)
  if (event === undefined) return { ...header, ...malformed('') }
  if (header.eventName === '') return { ...header, ...malformed('event_name') }
  const known = recognise(header.eventName)
  const wrongAccount = checkAccount(event, account, known?.family ?? 'aboutAccount')
  return { ...header, ...(wrongAccount ?? known?.handle(event, header, source) ?? ignored('unknown')) }
}

function headerOf(event: JsonObject | undefined, rawBody: Buffer, source: Source): Header {
  const eventName = /^[\w.-]{1,64}$/.exec(textAt(event, 'event_name') ?? '')?.[0] ?? ''
  const messageId = idAt(event, 'message', 'msg_id') ?? idAt(event, 'msg_id')
  const timestamp = textAt(event, 'timestamp')
  const time = numberAt(event, 'timestamp')
  let key = messageId ?? createHash('sha256').update(rawBody).digest('hex')
  // A citizen may react to one message several times, each time with that message's id.
  if (messageId !== undefined && eventName.endsWith('_reacted_message')) key += `:${timestamp ?? ''}`
  const isTime = time !== undefined && time > 0 && time < 8.64e15
  // Ten digits are seconds; Zalo's own examples carry as few as twelve for milliseconds.
  const atMs = isTime ? Math.trunc(time < 1e11 ? time * 1000 : time) : (source.receivedAt ?? 0)
  return { dedupeKey: `${messageFamily(eventName)}:${key}`, eventName, at: atMs }
}

/**
 * A citizen's message has one key whatever kind it is said to be: the list of a chat, from which lost ones are recovered,
 * names kinds otherwise than the webhook does. Receipts and reactions carry the ids of other messages and keep their names.
 */
function messageFamily(eventName: string): string {
  return /^user_send_(?!group_)/.test(eventName) ? 'user_send' : eventName
}

function checkAccount(event: JsonObject, account: Account, family: Family): Content | undefined {
  const appId = textAt(event, 'app_id')
  if (appId !== undefined && appId !== account.appId) return ignored('otherAccount')
  const stated = textAt(event, 'oa_id') ?? textAt(event, 'oaId')
  const party = family === 'fromCitizen' ? 'recipient' : family === 'fromAccount' ? 'sender' : undefined
  const oaId = party === undefined ? stated : (stated ?? textAt(event, party, 'id'))
  if (oaId !== undefined && oaId !== account.oaId) return ignored('otherAccount')
  return oaId === undefined && party !== undefined ? malformed(`${party}.id`) : undefined
}

function recognise(eventName: string): { family: Family; handle: Handler } | undefined {
  const exact = handlers.get(eventName)
  if (exact !== undefined) return { family: exact[0], handle: exact[1] }
  const [, name = ''] =
    /^user_send_(text|image|gif|audio|video|file|link|sticker|location|business_card)$/.exec(eventName) ?? []
  if (name !== '') return { family: 'fromCitizen', handle: (event, header) => citizenMessage(name, event, header) }
  if (/^(user|oa)_send_group_|_group(_|$)|^(user_leave|disperse)_group$/.test(eventName)) return ignoring('group')
  if (/^(anonymous_send|oa_send_anonymous)_/.test(eventName)) return ignoring('anonymous')
  // Whatever the account sends, in shapes to come too: a person's message must make the bot step back.
  return eventName.startsWith('oa_send_') ? { family: 'fromAccount', handle: echo } : undefined
}

const handlers: ReadonlyMap<string, readonly [Family, Handler]> = new Map<string, readonly [Family, Handler]>([
  [
    'user_submit_info',
    ['fromCitizen', (event, header) => citizen(event, header, readSharedInfo(event), senderOf(event))],
  ],
  [
    'user_reacted_message',
    ['fromCitizen', (event, header) => citizen(event, header, readReaction(event), senderOf(event))],
  ],
  ['follow', ['aboutAccount', (event, header) => citizen(event, header, { type: 'followed' }, followerOf(event))]],
  ['unfollow', ['aboutAccount', (event, header) => citizen(event, header, { type: 'unfollowed' }, followerOf(event))]],
  [
    'user_click_chatnow',
    ['aboutAccount', (event, header) => citizen(event, header, { type: 'openedChat' }, userOf(event))],
  ],
  [
    'user_withdraw',
    ['aboutAccount', (event, header) => citizen(event, header, { type: 'withdrewData' }, userOf(event))],
  ],
  ['user_received_message', ['fromAccount', received]],
  ['user_seen_message', ['fromAccount', seen]],
  ['user_feedback', ['aboutAccount', feedback]],
  ['user_click_response_button', ['aboutAccount', response]],
  ['oa_send_consent', ['aboutAccount', consentAsked]],
  ['user_reply_consent', ['aboutAccount', consentAnswered]],
  ['permission_revoked', ['aboutAccount', () => ({ kind: 'account', what: 'permissionRevoked' })]],
  ['extension_purchased', ['aboutAccount', () => ({ kind: 'account', what: 'extensionPurchased' })]],
  ['change_template_status', ['aboutAccount', (event) => changed(event, 'templateStatus', 'status')]],
  ['change_template_quality', ['aboutAccount', (event) => changed(event, 'templateQuality', 'quality')]],
  ['change_template_quota', ['aboutAccount', (event) => changed(event, 'templateQuota', 'quota')]],
  ['change_oa_daily_quota', ['aboutAccount', (event) => changed(event, 'dailyQuota', 'quota')]],
  ['change_oa_template_tags', ['aboutAccount', (event) => changed(event, 'templateTags', 'tags')]],
  ...ignoredNames({
    ownReaction: ['oa_reacted_message'],
    tag: ['add_user_to_tag', 'remove_user_from_tag', 'remove_tag'],
    profile: ['update_user_info'],
    widget: ['widget_interaction_accepted', 'widget_failed_to_sync_user_external_id'],
    call: ['user_call_oa', 'oa_call_user'],
    shop: ['shop_has_order', 'user_asking_product'],
    journey: ['event_journey_time_out', 'event_journey_acknowledged'],
    group: [
      'create_group',
      'user_join_group',
      'user_request_join_group',
      'accept_request_join_group',
      'reject_request_join_group',
      'react_request_join_group_accept',
      'react_request_join_group_reject',
      'add_group_admin',
      'remove_group_admin',
      'update_group_info',
      'user_out_group',
      'user_leave_group',
      'disperse_group',
      'delete_group',
    ],
  }),
])

function ignoredNames(names: Partial<Record<IgnoredReason, string[]>>): [string, readonly [Family, Handler]][] {
  return Object.entries(names).flatMap(([reason, list]) =>
    list.map((name): [string, readonly [Family, Handler]] => [
      name,
      ['aboutAccount', () => ignored(reason as IgnoredReason)],
    ]),
  )
}

function ignoring(reason: IgnoredReason): { family: Family; handle: Handler } {
  return { family: 'aboutAccount', handle: () => ignored(reason) }
}

function ignored(reason: IgnoredReason): Content {
  return { kind: 'ignored', reason }
}

function malformed(path: string): Content {
  return { kind: 'ignored', reason: 'malformed', path }
}

/** An id as text; whatever is too long or holds blanks is none. */
function idAt(event: JsonObject | undefined, ...path: string[]): string | undefined {
  const id = textAt(event, ...path)
  return id !== undefined && /^[^\s\p{C}]{1,128}$/u.test(id) ? id : undefined
}

type Party = { userId: string | undefined; path: string }

function senderOf(event: JsonObject): Party {
  return { userId: idAt(event, 'sender', 'id'), path: 'sender.id' }
}

function followerOf(event: JsonObject): Party {
  return { userId: idAt(event, 'follower', 'id') ?? idAt(event, 'user_id'), path: 'follower.id' }
}

function userOf(event: JsonObject): Party {
  return {
    userId: idAt(event, 'user_id') ?? idAt(event, 'follower', 'id') ?? idAt(event, 'sender', 'id'),
    path: 'user_id',
  }
}

function citizen(
  event: JsonObject,
  header: Header,
  act: CitizenAct | { type: 'followed' | 'unfollowed' | 'openedChat' | 'withdrewData' } | Malformed,
  party: Party,
): Content {
  if (party.userId === undefined) return malformed(party.path)
  if ('malformed' in act) return malformed(act.malformed)
  const userIdByApp = idAt(event, 'user_id_by_app')
  return {
    kind: 'citizen',
    userId: party.userId,
    ...(userIdByApp === undefined ? {} : { userIdByApp }),
    incoming: { id: header.dedupeKey, at: header.at, ...act },
  }
}

function citizenMessage(name: string, event: JsonObject, header: Header): Content {
  const act = readMessage(name, event)
  if (
    'type' in act &&
    act.type === 'text' &&
    /^Bạn đã g(ởi|ửi) thông tin cho OA/iu.test(act.text.normalize('NFC').trim())
  ) {
    return ignored('submitInfoEcho')
  }
  return citizen(event, header, act, senderOf(event))
}

function echo(event: JsonObject): Content {
  const userId = idAt(event, 'recipient', 'id')
  const messageId = idAt(event, 'message', 'msg_id')
  if (userId === undefined) return malformed('recipient.id')
  if (messageId === undefined) return malformed('message.msg_id')
  const adminId = idAt(event, 'sender', 'admin_id')
  const text = textAt(event, 'message', 'text') ?? ''
  return { kind: 'echo', userId, messageId, text, ...(adminId === undefined ? {} : { adminId }) }
}

function received(event: JsonObject, _header: Header, source: Source): Content {
  const messageId = idAt(event, 'message', 'msg_id')
  if (messageId === undefined) return malformed('message.msg_id')
  const trackingId = idAt(event, 'message', 'tracking_id')
  const deliveredAt = numberAt(event, 'message', 'delivery_time')
  // The header is one source's word, the two fields another's: a phone must not become a citizen by either going missing.
  if (source.server?.trim().toUpperCase() === 'ZNS' || trackingId !== undefined || deliveredAt !== undefined) {
    return {
      kind: 'zbsReceipt',
      messageId,
      ...(trackingId === undefined ? {} : { trackingId }),
      ...(deliveredAt === undefined ? {} : { deliveredAt }),
    }
  }
  const userId = idAt(event, 'recipient', 'id')
  if (userId === undefined) return malformed('recipient.id')
  return { kind: 'receipt', userId, messageIds: [messageId], receipt: 'received' }
}

const seenIdsMax = 500

function seen(event: JsonObject): Content {
  const userId = idAt(event, 'recipient', 'id')
  if (userId === undefined) return malformed('recipient.id')
  const list = at(event, 'message', 'msg_ids')
  const single = idAt(event, 'message', 'msg_id')
  const ids = Array.isArray(list) ? list.slice(0, seenIdsMax).filter((id) => typeof id === 'string' && id !== '') : []
  const messageIds = ids.length === 0 && single !== undefined ? [single] : ids.map(String)
  return messageIds.length === 0
    ? malformed('message.msg_ids')
    : { kind: 'receipt', userId, messageIds, receipt: 'seen' }
}

function zbsIds(event: JsonObject): { messageId?: string; trackingId?: string } {
  const messageId = idAt(event, 'message', 'msg_id') ?? idAt(event, 'msg_id')
  const trackingId = idAt(event, 'message', 'tracking_id')
  return { ...(messageId === undefined ? {} : { messageId }), ...(trackingId === undefined ? {} : { trackingId }) }
}

function feedback(event: JsonObject): Content {
  const rate = numberAt(event, 'message', 'rate')
  const list = at(event, 'message', 'feedbacks')
  const choices = Array.isArray(list) ? list.slice(0, 50).filter((choice) => typeof choice === 'string') : []
  const note = textAt(event, 'message', 'note') ?? ''
  return { kind: 'zbsFeedback', ...zbsIds(event), ...(rate === undefined ? {} : { rate }), note, choices }
}

function response(event: JsonObject): Content {
  return { kind: 'zbsResponse', ...zbsIds(event), data: textAt(event, 'message', 'data') ?? '' }
}

function consentAsked(event: JsonObject): Content {
  const type = textAt(event, 'request_type')?.toUpperCase()
  if (type !== 'SENT' && type !== 'EXPIRED') return malformed('request_type')
  return consent(event, type === 'SENT' ? 'sent' : 'expired')
}

function consentAnswered(event: JsonObject): Content {
  const answer = textAt(event, 'user_consent')?.toUpperCase()
  if (answer === undefined) return malformed('user_consent')
  return consent(event, answer === 'ALLOW' ? 'allowed' : 'refused')
}

function consent(event: JsonObject, what: 'sent' | 'expired' | 'allowed' | 'refused'): Content {
  const phone = textAt(event, 'phone')
  if (phone === undefined) return malformed('phone')
  const expiresAt = numberAt(event, 'expired_time')
  // 0 means without end.
  return {
    kind: 'consent',
    consent: what,
    phone,
    ...(expiresAt === undefined || expiresAt === 0 ? {} : { expiresAt }),
  }
}

function changed(event: JsonObject, what: AccountChange, key: string): Content {
  const templateId = idAt(event, 'template_id')
  const before = valueStarting(event, key, 'prev')
  const after = valueStarting(event, key, 'new')
  return {
    kind: 'account',
    what,
    ...(templateId === undefined ? {} : { templateId }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
}

/** The inner names are not certain (`prev_status`, `prev_value`, `prev` …): the beginning is. */
function valueStarting(event: JsonObject, key: string, beginning: string): string | undefined {
  const change = at(event, key)
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return undefined
  const name = Object.keys(change).find((candidate) => candidate.startsWith(beginning))
  return name === undefined ? undefined : textAt(change, name)
}
