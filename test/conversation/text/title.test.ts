import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codePointLength } from '../../../src/conversation/text/normalise.ts'
import { findPersonalData } from '../../../src/conversation/text/personal-data.ts'
import { proposeTitle } from '../../../src/conversation/text/title.ts'

describe('a usual trouble gets its usual name', () => {
  test.each([
    [
      'em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ',
      'Chậm trả kết quả tách thửa tại xã Sa Thầy',
    ],
    [
      'em nop ho so tach thua o xa sa thay tu 12/9 toi gio chua co ket qua, hoi thi cu bao cho',
      'Chậm trả kết quả tách thửa tại xã Sa Thay',
    ],
    ['EM NỘP HỒ SƠ TÁCH THỬA MÀ CHƯA CÓ KẾT QUẢ', 'Chậm trả kết quả tách thửa'],
    ['Giấy hẹn ghi 12/10 mà quá hẹn 1 tháng', 'Chậm trả kết quả hồ sơ'],
    [
      'UBND xã Tu Mơ Rông chậm cấp giấy chứng nhận quyền sử dụng đất cho dân',
      'Chậm trả kết quả cấp giấy chứng nhận quyền sử dụng đất tại xã Tu Mơ Rông',
    ],
    ['xã xốp chậm trả kết quả hộ nghèo', 'Chậm trả kết quả xét hộ nghèo, hộ cận nghèo tại xã Xốp'],
    [
      'Em chào anh chị. Em làm bằng lái, cán bộ bộ phận một cửa đòi thêm giấy tờ hoài',
      'Yêu cầu thêm giấy tờ khi làm thủ tục cấp, đổi giấy phép lái xe tại bộ phận một cửa',
    ],
    ['cán bộ một cửa xã Đăk Hà thái độ không lịch sự', 'Thái độ phục vụ của cán bộ tại xã Đăk Hà'],
    [
      'cán bộ tư pháp quát mắng tôi khi chứng thực giấy tờ',
      'Thái độ phục vụ của cán bộ khi giải quyết thủ tục chứng thực',
    ],
    [
      'lam khai sinh o xa dak ha bi thu them phi',
      'Việc thu phí, lệ phí khi làm thủ tục đăng ký khai sinh tại xã Dak Ha',
    ],
    ['nộp hồ sơ trên dịch vụ công cứ báo lỗi không nộp được', 'Khó khăn khi nộp hồ sơ trực tuyến'],
    ['xã không chịu nhận hồ sơ khai sinh cho con tôi', 'Không tiếp nhận hồ sơ đăng ký khai sinh'],
    ['Tôi phải đi lại nhiều lần để nhập khẩu', 'Phải đi lại nhiều lần khi làm thủ tục đăng ký cư trú'],
    ['Quy định về tách thửa của tỉnh còn nhiều bất cập', 'Bất cập trong quy định về tách thửa'],
  ])('%s', (content, title) => {
    expect(proposeTitle(content)).toBe(title)
    expect(proposeTitle(content.normalize('NFD'))).toBe(title)
  })

  test('the place that the caller knows is used', () => {
    expect(proposeTitle('ho so tach thua o xa sa thay chua co ket qua', { place: 'xã Sa Thầy' })).toBe(
      'Chậm trả kết quả tách thửa tại xã Sa Thầy',
    )
  })

  test('where the writer lives is not told', () => {
    expect(proposeTitle('Tôi ở xã Ia Tơi, nộp hồ sơ đăng ký kết hôn bị hẹn đi hẹn lại')).toBe(
      'Chậm trả kết quả đăng ký kết hôn',
    )
  })

  test('a place that does not fit is left out', () => {
    expect(proposeTitle('hồ sơ tách thửa ở xã Sa Thầy chưa có kết quả', { max: 30 })).toBe('Chậm trả kết quả tách thửa')
  })

  test('praise and other matters keep their own words', () => {
    expect(proposeTitle('hồ sơ trả rất nhanh, không chậm trả kết quả, cảm ơn cán bộ')).toBe(
      'Hồ sơ trả rất nhanh, không chậm trả kết quả, cảm ơn cán bộ',
    )
    expect(proposeTitle('đèn đường hỏng, xin thái độ nghiêm túc')).toBe('Đèn đường hỏng, xin thái độ nghiêm túc')
  })
})

