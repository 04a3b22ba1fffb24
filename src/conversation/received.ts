import type { Incoming } from './incoming.ts'

/** A file after it was fetched and looked into (R3-7e); `id` opens it in the file store. */
export type ReceivedFile =
  | {
      ok: true
      id: string
      kind: 'image' | 'pdf' | 'document' | 'audio' | 'video'
      name: string
      mediaType: string
      sizeBytes: number
      sha256: string
    }
  | {
      ok: false
      reason:
        | 'encrypted'
        | 'macro'
        | 'executable'
        | 'archive'
        | 'unsupported'
        | 'video'
        | 'tooLarge'
        | 'empty'
        | 'expired'
        | 'unreachable'
    }

/** What the engine is told: as `Incoming`, with files instead of links, and the passing of time as an event of its own. */
export type Received =
  | Exclude<Incoming, { type: 'media' }>
  | { id: string; at: number; type: 'files'; files: ReceivedFile[]; text: string }
  /** Nobody wrote: the moment that the conversation asked to be woken at has come. */
  | { id: string; at: number; type: 'wake' }
  /** A member of staff wrote to this citizen in Zalo's own tool: the bot steps back (conversation.md §6). */
  | { id: string; at: number; type: 'staffWrote' }
  /** An officer answered who does not read this chat: what the citizen says next has to be told to somebody again. */
  | { id: string; at: number; type: 'staffAnswered' }
