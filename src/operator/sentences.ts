import type { RefusalCode } from '../usecases/refused-error.ts'

/** What the operator is told when a rule forbids what was asked for. */
export const refusalSentences: Partial<Record<RefusalCode, { vi: string; en: string }>> = {
  invalid_fields: { vi: 'Một số thông tin chưa đúng.', en: 'Some of it is not right.' },
  illegal_act: { vi: 'Bước này chưa thể làm.', en: 'This step is not possible now.' },
  version_conflict: {
    vi: 'Vừa có người thay đổi; hãy thử lại.',
    en: 'Somebody has just changed it; please try again.',
  },
  login_taken: { vi: 'Tên đăng nhập này đã có người dùng.', en: 'This login is taken.' },
  login_reserved: {
    vi: 'Không dùng được tên đăng nhập "citizen", "system", "operator" hoặc "nobody".',
    en: 'The logins "citizen", "system", "operator" and "nobody" are reserved.',
  },
  unit_unknown: {
    vi: 'Không có đơn vị đang hoạt động mang mã này. Mã đơn vị có trong thư mục data/, ví dụ QN-VP.',
    en: 'There is no active unit of this code. The codes are in data/, for example QN-VP.',
  },
  person_unknown: { vi: 'Không có tài khoản này.', en: 'There is no such account.' },
  person_disabled: { vi: 'Tài khoản này đã bị khóa.', en: 'This account has been disabled.' },
  link_invalid: {
    vi: 'Liên kết không đúng, đã dùng rồi hoặc đã hết hạn.',
    en: 'This link is wrong, was used already or has ended.',
  },
  token_unknown: { vi: 'Không có mã truy cập này.', en: 'There is no such token.' },
}
