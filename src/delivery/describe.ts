import type { NoticeId } from '../cases/words.ts'
import type { NoticeWay } from '../usecases/notice-records.ts'
import { alsoByOf, type DeliverySettings, MANDATORY_NOTICES, type QuietHours } from './settings.ts'

const WAYS: Record<NoticeWay, { vi: string; en: string }> = {
  chat: { vi: 'chat Zalo', en: 'Zalo chat' },
  templateByUser: { vi: 'mẫu tin ZBS theo tài khoản Zalo', en: 'ZBS template by Zalo account' },
  templateByPhone: { vi: 'mẫu tin ZBS theo số điện thoại', en: 'ZBS template by phone' },
  sms: { vi: 'SMS', en: 'SMS' },
  email: { vi: 'thư điện tử', en: 'e-mail' },
}

/** The order and the times of delivery in words, as an operator checks them. */
export function describeDelivery(settings: DeliverySettings, quietHours: QuietHours): { vi: string[]; en: string[] } {
  const names = (ways: readonly NoticeWay[], locale: 'vi' | 'en') => ways.map((way) => WAYS[way][locale])
  const { chat, workItem } = settings
  const proofOf = (way: NoticeWay, locale: 'vi' | 'en') => {
    const { by, withinHours } = settings.proof[way]
    const name = WAYS[way][locale]
    if (locale === 'vi')
      return by === 'delivered'
        ? `${name}: phải có báo đã nhận trong ${withinHours} giờ`
        : `${name}: coi là đã tới nếu sau ${withinHours} giờ không bị trả lại`
    return by === 'delivered'
      ? `${name}: needs a receipt within ${withinHours} hours`
      : `${name}: counts as arrived when it has not come back after ${withinHours} hours`
  }
  const clock = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  const quiet = quietHours === null ? null : [clock(quietHours.fromMinute), clock(quietHours.toMinute)]
  return {
    vi: [
      `Tin bắt buộc: ${names(settings.order, 'vi').join(' → ')} → cán bộ gọi điện hoặc gửi công văn (trong ${workItem.workingDays} ngày làm việc; quá hạn thì nhắc lúc 08:00, cách nhau ${workItem.chaseWorkingDays} ngày làm việc, từ lần thứ hai nhắc cả lãnh đạo).`,
      ...alsoLines(settings, 'vi'),
      `Tin khác: ${names(settings.optionalOrder, 'vi').join(' → ')}, rồi chờ người dân nhắn tin, tối đa ${settings.optionalDays} ngày.`,
      `Chat Zalo: tự do ${chat.freeHours} giờ, được phép ${chat.openHours} giờ từ lần liên hệ gần nhất; còn ${chat.quotaKeptForMandatory} tin trong gói thì chỉ dành cho tin bắt buộc.`,
      ...settings.order.map((way) => `Bằng chứng – ${proofOf(way, 'vi')}.`),
      quiet === null
        ? 'Không có giờ yên tĩnh.'
        : `Không gửi từ ${quiet[0]} đến ${quiet[1]}, trừ trả lời người đang nhắn.`,
    ],
    en: [
      `Mandatory notices: ${names(settings.order, 'en').join(' → ')} → a person calls or writes (within ${workItem.workingDays} working days; when late chased at 08:00, ${workItem.chaseWorkingDays} working day(s) apart, from the second time on with the leaders).`,
      ...alsoLines(settings, 'en'),
      `Others: ${names(settings.optionalOrder, 'en').join(' → ')}, then they wait for the citizen to write, ${settings.optionalDays} days at most.`,
      `Zalo chat: free for ${chat.freeHours} hours, open for ${chat.openHours} after the last contact; the last ${chat.quotaKeptForMandatory} messages of the package are for mandatory notices.`,
      ...settings.order.map((way) => `Proof – ${proofOf(way, 'en')}.`),
      quiet === null
        ? 'There are no quiet hours.'
        : `Nothing leaves from ${quiet[0]} to ${quiet[1]}, but answers to who is writing.`,
    ],
  }
}

/** Which notices go in two ways, those of the same ways together, and what is true of the others. */
function alsoLines(settings: DeliverySettings, locale: 'vi' | 'en'): string[] {
  const isVietnamese = locale === 'vi'
  const byWays = Map.groupBy(MANDATORY_NOTICES, (notice) =>
    alsoByOf(settings, notice)
      .map((way) => WAYS[way][locale])
      .join(', '),
  )
  const nameOf = (notice: NoticeId) => `${notice} ${MANDATORY[notice]?.[locale] ?? ''}`.trim()
  const lines = [...byWays].flatMap(([ways, notices]) => {
    if (ways === '') return []
    const listed = notices.map(nameOf).join('; ')
    return isVietnamese
      ? [`Gửi cả bằng ${ways} khi biết địa chỉ, dù Zalo đã tới: ${listed}.`]
      : [`Also by ${ways} where the address is known, even if Zalo has brought it: ${listed}.`]
  })
  const others = (byWays.get('') ?? []).map(nameOf).join('; ')
  if (others === '') return lines
  return [
    ...lines,
    isVietnamese
      ? `Một cách tới là đủ, không tốn thêm SMS: ${others}.`
      : `One way that arrives is enough and no SMS is spent beside it: ${others}.`,
  ]
}

const MANDATORY: Partial<Record<NoticeId, { vi: string; en: string }>> = {
  N1: { vi: 'đã tiếp nhận', en: 'received' },
  N2: { vi: 'yêu cầu bổ sung', en: 'supplement asked' },
  N3: { vi: 'kết quả đã công khai', en: 'result published' },
  N3b: { vi: 'đã trả lời, không công khai', en: 'answered without publication' },
  N4: { vi: 'không tiếp nhận', en: 'refused' },
  N7: { vi: 'tình hình khi quá hạn', en: 'state of work when late' },
  N10: { vi: 'đã chuyển ra ngoài tỉnh', en: 'transferred out of the province' },
}