describe('otherwise the first sentence that says something', () => {
  test.each([
    ['dạ cho em hỏi đường vào thôn 4 bị hỏng nặng mà không ai sửa ạ', 'Đường vào thôn 4 bị hỏng nặng mà không ai sửa'],
    ['Em chào anh chị ạ! Duong vao thon 4 bi hong nang', 'Duong vao thon 4 bi hong nang'],
    ['xin chào, tôi muốn phản ánh về việc xe chở đất làm hỏng đường. Rất bụi.', 'Xe chở đất làm hỏng đường'],
    ['kiến nghị bỏ giấy xác nhận hộ nghèo khi làm thẻ BHYT', 'Kiến nghị bỏ giấy xác nhận hộ nghèo khi làm thẻ BHYT'],
    ['Tôi đề nghị tỉnh xây cầu qua suối', 'Đề nghị tỉnh xây cầu qua suối'],
    ['chi phí cấp sổ đỏ cao quá', 'Chi phí cấp sổ đỏ cao quá'],
    ['bà con thôn 5 đề nghị làm cầu', 'Bà con thôn 5 đề nghị làm cầu'],
    ['Alo.\nOk.\nNước sinh hoạt bị đục cả tuần nay', 'Nước sinh hoạt bị đục cả tuần nay'],
    ['😊 https://example.vn/anh nước sinh hoạt bị đục', 'Nước sinh hoạt bị đục'],
  ])('%s', (content, title) => expect(proposeTitle(content)).toBe(title))

  test('a long one ends at a comma, or between words', () => {
    const long =
      'Đề nghị tỉnh rút ngắn thời gian cấp phép xây dựng nhà ở xuống còn bảy ngày, vì người dân phải chờ quá lâu và tốn kém'
    expect(proposeTitle(long)).toBe('Đề nghị tỉnh rút ngắn thời gian cấp phép xây dựng nhà ở xuống còn bảy ngày')
    expect(proposeTitle(long.replace(',', ''))).toMatch(/^Đề nghị .{40,80}[^ ]…$/)
  })

  test('personal data stays out of the title (R3-8b)', () => {
    expect(proposeTitle('Tôi tên là Nguyễn Văn An, sđt 0905000123, nước sinh hoạt bị đục cả tuần')).toBe(
      'Nước sinh hoạt bị đục cả tuần',
    )
    expect(proposeTitle('anh Tuấn địa chính bắt dân chờ. Xã không có lịch tiếp dân')).toBe('Xã không có lịch tiếp dân')
    expect(proposeTitle('anh Tuấn địa chính bắt dân chờ')).toBeNull()
  })
})

test.each([
  '',
  'ok',
  'alo',
  'hello ad ơi',
  'xin chào, tôi muốn gửi phản ánh',
  '0905 000 123',
  '😊😊',
  '???',
  'https://example.vn',
  '\ud800',
])('nothing is proposed for "%s"', (content) => expect(proposeTitle(content)).toBeNull())

test('a title always has 10 characters to the maximum, one line, and no personal data', () => {
  const words = fc.constantFrom(
    ...[
      'em',
      'tôi',
      'hồ sơ',
      'chưa có kết quả',
      'xã',
      'Sa Thầy',
      'ông An',
      '0905000123',
      ',',
      '.',
      '\n',
      'tách thửa',
      'đường',
      'hỏng',
      'ạ',
    ],
    ...['[@1]', '\u202e', '\ud800', '😊', 'dịch vụ công', 'lỗi', 'thái độ', 'kính gửi'],
  )
  const sentence = fc.array(words, { maxLength: 30 }).map((parts) => parts.join(' '))
  fc.assert(
    fc.property(
      fc.oneof(sentence, fc.string({ unit: 'binary' })),
      fc.integer({ min: 20, max: 300 }),
      (content, max) => {
        const title = proposeTitle(content, { max })
        if (title === null) return
        expect(codePointLength(title)).toBeGreaterThanOrEqual(10)
        expect(codePointLength(title)).toBeLessThanOrEqual(max)
        expect(title).not.toMatch(/\n|\[@|^\s|\s$/)
        expect(findPersonalData(title)).toEqual([])
      },
    ),
    { numRuns: 1000 },
  )
})

test('long and hostile texts take no time', () => {
  const started = performance.now()
  for (const unit of [
    'a ',
    'em ',
    'dịch vụ công ',
    'quy dinh a ',
    'xa ',
    '.',
    'a, ',
    'ông A, ',
    ' ạ',
    'lam lai ',
    'a. ',
    'www.',
  ]) {
    proposeTitle(unit.repeat(Math.ceil(9000 / unit.length)))
  }
  expect(performance.now() - started).toBeLessThan(5_000)
})
