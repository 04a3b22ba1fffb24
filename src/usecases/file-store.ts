/** A file as it came, kept for as long as the case or draft that it belongs to. */
export type NewFile = {
  /** Chosen by the caller from what caused the file, so that doing the same again stores nothing new. */
  id: string
  bytes: Uint8Array
  name: string
  mediaType: string
  /** A case code or a draft id: what it belongs to, never a person in clear. */
  owner: string
}

/** `sha256` is hex, over the bytes as they came. */
export type StoredFile = { id: string; sha256: string; sizeBytes: number }

/** `content` fails when what is stored was changed; whoever reads must then discard what came before. */
export type OpenedFile = StoredFile & {
  name: string
  mediaType: string
  owner: string
  content: AsyncIterable<Uint8Array>
}

/** Keeps attachments, encrypted at rest (R9-12). */
export type FileStore = {
  /** Stored by a majority when it resolves. The same id with other bytes is refused with `FileConflictError`. */
  put(file: NewFile): Promise<StoredFile>
  open(id: string): Promise<OpenedFile | undefined>
  /** What is not there counts as removed. */
  remove(id: string): Promise<void>
}

/** An id was used again for another content. */
export class FileConflictError extends Error {
  readonly code = 'fileConflict'

  constructor(id: string) {
    super(`file ${id} is stored with another content`)
    this.name = 'FileConflictError'
  }
}
