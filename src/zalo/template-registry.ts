import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type DataFault, readDataFile } from '../cases/data-file.ts'
import {
  namesIn,
  ONE_TIME_CODE,
  type ParameterSpec,
  PRIVATE_VALUES,
  TEMPLATE_NAMES,
  valuesOf,
} from './template-values.ts'

export type RegisteredTemplate = {
  /** The notice, or `otp`. */
  name: string
  templateId: string
  parameters: Readonly<Record<string, ParameterSpec>>
}

/** The file of `ZBS_TEMPLATES` cannot be used; `faults` names each place and what is wrong there. */
export class TemplateFileError extends Error {
  override readonly name = 'TemplateFileError'
  readonly code = 'templates_invalid'
  readonly faults: readonly string[]

  constructor(file: string, faults: readonly string[]) {
    super(
      `Tệp mẫu tin ${file} (ZBS_TEMPLATES) có ${faults.length} lỗi:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
    this.faults = faults
  }
}

/** Reads and checks the templates of the province, or throws one `TemplateFileError` with every fault. */
export async function loadTemplates(file: string): Promise<RegisteredTemplate[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new TemplateFileError(file, [isMissing ? 'không tìm thấy tệp.' : 'không đọc được tệp.'])
  }
  return parseTemplates(file, text)
}

/** The checked content of such a file. */
export function parseTemplates(file: string, text: string): RegisteredTemplate[] {
  const { data, faults } = readDataFile(file, text, fileSchema, (found, report) => {
    for (const [name, { parameters }] of Object.entries(found)) {
      if (!TEMPLATE_NAMES.includes(name)) {
        report([name], 'unknownNotice', { known: TEMPLATE_NAMES.join(', ') })
        continue
      }
      const fillable = valuesOf(name)
      for (const [parameter, spec] of Object.entries(specsOf(parameters))) {
        for (const value of namesIn(spec.pattern)) {
          if (fillable.includes(value)) continue
          const key = PRIVATE_VALUES.includes(value) ? 'privateValue' : 'unknownValue'
          report([name, 'parameters', parameter], key, { value, known: fillable.join(', ') })
        }
      }
      if (
        name === ONE_TIME_CODE &&
        !Object.values(specsOf(parameters)).some(({ pattern }) => pattern.includes('{code}'))
      ) {
        report([name, 'parameters'], 'noCode')
      }
    }
  })
  if (data === null || faults.length > 0) throw new TemplateFileError(file, faults.map(sentenceOf))
  return Object.entries(data).map(([name, { template_id, parameters }]) => ({
    name,
    templateId: String(template_id),
    parameters: specsOf(parameters),
  }))
}

const valueName = z.string().trim().min(1).max(40)
const maxLength = z.int().min(1).max(1000).optional()
const parameterSchema = z.union([
  valueName,
  z.strictObject({ value: valueName, maxLength }),
  z.strictObject({ text: z.string().trim().min(1).max(400), maxLength }),
])
const parameterName = z.string().regex(/^[\w.-]{1,60}$/, 'tên tham số không đúng.')
const entrySchema = z.strictObject({
  template_id: z.union([z.string().regex(/^\d{1,20}$/, 'phải là mã mẫu tin gồm các chữ số.'), z.int().positive()]),
  parameters: z.union([z.record(parameterName, parameterSchema), z.array(valueName).max(50)]),
})
const fileSchema = z.record(z.string(), entrySchema)

type Parameters = z.output<typeof entrySchema>['parameters']

function specsOf(parameters: Parameters): Record<string, ParameterSpec> {
  if (Array.isArray(parameters)) return Object.fromEntries(parameters.map((name) => [name, { pattern: `{${name}}` }]))
  return Object.fromEntries(
    Object.entries(parameters).map(([name, spec]): [string, ParameterSpec] => {
      if (typeof spec === 'string') return [name, { pattern: `{${spec}}` }]
      const pattern = 'text' in spec ? spec.text : `{${spec.value}}`
      return [name, { pattern, maxLength: spec.maxLength }]
    }),
  )
}

function sentenceOf({ file, line, path, key, params }: DataFault): string {
  const place = path === '' ? `${file}:${line}` : `${file}:${line} ${path}`
  switch (key) {
    case 'unknownNotice':
      return `${place}: không có thông báo này. Các tên dùng được: ${params.known}.`
    case 'privateValue':
      return `${place}: mẫu tin không được mang "${params.value}" (dữ liệu cá nhân hoặc nội dung, R5-4). Dùng được: ${params.known}.`
    case 'unknownValue':
      return `${place}: không thông báo nào điền được "${params.value}" vào đây. Dùng được: ${params.known}.`
    case 'noCode':
      return `${place}: mẫu mã xác nhận phải có tham số mang "code".`
    case 'dataFault.duplicateKey':
      return `${place}: tên này được viết hai lần.`
    case 'dataFault.unknownKey':
      return `${place}: không có mục này; chỉ có template_id và parameters.`
    case 'dataFault.shape':
      return `${place}: chưa đúng dạng (${params.problem}).`
    default:
      return `${place}: không phải JSON.`
  }
}
