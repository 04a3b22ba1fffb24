import { markText, openLightbox, renderMessage } from './bubbles.js'
import { byId, closeSheet, dayKey, dayName, el, openSheet } from './dom.js'
import { get, post } from './server.js'
import { active, now, store } from './store.js'

const NEAR_END_PX = 160
const chat = byId('chat')
const list = byId('messages')
let quoted
let seenTimer
/** Shown messages that are not reported yet, with the citizen whose phone showed them. */
const seenWaiting = new Map()

/** Shows the chat of the chosen citizen from the beginning. */
export async function loadChat() {
  const id = store.activeId
  const { messages } = await get(`citizens/${id}/messages`)
  if (id !== store.activeId) return
  store.messages = new Map(messages.map((message) => [message.id, message]))
  watcher.disconnect()
  // A whole chat that appears at once is not news: only what comes later is announced.
  list.setAttribute('aria-live', 'off')
  list.replaceChildren()
  for (const message of messages) append(message)
  drawIntro()
  toEnd('instant')
  setTimeout(() => list.setAttribute('aria-live', 'polite'), 300)
}

/** A message is new or has changed. */
export function showMessage(message) {
  if (message.citizenId !== store.activeId || message.hidden === true) return
  const before = store.messages.get(message.id)
  store.messages.set(message.id, message)
  if (before === undefined) {
    const stay = message.from !== 'citizen' && !isFollowing
    append(message)
    if (stay) byId('to-end').hidden = false
    else toEnd()
    return
  }
  const node = list.querySelector(`[data-id="${CSS.escape(message.id)}"]`)
  const mark = node?.querySelector('.mark')
  if (looksSame(before, message)) {
    if (mark) mark.textContent = markText(message)
  } else {
    node?.replaceWith(renderMessage(message, acts))
  }
  watch(message)
}

function append(message) {
  const last = list.lastElementChild
  if (list.dataset.day !== dayKey(message.at) || last === null) {
    list.dataset.day = dayKey(message.at)
    list.append(el('p', { class: 'day' }, dayName(message.at, now())))
  }
  const row = renderMessage(message, acts)
  const album = message.albumId === undefined ? undefined : albumFor(message)
  if (album === undefined) list.append(row)
  else album.append(row)
  watch(message)
}

/** The pictures of an album share a frame, as they were chosen together. */
function albumFor(message) {
  const last = list.lastElementChild
  if (last?.dataset.album === message.albumId) return last.querySelector('.album')
  const album = el('div', { class: 'album' })
  list.append(el('div', { class: 'row mine', 'data-album': message.albumId }, album))
  return album
}

function looksSame(before, after) {
  const plain = ({ state, ...rest }) => JSON.stringify(rest)
  return plain(before) === plain(after)
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue
      seenWaiting.set(entry.target.dataset.id, store.activeId)
      watcher.unobserve(entry.target)
    }
    reportSeen()
  },
  { root: chat, threshold: 0.3 },
)

function watch(message) {
  if (message.from === 'citizen' || message.state !== 'received') return
  const node = list.querySelector(`[data-id="${CSS.escape(message.id)}"]`)
  if (node !== null) watcher.observe(node)
}

function reportSeen() {
  if (document.hidden || seenWaiting.size === 0) return
  clearTimeout(seenTimer)
  seenTimer = setTimeout(() => {
    const shown = [...seenWaiting]
    seenWaiting.clear()
    for (const citizenId of new Set(shown.map(([, id]) => id))) {
      const messageIds = shown.filter(([, id]) => id === citizenId).map(([messageId]) => messageId)
      post(`citizens/${citizenId}/seen`, { messageIds })
    }
  }, 350)
}
document.addEventListener('visibilitychange', reportSeen)

/** Whether the reader follows the newest message; only scrolling up by hand ends that. */
let isFollowing = true
let lastTop = 0

const lessMotion = matchMedia('(prefers-reduced-motion: reduce)')

