import type { ChatMessage } from '../model.ts'
import type { World } from '../world.ts'
import { typeByContent } from './uploads.ts'

const FETCH_TIMEOUT_MS = 3_000
const PICTURE_BYTES_MAX = 2 * 1024 * 1024

/** Fetches the picture that a message names by address, as Zalo does, so that the phone can show it. Never throws. */
export async function showPicture(world: World, message: ChatMessage): Promise<void> {
  const address = message.externalUrl
  if (address === undefined) return
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    const chunks: Uint8Array[] = []
    let total = 0
    for await (const chunk of response.body ?? []) {
      total += chunk.length
      if (total > PICTURE_BYTES_MAX) return
      chunks.push(chunk)
    }
    const bytes = Buffer.concat(chunks)
    const mediaType = typeByContent({ name: '', mediaType: '', bytes })
    if (!response.ok || !mediaType.startsWith('image/')) return
    message.media = world.keepMedia({ name: 'anh', mediaType, bytes })
    world.changes.publish({ type: 'message', message })
    world.storage.changed()
  } catch {
    // A picture that cannot be fetched is shown as its address.
  }
}
