import type { Officer } from '../cases/case.ts'
import type { FiledDraft } from '../usecases/turn.ts'
import { demonstrationPeople } from './demonstration.ts'

type Act = { by: string; daysLater: number; act: Record<string, unknown> }

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
}

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
    file(draft: FiledDraft, citizenKey: string): Promise<string>
    move(actor: Officer, code: string, act: object, now: number): Promise<void>
  },
  now: number,
): Promise<string[]> {
  const receivedAt = ({ daysAgo }: Example) => now - daysAgo * DAY_MS
  const codes: string[] = []
  for (const [index, example] of EXAMPLES.entries()) {
    codes.push(await deps.file(draftOf(example, index, receivedAt(example)), `demonstration-${index}`))
  }
  const take = async (example: Example, code: string) => {
    for (const [step, { by, daysLater, act }] of example.acts.entries()) {
      await deps.move(officer(by), code, act, receivedAt(example) + daysLater * DAY_MS + step * 60_000)
    }
  }
  await Promise.all(EXAMPLES.map((example, index) => take(example, codes[index] ?? '')))
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
