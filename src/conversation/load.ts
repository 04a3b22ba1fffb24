import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseAllDocuments } from 'yaml'
import type { z } from 'zod'
import { checkForm, checkPage, FORM_ENDS } from './check-flow.ts'
import { type Flows, formSchema, pageSchema, stepKinds } from './schema.ts'

/** One fault of a file that a person edits, in that person's words. */
export type Fault = { file: string; line: number; message: string }

type Position = (path: readonly PropertyKey[]) => number
type Read = { file: string; at: Position } & (
  | { form: z.infer<typeof formSchema>; version: string }
  | { page: z.infer<typeof pageSchema> }
)

/** Reads every flow of a folder; the flows are usable only when `faults` is empty, and `faults` names all of them. */
export function loadFlows(folder: string): { flows: Flows; faults: Fault[] } {
  const faults: Fault[] = []
  const read: Read[] = []
  /** Named by a file that could not be read: they are not missing, they have to be mended. */
  const broken = new Set<string>()
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.yaml')) read.push(...readFile(join(folder, name), `flows/${name}`, { faults, broken }))
    else if (name.endsWith('.yml')) {
      faults.push({ file: `flows/${name}`, line: 1, message: 'đổi tên tệp thành .yaml thì trợ lý mới đọc' })
    }
  }
  // Looked up by words that citizens type: what every object inherits is no flow.
  const flows: Flows = { forms: Object.create(null), pages: Object.create(null) }
  for (const one of read) {
    const flow = 'form' in one ? one.form : one.page
    if (flow.id in flows.forms || flow.id in flows.pages) {
      faults.push({ file: one.file, line: one.at(['id']), message: `id "${flow.id}" đã có ở mục khác` })
    }
    if ('form' in one) flows.forms[flow.id] = { ...one.form, version: one.version }
    else flows.pages[flow.id] = one.page
  }
  const isKnown = (id: string) => id in flows.forms || id in flows.pages || broken.has(id)
  for (const one of read) {
    const fault = (path: readonly PropertyKey[], message: string) =>
      void faults.push({ file: one.file, line: one.at(path), message })
    if ('form' in one) checkForm(one.form, fault)
    else checkPage(one.page, isKnown, fault)
  }
  for (const id of NEEDED_IDS.filter((needed) => !isKnown(needed))) {
    faults.push({ file: 'flows', line: 1, message: `thiếu mục "${id}"; trợ lý cần mục này` })
  }
  return { flows, faults }
}

/** What the engine opens by itself. */
const NEEDED_IDS = ['menu', 'lookup', 'person', 'myData', 'forgetMe', ...Object.keys(FORM_ENDS)]

function readFile(path: string, file: string, found: { faults: Fault[]; broken: Set<string> }): Read[] {
  const { faults, broken } = found
  const lines = new LineCounter()
  const text = readFileSync(path, 'utf8')
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })
  const read: Read[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    for (const error of document.errors) {
      const message = `YAML viết chưa đúng: ${YAML_FAULTS[error.code] ?? error.code}`
      faults.push({ file, line: lines.linePos(error.pos[0]).line, message })
    }
    if (document.contents === null) continue
    const id = document.getIn(['id'])
    if (typeof id === 'string') broken.add(id)
    if (document.errors.length > 0) continue
    const at: Position = (steps) => {
      for (let length = steps.length; length >= 0; length -= 1) {
        const node = document.getIn(steps.slice(0, length), true) as
          | { range?: [number, number, number] | null }
          | undefined
        if (node?.range) return lines.linePos(node.range[0]).line
      }
      return 1
    }
    const value: unknown = document.toJS()
    const isForm = typeof value === 'object' && value !== null && 'steps' in value
    const result = isForm ? formSchema.safeParse(value) : pageSchema.safeParse(value)
    if (!result.success) {
      for (const issue of result.error.issues) {
        const given = document.getIn(issue.path as (string | number)[])
        faults.push({ file, line: at(pathOf(issue)), message: inWords(issue, given) })
      }
      continue
    }
    broken.delete(result.data.id)
    if (isForm) {
      const form = result.data as z.infer<typeof formSchema>
      const version = createHash('sha256').update(JSON.stringify(form)).digest('hex').slice(0, 12)
      read.push({ file, at, form, version })
    } else read.push({ file, at, page: result.data as z.infer<typeof pageSchema> })
  }
  return read
}

/** Faults of the writing that people make, in their words; the codes are those of the YAML reader. */
const YAML_FAULTS: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'mục này được viết hai lần',
  BAD_INDENT: 'dòng thụt vào chưa thẳng với các dòng cùng nhóm',
  TAB_AS_INDENT: 'dùng dấu cách để thụt dòng, không dùng phím Tab',
  MISSING_CHAR: 'thiếu dấu nháy, dấu ngoặc hoặc dấu phẩy',
  UNEXPECTED_TOKEN: 'có chữ hoặc dấu thừa',
  BLOCK_AS_IMPLICIT_KEY: 'một dòng có hai dấu hai chấm; câu chữ để trong dấu nháy',
  IMPOSSIBLE: 'chỗ này viết chưa đúng',
  MULTILINE_IMPLICIT_KEY: 'thiếu dấu hai chấm sau tên mục',
}

/** An unknown name stands in the file too: its line says more than that of the group it is in. */
function pathOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
}

function inWords(issue: z.core.$ZodIssue, given: unknown): string {
  const where = issue.path.join('.')
  const prefix = where === '' ? '' : `${where}: `
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${prefix}không có mục tên ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    case 'invalid_union': {
      const what = given === undefined ? 'còn thiếu' : `không có "${String(given)}"`
      return `${prefix}loại câu hỏi chưa đúng: ${what}; dùng một trong: ${stepKinds.join(', ')}`
    }
    case 'invalid_type':
      return given === undefined
        ? `${prefix}còn thiếu; cần ${expected(issue.expected)}`
        : `${prefix}sai loại; cần ${expected(issue.expected)}`
    case 'invalid_value':
      return `${prefix}phải là một trong: ${issue.values.join(', ')}`
    case 'too_small':
      return `${prefix}cần ít nhất ${String(issue.minimum)}`
    case 'too_big':
      return `${prefix}nhiều nhất ${String(issue.maximum)}`
    case 'invalid_format':
      return `${prefix}tên phải viết liền, không dấu, bắt đầu bằng chữ thường`
    default:
      return `${prefix}chưa đúng (${issue.code})`
  }
}

const expected = (type: string) =>
  ({
    string: 'chữ (số bắt đầu bằng 0 phải để trong dấu nháy)',
    array: 'danh sách',
    number: 'số',
    int: 'số nguyên',
    boolean: 'true hoặc false',
    object: 'nhóm mục',
    record: 'nhóm mục',
  })[type] ?? type
