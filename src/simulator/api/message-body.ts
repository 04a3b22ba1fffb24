import type { AccountMessage } from '../chats.ts'
import type { Citizen, MessageButton, Upload } from '../model.ts'
import { chatOf, type World } from '../world.ts'
import { characters, isObject, type Json, objectAt, optionalText, textAt } from './read.ts'
import { invalid, Refusal } from './refusal.ts'

const TEXT_CHARACTERS_MAX = 2_000
const BUTTONS_MAX = 5
const TITLE_CHARACTERS_MAX = 100
const PAYLOAD_CHARACTERS_MAX = 1_000

/** Checks the `message` of a send as Zalo documents it (zalo §3.1 to §3.3) and says what appears in the chat. */
export function readMessage(options: {
  world: World
  citizen: Citizen
  message: Json
  version: 'v2' | 'v3'
}): AccountMessage {
  const { world, citizen, message } = options
  const text = message.text === undefined || message.text === null ? '' : message.text
  if (typeof text !== 'string') throw invalid('text')
  if (characters(text) > TEXT_CHARACTERS_MAX) throw new Refusal(-210, 'text is over the maximum allowed length')
  const quoteId = optionalText(message, 'quote_message_id')
  if (quoteId !== undefined && !chatOf(world.state, citizen.id).some((each) => each.id === quoteId)) {
    throw invalid('quote_message_id')
  }
  const quote = quoteId === undefined ? {} : { quoteId }
  if (message.attachment === undefined) {
    if (text.trim() === '') throw invalid('text')
    return { kind: 'text', text, ...quote }
  }
  return { ...readAttachment({ world, text, attachment: objectAt(message, 'attachment') }), ...quote }
}

function readAttachment(options: { world: World; text: string; attachment: Json }): AccountMessage {
  const { world, text, attachment } = options
  const payload = objectAt(attachment, 'payload')
  if (attachment.type === 'file') {
    if (text !== '') throw invalid('text')
    const upload = uploadOf(world, textAt(payload, 'token'), 'file')
    return { kind: 'file', text: '', media: upload.media }
  }
  if (attachment.type !== 'template') throw new Refusal(-233, 'Message type is invalid or not supported')
  switch (payload.template_type) {
    case 'media':
      return readMedia(world, text, onlyElement(payload))
    case 'request_user_info':
      return readInfoRequest(onlyElement(payload))
    case 'list':
      return readList(world, text, payload)
    case undefined:
    case 'button':
      if (world.settings.buttonsRefused) throw new Refusal(-233, 'Message type is invalid or not supported')
      return readButtonMessage(text, payload)
    default:
      throw new Refusal(-233, 'Message type is invalid or not supported')
  }
}

function readMedia(world: World, text: string, element: Json): AccountMessage {
  const attachmentId = optionalText(element, 'attachment_id')
  const url = optionalText(element, 'url')
  switch (element.media_type) {
    case 'sticker':
      if (text !== '' || attachmentId === undefined) throw invalid(text === '' ? 'attachment_id' : 'text')
      return { kind: 'sticker', text: '', sticker: attachmentId }
    case 'image':
    case 'gif': {
      const kind = element.media_type
      if (kind === 'gif' && !(Number(element.width) > 0 && Number(element.height) > 0)) throw invalid('width')
      if (attachmentId !== undefined && url === undefined) {
        return { kind, text, media: uploadOf(world, attachmentId, kind).media }
      }
      if (url !== undefined && attachmentId === undefined && /^https?:\/\//.test(url)) {
        return { kind, text, externalUrl: url }
      }
      throw invalid('attachment_id')
    }
    default:
      throw new Refusal(-233, 'Message type is invalid or not supported')
  }
}

