import type { Officer } from '../cases/case.ts'
import { dayOf } from '../cases/days.ts'
import type { FiledDraft } from '../usecases/turn.ts'
import { demonstrationPeople } from './demonstration.ts'

type Act = { by: string; daysLater: number; act: Record<string, unknown>; replyInDays?: number }

type Example = {
  daysAgo: number
  name: string
  phone: string
  communeCode: string
  detail: string
  title: string
  content: string
  unit: string | null
  acts: Act[]
  /** Sent by the person of the simulator who has sent feedback before. */
  isSenders?: true
}

/** The person of the simulator whose cases can be handled in the chat at once. */
export type DemonstrationSender = { citizenKey: string; name: string; phone: string }

const DAY_MS = 24 * 3_600_000
const SA_THAY = 'QN-C23527'
const ENVIRONMENT = 'QN-SNNMT'

const forward = (daysLater: number, contentKind: string, field: string, leadUnitCode: string): Act => ({
  by: 'lan',
  daysLater,
  act: { act: 'forward', contentKind, field, leadUnitCode, note: 'Đề nghị đơn vị xem xét, trả lời người gửi.' },
})
const checklist = {
  redacted: true,
  thirdPersonsRemoved: true,
  answerFits: true,
  noAccusation: true,
  attachmentsChosen: true,
}

const LATE_RESULT_ANSWER =
  'Kính gửi Ông/Bà. UBND xã đã kiểm tra: hồ sơ nộp ngày 12/9 bị chậm do thiếu cán bộ đo đạc. UBND xã xin lỗi Ông/Bà, đã bố trí đo đạc và trả kết quả tại bộ phận một cửa. Nếu cần hỏi thêm, Ông/Bà liên hệ bộ phận một cửa trong giờ hành chính.'
const ATTITUDE_ANSWER =
  'Kính gửi Ông/Bà. UBND xã đã làm việc với công chức được phản ánh, nhắc nhở và yêu cầu hướng dẫn đầy đủ một lần bằng phiếu. UBND xã xin lỗi Ông/Bà vì phải đi lại nhiều lần và cảm ơn Ông/Bà đã góp ý.'

const solved = (from: number, answer: string): Act[] => [
  { by: 'a.thang', daysLater: from, act: { act: 'accept', handler: 'y.ha' } },
  { by: 'y.ha', daysLater: from + 5, act: { act: 'submitAnswer', answer, form: 'corrected' } },
  { by: 'siu.blin', daysLater: from + 6, act: { act: 'approveAnswer' } },
]
const published = (daysLater: number, title: string, content: string, answer: string): Act => ({
  by: 'thu',
  daysLater,
  act: { act: 'publish', title, content, answer, checklist },
})
const askFor = (daysLater: number, missing: string): Act => ({
  by: 'lan',
  daysLater,
  act: { act: 'requestSupplement', missing },
  replyInDays: 7,
})

const ofSender = {
  name: '',
  phone: '',
  communeCode: '23527',
  detail: 'Thôn 1',
  unit: SA_THAY,
  isSenders: true,
} as const
const LATE_TITLE = 'Chậm trả kết quả chuyển mục đích sử dụng đất'
const LATE_CONTENT = 'Hồ sơ chuyển mục đích sử dụng đất nộp đã hai tháng, quá ngày hẹn mà chưa có kết quả.'
const FEE_TITLE = 'Thu thêm phí khi chứng thực bản sao'
const FEE_CONTENT = 'Chứng thực bản sao ở xã bị thu thêm tiền ngoài mức niêm yết, hỏi thì không được giải thích.'

