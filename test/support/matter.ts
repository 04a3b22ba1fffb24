/** A matter as a citizen tells it, and the acts of those who handle it, for journeys. */
export const MATTER = 'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ'

export const CHECKLIST = {
  redacted: true,
  thirdPersonsRemoved: true,
  answerFits: true,
  noAccusation: true,
  attachmentsChosen: true,
} as const

export const FORWARD = {
  act: 'forward',
  contentKind: 'conduct',
  field: 'land',
  leadUnitCode: 'QN-C23527',
  note: 'Đề nghị xem.',
} as const

export function publishing(answer: string) {
  return {
    act: 'publish',
    title: 'Chậm trả kết quả tách thửa',
    content: 'Người dân phản ánh hồ sơ chậm trả kết quả.',
    answer,
    checklist: CHECKLIST,
  } as const
}
