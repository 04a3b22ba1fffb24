import type { Button, OutgoingBody } from '../usecases/ports.ts'
import { shorten, splitText } from './split-text.ts'

export { splitText } from './split-text.ts'

/** The most buttons under one text, and the limits of each (zalo §3.2). */
const buttonsMax = 5
const titleLengthMax = 100
const payloadLengthMax = 1000

type WireButton =
  | { title: string; type: 'oa.query.show' | 'oa.query.hide'; payload: string }
  | { title: string; type: 'oa.open.url'; payload: { url: string } }

type WireAttachment =
  | { type: 'template'; payload: { buttons: WireButton[] } }
  | {
      type: 'template'
      payload: {
        template_type: 'request_user_info'
        elements: [{ title: string; subtitle: string; image_url?: string }]
      }
    }
  | {
      type: 'template'
      payload: {
        template_type: 'media'
        elements: [{ media_type: 'image'; attachment_id: string } | { media_type: 'image'; url: string }]
      }
    }
  | { type: 'file'; payload: { token: string } }

/** The body of one send, the same on the v3 and the v2 path (zalo §3.9). */
export type SendRequest = {
  recipient: { user_id: string }
  message: { text?: string; attachment?: WireAttachment }
}

/**
 * The calls that bring one message to a citizen, in order. Text is cut where it is too long; the buttons stand under the last
 * part. Choices that Zalo has no room for (over five, or too long) become lines numbered by their place in the whole list.
 */
export function toRequests(userId: string, body: OutgoingBody): SendRequest[] {
  if (body.type === 'requestInfo') return [requestInfo(userId, body)]
  const { fitting, lines } = choicesOf(body.buttons)
  // Buttons need a text to stand under.
  const text =
    body.text.trim() === '' && fitting.length > 0 ? allLines(body.buttons).join('\n') : joined(body.text, lines)
  const requests = textRequests(userId, text)
  const last = requests.at(-1)
  if (last !== undefined && body.imageUrl !== undefined && fitting.length === 0) {
    const element = { media_type: 'image' as const, url: body.imageUrl }
    last.message.attachment = { type: 'template', payload: { template_type: 'media', elements: [element] } }
  }
  if (last !== undefined && fitting.length > 0) {
    last.message.attachment = { type: 'template', payload: { buttons: fitting } }
  }
  return requests
}

/** The same message without anything that Zalo may refuse (-201, -233): every choice is a numbered line of the text. */
export function numberedFallback(body: OutgoingBody): OutgoingBody {
  const text =
    body.type === 'requestInfo' ? joined(body.title, [body.subtitle]) : joined(body.text, allLines(body.buttons))
  return { type: 'text', text, buttons: [] }
}

/**
 * The calls that stand in for `toRequests` when Zalo dislikes its last one. The parts before that one are the same, for they
 * have been taken already.
 */
export function plainRequests(userId: string, body: OutgoingBody): SendRequest[] {
  const requests = toRequests(userId, body)
  const before = requests.slice(0, -1)
  if (body.type === 'requestInfo' || before.length === 0) return toRequests(userId, numberedFallback(body))
  const listed = joined('', choicesOf(body.buttons).lines)
  const last = requests.at(-1)?.message.text ?? ''
  const text = listed !== '' && last.endsWith(listed) ? last.slice(0, -listed.length).trimEnd() : last
  return [...before, ...textRequests(userId, joined(text, allLines(body.buttons)))]
}

/** One picture, by an uploaded id or a public address, with an optional caption (zalo §3.1). */
export function imageRequest(
  userId: string,
  image: { attachmentId: string } | { url: string },
  caption: string,
): SendRequest {
  const element =
    'url' in image
      ? { media_type: 'image' as const, url: image.url }
      : { media_type: 'image' as const, attachment_id: image.attachmentId }
  const text = shorten(caption, 2000)
  return {
    recipient: { user_id: userId },
    message: {
      ...(text === '' ? {} : { text }),
      attachment: { type: 'template', payload: { template_type: 'media', elements: [element] } },
    },
  }
}

/** One file, by the token of its upload; Zalo takes no text beside it (zalo §3.1). */
export function fileRequest(userId: string, token: string): SendRequest {
  return { recipient: { user_id: userId }, message: { attachment: { type: 'file', payload: { token } } } }
}

/**
 * Text without `[@…]`: in a staff group such a piece would call on a person, or on everybody (zalo §3.8). Use it for whatever
 * a citizen wrote before it goes to a group; one-to-one messages need it not.
 */
export function stripMentions(text: string): string {
  // What is left of nested brackets could join to a new mention.
  return text.replace(/\[@[^\]]*\]/g, '').replaceAll('[@', '[ @')
}

function requestInfo(userId: string, body: Extract<OutgoingBody, { type: 'requestInfo' }>): SendRequest {
  const element = {
    title: shorten(oneLine(body.title), titleLengthMax),
    subtitle: shorten(oneLine(body.subtitle), 500),
    ...(body.imageUrl === undefined ? {} : { image_url: body.imageUrl }),
  }
  return {
    recipient: { user_id: userId },
    message: { attachment: { type: 'template', payload: { template_type: 'request_user_info', elements: [element] } } },
  }
}

/** What goes under the text as buttons, and the lines for the choices that do not fit there. */
function choicesOf(buttons: Button[]): { fitting: WireButton[]; lines: string[] } {
  const choices = buttons.map((button, index) => ({ wire: toWire(button), line: numberedLine(button, index + 1) }))
  const fitting = choices.flatMap(({ wire }) => (wire === undefined ? [] : [wire])).slice(0, buttonsMax)
  const rest = choices.filter(({ wire }) => wire === undefined || !fitting.includes(wire))
  return { fitting, lines: rest.map(({ line }) => line) }
}

function textRequests(userId: string, text: string): SendRequest[] {
  return splitText(text)
    .filter((part) => part.trim() !== '')
    .map((part) => ({ recipient: { user_id: userId }, message: { text: part } }))
}

function toWire(button: Button): WireButton | undefined {
  const title = shorten(oneLine(button.title), titleLengthMax)
  if (title === '') return undefined
  if ('url' in button) return { title, type: 'oa.open.url', payload: { url: button.url } }
  const payload = button.payload.toWellFormed().normalize('NFC')
  if (payload === '' || [...payload].length > payloadLengthMax) return undefined
  return { title, type: payload === title ? 'oa.query.show' : 'oa.query.hide', payload }
}

function allLines(buttons: Button[]): string[] {
  return buttons.map((button, index) => numberedLine(button, index + 1))
}

function numberedLine(button: Button, number: number): string {
  const words = [oneLine(button.title), ...('url' in button ? [button.url] : [])].filter((word) => word !== '')
  return words.length === 0 ? '' : `${number}. ${words.join(': ')}`
}

function joined(text: string, lines: string[]): string {
  const kept = lines.filter((line) => line !== '')
  if (kept.length === 0) return text
  return text.trim() === '' ? kept.join('\n') : `${text}\n\n${kept.join('\n')}`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
