import type { Field } from '../../src/cases/words.ts'
import type { Random } from './random.ts'

/** What people write about, by field: who, what happened, what they ask for. Invented, with the words that such letters have. */
const STORIES: Record<Field, readonly (readonly [title: string, content: string])[]> = {
  land: [
    [
      'Chậm trả kết quả tách thửa đất tại {place}',
      'Gia đình tôi nộp hồ sơ tách thửa số {dossier} từ ngày {day}, giấy hẹn ghi một tháng mà đến nay bộ phận một cửa vẫn chưa trả kết quả.',
    ],
    [
      'Cấp đổi giấy chứng nhận quyền sử dụng đất quá lâu',
      'Tôi làm thủ tục cấp đổi sổ đỏ cho thửa đất {number} mét vuông tại {place}, cán bộ địa chính hẹn nhiều lần nhưng không có văn bản thông báo lý do.',
    ],
    [
      'Sai lệch diện tích khi đo đạc lại bản đồ địa chính',
      'Kết quả đo đạc mới thiếu {number} mét vuông so với giấy chứng nhận cũ, đề nghị kiểm tra lại ranh giới với hộ liền kề.',
    ],
  ],
  civil_status: [
    [
      'Phải bổ sung giấy tờ nhiều lần khi đăng ký khai sinh',
      'Tôi làm khai sinh cho con tại {place}, ba lần được yêu cầu ba loại giấy tờ khác nhau, không có phiếu hướng dẫn.',
    ],
    [
      'Chứng thực chữ ký phải chờ cả buổi',
      'Ngày {day} tôi đến chứng thực bản sao, quầy chỉ có một người làm việc nên phải chờ đến hết giờ.',
    ],
  ],
  id_residence: [
    [
      'Đăng ký tạm trú trực tuyến bị trả lại không rõ lý do',
      'Hồ sơ {dossier} nộp trên cổng dịch vụ công bị trả lại hai lần, nội dung trả lời không nêu thiếu giấy tờ gì.',
    ],
  ],
  construction: [
    [
      'Cấp giấy phép xây dựng nhà ở chậm so với giấy hẹn',
      'Gia đình xin phép xây nhà cấp bốn tại {place}, hồ sơ {dossier} đã quá hạn {number} ngày mà chưa được trả lời.',
    ],
    [
      'Quy hoạch treo nhiều năm không điều chỉnh',
      'Khu đất của {number} hộ dân nằm trong quy hoạch đường từ nhiều năm nay, không được sửa chữa nhà, đề nghị công khai kế hoạch thực hiện.',
    ],
  ],
  labour_social: [
    [
      'Chưa nhận được trợ cấp bảo trợ xã hội hằng tháng',
      'Mẹ tôi là người khuyết tật nặng, đã nộp đủ hồ sơ hưởng trợ cấp từ ngày {day} nhưng xã {place} chưa chi trả.',
    ],
    [
      'Thủ tục xác nhận người có công còn vướng',
      'Giấy tờ gốc bị thất lạc trong chiến tranh, đề nghị hướng dẫn cách xác nhận thay thế để hưởng chế độ.',
    ],
  ],
  health: [
    [
      'Cấp lại thẻ bảo hiểm y tế cho trẻ em chậm',
      'Con tôi sinh ngày {day} đến nay chưa có thẻ, khi đi khám phải tự trả viện phí.',
    ],
  ],
  education: [
    [
      'Thu các khoản đầu năm học không niêm yết',
      'Nhà trường tại {place} thu {number} khoản nhưng không dán thông báo công khai, phụ huynh hỏi thì được trả lời miệng.',
    ],
  ],
  transport: [
    [
      'Đổi giấy phép lái xe trực tuyến không thanh toán được',
      'Tôi nộp hồ sơ {dossier} đổi giấy phép lái xe, hệ thống trừ tiền nhưng báo chưa thanh toán.',
    ],
    [
      'Đường vào thôn hư hỏng nặng chưa được sửa',
      'Đoạn đường dài {number} mét ở {place} sụt lún từ mùa mưa, xe chở nông sản không qua được.',
    ],
  ],
  agriculture: [
    [
      'Hỗ trợ thiệt hại do dịch bệnh chưa đến người dân',
      'Gia đình tiêu hủy {number} con heo theo yêu cầu, biên bản lập ngày {day} nhưng chưa nhận được tiền hỗ trợ.',
    ],
    [
      'Kênh thủy lợi không được nạo vét',
      'Kênh nội đồng ở {place} bồi lấp, ruộng lúa thiếu nước, đề nghị đơn vị quản lý nạo vét trước vụ đông xuân.',
    ],
  ],
  business: [
    [
      'Đăng ký hộ kinh doanh phải nộp lại bản giấy',
      'Đã nộp trực tuyến hồ sơ {dossier} nhưng cán bộ vẫn yêu cầu mang bản giấy có công chứng đến quầy.',
    ],
  ],
  tax_fee: [
    [
      'Xác định nghĩa vụ tài chính về đất quá thời hạn',
      'Phiếu chuyển thông tin địa chính gửi từ ngày {day}, đến nay chưa có thông báo nộp thuế nên chưa nhận được sổ.',
    ],
  ],
  environment: [
    [
      'Cơ sở chế biến xả thải gây mùi hôi khu dân cư',
      'Cơ sở ở {place} xả nước thải ra suối về ban đêm, người dân phản ánh nhiều lần nhưng chưa có kết quả kiểm tra.',
    ],
  ],
  ethnic_policy: [
    [
      'Chính sách hỗ trợ nhà ở cho đồng bào chưa được niêm yết',
      'Bộ phận một cửa {place} không niêm yết thủ tục hỗ trợ nhà ở, hỏi thì mỗi lần được trả lời một khác.',
    ],
  ],
  online_service: [
    [
      'Cổng dịch vụ công báo lỗi khi nộp hồ sơ',
      'Khi đính kèm tệp lớn hơn hai mê ga bai, cổng dịch vụ công báo lỗi và mất toàn bộ nội dung đã nhập của hồ sơ {dossier}.',
    ],
  ],
  staff_attitude: [
    [
      'Thái độ tiếp dân chưa đúng mực ở bộ phận một cửa',
      'Sáng ngày {day} tôi đến hỏi thủ tục, công chức trả lời cáu gắt, không giải thích và bỏ ra ngoài nghe điện thoại.',
    ],
  ],
  other: [
    [
      'Đề nghị công khai số điện thoại đường dây nóng của xã',
      'Bảng thông báo ở {place} ghi số cũ không liên lạc được, người dân không biết hỏi ai khi cần gấp.',
    ],
  ],
}

