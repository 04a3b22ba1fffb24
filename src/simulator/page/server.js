import { toast } from './dom.js'

/** Posts an act; a refusal is shown and returned as undefined. */
export async function post(path, body) {
  try {
    const isForm = body instanceof FormData
    const response = await fetch(`api/${path}`, {
      method: 'POST',
      headers: { 'x-simulator': '1', ...(isForm ? {} : { 'content-type': 'application/json' }) },
      body: isForm ? body : JSON.stringify(body ?? {}),
    })
    const answer = await response.json().catch(() => ({}))
    if (response.ok) return answer
    toast(answer.detail ?? 'Chưa thực hiện được, xin thử lại.')
  } catch {
    toast('Không kết nối được với máy chủ, xin thử lại.')
  }
  return undefined
}

export async function get(path) {
  const response = await fetch(`api/${path}`)
  if (!response.ok) throw new Error(`api/${path}: ${response.status}`)
  return response.json()
}

const TYPES = ['message', 'citizen', 'log', 'sms', 'letter', 'templates', 'settings', 'clock', 'webhook']

/** Live changes; connects again by itself, and `onOpen` runs at every connection so that the state is read anew. */
export function openStream({ onOpen, onChange, onLost }) {
  const source = new EventSource('api/stream')
  source.addEventListener('hello', onOpen)
  for (const type of TYPES) source.addEventListener(type, (event) => onChange(JSON.parse(event.data)))
  source.addEventListener('error', () => {
    onLost()
    // A server that is just starting answers with an error, after which the browser would not try again.
    if (source.readyState !== EventSource.CLOSED) return
    source.close()
    setTimeout(() => openStream({ onOpen, onChange, onLost }), 1500)
  })
}
