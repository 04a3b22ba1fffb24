/** A file that a citizen sent, still at the platform: `url` must be fetched soon, it expires (zalo §9.8). */
export type IncomingMedia = {
  kind: 'image' | 'gif' | 'audio' | 'video' | 'file'
  url: string
  name?: string
  /** MD5 in hex as the platform states it; present for files only. */
  md5?: string
}

type Body =
  | { type: 'text'; text: string }
  | { type: 'media'; media: IncomingMedia[]; text: string }
  | { type: 'location'; latitude: number; longitude: number }
  | { type: 'contactCard'; name: string; phone: string }
  | { type: 'link'; url: string; text: string }
  | { type: 'sticker' }
  /** Zalo's own "share information" form (zalo §9.6): the phone is proven by Zalo (R3-11). */
  | { type: 'sharedInfo'; name?: string; phone?: string; address?: string }
  | { type: 'followed' }
  | { type: 'unfollowed' }
  | { type: 'openedChat' }
  | { type: 'reaction'; icon: string; messageId: string }
  /** The person used the data-subject right at Zalo: their data must go (zalo §9.5). */
  | { type: 'withdrewData' }

/** What one citizen did, in our own words; `at` is Zalo's time in milliseconds, `id` the key of the inbox event. */
export type Incoming = { id: string; at: number } & Body
