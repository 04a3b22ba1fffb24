import { drawIntro, loadChat } from './chat.js'
import { byId, closeSheet, dayKey, el, face, hour, openSheet } from './dom.js'
import { post } from './server.js'
import { active, now, setActive, store } from './store.js'

export function startPeople({ close }) {
  byId('add-person-form').addEventListener('submit', async (event) => {
    event.preventDefault()
    const form = event.target
    const citizen = await post('citizens', Object.fromEntries(new FormData(form)))
    if (citizen === undefined) return
    form.reset()
    byId('add-person').open = false
    store.citizens.set(citizen.id, citizen)
    choose(citizen.id)
    close()
  })
  byId('people-list').addEventListener('click', (event) => {
    const id = event.target.closest('.person')?.dataset.id
    if (id === undefined) return
    choose(id)
    close()
  })
  byId('open-profile').addEventListener('click', openProfile)
}

export function choose(id) {
  setActive(id)
  drawPeople()
  loadChat()
}

let drawWaiting = false
/** Draws the list once per frame, however many changes came. */
export function drawPeople() {
  if (drawWaiting) return
  drawWaiting = true
  requestAnimationFrame(() => {
    drawWaiting = false
    draw()
  })
}

function draw() {
  const list = byId('people-list')
  const focused = document.activeElement?.closest?.('.person')?.dataset.id
  const people = [...store.citizens.values()].sort((left, right) => (right.lastAt ?? 0) - (left.lastAt ?? 0))
  list.replaceChildren(...people.map((citizen) => el('li', {}, personButton(citizen))))
  if (focused !== undefined) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus()
  drawIntro()
}

function personButton(citizen) {
  const isActive = citizen.id === store.activeId
  const unread = isActive ? 0 : citizen.unread
  const note = citizen.isOnline ? (citizen.isFollower ? 'Đang quan tâm' : 'Chưa quan tâm') : 'Đang tắt máy'
  return el(
    'button',
    { type: 'button', class: 'person', 'data-id': citizen.id, 'aria-current': isActive ? 'true' : undefined },
    face(citizen),
    el(
      'span',
      { class: 'person-text' },
      el('span', { class: 'person-name' }, citizen.name),
      el('span', { class: 'person-last' }, citizen.lastText || note),
    ),
    el(
      'span',
      { class: 'person-side' },
      citizen.lastAt === undefined ? undefined : el('span', {}, timeOf(citizen.lastAt)),
      unread > 0
        ? el('span', { class: 'badge', 'aria-label': `${unread} tin chưa đọc` }, String(Math.min(unread, 99)))
        : undefined,
    ),
  )
}

function timeOf(at) {
  if (dayKey(at) === dayKey(now())) return hour(at)
  const [, month, day] = dayKey(at).split('-')
  return `${day}/${month}`
}

function openProfile() {
  const citizen = active()
  if (citizen === undefined) return
  const act = (label, path, danger = false) =>
    el(
      'button',
      {
        type: 'button',
        class: `secondary${danger ? ' danger' : ''}`,
        onclick: () => {
          closeSheet()
          post(`citizens/${citizen.id}/${path}`)
        },
      },
      label,
    )
  openSheet(
    citizen.name,
    '',
    el(
      'dl',
      { class: 'facts' },
      el('dt', {}, 'Số điện thoại'),
      el('dd', {}, citizen.phone),
      el('dt', {}, 'Địa chỉ'),
      el('dd', {}, [citizen.address, citizen.ward].filter(Boolean).join(', ') || '–'),
      el('dt', {}, 'Tình trạng'),
      el(
        'dd',
        {},
        `${citizen.isFollower ? 'Đang quan tâm' : 'Chưa quan tâm'}; ${citizen.isOnline ? 'điện thoại đang bật' : 'điện thoại đang tắt'}`,
      ),
    ),
    el(
      'div',
      { class: 'rows' },
      citizen.isFollower ? act('Bỏ quan tâm tài khoản', 'unfollow') : act('Quan tâm tài khoản', 'follow'),
      citizen.isOnline ? act('Tắt máy (tin đến sẽ chờ)', 'offline') : act('Bật máy', 'online'),
      act('Rút lại dữ liệu đã cung cấp cho tài khoản', 'withdraw', true),
      el('button', { type: 'button', class: 'secondary', onclick: closeSheet }, 'Đóng'),
    ),
  )
}
