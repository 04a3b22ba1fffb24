export type MediaKind = 'image' | 'pdf' | 'document' | 'audio' | 'video'

export type Inspection =
  | { ok: true; mediaType: string; extension: string; kind: MediaKind; heic?: boolean }
  | { ok: false; reason: InspectionFault }

export type InspectionFault =
  | 'encrypted'
  | 'macro'
  | 'executable'
  | 'unsupported'
  | 'tooLarge'
  | 'empty'
  | 'archive'
  | 'tooMany'
  | 'togetherTooLarge'

/** R3-7d; a province may set others. */
export type AttachmentLimits = { filesMax: number; fileBytesMax: number; togetherBytesMax: number; allowVideo: boolean }

export const defaultAttachmentLimits: AttachmentLimits = {
  filesMax: 5,
  fileBytesMax: 10 * 1024 * 1024,
  togetherBytesMax: 30 * 1024 * 1024,
  allowVideo: false,
}

/** What one more file would do to the attachments that a case has (R3-7d); undefined when it fits. */
export function faultOfAdding(
  present: readonly { sizeBytes: number }[],
  sizeBytes: number,
  limits: AttachmentLimits = defaultAttachmentLimits,
): 'tooMany' | 'tooLarge' | 'togetherTooLarge' | undefined {
  if (sizeBytes > limits.fileBytesMax) return 'tooLarge'
  if (present.length >= limits.filesMax) return 'tooMany'
  const together = present.reduce((sum, file) => sum + file.sizeBytes, sizeBytes)
  return together > limits.togetherBytesMax ? 'togetherTooLarge' : undefined
}
