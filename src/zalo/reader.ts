import type { ChatLine, SendPriority } from '../usecases/ports.ts'
import type { Calls } from './calls.ts'
import { ZaloError } from './errors.ts'
import { at, isObject, type Json, type JsonObject, numberAt, readObject, textAt } from './json.ts'

/** A line of the account's recent chats, with the citizen it belongs to. */
export type RecentLine = ChatLine & { userId: string }

export type Profile = {
  userId: string
  userIdByApp?: string
  name: string
  isFollower?: boolean
  /** Under 18: Zalo withholds most fields (zalo §6.1). */
  isSensitive: boolean
  /** Only after the citizen shared them, or staff wrote them in. */
  shared: { name?: string; phone?: string; address?: string }
}

export type Account = {
  oaId: string
  name: string
  /** 2 business, 4 state agency (zalo §1). */
  type?: number
  isVerified: boolean
  packageName?: string
  packageValidThrough?: string
  followers?: number
}

type Page = { offset: number; count: number }

export type Reader = {
  chat(userId: string, page: Page, priority?: SendPriority): Promise<ChatLine[]>
  /**
   * The newest line of each chat, or all lines over all chats: the reference leaves it open (zalo §6.3). Newest first. Throws
   * `ZaloError`.
   */
  recentChats(page: Page, priority?: SendPriority): Promise<RecentLine[]>
  /** What Zalo tells about a citizen, on whichever path serves this account. Throws `ZaloError`. */
  profile(userId: string): Promise<Profile>
  /** The account itself: shows token, package and type in one cheap call. Throws `ZaloError`. */
  account(): Promise<Account>
  /** What is left of the package for messages outside the free window; null where no number is told. Throws `ZaloError`. */
  quota(): Promise<{ left: number; total: number } | null>
}

/** Zalo gives no more lines in one call (zalo §6.3). */
const linesMax = 10

export function createReader(calls: Calls): Reader {
  function get(
    path: string,
    query: Record<string, unknown> | undefined,
    priority: SendPriority,
  ): Promise<Json | undefined> {
    const data = query === undefined ? '' : `?data=${encodeURIComponent(JSON.stringify(query))}`
    return calls.dataOf({ method: 'GET', path: path + data, priority })
  }

  async function lines(path: string, query: Record<string, unknown>, priority: SendPriority): Promise<RecentLine[]> {
    const data = await get(path, query, priority)
    if (!Array.isArray(data)) throw new ZaloError('zalo_unreadable', `${path}: no list`)
    return data
      .filter((item) => isObject(item))
      .map(toLine)
      .toSorted((left, right) => right.at - left.at)
  }

  return {
    async chat(userId, { offset, count }, priority = 2) {
      const query = { user_id: userId, offset, count: Math.min(count, linesMax) }
      const found = await lines('/v2.0/oa/conversation', query, priority)
      return found.map(({ userId: _userId, ...line }) => line)
    },

    recentChats({ offset, count }, priority = 2) {
      return lines('/v2.0/oa/listrecentchat', { offset, count: Math.min(count, linesMax) }, priority)
    },

    async profile(userId) {
      const data = await get('/v3.0/oa/user/detail', { user_id: userId }, 3).catch((error: unknown) => {
        // A state agency's account may need the older call (zalo §3.9).
        if (error instanceof ZaloError && error.zaloCode === '-235') {
          return get('/v2.0/oa/getprofile', { user_id: userId }, 3)
        }
        throw error
      })
      return toProfile(data, userId)
    },

    async quota() {
      const body = Buffer.from(JSON.stringify({ quota_owner: 'OA', product_type: 'cs', quota_type: 'sub_quota' }))
      const path = '/v3.0/oa/quota/message'
      const headers = { 'Content-Type': 'application/json' }
      return toQuota(await calls.dataOf({ method: 'POST', path, headers, body, priority: 3 }))
    },

    async account() {
      return toAccount(await get('/v2.0/oa/getoa', undefined, 3))
    },
  }
}