/** Cases of one sender, one for each thing that a sender can do with them in the chat. */
const OF_SENDER: Example[] = [
  {
    ...ofSender,
    daysAgo: 3,
    title: 'Chậm cấp giấy xác nhận tình trạng hôn nhân',
    content: 'Tôi xin giấy xác nhận tình trạng hôn nhân đã mười ngày mà chưa được trả, lần nào hỏi cũng hẹn hôm sau.',
    acts: [askFor(1, 'Ảnh giấy biên nhận hồ sơ, thấy rõ mã hồ sơ và ngày hẹn trả kết quả')],
  },
  {
    ...ofSender,
    daysAgo: 12,
    title: LATE_TITLE,
    content: LATE_CONTENT,
    acts: [
      forward(1, 'conduct', 'land', SA_THAY),
      ...solved(2, LATE_RESULT_ANSWER),
      published(9, LATE_TITLE, LATE_CONTENT, LATE_RESULT_ANSWER),
    ],
  },
  {
    ...ofSender,
    daysAgo: 5,
    title: 'Phải khai lại thông tin đã có khi nộp hồ sơ trực tuyến',
    content: 'Nộp hồ sơ trực tuyến lần nào cũng phải khai lại địa chỉ, số điện thoại đã có trong tài khoản.',
    acts: [
      forward(1, 'regulation', 'online_service', SA_THAY),
      { by: 'a.thang', daysLater: 2, act: { act: 'accept', handler: 'y.ha' } },
    ],
  },
  {
    ...ofSender,
    daysAgo: 45,
    title: 'Không được trả lời khi hỏi về trợ cấp',
    content: 'Tôi hỏi về hồ sơ trợ cấp xã hội ba lần ở bộ phận một cửa mà không ai trả lời rõ còn thiếu giấy gì.',
    acts: [
      askFor(1, 'Họ tên người đứng tên hồ sơ và ngày Ông/Bà đến hỏi'),
      { by: 'lan', daysLater: 40, act: { act: 'closeNoSupplement' } },
    ],
  },
  {
    ...ofSender,
    daysAgo: 80,
    title: FEE_TITLE,
    content: FEE_CONTENT,
    acts: [
      forward(1, 'conduct', 'civil_status', SA_THAY),
      ...solved(2, ATTITUDE_ANSWER),
      published(9, FEE_TITLE, FEE_CONTENT, ATTITUDE_ANSWER),
    ],
  },
]

/** Invented cases in every place of the road, so that lists, search and the public pages have something to show. */
const EXAMPLES: Example[] = [
  {
    daysAgo: 21,
    name: 'A Brôl',
    phone: '+84905000101',
    communeCode: '23527',
    detail: 'Thôn 3',
    title: 'Chậm trả kết quả tách thửa tại xã Sa Thầy',
    content:
      'Tôi nộp hồ sơ tách thửa từ ngày 12/9, giấy hẹn ghi 12/10 mà đến nay chưa có kết quả, hỏi thì được bảo chờ.',
    unit: SA_THAY,
    acts: [
      forward(1, 'conduct', 'land', SA_THAY),
      { by: 'a.thang', daysLater: 2, act: { act: 'accept', handler: 'y.ha' } },
      { by: 'y.ha', daysLater: 8, act: { act: 'submitAnswer', answer: LATE_RESULT_ANSWER, form: 'apologised' } },
      { by: 'siu.blin', daysLater: 9, act: { act: 'approveAnswer' } },
      {
        by: 'thu',
        daysLater: 10,
        act: {
          act: 'publish',
          title: 'Chậm trả kết quả tách thửa tại xã Sa Thầy',
          content: 'Hồ sơ tách thửa nộp từ ngày 12/9, giấy hẹn ghi 12/10 mà chưa có kết quả.',
          answer: LATE_RESULT_ANSWER,
          checklist,
        },
      },
    ],
  },
  {
    daysAgo: 17,
    name: 'Trần Thị Thử',
    phone: '+84905000102',
    communeCode: '23527',
    detail: 'Thôn 1',
    title: 'Phải bổ sung giấy tờ nhiều lần khi làm khai sinh',
    content:
      'Tôi làm khai sinh cho con, cán bộ một cửa ba lần yêu cầu bổ sung giấy tờ khác nhau, không ghi phiếu hướng dẫn.',
    unit: SA_THAY,
    acts: [
      forward(1, 'conduct', 'civil_status', SA_THAY),
      { by: 'a.thang', daysLater: 1, act: { act: 'accept', handler: 'y.ha' } },
      { by: 'y.ha', daysLater: 6, act: { act: 'submitAnswer', answer: ATTITUDE_ANSWER, form: 'corrected' } },
      { by: 'siu.blin', daysLater: 7, act: { act: 'approveAnswer' } },
    ],
  },
  {
    daysAgo: 12,
    name: 'Nguyễn Văn Mẫu',
    phone: '+84905000103',
    communeCode: '23527',
    detail: 'Thôn 2',
    title: 'Quy định nộp bản sao giấy tờ đã có trên hệ thống',
    content:
      'Khi làm hồ sơ đất đai trực tuyến vẫn phải nộp bản sao các giấy tờ đã có sẵn trên hệ thống. Đề nghị bỏ yêu cầu này.',
    unit: ENVIRONMENT,
    acts: [
      forward(2, 'regulation', 'land', ENVIRONMENT),
      { by: 'phuc', daysLater: 3, act: { act: 'accept', handler: 'phuc' } },
    ],
  },
  {
    daysAgo: 6,
    name: 'Y Mẫu Niê',
    phone: '+84905000104',
    communeCode: '23527',
    detail: 'Thôn 5',
    title: 'Hỏi thủ tục cấp đổi giấy phép lái xe',
    content: 'Cho tôi hỏi thủ tục cấp đổi giấy phép lái xe gồm những giấy tờ gì và nộp ở đâu để tôi chuẩn bị.',
    unit: null,
    acts: [
      {
        by: 'lan',
        daysLater: 1,
        act: {
          act: 'refuse',
          reasonCode: 'legal_question',
          reason: 'Nội dung là câu hỏi về thủ tục, không phải phản ánh, kiến nghị về quy định, thủ tục.',
          guidance: 'Ông/Bà tra cứu tại Cổng Dịch vụ công quốc gia hoặc hỏi Trung tâm Phục vụ hành chính công tỉnh.',
        },
      },
      { by: 'hung', daysLater: 1, act: { act: 'approveRefusal' } },
    ],
  },
  {
    daysAgo: 1,
    name: 'A Thử',
    phone: '+84905000105',
    communeCode: '23527',
    detail: 'Thôn 4',
    title: 'Thủ tục chưa được niêm yết tại bộ phận một cửa',
    content: 'Bộ phận một cửa không niêm yết thủ tục hỗ trợ nhà ở, hỏi thì mỗi lần được trả lời một khác.',
    unit: SA_THAY,
    acts: [],
  },
]

