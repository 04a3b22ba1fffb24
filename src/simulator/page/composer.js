import { takeQuote, toEnd } from './chat.js'
import { byId, closeSheet, el, openSheet } from './dom.js'
import { post } from './server.js'
import { active } from './store.js'

const STICKERS = { like: 'Đồng ý', heart: 'Trái tim', smile: 'Vui', thanks: 'Cảm ơn', sad: 'Buồn', flower: 'Tặng hoa' }
const PLACES = [
  { name: 'UBND xã Sa Thầy', latitude: 14.4117, longitude: 107.7925 },
  { name: 'Trung tâm phường Kon Tum', latitude: 14.3545, longitude: 108.0076 },
  { name: 'Quảng trường Phạm Văn Đồng, Quảng Ngãi', latitude: 15.1214, longitude: 108.8044 },
]
const form = byId('composer')
const text = byId('compose-text')

export function startComposer() {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    sendText()
  })
  text.addEventListener('keydown', (event) => {
    // An input method that is still composing Vietnamese letters uses Enter for itself.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    sendText()
  })
  text.addEventListener('input', fitHeight)
  text.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    sendFiles(files)
  })
  byId('photo-pick').addEventListener('click', () => byId('photo-input').click())
  for (const id of ['photo-input', 'file-input']) {
    byId(id).addEventListener('change', (event) => {
      sendFiles([...event.target.files])
      event.target.value = ''
    })
  }
  byId('sticker-tray').append(
    ...Object.entries(STICKERS).map(([sticker, name]) =>
      el(
        'button',
        { type: 'button', 'aria-label': `Nhãn dán ${name}`, onclick: () => say({ kind: 'sticker', sticker }) },
        el('img', { src: `stickers/${sticker}.svg`, alt: '' }),
      ),
    ),
  )
  toggle('sticker')
  toggle('more')
  byId('more-tray').addEventListener('click', (event) => more(event.target.closest('button')?.dataset.more))
  const phone = byId('phone')
  phone.addEventListener('dragover', (event) => event.preventDefault())
  phone.addEventListener('drop', (event) => {
    event.preventDefault()
    sendFiles([...(event.dataTransfer?.files ?? [])])
  })
}

export function fillText(value) {
  text.value = value
  fitHeight()
  text.focus()
}

/** Closes an open tray; says whether there was one. */
export function closeTrays() {
  let closed = false
  for (const name of ['sticker', 'more']) {
    if (byId(`${name}-tray`).hidden) continue
    byId(`${name}-tray`).hidden = true
    byId(`${name}-toggle`).setAttribute('aria-expanded', 'false')
    byId(`${name}-toggle`).focus()
    closed = true
  }
  return closed
}

function toggle(name) {
  const button = byId(`${name}-toggle`)
  const tray = byId(`${name}-tray`)
  button.addEventListener('click', () => {
    const open = tray.hidden
    closeTrays()
    tray.hidden = !open
    button.setAttribute('aria-expanded', String(open))
    if (open) tray.querySelector('button')?.focus()
    toEnd('instant')
  })
}

function fitHeight() {
  form.classList.toggle('has-text', text.value.trim() !== '')
  text.rows = Math.min(5, text.value.split('\n').length)
}

async function sendText() {
  const citizen = active()
  const value = text.value.trim()
  if (citizen === undefined || value === '') return
  text.value = ''
  fitHeight()
  const isLink = /^https?:\/\/\S+$/.test(value) && URL.canParse(value)
  const quoteId = takeQuote()
  const said = isLink
    ? { kind: 'link', url: value, text: value }
    : { kind: 'text', text: value, ...(quoteId ? { quoteId } : {}) }
  const sent = await post(`citizens/${citizen.id}/messages`, said)
  if (sent === undefined && text.value === '') fillText(value)
}

async function say(content) {
  const citizen = active()
  closeTrays()
  if (citizen !== undefined) await post(`citizens/${citizen.id}/messages`, content)
  text.focus()
}

async function sendFiles(files) {
  const citizen = active()
  if (citizen === undefined || files.length === 0) return
  const data = new FormData()
  data.append('text', text.value.trim())
  for (const file of files) data.append('file', file, file.name)
  closeTrays()
  const sent = await post(`citizens/${citizen.id}/media`, data)
  if (sent === undefined) return
  text.value = ''
  fitHeight()
}

function more(what) {
  switch (what) {
    case 'photo':
      byId('photo-input').click()
      break
    case 'file':
      byId('file-input').click()
      break
    case 'voice':
      say({ kind: 'voice' })
      break
    case 'location':
      askLocation()
      break
    case 'card':
      ask(
        'Gửi danh thiếp',
        'Giới thiệu một người trong danh bạ.',
        { name: ['Họ và tên', 'Trần Văn Thử'], phone: ['Số điện thoại', '0988000321'] },
        (fields) => ({ kind: 'businessCard', ...fields }),
      )
      break
    case 'link':
      ask('Gửi liên kết', '', { url: ['Địa chỉ trang', 'https://quangngai.gov.vn'] }, ({ url }) => ({
        kind: 'link',
        url,
        text: url,
      }))
      break
  }
}

function askLocation() {
  const places = PLACES.map((place) =>
    el(
      'button',
      {
        type: 'button',
        class: 'secondary',
        onclick: () => done({ kind: 'location', latitude: place.latitude, longitude: place.longitude }),
      },
      place.name,
    ),
  )
  const form = fieldsForm({ latitude: ['Vĩ độ', '14.4117'], longitude: ['Kinh độ', '107.7925'] }, (fields) => ({
    kind: 'location',
    latitude: Number(fields.latitude),
    longitude: Number(fields.longitude),
  }))
  openSheet(
    'Gửi vị trí',
    'Chọn một nơi có sẵn, hoặc nhập tọa độ.',
    el('div', { class: 'rows' }, places),
    el('h3', {}, 'Tọa độ khác'),
    form,
  )
}

function ask(title, explanation, fields, content) {
  openSheet(title, explanation, fieldsForm(fields, content))
}

function fieldsForm(fields, content) {
  const form = el(
    'form',
    {
      class: 'stack',
      onsubmit: (event) => {
        event.preventDefault()
        done(content(Object.fromEntries(new FormData(form))))
      },
    },
    Object.entries(fields).map(([name, [label, value]]) =>
      el('label', {}, label, el('input', { name, value, required: true, autocomplete: 'off' })),
    ),
    el(
      'div',
      { class: 'actions' },
      el('button', { type: 'button', class: 'secondary', onclick: closeSheet }, 'Thôi'),
      el('button', { class: 'primary' }, 'Gửi'),
    ),
  )
  return form
}

function done(content) {
  closeSheet()
  say(content)
}