export function toEnd(behavior = lessMotion.matches ? 'instant' : 'smooth') {
  isFollowing = true
  byId('to-end').hidden = true
  chat.scrollTo({ top: chat.scrollHeight, behavior })
}
chat.addEventListener('scroll', () => {
  const distance = chat.scrollHeight - chat.scrollTop - chat.clientHeight
  if (chat.scrollTop < lastTop && distance > NEAR_END_PX) isFollowing = false
  lastTop = chat.scrollTop
  if (distance > NEAR_END_PX) return
  isFollowing = true
  byId('to-end').hidden = true
})
byId('to-end').addEventListener('click', () => toEnd())
// A keyboard or a tray that opens must not cover the newest message.
new ResizeObserver(() => {
  if (isFollowing) toEnd('instant')
}).observe(chat)

list.addEventListener('click', (event) => {
  const row = event.target.closest('.row')
  if (row === null || event.target.closest('button, a') !== null) return
  for (const other of list.querySelectorAll('.is-chosen')) if (other !== row) other.classList.remove('is-chosen')
  row.classList.toggle('is-chosen')
})

const acts = {
  tap: (message, button) => post(`citizens/${message.citizenId}/tap`, { messageId: message.id, button }),
  tapList: (message, button) => post(`citizens/${message.citizenId}/list-tap`, { messageId: message.id, button }),
  react: (message, icon) => post(`citizens/${message.citizenId}/react`, { messageId: message.id, icon }),
  zoom: openLightbox,
  quote(message) {
    quoted = message
    byId('quote-text').textContent = message.text || 'Tin nhắn trước'
    byId('quote-bar').hidden = false
    byId('compose-text').focus()
  },
  shareInfo: openShareForm,
  /** A picture has its height only now. */
  settled() {
    if (isFollowing) toEnd('instant')
  },
}

/** The message being answered, which is then answered. */
export function takeQuote() {
  const id = quoted?.id
  quoted = undefined
  byId('quote-bar').hidden = true
  return id
}
byId('quote-cancel').addEventListener('click', () => {
  takeQuote()
  byId('compose-text').focus()
})

function openShareForm(message) {
  const citizen = active()
  if (citizen === undefined) return
  const field = (label, name, value, required = false) =>
    el(
      'label',
      {},
      label,
      el('input', { name, value, required, autocomplete: 'off', inputmode: name === 'phone' ? 'tel' : undefined }),
    )
  const form = el(
    'form',
    {
      class: 'stack',
      onsubmit: async (event) => {
        event.preventDefault()
        const fields = Object.fromEntries(new FormData(form))
        const sent = await post(`citizens/${citizen.id}/submit-info`, { messageId: message.id, ...fields })
        if (sent !== undefined) closeSheet()
      },
    },
    field('Họ và tên', 'name', citizen.name, true),
    field('Số điện thoại', 'phone', citizen.phone, true),
    field('Địa chỉ', 'address', citizen.address),
    field('Xã, phường', 'ward', citizen.ward),
    el(
      'div',
      { class: 'actions' },
      el('button', { type: 'button', class: 'secondary', onclick: closeSheet }, 'Để sau'),
      el('button', { class: 'primary' }, 'Chia sẻ'),
    ),
  )
  openSheet('Chia sẻ thông tin với tài khoản', `Thông tin dưới đây sẽ được gửi tới ${store.account.name}.`, form)
}

export function drawIntro() {
  const citizen = active()
  const intro = byId('intro')
  if (citizen === undefined) return intro.replaceChildren()
  const follow = el(
    'button',
    { type: 'button', class: 'primary', onclick: () => post(`citizens/${citizen.id}/follow`) },
    'Quan tâm',
  )
  const open = el(
    'button',
    {
      type: 'button',
      class: 'secondary',
      onclick: () => {
        post(`citizens/${citizen.id}/open-chat`)
        byId('compose-text').focus()
      },
    },
    'Nhắn tin',
  )
  intro.replaceChildren(
    el('img', { src: 'emblem.svg', alt: '' }),
    el('h2', {}, store.account.name),
    el('p', {}, store.account.description),
    el(
      'div',
      { class: 'buttons' },
      citizen.isFollower ? el('span', { class: 'small' }, 'Bạn đang quan tâm tài khoản này') : follow,
      citizen.hasOpenedChat ? undefined : open,
    ),
  )
}