/** Files the examples and takes each as far as it goes, with the times at which it would have happened. */
export async function addDemonstrationCases(
  deps: {
    /** Answers the codes, in the same order. */
    file(examples: readonly { draft: FiledDraft; citizenKey: string }[]): Promise<string[]>
    move(actor: Officer, code: string, act: object, now: number): Promise<void>
  },
  now: number,
  sender: DemonstrationSender | null = null,
): Promise<string[]> {
  const receivedAt = ({ daysAgo }: Example) => now - daysAgo * DAY_MS
  const ofSender = sender === null ? [] : OF_SENDER.map((example) => ({ ...example, ...sender }))
  const examples = [...EXAMPLES, ...ofSender]
  const codes = await deps.file(
    examples.map((example, index) => ({
      draft: draftOf(example, index, receivedAt(example)),
      citizenKey: example.isSenders === true && sender !== null ? sender.citizenKey : `demonstration-${index}`,
    })),
  )
  const take = async (example: Example, code: string) => {
    for (const [step, { by, daysLater, act, replyInDays }] of example.acts.entries()) {
      const at = receivedAt(example) + daysLater * DAY_MS + step * 60_000
      const reply = replyInDays === undefined ? {} : { replyBy: dayOf(at + replyInDays * DAY_MS) }
      await deps.move(officer(by), code, { ...act, ...reply }, at)
    }
  }
  await Promise.all(examples.map((example, index) => take(example, codes[index] ?? '')))
  return codes
}

function officer(login: string): Officer {
  const person = demonstrationPeople.find((one) => one.login === login)
  if (person === undefined) throw new Error(`no demonstration person ${login}`)
  return { type: 'officer', ...person }
}

function draftOf(example: Example, index: number, receivedAt: number): FiledDraft {
  const consent = { given: true, textVersion: 'demonstration', at: receivedAt, eventId: `demonstration-${index}` }
  return {
    draftId: `demonstration-${index}`,
    submitterType: 'citizen',
    name: example.name,
    contactPerson: null,
    phone: example.phone,
    email: null,
    address: {
      model: '2025',
      provinceCode: '51',
      districtCode: null,
      communeCode: example.communeCode,
      detail: example.detail,
      text: `${example.detail}, xã Sa Thầy`,
    },
    title: example.title,
    content: example.content,
    suggestedUnitCode: example.unit,
    publicChoice: { content: true, name: 'masked' },
    attachments: [],
    location: null,
    identityLevel: 2,
    hints: [],
    consents: [
      { purpose: 'handling', ...consent },
      { purpose: 'publication', ...consent },
    ],
    receivedAt,
    locale: 'vi',
  }
}
