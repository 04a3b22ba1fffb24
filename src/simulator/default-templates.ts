import type { SimulatedTemplate, TemplateParameter } from './model.ts'

const text = (name: string, maxLength: number): TemplateParameter => ({
  name,
  require: true,
  type: 'STRING',
  maxLength,
  minLength: 0,
  acceptNull: false,
})
const day = (name: string): TemplateParameter => ({ ...text(name, 20), type: 'DATE' })
const code = text('ma_phan_anh', 30)
const link = text('duong_dan', 200)

const template = (id: string, name: string, words: string, params: TemplateParameter[]): SimulatedTemplate => ({
  templateId: id,
  name,
  text: words,
  params,
  status: 'ENABLE',
  quality: 'HIGH',
})

/** The templates that the account has had reviewed when the demonstration begins. */
export function defaultTemplates(): SimulatedTemplate[] {
  return [
    template(
      '418201',
      'Đã tiếp nhận',
      'Phản ánh {{ma_phan_anh}} đã được tiếp nhận. Cơ quan trả lời chậm nhất ngày {{ngay_tra_loi}}.\nXem tiến độ: {{duong_dan}}',
      [code, day('ngay_tra_loi'), link],
    ),
    template(
      '418202',
      'Cần bổ sung',
      'Phản ánh {{ma_phan_anh}} cần Ông/Bà bổ sung thông tin, chậm nhất ngày {{han_bo_sung}}.\nXem chi tiết: {{duong_dan}}',
      [code, day('han_bo_sung'), link],
    ),
    template(
      '418203',
      'Tình trạng',
      'Phản ánh {{ma_phan_anh}} có tin mới. Tình trạng: {{trang_thai}}.\nXem chi tiết: {{duong_dan}}',
      [code, text('trang_thai', 60), link],
    ),
    template(
      '418204',
      'Chậm trả lời',
      'Phản ánh {{ma_phan_anh}} chưa được trả lời đúng hạn. Cơ quan xin lỗi Ông/Bà và sẽ báo tiếp trước ngày {{ngay_bao_tiep}}.\nXem chi tiết: {{duong_dan}}',
      [code, day('ngay_bao_tiep'), link],
    ),
  ]
}
