import { byId, el, hour, icon, linked, size, toast } from './dom.js'
import { store } from './store.js'

const HEART = '/-heart'
const STATES = { sent: 'Đã gửi', received: 'Đã nhận', seen: 'Đã xem' }

/** One message as a row of the chat. `acts` says what taps do. */
export function renderMessage(message, acts) {
  if (message.kind === 'notice') return el('p', { class: 'notice', 'data-id': message.id }, message.text)
  const mine = message.from === 'citizen'
  const bubble = el('div', { class: bubbleClass(message) }, ...bubbleContent(message, acts))
  const content = el('div', { class: `content${contentClass(message)}` }, bubble)
  if (message.reaction !== undefined) {
    content.append(
      el('span', { class: 'reaction', role: 'img', 'aria-label': 'Đã bày tỏ cảm xúc' }, icon('heart-full')),
    )
  }
  if (mine) content.append(el('span', { class: 'mark' }, STATES[message.state]))
  const row = el('div', { class: `row ${mine ? 'mine' : 'theirs'}`, 'data-id': message.id }, content)
  if (mine) row.prepend(el('span', { class: 'visually-hidden' }, 'Ông/Bà gửi:'))
  else {
    row.prepend(
      el('img', {
        class: 'from',
        src: 'emblem.svg',
        alt: message.from === 'officer' ? 'Cán bộ nhắn:' : `${store.account.name} nhắn:`,
      }),
    )
    row.append(messageActs(message, acts))
  }
  return row
}

export function markText(message) {
  return STATES[message.state]
}

function bubbleClass(message) {
  return ['sticker'].includes(message.kind) ? 'bubble bare' : 'bubble'
}

function contentClass(message) {
  if ((message.buttons ?? []).length > 0) return ' has-buttons'
  return ['requestInfo', 'list', 'article', 'template', 'location'].includes(message.kind) ? ' wide' : ''
}

function bubbleContent(message, acts) {
  const parts = []
  if (message.from === 'officer') parts.push(el('span', { class: 'officer-name' }, 'Cán bộ trực'))
  if (message.quoteId !== undefined) parts.push(quoteOf(message))
  parts.push(...body(message, acts))
  parts.push(el('time', { class: 'meta', datetime: new Date(message.at).toISOString() }, hour(message.at)))
  if (message.kind === 'requestInfo') {
    const label = message.info.answered ? 'Chia sẻ lại thông tin' : 'Chia sẻ thông tin'
    const share = el('button', { type: 'button', onclick: () => acts.shareInfo(message) }, label)
    parts.push(el('div', { class: 'choices' }, share))
  }
  if ((message.buttons ?? []).length > 0) {
    parts.push(
      el(
        'div',
        { class: 'choices' },
        message.buttons.map((button, index) => choice(message, button, index, acts)),
      ),
    )
  }
  return parts
}

function body(message, acts) {
  switch (message.kind) {
    case 'image':
    case 'gif':
      return [picture(message, acts), ...captionOf(message)]
    case 'file':
    case 'video':
      return [fileCard(message)]
    case 'audio':
      return [
        el(
          'div',
          { class: 'voice' },
          el('span', { class: 'disc' }, icon('play')),
          el(
            'span',
            { class: 'wave', 'aria-hidden': 'true' },
            Array.from({ length: 18 }, () => el('i')),
          ),
          el('span', {}, '0:04'),
        ),
        el('span', { class: 'visually-hidden' }, 'Tin nhắn thoại 4 giây'),
      ]
    case 'sticker':
      return [stickerOf(message)]
    case 'location':
      return [
        el('div', { class: 'map', role: 'img', 'aria-label': 'Bản đồ' }, icon('pin')),
        el('p', { class: 'card-title' }, 'Vị trí đã gửi'),
        el('p', { class: 'card-text' }, `${message.latitude}, ${message.longitude}`),
      ]
    case 'businessCard':
      return [
        el(
          'div',
          { class: 'contact' },
          el('span', { class: 'disc' }, icon('person')),
          el(
            'span',
            {},
            el('span', { class: 'file-name' }, message.card?.name ?? ''),
            el('span', { class: 'small' }, message.card?.phone ?? ''),
          ),
        ),
      ]
    case 'requestInfo':
      return [
        el('div', { class: 'card-art' }, icon('card')),
        el('p', { class: 'card-title' }, message.info.title),
        el('p', { class: 'card-text' }, message.info.subtitle),
      ]
    case 'list':
    case 'article':
      return [
        ...captionOf(message),
        ...(message.elements ?? []).map((item, index) => listItem(message, item, index, acts)),
      ]
    case 'template':
      return [
        el('p', { class: 'card-title' }, 'Thông báo từ mẫu tin'),
        el('p', { class: 'text' }, linked(message.text)),
        el(
          'details',
          { class: 'template' },
          el('summary', {}, `Tham số của mẫu ${message.template?.templateId ?? ''}`),
          el(
            'dl',
            {},
            Object.entries(message.template?.data ?? {}).flatMap(([name, value]) => [
              el('dt', {}, name),
              el('dd', {}, value),
            ]),
          ),
        ),
      ]
    default:
      return captionOf(message)
  }
}

