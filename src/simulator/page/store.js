/** What the page knows; filled from the server at every connection. */
export const store = {
  account: { name: '', description: '', type: 4, id: '' },
  menu: [],
  citizens: new Map(),
  activeId: sessionStorage.getItem('citizen') ?? '',
  messages: new Map(),
  log: [],
  settings: undefined,
  webhook: { subscribed: true, pending: 0 },
  shortMessages: [],
  letters: [],
  templates: [],
  clockOffset: 0,
}

export const now = () => Date.now() + store.clockOffset

export const active = () => store.citizens.get(store.activeId)

export function setActive(id) {
  store.activeId = id
  sessionStorage.setItem('citizen', id)
}