function toLine(item: JsonObject): RecentLine {
  const fromCitizen = textAt(item, 'src') === '1'
  // Links come as a list of their own, places as JSON text.
  const [link] = listAt(item, 'links')
  const url = textAt(item, 'url') ?? textAt(link, 'url')
  const thumbnail = textAt(item, 'thumb') ?? textAt(link, 'thumb')
  const description = textAt(item, 'description') ?? textAt(link, 'description')
  const place = objectAt(item, 'location')
  const latitude = textAt(place, 'latitude')
  const longitude = textAt(place, 'longitude')
  return {
    ...(url === undefined ? {} : { url }),
    ...(thumbnail === undefined ? {} : { thumbnail }),
    ...(description === undefined ? {} : { description }),
    ...(latitude === undefined || longitude === undefined ? {} : { place: { latitude, longitude } }),
    messageId: textAt(item, 'message_id') ?? '',
    fromCitizen,
    at: numberAt(item, 'time') ?? 0,
    type: textAt(item, 'type') ?? '',
    text: textAt(item, 'message') ?? '',
    userId: textAt(item, fromCitizen ? 'from_id' : 'to_id') ?? '',
  }
}

/** The object at a key, which Zalo may have written as JSON text. */
function objectAt(item: JsonObject, key: string): JsonObject | undefined {
  const value = at(item, key)
  return typeof value === 'string' ? readObject(value) : isObject(value) ? value : undefined
}

function listAt(item: JsonObject, key: string): Json[] {
  const value = at(item, key)
  if (Array.isArray(value)) return value
  const list = typeof value === 'string' ? at(readObject(`{"list":${value}}`), 'list') : undefined
  return Array.isArray(list) ? list : []
}

function toProfile(data: Json | undefined, userId: string): Profile {
  const userIdByApp = textAt(data, 'user_id_by_app')
  const isFollower = at(data, 'user_is_follower')
  const name = textAt(data, 'shared_info', 'name')
  // Zalo writes 0 where it has no number.
  const phone = textAt(data, 'shared_info', 'phone')
  const address = ['address', 'ward', 'district', 'city']
    .map((key) => textAt(data, 'shared_info', key))
    .filter((part) => part !== undefined)
    .join(', ')
  return {
    userId: textAt(data, 'user_id') ?? userId,
    ...(userIdByApp === undefined ? {} : { userIdByApp }),
    name: textAt(data, 'display_name') ?? '',
    ...(typeof isFollower === 'boolean' ? { isFollower } : {}),
    isSensitive: at(data, 'is_sensitive') === true,
    shared: {
      ...(name === undefined ? {} : { name }),
      ...(phone === undefined || !/[1-9]/.test(phone) ? {} : { phone }),
      ...(address === '' ? {} : { address }),
    },
  }
}

/** Of several assets the sum; one without numbers counts as not told. */
function toQuota(data: Json | undefined): { left: number; total: number } | null {
  const assets = Array.isArray(data) ? data.filter((item) => isObject(item)) : []
  const told = assets.flatMap((asset) => {
    const left = numberAt(asset, 'remain')
    const total = numberAt(asset, 'total')
    return left === undefined || total === undefined || total <= 0 ? [] : [{ left: Math.max(0, left), total }]
  })
  if (told.length === 0) return null
  return told.reduce((sum, one) => ({ left: sum.left + one.left, total: sum.total + one.total }))
}

function toAccount(data: Json | undefined): Account {
  const oaId = textAt(data, 'oa_id') ?? textAt(data, 'oaid')
  if (oaId === undefined) throw new ZaloError('zalo_unreadable', '/v2.0/oa/getoa: no account id')
  const type = numberAt(data, 'oa_type')
  const followers = numberAt(data, 'num_follower')
  const packageName = textAt(data, 'package_name')
  const packageValidThrough = textAt(data, 'package_valid_through_date')
  const isVerified = at(data, 'is_verified')
  return {
    oaId,
    name: textAt(data, 'name') ?? '',
    ...(type === undefined ? {} : { type }),
    isVerified: isVerified === true || isVerified === 'true' || isVerified === '1',
    ...(packageName === undefined ? {} : { packageName }),
    ...(packageValidThrough === undefined ? {} : { packageValidThrough }),
    ...(followers === undefined ? {} : { followers }),
  }
}
