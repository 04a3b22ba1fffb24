import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import mongoose, { type mongo } from 'mongoose'
import {
  FileConflictError,
  type FileStore,
  type NewFile,
  type OpenedFile,
  type StoredFile,
} from '../usecases/file-store.ts'
import type { FieldCipher } from './crypto.ts'
import type { FileCipher } from './file-cipher.ts'

export type MongoFileStore = FileStore & {
  /** Encrypts anew what was written with another key than the one that writes now; gives how many files that were. */
  rotate(): Promise<number>
  /** Removes pieces of uploads that began before `before` and never ended, such as those of a process that was killed. */
  removeUnfinished(before: Date): Promise<number>
}

type FileDocument = {
  _id: mongo.ObjectId
  length: number
  metadata: {
    fileId: string
    owner: string
    mediaType: string
    sizeBytes: number
    sha256: string
    keyId: string
    name: mongo.Binary
    /** On a copy under another key, until it takes the place of the file with this id. */
    replaces?: string
  }
}

const bucketName = 'attachments'
const duplicateKey = 11_000
// Looked for every night; a whole pass over millions of pieces would find nothing more.
const lookBackMs = 30 * 24 * 3_600_000

/**
 * Attachments in GridFS. Each upload takes an object id of its own and becomes visible as a whole, under the caller's id,
 * with its last write; two uploads under one id end as one file.
 */
