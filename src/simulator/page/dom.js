/** Builds an element. Texts become text nodes, so nothing that a person wrote is ever read as markup. */
export function el(tag, fields = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (name === 'class') node.className = value
    else node.setAttribute(name, value === true ? '' : String(value))
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false))
  return node
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `icons.svg#${name}`)
  svg.append(use)
  return svg
}

export const byId = (id) => document.getElementById(id)

let toastTimer
export function toast(text) {
  clearTimeout(toastTimer)
  byId('toast').textContent = text
  toastTimer = setTimeout(() => {
    byId('toast').textContent = ''
  }, 4500)
}

/** A small window over the page; Esc and a tap beside it close it, and the focus goes back. */
export function openSheet(title, text, ...content) {
  const sheet = byId('sheet')
  sheet.replaceChildren(el('h2', { id: 'sheet-title' }, title), ...(text ? [el('p', {}, text)] : []), ...content)
  if (!sheet.open) sheet.showModal()
  return sheet
}

export function closeSheet() {
  byId('sheet').close()
}

/** Text with its web addresses as links, everything else literally. */
export function linked(text) {
  const parts = []
  let end = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"“”]+/g)) {
    const address = match[0].replace(/[.,;:!?)\]}…]+$/, '')
    parts.push(text.slice(end, match.index))
    parts.push(el('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, address))
    end = match.index + address.length
  }
  parts.push(text.slice(end))
  return parts.filter((part) => part !== '')
}

const zone = 'Asia/Ho_Chi_Minh'
const hourFormat = new Intl.DateTimeFormat('vi-VN', {
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
  timeZone: zone,
})
const secondFormat = new Intl.DateTimeFormat('vi-VN', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
  timeZone: zone,
})
const dayFormat = new Intl.DateTimeFormat('vi-VN', {
  weekday: 'long',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  timeZone: zone,
})
const keyFormat = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: zone })

export const hour = (at) => hourFormat.format(at)
export const hourWithSeconds = (at) => secondFormat.format(at)
export const longDay = (at) => dayFormat.format(at)
export const dayKey = (at) => keyFormat.format(at)

export function dayName(at, now) {
  if (dayKey(at) === dayKey(now)) return 'Hôm nay'
  if (dayKey(at) === dayKey(now - 86_400_000)) return 'Hôm qua'
  return longDay(at)
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1).replace('.', ',')} MB`
}

/** A Vietnamese given name stands last. */
export function initial(name) {
  return (name.trim().split(/\s+/).at(-1) ?? '?').slice(0, 1).toUpperCase()
}

export function face(citizen) {
  return el('span', { class: `face face-${citizen.color}`, 'aria-hidden': 'true' }, initial(citizen.name))
}
