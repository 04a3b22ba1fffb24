export type StartErrorCode =
  | 'mongodMissing'
  | 'mongodUnusable'
  | 'mongodFailed'
  | 'noReplicaSet'
  | 'dataFolderInUse'
  | 'diskFull'
  | 'folderNotWritable'
  | 'dataKeysInvalid'
  | 'dataKeysDoNotOpen'

/** A reason why the service cannot start, in one sentence for the person who must mend it, in both languages. */
export class StartError extends Error {
  readonly code: StartErrorCode
  readonly vi: string
  readonly en: string

  constructor(code: StartErrorCode, sentence: { vi: string; en: string }, options?: ErrorOptions) {
    super(`${sentence.vi}\n${sentence.en}`, options)
    this.name = 'StartError'
    this.code = code
    this.vi = sentence.vi
    this.en = sentence.en
  }
}

/** Names a fault of the file system where an operator can mend it; any other error is given back unchanged. */
export function explainFileFault(error: unknown, path: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, error)
  if (code !== undefined && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code)) {
    return new StartError(
      'folderNotWritable',
      {
        vi: `Không ghi được vào thư mục ${path}: hãy cấp quyền ghi cho tài khoản đang chạy dịch vụ, hoặc đặt DATA_DIR sang thư mục khác.`,
        en: `The folder ${path} cannot be written: give the account that runs the service the right to write there, or set DATA_DIR to another folder.`,
      },
      { cause: error },
    )
  }
  return error
}

export function diskFull(path: string, cause?: unknown): StartError {
  return new StartError(
    'diskFull',
    {
      vi: `Ổ đĩa chứa ${path} đã đầy: hãy giải phóng dung lượng rồi khởi động lại.`,
      en: `The disk that holds ${path} is full: free some space and start again.`,
    },
    { cause },
  )
}
