import { byId, el, hour, linked } from './dom.js'
import { post } from './server.js'
import { store } from './store.js'

const STATES = {
  ENABLE: 'Được gửi',
  PENDING_REVIEW: 'Chờ duyệt',
  REJECT: 'Bị từ chối',
  DISABLE: 'Bị tắt',
}
const QUALITIES = { HIGH: 'Tốt', MEDIUM: 'Trung bình', LOW: 'Kém' }

/** The mailbox: whoever a letter is for, it lies here. */
export function drawLetters() {
  const opened = new Set([...document.querySelectorAll('.letter[open]')].map((node) => node.dataset.id))
  byId('panel-mail').replaceChildren(
    el('p', {}, 'Thư điện tử mà dịch vụ gửi, cho bất kỳ địa chỉ nào, đều nằm ở đây. Bấm vào từng thư để đọc.'),
    store.letters.length === 0
      ? el('p', { class: 'empty' }, 'Chưa có thư nào.')
      : el(
          'ul',
          { class: 'letters' },
          store.letters.map((letter) => el('li', {}, renderLetter(letter, opened.has(letter.id)))),
        ),
  )
  byId('mail-count').hidden = store.letters.length === 0
  byId('mail-count').textContent = String(store.letters.length)
}

function renderLetter(letter, isOpen) {
  const details = el(
    'details',
    { class: 'letter', 'data-id': letter.id, open: isOpen },
    el('summary', {}, el('strong', {}, letter.subject), el('small', {}, `${letter.to} · ${hour(letter.at)}`)),
  )
  const show = () => {
    if (!details.open || details.childElementCount > 1) return
    details.append(
      el('p', { class: 'small' }, `Từ: ${letter.from}`),
      el('iframe', { src: `mail/${letter.id}`, title: `Thư: ${letter.subject}`, sandbox: true }),
      el('details', {}, el('summary', {}, 'Bản chữ'), el('p', { class: 'letter-text' }, linked(letter.text))),
    )
  }
  details.addEventListener('toggle', show)
  show()
  return details
}

/** The reviewed templates, and what reviewers and reports may do to them. */
export function drawTemplates() {
  byId('panel-templates').replaceChildren(
    el(
      'p',
      {},
      'Các mẫu tin ZBS đã duyệt của tài khoản. Đổi tình trạng hoặc chất lượng thì Zalo báo ngay cho dịch vụ.',
    ),
    el(
      'ul',
      { class: 'template-list' },
      store.templates.map((template) => el('li', {}, ...renderTemplate(template))),
    ),
  )
}

function renderTemplate(template) {
  const choose = (label, name, words) =>
    el(
      'label',
      {},
      label,
      el(
        'select',
        { onchange: (event) => post(`templates/${template.templateId}`, { [name]: event.target.value }) },
        Object.entries(words).map(([value, word]) => el('option', { value, selected: template[name] === value }, word)),
      ),
    )
  return [
    el('strong', {}, `${template.name} · ${template.templateId}`),
    el('p', {}, template.text),
    el(
      'div',
      { class: 'stack' },
      el(
        'div',
        { class: 'columns' },
        choose('Tình trạng', 'status', STATES),
        choose('Chất lượng', 'quality', QUALITIES),
      ),
    ),
  ]
}
