import { formatTime } from '../../cases/days.ts'
import type { NoticeState } from '../../usecases/case-ports.ts'

/** A notice as interface.md shows it, with times in words that a program reads. */
export function noticeJson(notice: NoticeState) {
  const { createdAt, tries, workItem, ...rest } = notice
  return {
    ...rest,
    createdAt: formatTime(createdAt),
    tries: tries.map((one) => ({ ...one, at: formatTime(one.at) })),
    ...(workItem === undefined ? {} : { workItem: { ...workItem, dueAt: formatTime(workItem.dueAt) } }),
  }
}