function readInfoRequest(element: Json): AccountMessage {
  const info = {
    title: limited(textAt(element, 'title'), TITLE_CHARACTERS_MAX, 'title'),
    subtitle: textAt(element, 'subtitle'),
  }
  const imageUrl = textAt(element, 'image_url')
  if (!/^https?:\/\//.test(imageUrl)) throw invalid('image_url')
  return { kind: 'requestInfo', text: info.title, info: { ...info, answered: false }, externalUrl: imageUrl }
}

function readList(world: World, text: string, payload: Json): AccountMessage {
  const elements = Array.isArray(payload.elements) ? payload.elements.filter(isObject) : []
  if (elements.length === 0 || elements.length > 5) throw invalid('elements')
  if (optionalText(elements[0] ?? {}, 'subtitle') === undefined) throw invalid('subtitle')
  const buttons = payload.buttons === undefined ? [] : readButtons(payload)
  if (world.settings.buttonsRefused && buttons.length > 0) throw new Refusal(-233, 'Message type is invalid')
  return {
    kind: 'list',
    text,
    buttons,
    elements: elements.map((element) => {
      const action = isObject(element.default_action) ? element.default_action : undefined
      return {
        title: limited(textAt(element, 'title'), TITLE_CHARACTERS_MAX, 'title'),
        subtitle: optionalText(element, 'subtitle') ?? '',
        imageUrl: optionalText(element, 'image_url') ?? '',
        ...(action === undefined
          ? {}
          : {
              action: {
                type: textAt(action, 'type'),
                ...(typeof action.url === 'string' ? { url: action.url } : {}),
                ...(typeof action.payload === 'string' ? { payload: action.payload } : {}),
              },
            }),
      }
    }),
  }
}

function readButtonMessage(text: string, payload: Json): AccountMessage {
  const shown = text === '' ? (optionalText(payload, 'text') ?? '') : text
  if (shown.trim() === '') throw invalid('text')
  return { kind: 'text', text: shown, buttons: readButtons(payload) }
}

function readButtons(payload: Json): MessageButton[] {
  if (!Array.isArray(payload.buttons)) throw invalid('buttons')
  if (payload.buttons.length > BUTTONS_MAX) throw new Refusal(-210, 'buttons is over the maximum allowed size')
  return payload.buttons.map((button: unknown): MessageButton => {
    if (!isObject(button)) throw invalid('buttons')
    const title = limited(textAt(button, 'title'), TITLE_CHARACTERS_MAX, 'title')
    switch (button.type) {
      case 'oa.query.show':
      case 'oa.query.hide':
        return {
          title,
          type: button.type,
          payload: limited(textAt(button, 'payload'), PAYLOAD_CHARACTERS_MAX, 'payload'),
        }
      case 'oa.open.url': {
        const url = textAt(objectAt(button, 'payload'), 'url')
        if (!/^https?:\/\//.test(url)) throw invalid('url')
        return { title, type: button.type, payload: { url } }
      }
      case 'oa.open.phone':
        return { title, type: button.type, payload: { phone_code: phoneOf(button) } }
      case 'oa.open.sms': {
        const content = optionalText(objectAt(button, 'payload'), 'content') ?? ''
        return { title, type: button.type, payload: { phone_code: phoneOf(button), content } }
      }
      default:
        throw invalid('buttons.type')
    }
  })
}

function phoneOf(button: Json): string {
  const phone = textAt(objectAt(button, 'payload'), 'phone_code')
  if (!/^84\d{6,12}$/.test(phone)) throw invalid('phone_code')
  return phone
}

function limited(text: string, max: number, name: string): string {
  if (characters(text) > max) throw new Refusal(-210, `${name} is over the maximum allowed length`)
  return text
}

function onlyElement(payload: Json): Json {
  const elements = Array.isArray(payload.elements) ? payload.elements : []
  const element: unknown = elements[0]
  if (elements.length !== 1 || !isObject(element)) throw invalid('elements')
  return element
}

function uploadOf(world: World, id: string, kind: Upload['kind']): Upload {
  const upload = Object.hasOwn(world.state.uploads, id) ? world.state.uploads[id] : undefined
  if (upload === undefined || upload.kind !== kind) throw invalid(kind === 'file' ? 'token' : 'attachment_id')
  if (upload.expiresAt <= world.clock.now()) throw new Refusal(-100, 'Attachment id is expired')
  return upload
}
