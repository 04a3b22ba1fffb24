import type { ProblemCode } from './problem-codes.ts'

export type Locale = 'vi' | 'en'

/** One sentence per fault and language, for officers and for those who connect other systems. */
export const problemTexts: Record<Locale, Record<ProblemCode, string>> = {
  vi: {
    bad_request: 'Yêu cầu không đọc được. Vui lòng kiểm tra lại định dạng.',
    unauthorized: 'Cần mã truy cập còn hiệu lực (Authorization: Bearer …).',
    forbidden: 'Ông/Bà không có quyền thực hiện việc này.',
    not_found: 'Không tìm thấy nội dung yêu cầu.',
    method_not_allowed: 'Địa chỉ này không nhận cách gọi đó.',
    version_conflict: 'Hồ sơ đã được người khác thay đổi. Vui lòng tải lại rồi thực hiện tiếp.',
    too_large: 'Nội dung gửi lên quá lớn.',
    unsupported_media_type: 'Kiểu nội dung không được hỗ trợ.',
    illegal_act: 'Việc này không thực hiện được ở trạng thái hiện tại của hồ sơ.',
    unknown_act: 'Không có thao tác này.',
    invalid_fields: 'Một số thông tin chưa đúng.',
    idempotency_key_reused: 'Idempotency-Key này đã được dùng cho một nội dung khác.',
    version_required: 'Cần tiêu đề If-Match với phiên bản hồ sơ đã đọc.',
    too_many_requests: 'Có quá nhiều yêu cầu. Vui lòng thử lại sau ít phút.',
    internal: 'Hệ thống gặp lỗi. Vui lòng thử lại; nếu vẫn lỗi, hãy báo quản trị viên kèm mã yêu cầu.',
    unavailable: 'Hệ thống tạm thời chưa phục vụ được. Vui lòng thử lại sau ít phút.',
  },
  en: {
    bad_request: 'The request could not be read. Please check its format.',
    unauthorized: 'A valid token is needed (Authorization: Bearer …).',
    forbidden: 'You do not have the right to do this.',
    not_found: 'There is nothing here that you may see.',
    method_not_allowed: 'This address does not take that method.',
    version_conflict: 'Somebody else has changed this case. Please load it again and go on from there.',
    too_large: 'The request is too large.',
    unsupported_media_type: 'This type of content is not supported.',
    illegal_act: 'This act is not possible in the present state of the case.',
    unknown_act: 'There is no such act.',
    invalid_fields: 'Some fields are not right.',
    idempotency_key_reused: 'This Idempotency-Key was used with other content.',
    version_required: 'The header If-Match with the version that was read is needed.',
    too_many_requests: 'Too many requests. Please try again in a few minutes.',
    internal: 'The service has a fault. Please try again; if it stays, tell the administrator the request id.',
    unavailable: 'The service cannot answer for the moment. Please try again in a few minutes.',
  },
}
