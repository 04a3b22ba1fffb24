import type { ChatMessage, CitizenSends, MediaReference } from './model.ts'

/** The event of a citizen's message: its name and `message` part (zalo §9.4, §9.8, appendix A). */
export function mediaEvent(
  message: ChatMessage,
  content: CitizenSends,
): { name: string; message: Record<string, unknown> } {
  const id = { msg_id: message.id }
  switch (content.kind) {
    case 'text':
      return {
        name: 'user_send_text',
        message: {
          text: content.text,
          ...id,
          ...(content.quoteId === undefined ? {} : { quote_msg_id: content.quoteId }),
        },
      }
    case 'image':
    case 'gif':
      return {
        name: `user_send_${content.kind}`,
        message: { ...id, text: content.text ?? '', attachments: [attachment(content.kind, picture(content.media))] },
      }
    case 'video':
      return {
        name: 'user_send_video',
        message: { ...id, attachments: [attachment('video', { ...picture(content.media), description: '' })] },
      }
    case 'audio':
      return {
        name: 'user_send_audio',
        message: { ...id, attachments: [attachment('audio', { url: content.media.url })] },
      }
    case 'file':
      return {
        name: 'user_send_file',
        message: { ...id, attachments: [attachment('file', filePayload(content.media))] },
      }
    case 'sticker':
      return {
        name: 'user_send_sticker',
        message: { ...id, attachments: [attachment('sticker', { id: content.sticker, url: content.url })] },
      }
    case 'location':
      return {
        name: 'user_send_location',
        message: {
          ...id,
          text: '',
          attachments: [
            attachment('location', {
              coordinates: { latitude: String(content.latitude), longitude: String(content.longitude) },
            }),
          ],
        },
      }
    case 'link':
      return {
        name: 'user_send_link',
        message: {
          ...id,
          text: content.text,
          attachments: [attachment('link', { thumbnail: '', description: '', url: content.url })],
        },
      }
    case 'businessCard':
      return {
        name: 'user_send_business_card',
        message: {
          ...id,
          text: content.card.name,
          attachments: [
            attachment('link', {
              thumbnail: content.imageUrl,
              description: JSON.stringify({ phone: content.card.phone, qrCodeUrl: content.imageUrl }),
              url: content.imageUrl,
            }),
          ],
        },
      }
  }
}

/** The `message` part of the echo of something the account sent. */
export function addMediaFields(message: ChatMessage): Record<string, unknown> {
  const id = { msg_id: message.id }
  switch (message.kind) {
    case 'image':
    case 'gif': {
      const payload =
        message.media === undefined
          ? { thumbnail: message.externalUrl, url: message.externalUrl }
          : picture(message.media)
      return { ...id, text: message.text, attachments: [attachment(message.kind, payload)] }
    }
    case 'file':
      return message.media === undefined ? id : { ...id, attachments: [attachment('file', filePayload(message.media))] }
    case 'sticker':
      return { ...id, attachments: [attachment('sticker', { id: message.sticker, url: '' })] }
    case 'list':
      return {
        ...id,
        text: message.text,
        attachments: (message.elements ?? []).map((element) =>
          attachment('link', {
            thumbnail: element.imageUrl,
            title: element.title,
            description: element.subtitle,
            url: element.action?.url ?? '',
          }),
        ),
      }
    case 'requestInfo':
    case 'template':
    case 'article':
      return {
        ...id,
        attachments: [
          attachment('template', { zinstant_id: '', text: message.text, link_url: message.url ?? '', checksum: '' }),
        ],
      }
    default:
      return { text: message.text, ...id, ...(message.quoteId === undefined ? {} : { quote_msg_id: message.quoteId }) }
  }
}

function attachment(type: string, payload: Record<string, unknown>): Record<string, unknown> {
  return { type, payload }
}

function picture(media: MediaReference): Record<string, unknown> {
  return { thumbnail: media.url, url: media.url }
}

function filePayload(media: MediaReference): Record<string, unknown> {
  return {
    url: media.url,
    size: String(media.sizeBytes),
    name: media.name,
    checksum: media.md5,
    type: media.name.includes('.') ? media.name.slice(media.name.lastIndexOf('.') + 1).toLowerCase() : '',
  }
}
