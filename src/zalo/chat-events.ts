import type { ChatLine } from '../usecases/ports.ts'

/**
 * The webhook event that should have told of a citizen's line in the list of a chat (zalo §6.3, §9.4): its key is that of the
 * real one, so whichever comes second changes nothing. Null where the list does not say enough to know what was sent.
 */
export function eventOfLine(line: ChatLine, userId: string, account: { appId: string; oaId: string }): Buffer | null {
  if (!line.fromCitizen || line.messageId === '' || line.at <= 0) return null
  const content = contentOf(line)
  if (content === null) return null
  return Buffer.from(
    JSON.stringify({
      app_id: account.appId,
      sender: { id: userId },
      recipient: { id: account.oaId },
      event_name: `user_send_${content.kind}`,
      message: { msg_id: line.messageId, ...content.message },
      timestamp: String(line.at),
    }),
  )
}

type Content = { kind: string; message: Record<string, unknown> }

const mediaKinds: Readonly<Record<string, string>> = {
  photo: 'image',
  image: 'image',
  gif: 'gif',
  voice: 'audio',
  audio: 'audio',
  video: 'video',
  file: 'file',
}

function contentOf(line: ChatLine): Content | null {
  const type = line.type.toLowerCase()
  const { url, text, thumbnail = '', description = '' } = line
  const kind = mediaKinds[type]
  if (kind !== undefined && url !== undefined) return withAttachment(kind, kind, { url, thumbnail }, text)
  if (type === 'sticker') return withAttachment('sticker', 'sticker', { url: url ?? '', id: '' }, '')
  if (type === 'location' && line.place !== undefined) {
    return withAttachment('location', 'location', { coordinates: line.place }, '')
  }
  if ((type === 'link' || type === 'links') && url !== undefined) {
    // A contact card is a link whose description holds a phone (zalo §9.8).
    const linkKind = /"phone"/.test(description) ? 'business_card' : 'link'
    return withAttachment(linkKind, 'link', { url, thumbnail, description }, text)
  }
  // A kind that is not known, or a file without its address: the words at least.
  return text === '' ? null : { kind: 'text', message: { text } }
}

function withAttachment(kind: string, type: string, payload: Record<string, unknown>, text: string): Content {
  return { kind, message: { ...(text === '' ? {} : { text }), attachments: [{ type, payload }] } }
}
