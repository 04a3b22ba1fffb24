import { byId, el, hourWithSeconds } from './dom.js'
import { store } from './store.js'

const SHOWN_MAX = 150
const list = byId('log-list')

export function startLog() {
  byId('log-mine').addEventListener('change', drawLog)
  byId('log-hold').addEventListener('change', drawLog)
}

export function drawLog() {
  list.replaceChildren(...store.log.filter(isShown).slice(0, SHOWN_MAX).map(renderEntry))
  if (list.childElementCount === 0) {
    list.append(el('li', { class: 'empty' }, 'Chưa có sự kiện nào. Xin gửi thử một tin nhắn từ điện thoại.'))
  }
}

/** An entry is new or has changed; what a person has opened stays open. */
export function showEntry(entry) {
  const index = store.log.findIndex((each) => each.seq === entry.seq)
  if (index >= 0) store.log[index] = entry
  else store.log.unshift(entry)
  if (store.log.length > 300) store.log.pop()
  if (byId('log-hold').checked || !isShown(entry)) return
  list.querySelector('.empty')?.remove()
  const node = list.querySelector(`[data-seq="${entry.seq}"]`)
  if (node === null && index >= 0) return
  const fresh = renderEntry(entry)
  const wasOpen = node?.querySelector('details')?.open ?? false
  const hadFocus = node?.contains(document.activeElement) ?? false
  if (node === null) list.prepend(fresh)
  else node.replaceWith(fresh)
  if (wasOpen) fresh.querySelector('details').open = true
  if (hadFocus) fresh.querySelector('summary').focus()
  while (list.childElementCount > SHOWN_MAX) list.lastElementChild.remove()
}

export function drawWebhook() {
  const { subscribed, pending } = store.webhook
  const status = byId('webhook-status')
  status.classList.toggle('is-bad', !subscribed)
  status.textContent = subscribed
    ? pending > 0
      ? `${pending} sự kiện đang chờ`
      : 'Webhook thông'
    : 'Webhook đã bị ngắt'
}

function isShown(entry) {
  return !byId('log-mine').checked || entry.citizenId === undefined || entry.citizenId === store.activeId
}

function renderEntry(entry) {
  const isEvent = entry.type === 'event'
  const name = store.citizens.get(entry.citizenId)?.name
  const notes = [name, preview(entry), entry.fault === undefined ? undefined : `sự cố thử: ${entry.fault}`]
    .filter(Boolean)
    .join(' · ')
  const details = el(
    'details',
    {},
    el(
      'summary',
      {},
      el('span', { class: 'log-time' }, hourWithSeconds(entry.at)),
      el(
        'span',
        {
          class: `log-way ${entry.type}`,
          role: 'img',
          'aria-label': isEvent ? 'Sự kiện tới dịch vụ' : 'Dịch vụ gọi Zalo',
          title: isEvent ? 'Sự kiện Zalo → dịch vụ' : 'Lời gọi dịch vụ → Zalo',
        },
        isEvent ? '→' : '←',
      ),
      el('span', { class: 'log-title' }, entry.title, notes === '' ? undefined : el('small', {}, notes)),
      el(
        'span',
        {},
        el(
          'span',
          { class: `chip${entry.failed ? ' is-bad' : entry.status === 'đang gửi' ? ' is-open' : ''}` },
          label(entry),
        ),
        entry.durationMs === undefined ? '' : ` ${entry.durationMs} ms`,
      ),
    ),
  )
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(entryBody(entry))
  })
  return el('li', { 'data-seq': String(entry.seq) }, details)
}

/** What the entry carries, in one line. */
function preview(entry) {
  const { message, text } = entry.request ?? {}
  const words = message?.text ?? text
  return typeof words === 'string' && words !== ''
    ? `“${words.slice(0, 60)}${words.length > 60 ? '…' : ''}”`
    : undefined
}

/** Zalo says 0 where others say OK. */
function label(entry) {
  return entry.type === 'call' && entry.status === '0' ? 'OK' : entry.status
}

function entryBody(entry) {
  const block = (title, value) => [
    el('h4', {}, title),
    el('pre', { tabindex: '0' }, typeof value === 'string' ? value : JSON.stringify(value, null, 2)),
  ]
  const body = el('div', { class: 'log-body' })
  if (entry.request !== undefined)
    body.append(...block(entry.type === 'event' ? 'Nội dung sự kiện' : 'Yêu cầu', entry.request))
  if (entry.answer !== undefined) body.append(...block('Trả lời', entry.answer))
  if (entry.raw !== undefined) body.append(...block('Đúng từng byte đã gửi', entry.raw))
  if (entry.signature !== undefined) body.append(...block('X-ZEvent-Signature', entry.signature))
  return body
}