export async function openFileStore(
  db: mongo.Db,
  ciphers: { fields: FieldCipher; files: FileCipher; writingKeyId: string },
): Promise<MongoFileStore> {
  const bucket = new mongoose.mongo.GridFSBucket(db, { bucketName, writeConcern: { w: 'majority', j: true } })
  const documents = db.collection<FileDocument>(`${bucketName}.files`)
  const chunks = db.collection<{ files_id: mongo.ObjectId }>(`${bucketName}.chunks`)
  await documents.createIndex({ 'metadata.fileId': 1 }, { unique: true })
  await documents.createIndex({ 'metadata.keyId': 1 })
  await documents.createIndex({ 'metadata.replaces': 1 }, { sparse: true })

  const findDocument = (fileId: string) => documents.findOne({ 'metadata.fileId': fileId })

  const upload = async (
    fileId: string,
    content: AsyncIterable<Uint8Array>,
    metadata: Omit<FileDocument['metadata'], 'fileId' | 'keyId'>,
  ) => {
    // The name of a file may be a name of a person: it is sealed, and GridFS gets the id in its place.
    const target = bucket.openUploadStream(fileId, {
      metadata: { ...metadata, fileId, keyId: ciphers.writingKeyId },
    })
    try {
      await pipeline(content, target)
    } catch (error) {
      await chunks.deleteMany({ files_id: target.id })
      throw error
    }
    return target.id
  }

  const store: MongoFileStore = {
    async put(file) {
      const sha256 = createHash('sha256').update(file.bytes).digest('hex')
      const present = await findDocument(file.id)
      if (present !== null) return sameFile(present, sha256)
      try {
        await upload(file.id, ciphers.files.encrypt([file.bytes], contentContext(file.id)), {
          owner: file.owner,
          mediaType: file.mediaType,
          sizeBytes: file.bytes.length,
          sha256,
          name: sealName(ciphers.fields, file),
        })
      } catch (error) {
        const other = isDuplicate(error) ? await findDocument(file.id) : null
        if (other === null) throw error
        return sameFile(other, sha256)
      }
      return { id: file.id, sha256, sizeBytes: file.bytes.length }
    },

    async open(id) {
      const document = await findDocument(id)
      if (document === null) return undefined
      const { owner, mediaType, name } = document.metadata
      const opened: OpenedFile = {
        ...stored(document),
        owner,
        mediaType,
        name: ciphers.fields.decryptText(name.buffer, nameContext(id)),
        content: Readable.from(contentOf(document, id), { objectMode: false }),
      }
      return opened
    },

    async remove(id) {
      const found = await documents.find({ $or: [{ 'metadata.fileId': id }, { 'metadata.replaces': id }] }).toArray()
      for (const document of found) await deleteUpload(document._id)
    },

    async rotate() {
      let count = 0
      const old = documents.find({
        'metadata.keyId': { $ne: ciphers.writingKeyId },
        'metadata.replaces': { $exists: false },
      })
      for await (const document of old) {
        if (await rewrite(document)) count += 1
      }
      return count
    },

    async removeUnfinished(before) {
      const idAt = (time: number) => mongoose.mongo.ObjectId.createFromTime(Math.floor(time / 1_000))
      const period = { $gte: idAt(before.getTime() - lookBackMs), $lt: idAt(before.getTime()) }
      const copies = await documents.find({ _id: period, 'metadata.replaces': { $exists: true } }).toArray()
      for (const copy of copies) await deleteUpload(copy._id)
      const found = await chunks
        .aggregate<{ _id: mongo.ObjectId }>([
          { $match: { files_id: period } },
          { $group: { _id: '$files_id' } },
          { $lookup: { from: `${bucketName}.files`, localField: '_id', foreignField: '_id', as: 'file' } },
          { $match: { file: [] } },
        ])
        .toArray()
      for (const { _id } of found) await chunks.deleteMany({ files_id: _id })
      return copies.length + found.length
    },
  }
  return store

  function contentOf(document: FileDocument, id: string): AsyncGenerator<Buffer> {
    return ciphers.files.decrypt(bucket.openDownloadStream(document._id), contentContext(id))
  }

  async function deleteUpload(id: mongo.ObjectId): Promise<void> {
    await documents.deleteOne({ _id: id }, { writeConcern: { w: 'majority', j: true } })
    await chunks.deleteMany({ files_id: id })
  }

  /** The new upload takes the place of the old one in one transaction; what is left over is removed after it. */
  async function rewrite(document: FileDocument): Promise<boolean> {
    const { fileId, keyId: _, ...metadata } = document.metadata
    const name = ciphers.fields.decryptText(metadata.name.buffer, nameContext(fileId))
    const waiting = `${fileId}#${new mongoose.mongo.ObjectId().toHexString()}`
    const content = ciphers.files.encrypt(contentOf(document, fileId), contentContext(fileId))
    const fresh = await upload(waiting, content, {
      ...metadata,
      replaces: fileId,
      name: sealName(ciphers.fields, { id: fileId, name }),
    })
    const isReplaced = await db.client.withSession((session) =>
      session.withTransaction(async () => {
        const { deletedCount } = await documents.deleteOne({ _id: document._id }, { session })
        // It was removed meanwhile and must not come back.
        if (deletedCount === 0) return false
        await documents.updateOne(
          { _id: fresh },
          { $set: { 'metadata.fileId': fileId, filename: fileId }, $unset: { 'metadata.replaces': '' } },
          { session },
        )
        return true
      }),
    )
    await (isReplaced ? chunks.deleteMany({ files_id: document._id }) : deleteUpload(fresh))
    return isReplaced
  }
}

function sameFile(document: FileDocument, sha256: string): StoredFile {
  if (document.metadata.sha256 !== sha256) throw new FileConflictError(document.metadata.fileId)
  return stored(document)
}

function stored({ metadata }: FileDocument): StoredFile {
  return { id: metadata.fileId, sha256: metadata.sha256, sizeBytes: metadata.sizeBytes }
}

function sealName(fields: FieldCipher, file: Pick<NewFile, 'id' | 'name'>): mongo.Binary {
  return new mongoose.mongo.Binary(fields.encrypt(file.name, nameContext(file.id)))
}

function contentContext(id: string): string {
  return `${bucketName}.content/${id}`
}

function nameContext(id: string): string {
  return `${bucketName}.name/${id}`
}

function isDuplicate(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === duplicateKey
}
