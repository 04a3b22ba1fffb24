import type { IncomingMedia } from '../conversation/incoming.ts'
import { at, isObject, type Json, type JsonObject, numberAt, readObject, textAt } from './json.ts'

/** What a citizen did, without the id and time that the envelope gives; or the path of the piece that is wrong. */
export type CitizenAct =
  | { type: 'text'; text: string }
  | { type: 'media'; media: IncomingMedia[]; text: string }
  | { type: 'location'; latitude: number; longitude: number }
  | { type: 'contactCard'; name: string; phone: string }
  | { type: 'link'; url: string; text: string }
  | { type: 'sticker' }
  | { type: 'sharedInfo'; name?: string; phone?: string; address?: string }
  | { type: 'reaction'; icon: string; messageId: string }

export type Malformed = { malformed: string }

const attachmentsMax = 20
const urlLengthMax = 4096
const fileNameLengthMax = 255

const mediaKinds: Readonly<Record<string, IncomingMedia['kind']>> = {
  image: 'image',
  photo: 'image',
  gif: 'gif',
  audio: 'audio',
  voice: 'audio',
  video: 'video',
  file: 'file',
}

/** Reads `message` of a `user_send_…` event; `kind` is the end of the event's name (zalo §9.5, §9.8). */
export function readMessage(kind: string, event: JsonObject): CitizenAct | Malformed {
  const message = event.message
  const text = textAt(message, 'text') ?? ''
  switch (kind) {
    case 'sticker':
      return { type: 'sticker' }
    case 'location':
      return readLocation(message)
    case 'business_card':
      return readContactCard(message, text)
    case 'link':
      return readLink(message, text)
    case 'text':
      return text === '' ? readMedia('text', message, text) : { type: 'text', text }
    default:
      return readMedia(kind, message, text)
  }
}

/** Reads `info` of `user_submit_info`, in its present and its older shape (zalo §9.6). */
export function readSharedInfo(event: JsonObject): CitizenAct | Malformed {
  const info = event.info
  if (!isObject(info)) return { malformed: 'info' }
  const full = info.full_address
  const parts = isObject(full)
    ? [
        textAt(full, 'user_address'),
        textAt(full, 'user_ward'),
        textAt(full, 'user_district'),
        textAt(full, 'user_city'),
      ]
    : [
        textAt(info, 'address') ?? textAt(info, 'full_address'),
        ...['ward', 'district', 'city'].map((key) => textAt(info, key)),
      ]
  const address = parts
    .map((part) => part?.trim() ?? '')
    .filter((part) => part !== '')
    .join(', ')
  const name = textAt(info, 'name')?.trim() ?? ''
  const phone = textAt(info, 'phone')?.trim() ?? ''
  return {
    type: 'sharedInfo',
    ...(name === '' ? {} : { name }),
    // Zalo writes 0 where it has no number.
    ...(/[1-9]/.test(phone) ? { phone } : {}),
    ...(address === '' ? {} : { address }),
  }
}

/** Reads `user_reacted_message`: an icon on one of the account's messages. */
export function readReaction(event: JsonObject): CitizenAct | Malformed {
  const messageId = textAt(event.message, 'msg_id')
  const icon = textAt(event.message, 'react_icon')
  if (messageId === undefined) return { malformed: 'message.msg_id' }
  return icon === undefined ? { malformed: 'message.react_icon' } : { type: 'reaction', icon, messageId }
}

function attachmentsOf(message: Json | undefined): JsonObject[] {
  const list = at(message, 'attachments')
  return Array.isArray(list) ? list.slice(0, attachmentsMax).filter((item) => isObject(item)) : []
}

function urlOf(attachment: JsonObject | undefined, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const url = textAt(attachment, 'payload', key)?.trim()
    if (url !== undefined && url.length <= urlLengthMax && /^https?:\/\//i.test(url)) return url
  }
  return undefined
}

function readMedia(kind: string, message: Json | undefined, text: string): CitizenAct | Malformed {
  const media: IncomingMedia[] = []
  for (const attachment of attachmentsOf(message)) {
    const type = textAt(attachment, 'type') ?? kind
    const found = Object.hasOwn(mediaKinds, type) ? mediaKinds[type] : mediaKinds[kind]
    // A picture without its address still has its small one: better than losing what the citizen showed.
    const url = found === 'image' ? urlOf(attachment, 'url', 'thumbnail') : urlOf(attachment, 'url')
    if (found === undefined || url === undefined) continue
    const name = textAt(attachment, 'payload', 'name')
    const checksum = textAt(attachment, 'payload', 'checksum')?.toLowerCase()
    media.push({
      kind: found,
      url,
      ...(name === undefined ? {} : { name: [...name].slice(0, fileNameLengthMax).join('') }),
      ...(found === 'file' && checksum !== undefined && /^[0-9a-f]{32}$/.test(checksum) ? { md5: checksum } : {}),
    })
  }
  if (media.length > 0) return { type: 'media', media, text }
  if (text !== '') return { type: 'text', text }
  if (kind === 'text') return { malformed: 'message.text' }
  return { malformed: attachmentsOf(message).length === 0 ? 'message.attachments' : 'message.attachments.payload.url' }
}

function readLocation(message: Json | undefined): CitizenAct | Malformed {
  for (const attachment of attachmentsOf(message)) {
    const latitude = numberAt(attachment, 'payload', 'coordinates', 'latitude')
    const longitude = numberAt(attachment, 'payload', 'coordinates', 'longitude')
    if (latitude === undefined || longitude === undefined) continue
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { type: 'location', latitude, longitude }
  }
  return { malformed: 'message.attachments.payload.coordinates' }
}

function readLink(message: Json | undefined, text: string): CitizenAct | Malformed {
  const url = attachmentsOf(message)
    .map((attachment) => urlOf(attachment, 'url'))
    .find((found) => found !== undefined)
  if (url !== undefined) return { type: 'link', url, text }
  return text === '' ? { malformed: 'message.attachments.payload.url' } : { type: 'text', text }
}

/** A card is a link whose description is JSON text with the phone; the name is the message's text (zalo §9.8). */
function readContactCard(message: Json | undefined, text: string): CitizenAct | Malformed {
  for (const attachment of attachmentsOf(message)) {
    const description = at(attachment, 'payload', 'description')
    const card =
      typeof description === 'string' ? readObject(description) : isObject(description) ? description : undefined
    const phone = textAt(card, 'phone')?.trim()
    if (phone !== undefined && phone !== '') return { type: 'contactCard', name: text.trim(), phone }
  }
  return readLink(message, text)
}
