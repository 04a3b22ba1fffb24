/** What the simulator knows: one Official Account, its citizens, their chats. Everything here is kept in `simulator.json`. */

export type Credentials = {
  appId: string
  appSecret: string
  oaId: string
  oaSecretKey: string
  refreshToken: string
}

/** 2 is a business, 4 a state agency (zalo §6.4). */
export type AccountType = 2 | 4

export type Account = { name: string; description: string; type: AccountType }

export type MenuItem = { title: string; payload: string }

/** Tokens as Zalo would hold them (zalo §2.3). */
export type Grant = {
  accessToken: string
  accessTokenExpiresAt: number
  refreshToken: string
  refreshTokenExpiresAt: number
  /** The token before `refreshToken`; accepted only right after a restart, when the rotation may have been cut off. */
  previousRefreshToken?: string
  revoked: boolean
}

export type SharedInfo = { name: string; phone: string; address: string; ward: string; city: string }

export type Citizen = {
  id: string
  userIdByApp: string
  name: string
  phone: string
  address: string
  ward: string
  birthday: string
  gender: 'Nam' | 'Nữ'
  /** Which of the page's colours stands for this person. */
  color: number
  isFollower: boolean
  /** A phone that is off receives nothing until it is on again. */
  isOnline: boolean
  lastInteractionAt?: number
  hasOpenedChat: boolean
  tags: string[]
  alias?: string
  sharedInfo?: SharedInfo
  /** Kept apart from messages so that the list can be drawn without them. */
  lastAt?: number
  lastText?: string
  unread: number
}

export type MessageButton =
  | { title: string; type: 'oa.query.show' | 'oa.query.hide'; payload: string }
  | { title: string; type: 'oa.open.url'; payload: { url: string } }
  | { title: string; type: 'oa.open.phone'; payload: { phone_code: string } }
  | { title: string; type: 'oa.open.sms'; payload: { phone_code: string; content: string } }

export type MediaReference = {
  id: string
  name: string
  mediaType: string
  sizeBytes: number
  md5: string
  /** When the media host stops serving it (zalo §9.8). */
  expiresAt: number
  url: string
}

export type ListElement = {
  title: string
  subtitle: string
  imageUrl: string
  action?: { type: string; url?: string; payload?: string }
}

export type MessageKind =
  | 'text'
  | 'image'
  | 'gif'
  | 'video'
  | 'file'
  | 'audio'
  | 'sticker'
  | 'location'
  | 'link'
  | 'businessCard'
  | 'requestInfo'
  | 'list'
  | 'article'
  | 'template'
  | 'notice'

export type ChatMessage = {
  id: string
  citizenId: string
  /** `app` is a send through the API, `officer` a person in Zalo's own tool, `system` a line of the phone itself. */
  from: 'citizen' | 'app' | 'officer' | 'system'
  kind: MessageKind
  at: number
  text: string
  /** Sent to the account without a bubble, as `oa.query.hide` does (zalo §3.2). */
  hidden?: boolean
  media?: MediaReference
  externalUrl?: string
  sticker?: string
  latitude?: number
  longitude?: number
  url?: string
  card?: { name: string; phone: string }
  info?: { title: string; subtitle: string; answered: boolean }
  elements?: ListElement[]
  buttons?: MessageButton[]
  template?: { templateId: string; data: Record<string, string> }
  quoteId?: string
  reaction?: string
  /** Pictures chosen together; each is a message and an event of its own. */
  albumId?: string
  state: 'sent' | 'received' | 'seen'
}

/** What a citizen may put into the chat. */
export type CitizenSends =
  | { kind: 'text'; text: string; hidden?: boolean; quoteId?: string }
  | { kind: 'image' | 'gif' | 'video' | 'audio' | 'file'; media: MediaReference; text?: string; albumId?: string }
  | { kind: 'sticker'; sticker: string; url: string }
  | { kind: 'location'; latitude: number; longitude: number }
  | { kind: 'link'; url: string; text: string }
  | { kind: 'businessCard'; card: { name: string; phone: string }; imageUrl: string }

export type Upload = { kind: 'image' | 'gif' | 'file'; media: MediaReference; expiresAt: number }

export type Article = {
  id: string
  token: string
  readyAt: number
  createdAt: number
  fields: Record<string, unknown>
}

export type TemplateSend = { messageId: string; phone: string; trackingId: string; sentAt: number; delivered: boolean }

export type ShortMessage = { id: string; phone: string; citizenId?: string; text: string; code: string; at: number }

/** A letter in the mailbox of the page. */
export type Letter = {
  id: string
  at: number
  to: string
  from: string
  subject: string
  messageId: string
  text: string
  html: string
}

export type TemplateParameter = {
  name: string
  require: boolean
  type: 'STRING' | 'DATE' | 'NUMBER'
  maxLength: number
  minLength: number
  acceptNull: boolean
}

export const TEMPLATE_STATES = ['ENABLE', 'PENDING_REVIEW', 'REJECT', 'DISABLE'] as const
export const TEMPLATE_QUALITIES = ['HIGH', 'MEDIUM', 'LOW'] as const

/** A reviewed template of the account; `text` is what the phone shows (zalo §8.2). */
export type SimulatedTemplate = {
  templateId: string
  name: string
  text: string
  params: TemplateParameter[]
  status: (typeof TEMPLATE_STATES)[number]
  quality: (typeof TEMPLATE_QUALITIES)[number]
}

/** One event on its way to the webhook. */
export type Delivery = {
  id: string
  /** Events of one key go out one after another. */
  key: string
  logSeq: number
  eventName: string
  rawBody: string
  timestamp: string
  attempt: number
  dueAt: number
  messageId?: string
  fromServer?: 'ZNS'
  wrongKey?: boolean
}

export type State = {
  version: 1
  credentials: Credentials
  account: Account
  grant: Grant
  citizens: Record<string, Citizen>
  messages: Record<string, ChatMessage[]>
  uploads: Record<string, Upload>
  articles: Article[]
  templateSends: TemplateSend[]
  shortMessages: ShortMessage[]
  letters: Letter[]
  templates: SimulatedTemplate[]
  deliveries: Delivery[]
  /** Zalo stops sending events after the last failed retry (zalo §9.3). */
  subscribed: boolean
  lastTimestamp: number
}
