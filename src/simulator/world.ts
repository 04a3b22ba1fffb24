import type { Changes, EventLog } from './changes.ts'
import { defaultTemplates } from './default-templates.ts'
import type { Settings } from './faults.ts'
import type { Account, ChatMessage, Citizen, Credentials, MediaReference, State } from './model.ts'
import type { Random } from './random.ts'
import type { Storage } from './storage.ts'
import type { WebhookSender } from './webhook.ts'

export type SimulatorClock = {
  now(): number
  /** Moves the service's clock forward. */
  advance(ms: number): void
}

/** What every part of the simulator shares. */
export type World = {
  state: State
  settings: Settings
  clock: SimulatorClock
  /** What tokens and codes end by: they belong to the platform, whose time nobody moves. */
  tokenNow(): number
  random: Random
  storage: Storage
  changes: Changes
  log: EventLog
  webhook: WebhookSender
  /** Calls of the running minute. */
  rateWindow: { minute: number; used: number }
  /** Where a file of a citizen or of the account is fetched, as on Zalo's media hosts. */
  keepMedia(file: { name: string; mediaType: string; bytes: Buffer }): MediaReference
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
export const ACCESS_TOKEN_SECONDS = 90_000
export const REFRESH_TOKEN_MS = 90 * DAY_MS

export const COLORS = 6
const MESSAGES_MAX = 500
export const CITIZENS_MAX = 5_000

/** A new account with invented citizens and fresh credentials. */
export function createState(options: {
  random: Random
  /** By the clock of the tokens. */
  tokenNow: number
  credentials: Partial<Credentials>
  account: Account
}): State {
  const { random, tokenNow } = options
  const credentials: Credentials = {
    appId: random.digits(19),
    appSecret: random.token(20),
    oaId: random.digits(19),
    oaSecretKey: random.token(20),
    refreshToken: random.token(64),
    ...options.credentials,
  }
  const state: State = {
    version: 1,
    credentials,
    account: options.account,
    grant: {
      accessToken: random.token(64),
      accessTokenExpiresAt: tokenNow + ACCESS_TOKEN_SECONDS * 1000,
      refreshToken: credentials.refreshToken,
      refreshTokenExpiresAt: tokenNow + REFRESH_TOKEN_MS,
      revoked: false,
    },
    citizens: {},
    messages: {},
    uploads: {},
    articles: [],
    templateSends: [],
    shortMessages: [],
    letters: [],
    templates: defaultTemplates(),
    deliveries: [],
    subscribed: true,
    lastTimestamp: 0,
  }
  for (const person of PEOPLE) {
    const citizen = createCitizen(random, person, Object.keys(state.citizens).length % COLORS)
    state.citizens[citizen.id] = citizen
    state.messages[citizen.id] = []
  }
  return state
}

export type NewCitizen = {
  name: string
  phone: string
  address?: string
  ward?: string
  birthday?: string
  gender?: 'Nam' | 'Nữ'
}

export function createCitizen(random: Random, person: NewCitizen, color: number): Citizen {
  return {
    id: random.digits(19),
    userIdByApp: random.digits(19),
    name: person.name,
    phone: person.phone,
    address: person.address ?? '',
    ward: person.ward ?? '',
    birthday: person.birthday ?? '',
    gender: person.gender ?? 'Nữ',
    color,
    isFollower: false,
    isOnline: true,
    hasOpenedChat: false,
    tags: [],
    unread: 0,
  }
}

/** The citizen with this id, whose chat then exists. */
export function findCitizen(state: State, id: unknown): Citizen | undefined {
  return typeof id === 'string' && Object.hasOwn(state.citizens, id) ? state.citizens[id] : undefined
}

export function chatOf(state: State, citizenId: string): ChatMessage[] {
  const chat = state.messages[citizenId] ?? []
  state.messages[citizenId] = chat
  return chat
}

export function keepMessage(world: World, message: ChatMessage): void {
  const chat = chatOf(world.state, message.citizenId)
  chat.push(message)
  if (chat.length > MESSAGES_MAX) chat.shift()
  const citizen = findCitizen(world.state, message.citizenId)
  if (citizen !== undefined && message.hidden !== true) {
    citizen.lastAt = message.at
    citizen.lastText = preview(message)
    if (message.from === 'app' || message.from === 'officer') citizen.unread += 1
    world.changes.publish({ type: 'citizen', citizen })
  }
  world.changes.publish({ type: 'message', message })
  world.storage.changed()
}

/** One line that stands for a message in a list. */
export function preview(message: ChatMessage): string {
  switch (message.kind) {
    case 'image':
    case 'gif':
      return message.text || '[Hình ảnh]'
    case 'video':
      return '[Video]'
    case 'audio':
      return '[Tin nhắn thoại]'
    case 'sticker':
      return '[Nhãn dán]'
    case 'location':
      return '[Vị trí]'
    case 'file':
      return `[Tệp] ${message.media?.name ?? ''}`
    case 'businessCard':
      return `[Danh thiếp] ${message.card?.name ?? ''}`
    case 'requestInfo':
      return message.info?.title ?? '[Yêu cầu thông tin]'
    default:
      return message.text
  }
}

/** Who has sent feedback already when the demonstration begins. */
export const SENDER_NAME = 'Đinh Thị Chờ'

/** Invented people; the numbers belong to nobody we know of. */
const PEOPLE: NewCitizen[] = [
  { name: 'Y Hà', phone: '0905000123', address: 'Thôn 2', ward: 'Xã Sa Thầy', birthday: '14/02/1991', gender: 'Nữ' },
  {
    name: 'A Thăng',
    phone: '0376000456',
    address: 'Thôn Đăk Wơk',
    ward: 'Xã Sa Thầy',
    birthday: '03/09/1984',
    gender: 'Nam',
  },
  {
    name: 'Nguyễn Thị Mẫu',
    phone: '0914000789',
    address: '12 đường Thử Nghiệm',
    ward: 'Phường Kon Tum',
    birthday: '20/11/1975',
    gender: 'Nữ',
  },
  {
    name: 'Trần Văn Thử',
    phone: '0988000321',
    address: 'Tổ 5',
    ward: 'Phường Nghĩa Lộ',
    birthday: '01/06/1968',
    gender: 'Nam',
  },
  {
    name: SENDER_NAME,
    phone: '0905000654',
    address: 'Thôn 1',
    ward: 'Xã Sa Thầy',
    birthday: '10/10/1980',
    gender: 'Nữ',
  },
]