const MORE = [
  'Tôi đã hỏi trực tiếp hai lần và gọi điện nhưng chỉ được trả lời là chờ.',
  'Việc chậm trễ làm gia đình không vay được vốn ngân hàng để làm ăn.',
  'Đề nghị cơ quan có thẩm quyền kiểm tra và trả lời bằng văn bản cho người dân được biết.',
  'Nhà tôi cách trung tâm xã {number} cây số, đi lại rất khó khăn trong mùa mưa.',
  'Theo quy định niêm yết thì thời hạn giải quyết không quá mười lăm ngày làm việc.',
  'Nhiều hộ trong thôn cũng gặp tình trạng tương tự mà không biết phản ánh ở đâu.',
  'Kính mong lãnh đạo quan tâm chỉ đạo xử lý sớm, tôi xin chân thành cảm ơn.',
  'Cán bộ yêu cầu nộp thêm xác nhận của trưởng thôn, dù bộ thủ tục không có loại giấy này.',
  'Biên nhận ghi rõ ngày hẹn nhưng khi đến thì được báo người phụ trách đi công tác.',
  'Nếu còn thiếu giấy tờ gì xin hướng dẫn đầy đủ một lần để tôi bổ sung.',
  'Số tiền tuy không lớn nhưng là công sức cả năm của gia đình thuộc diện hộ cận nghèo.',
  'Tôi có chụp ảnh giấy hẹn và tờ hướng dẫn gửi kèm để cơ quan đối chiếu.',
]

const ANSWERS = [
  'Kính gửi Ông/Bà. Đơn vị đã kiểm tra nội dung phản ánh, xin lỗi vì sự chậm trễ và đã trả kết quả tại bộ phận một cửa.',
  'Kính gửi Ông/Bà. Sau khi xác minh, đơn vị đã nhắc nhở công chức phụ trách và niêm yết lại đầy đủ thủ tục, mức phí, thời hạn.',
  'Kính gửi Ông/Bà. Nội dung này thực hiện theo quy định hiện hành; đơn vị ghi nhận và đã báo cáo cơ quan có thẩm quyền xem xét sửa đổi.',
]

const FAMILY = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Võ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ', 'Đinh', 'Y', 'A']
const MIDDLE = ['Văn', 'Thị', 'Đức', 'Minh', 'Thanh', 'Hữu', 'Ngọc', 'Quang', 'Kim', 'Xuân']
const GIVEN = [
  'An',
  'Bình',
  'Châu',
  'Dũng',
  'Hà',
  'Hạnh',
  'Hùng',
  'Lan',
  'Liên',
  'Long',
  'Mai',
  'Nam',
  'Nga',
  'Phúc',
  'Quý',
  'Sơn',
  'Tâm',
  'Thảo',
  'Tuấn',
  'Vinh',
  'Brôl',
  'Niê',
]

export type Story = { title: string; content: string; answer: string }

/** A story of a field at a place, some three to seven sentences long. */
export function storyOf(random: Random, field: Field, place: string): Story {
  const stories = STORIES[field]
  const [title, content] = random.pick(stories)
  const fill = (text: string) =>
    text
      .replace('{place}', place)
      .replace('{dossier}', `${random.below(1_000)}.${random.below(100)}.H48-${random.below(1_000_000)}`)
      .replace('{day}', `${1 + random.below(28)}/${1 + random.below(12)}`)
      .replace('{number}', String(2 + random.below(400)))
  const more = Array.from({ length: 2 + random.below(5) }, () => random.pick(MORE))
  return {
    title: fill(title),
    content: [content, ...new Set(more)].map(fill).join(' '),
    answer: random.pick(ANSWERS),
  }
}

export function nameOf(random: Random): string {
  return `${random.pick(FAMILY)} ${random.pick(MIDDLE)} ${random.pick(GIVEN)}`
}
