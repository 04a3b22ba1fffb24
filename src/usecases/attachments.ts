import { randomUUID } from 'node:crypto'
import type { Actor, Case, CaseAttachment, Officer } from '../cases/case.ts'
import { attachmentsOf } from '../cases/checks.ts'
import type { Audit } from './audit.ts'
import type { FileStore, OpenedFile } from './file-store.ts'
import type { ReadCases } from './read-cases.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

export type AttachmentsDeps = {
  files: FileStore
  reads: Pick<ReadCases, 'judge'>
  audit: Audit
  /** A case that everybody may read, or null. */
  findPublished(code: string): Promise<Case | null>
  inspect(
    bytes: Buffer,
    nameHint: string,
  ): Promise<{ ok: true; mediaType: string; extension: string; kind: string } | { ok: false; reason: string }>
  /** A picture drawn anew, without what a camera writes beside it (R3-7e). */
  publicCopy(
    bytes: Uint8Array,
    mediaType: string,
  ): Promise<{ ok: true; bytes: Buffer; mediaType: string } | { ok: false }>
}

export type Attachments = ReturnType<typeof createAttachments>

const COPY_SUFFIX = '.public'

/** Files of cases: officers open what the case holds and add their own; everybody sees the chosen ones, as copies (R3-7g). */
export function createAttachments(deps: AttachmentsDeps) {
  const { files } = deps

  async function find(ids: readonly string[]): Promise<CaseAttachment[]> {
    const opened = await Promise.all(ids.map((id) => files.open(id)))
    return opened.flatMap((file) => (file === undefined ? [] : [toAttachment(file)]))
  }

  return {
    find,

    /** Of these files those that this officer has handed in: nobody takes over a file of another case by its id. */
    async findOwn(login: string, ids: readonly string[]): Promise<CaseAttachment[]> {
      const opened = await Promise.all(ids.map((id) => files.open(id)))
      return opened.flatMap((file) => (file?.owner === ownerOf(login) ? [toAttachment(file)] : []))
    },

    /** The original, for a reader with the right to it (§7.2), which the audit log keeps; 404 for a file of another case. */
    async open(actor: Actor, code: string, id: string): Promise<OpenedFile> {
      const { current, sight } = await deps.reads.judge(actor, code)
      if (!attachmentsOf(current).some((attachment) => attachment.id === id)) throw new RefusedError('not_found')
      if (!sight.files) throw new RefusedError('forbidden')
      const file = present(await files.open(id))
      await deps.audit.record({ actor, act: 'openFile', caseCodes: [code], data: { file: id } })
      return file
    },

    /** Keeps a file that an officer brings, judged by its content; it belongs to no case until an act names it. */
    async add(officer: Officer, file: { bytes: Buffer; name: string }): Promise<CaseAttachment> {
      requireScope(officer, 'write')
      const inspected = await deps.inspect(file.bytes, file.name)
      if (!inspected.ok) {
        const key = `files.refused.${inspected.reason}`
        throw new RefusedError('invalid_fields', [{ path: 'file', key, params: { megabytes: 10 } }])
      }
      const { mediaType, kind } = inspected
      const name = file.name.slice(0, 120)
      const stored = await files.put({
        id: randomUUID(),
        bytes: file.bytes,
        name,
        mediaType,
        owner: ownerOf(officer.login),
      })
      return { ...stored, name, mediaType, kind }
    },

    /** What the publisher chose to show, pictures as copies without their place; null where there is no such thing. */
    async openPublic(code: string, id: string): Promise<OpenedFile | null> {
      const current = await deps.findPublished(code)
      const chosen = current?.publication?.attachments.find((attachment) => attachment.id === id)
      if (chosen === undefined) return null
      return chosen.kind === 'image' ? openCopy(id, code) : ((await files.open(id)) ?? null)
    },

    /** A picture as everybody may see it, without what a camera writes beside it; null where there is none. */
    openCopy,
  }

  async function openCopy(id: string, owner: string): Promise<OpenedFile | null> {
    const copy = await files.open(id + COPY_SUFFIX)
    if (copy !== undefined) return copy
    const original = await files.open(id)
    if (original === undefined) return null
    const made = await deps.publicCopy(Buffer.concat(await Array.fromAsync(original.content)), original.mediaType)
    // A picture that cannot be drawn anew may carry anything: it is not shown.
    if (!made.ok) return null
    const name = `${original.name.replace(/\.[^.]*$/, '')}.jpg`
    await files.put({ id: id + COPY_SUFFIX, bytes: made.bytes, name, mediaType: made.mediaType, owner })
    return (await files.open(id + COPY_SUFFIX)) ?? null
  }
}

const ownerOf = (login: string) => `officer:${login}`

function toAttachment({ id, name, mediaType, sizeBytes, sha256 }: OpenedFile): CaseAttachment {
  return { id, name, mediaType, sizeBytes, sha256, kind: kindOf(mediaType) }
}

function kindOf(mediaType: string): string {
  const [family = ''] = mediaType.split('/')
  if (family === 'image' || family === 'audio' || family === 'video') return family
  return mediaType === 'application/pdf' ? 'pdf' : 'document'
}

function present(file: OpenedFile | undefined): OpenedFile {
  if (file === undefined) throw new RefusedError('not_found')
  return file
}