function captionOf(message) {
  return message.text === '' ? [] : [el('p', { class: 'text' }, linked(message.text))]
}

function picture(message, acts) {
  if (message.media === undefined) return el('p', { class: 'text' }, linked(message.externalUrl ?? ''))
  const address = `media/${message.media.id}`
  return el(
    'button',
    {
      type: 'button',
      class: 'picture',
      'aria-label': `Xem ảnh ${message.media.name}`,
      onclick: () => acts.zoom(address),
    },
    el('img', { src: address, alt: '', onload: acts.settled }),
  )
}

function fileCard(message) {
  const { name, sizeBytes, id } = message.media
  const ending = name.includes('.') ? name.split('.').at(-1).toLowerCase() : ''
  const family = ending.startsWith('doc') ? 'doc' : ending.startsWith('xls') ? 'xls' : ending
  return el(
    'a',
    { class: 'file', href: `media/${id}`, download: name },
    el(
      'span',
      { class: `file-mark ${['pdf', 'doc', 'xls'].includes(family) ? family : ''}`, 'aria-hidden': 'true' },
      ending.slice(0, 4).toUpperCase() || 'TỆP',
    ),
    el('span', {}, el('span', { class: 'file-name' }, name), el('span', { class: 'small' }, size(sizeBytes))),
  )
}

function stickerOf(message) {
  const known = ['like', 'heart', 'smile', 'thanks', 'sad', 'flower'].includes(message.sticker)
  return el('img', { class: 'sticker', src: `stickers/${known ? message.sticker : 'smile'}.svg`, alt: 'Nhãn dán' })
}

function quoteOf(message) {
  const quoted = store.messages.get(message.quoteId)
  return el('p', { class: 'quote' }, quoted?.text || 'Tin nhắn trước')
}

function listItem(message, item, index, acts) {
  const content = [el('span', { class: 'file-name' }, item.title), el('span', { class: 'small' }, item.subtitle)]
  if (item.action?.url !== undefined) {
    return el('a', { class: 'list-item', href: item.action.url, target: '_blank', rel: 'noopener noreferrer' }, content)
  }
  return el('button', { type: 'button', class: 'list-item', onclick: () => acts.tapList(message, index) }, content)
}

function choice(message, button, index, acts) {
  switch (button.type) {
    case 'oa.open.url':
      return el('a', { href: button.payload.url, target: '_blank', rel: 'noopener noreferrer' }, button.title)
    case 'oa.open.phone':
    case 'oa.open.sms': {
      const verb = button.type === 'oa.open.phone' ? 'gọi' : 'soạn tin SMS tới'
      const number = button.payload.phone_code.replace(/^84/, '0')
      return el('button', { type: 'button', onclick: () => toast(`Điện thoại sẽ ${verb} số ${number}.`) }, button.title)
    }
    default:
      return el('button', { type: 'button', onclick: () => acts.tap(message, index) }, button.title)
  }
}

function messageActs(message, acts) {
  const isLoved = message.reaction === HEART
  return el(
    'div',
    { class: 'acts' },
    el(
      'button',
      { type: 'button', 'aria-label': 'Trả lời tin này', onclick: () => acts.quote(message) },
      icon('reply'),
    ),
    el(
      'button',
      {
        type: 'button',
        'aria-label': isLoved ? 'Bỏ thả tim' : 'Thả tim',
        onclick: () => acts.react(message, isLoved ? '/-remove' : HEART),
      },
      icon(isLoved ? 'heart-full' : 'heart'),
    ),
  )
}

export function openLightbox(address) {
  const box = byId('lightbox')
  const close = el(
    'button',
    { type: 'button', class: 'round', 'aria-label': 'Đóng ảnh', onclick: () => box.close() },
    icon('close'),
  )
  box.replaceChildren(el('img', { src: address, alt: 'Ảnh phóng to' }), close)
  box.showModal()
}
