import { z } from 'zod'

const id = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]*$/)
  .describe('Tên gọi: chữ thường không dấu ở đầu, không khoảng trắng')

const common = {
  id,
  optional: z.boolean().default(false).describe('Người dân được bấm "Bỏ qua"'),
  stage: id.optional().describe('Các bước cùng stage được đếm là một ("Bước 3/6"); bỏ trống thì không đếm'),
  editable: z.boolean().default(true).describe('Có trong danh sách "Sửa" ở phần xem lại'),
  onRequest: z.boolean().default(false).describe('Chỉ hỏi khi người dân chọn ở phần xem lại'),
  goto: z.record(z.string(), id).default({}).describe('Chọn nút nào thì nhảy tới bước nào'),
  next: id.optional().describe('Trả lời khác thì tới bước nào; bỏ trống là bước ngay dưới'),
}

const purpose = z.enum(['handling', 'publication', 'profileName'])

export const stepSchema = z.discriminatedUnion('ask', [
  z
    .strictObject({ ...common, ask: z.literal('consent'), purpose })
    .meta({ description: 'Hỏi đồng ý cho một mục đích' }),
  z
    .strictObject({
      ...common,
      ask: z.literal('content'),
      minLength: z.int().positive().default(20),
      maxLength: z.int().positive().default(5000),
      filesEnough: z.boolean().default(false).describe('Chỉ gửi ảnh, tệp, vị trí, không viết chữ, cũng được'),
    })
    .meta({ description: 'Nội dung: gom nhiều tin nhắn, ảnh, tệp' }),
  z
    .strictObject({
      ...common,
      ask: z.literal('title'),
      of: id,
      minLength: z.int().positive().default(10),
      maxLength: z.int().positive().default(300),
    })
    .meta({ description: 'Tiêu đề, gợi ý từ nội dung' }),
  z
    .strictObject({ ...common, ask: z.literal('unit'), of: id })
    .meta({ description: 'Nơi nhận: theo tên, theo gợi ý, hoặc để Văn phòng chuyển giúp' }),
  z
    .strictObject({ ...common, ask: z.literal('reuse'), steps: z.array(id).min(1) })
    .meta({ description: 'Dùng lại thông tin lần trước' }),
  z
    .strictObject({ ...common, ask: z.literal('personName'), options: z.array(id).default([]) })
    .meta({ description: 'Họ tên một người' }),
  z.strictObject({ ...common, ask: z.literal('bodyName') }).meta({ description: 'Tên doanh nghiệp, tổ chức, cơ quan' }),
  z.strictObject({ ...common, ask: z.literal('phone') }).meta({ description: 'Số điện thoại Việt Nam' }),
  z
    .strictObject({ ...common, ask: z.literal('oneTimeCode'), of: id })
    .meta({ description: 'Xác nhận số điện thoại bằng mã hoặc nút chia sẻ của Zalo' }),
  z.strictObject({ ...common, ask: z.literal('address') }).meta({ description: 'Địa chỉ: xã, phường và thôn, số nhà' }),
  z.strictObject({ ...common, ask: z.literal('email') }).meta({ description: 'Thư điện tử' }),
  z
    .strictObject({
      ...common,
      ask: z.literal('choice'),
      options: z.array(id).min(2),
      consent: z.strictObject({ purpose, givenBy: id }).optional().describe('Lựa chọn nào là đồng ý cho mục đích nào'),
    })
    .meta({ description: 'Chọn một' }),
  z
    .strictObject({
      ...common,
      ask: z.literal('text'),
      minLength: z.int().positive().default(1),
      maxLength: z.int().positive().default(500),
    })
    .meta({ description: 'Một câu trả lời bằng chữ' }),
  z
    .strictObject({ ...common, ask: z.literal('personalData'), of: z.array(id).min(1) })
    .meta({ description: 'Nhắc khi nội dung có số điện thoại, số giấy tờ, tên người khác' }),
  z.strictObject({ ...common, ask: z.literal('summary') }).meta({ description: 'Xem lại rồi gửi' }),
])

/** Every kind of question that a flow may ask. */
export const stepKinds = stepSchema.options.map((option) => option.shape.ask.value)

export const formSchema = z.strictObject({
  id,
  steps: z.array(stepSchema).min(1),
  finish: z
    .enum(['fileCase', 'supplementCase', 'disagreeWithAnswer'])
    .describe(
      'Việc làm khi xong: lập hồ sơ phản ánh, kiến nghị; bổ sung cho hồ sơ; gửi ý kiến không đồng ý với câu trả lời',
    ),
})

export const pageSchema = z.strictObject({
  id,
  show: z
    .enum(['text', 'myCases', 'myData', 'forgetMe', 'handoff'])
    .default('text')
    .describe('Việc kèm theo câu chữ: danh sách phản ánh của tôi, dữ liệu của tôi, xóa dữ liệu, gặp cán bộ'),
  buttons: z.array(id).max(10).default([]).describe('Các trang hay biểu mẫu mở được từ đây'),
})

export type Step = z.infer<typeof stepSchema>
export type StepOf<Ask extends Step['ask']> = Extract<Step, { ask: Ask }>
export type FormFlow = z.infer<typeof formSchema> & { version: string }
export type PageFlow = z.infer<typeof pageSchema>

/** Every checked flow; `version` of a form is a hash of its structure, so that a running draft notices an edit. */
export type Flows = { forms: Record<string, FormFlow>; pages: Record<string, PageFlow> }
