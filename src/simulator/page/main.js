import { drawIntro, loadChat, showMessage } from './chat.js'
import { closeTrays, fillText, startComposer } from './composer.js'
import { byId, el, toast } from './dom.js'
import { drawLog, drawWebhook, showEntry, startLog } from './log.js'
import { drawClock, drawSettings, drawShortMessages, startPanels } from './panels.js'
import { choose, drawPeople, startPeople } from './people.js'
import { drawLetters, drawTemplates } from './providers.js'
import { get, openStream, post } from './server.js'
import { active, setActive, store } from './store.js'

async function load() {
  const state = await get('state')
  store.account = state.account
  store.menu = state.menu
  store.citizens = new Map(state.citizens.map((citizen) => [citizen.id, citizen]))
  store.log = state.log
  store.settings = state.settings
  store.webhook = state.webhook
  store.shortMessages = state.shortMessages
  store.letters = state.letters
  store.templates = state.templates
  store.clockOffset = state.now - Date.now()
  if (active() === undefined) setActive(state.citizens[0]?.id ?? '')
  byId('account-name').textContent = store.account.name
  drawKind()
  drawMenu()
  drawPeople()
  drawLog()
  drawWebhook()
  drawClock()
  drawSettings()
  drawShortMessages()
  drawLetters()
  drawTemplates()
  await loadChat()
  byId('link-lost').hidden = true
  document.body.dataset.ready = 'true'
}

function drawKind() {
  byId('account-kind').textContent = store.account.type === 4 ? 'Cơ quan nhà nước' : 'Tài khoản doanh nghiệp'
}

function drawMenu() {
  byId('quick-menu').replaceChildren(
    ...store.menu.map((item, index) =>
      el(
        'button',
        { type: 'button', onclick: () => post(`citizens/${store.activeId}/menu`, { item: index }) },
        item.title,
      ),
    ),
  )
}

function apply(change) {
  switch (change.type) {
    case 'message':
      if (isNewWord(change.message)) byId('sms-banner').replaceChildren()
      return showMessage(change.message)
    case 'citizen':
      store.citizens.set(change.citizen.id, change.citizen)
      if (store.activeId === '') return choose(change.citizen.id)
      return drawPeople()
    case 'log':
      return showEntry(change.entry)
    case 'sms':
      store.shortMessages.unshift(change.sms)
      drawShortMessages()
      return showSms(change.sms)
    case 'letter':
      store.letters.unshift(change.letter)
      return drawLetters()
    case 'templates':
      store.templates = change.templates
      return drawTemplates()
    case 'settings':
      store.settings = change.settings
      return drawSettings()
    case 'webhook':
      store.webhook = change.webhook
      return drawWebhook()
    case 'clock':
      store.clockOffset = change.now - Date.now()
      return drawClock()
  }
}

/** A change of an older message, such as that it was seen, is no reason to take a code away. */
function isNewWord(message) {
  return message.from === 'citizen' && message.citizenId === store.activeId && !store.messages.has(message.id)
}

let smsTimer
function showSms(sms) {
  const banner = byId('sms-banner')
  if (sms.citizenId !== undefined && sms.citizenId !== store.activeId) return
  const close = () => banner.replaceChildren()
  const use = () => {
    fillText(sms.code)
    close()
  }
  banner.replaceChildren(
    el(
      'div',
      { class: 'sms-card' },
      el('strong', {}, `Tin nhắn SMS · ${sms.phone}`),
      el('p', {}, sms.text),
      el(
        'div',
        {},
        sms.code === ''
          ? undefined
          : el('button', { type: 'button', class: 'secondary', onclick: use }, `Nhập mã ${sms.code}`),
        el('button', { type: 'button', class: 'secondary', onclick: close }, 'Đóng'),
      ),
    ),
  )
  clearTimeout(smsTimer)
  smsTimer = setTimeout(close, 45_000)
}

function startSides() {
  const openers = { people: document.querySelector('.open-people'), tools: document.querySelector('.open-tools') }
  const close = (name) => {
    const side = byId(name)
    if (!side.classList.contains('is-open')) return false
    side.classList.remove('is-open')
    openers[name].focus()
    return true
  }
  for (const button of document.querySelectorAll('[data-open]')) {
    button.addEventListener('click', () => {
      const side = byId(button.dataset.open)
      side.classList.add('is-open')
      side.querySelector('button')?.focus()
    })
  }
  for (const button of document.querySelectorAll('[data-close]'))
    button.addEventListener('click', () => close(button.dataset.close))
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || document.querySelector('dialog[open]') !== null) return
    if (closeTrays()) return
    if (close('tools') || close('people')) return
    byId('sms-banner').replaceChildren()
  })
  return close
}

function startTabs() {
  const tabs = [...byId('tabs').querySelectorAll('[role="tab"]')]
  const show = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen
      tab.setAttribute('aria-selected', String(isChosen))
      tab.tabIndex = isChosen ? 0 : -1
      byId(tab.getAttribute('aria-controls')).hidden = !isChosen
    }
  }
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => show(tab))
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (step === undefined) return
      const next = tabs[(index + step + tabs.length) % tabs.length]
      show(next)
      next.focus()
    })
  }
}

function startDialogs() {
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close()
    })
  }
}

// A region that scrolls must be reachable by keyboard.
byId('chat').tabIndex = 0
const close = startSides()
startTabs()
startDialogs()
startPanels()
startLog()
startComposer()
startPeople({ close: () => close('people') })
drawIntro()
openStream({
  onOpen: () => load().catch(() => toast('Chưa tải được dữ liệu, xin tải lại trang.')),
  onChange: apply,
  onLost: () => {
    byId('link-lost').hidden = false
  },
})
