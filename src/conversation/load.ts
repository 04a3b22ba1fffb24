import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseAllDocuments } from 'yaml'
import type { z } from 'zod'
import { CASE_STEPS } from './complete-draft.ts'
import { type Flows, formSchema, pageSchema, type Step } from './schema.ts'

/** One fault of a file that a person edits, in that person's words. */
export type Fault = { file: string; line: number; message: string }

type Position = (path: readonly PropertyKey[]) => number
type Read = { file: string; at: Position } & (
  | { form: z.infer<typeof formSchema>; version: string }
  | { page: z.infer<typeof pageSchema> }
)

const KIND_NAMES =
  'consent, content, title, unit, reuse, personName, bodyName, phone, oneTimeCode, address, email, choice, text, personalData, summary'

/** Reads every flow of a folder; the flows are usable only when `faults` is empty, and `faults` names all of them. */
export function loadFlows(folder: string): { flows: Flows; faults: Fault[] } {
  const faults: Fault[] = []
  const read: Read[] = []
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()) {
    read.push(...readFile(join(folder, name), `flows/${name}`, faults))
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
  for (const one of read) checkReferences(one, flows, faults)
  for (const id of ['menu', 'person', 'myData', 'submit']) {
    if (!(id in flows.forms) && !(id in flows.pages)) {
      faults.push({ file: 'flows', line: 1, message: `thiếu mục "${id}"; trợ lý cần mục này` })
    }
  }
  return { flows, faults }
}

function readFile(path: string, file: string, faults: Fault[]): Read[] {
  const lines = new LineCounter()
  const text = readFileSync(path, 'utf8')
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })
  const read: Read[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    for (const error of document.errors) {
      faults.push({ file, line: lines.linePos(error.pos[0]).line, message: `YAML viết chưa đúng: ${error.code}` })
    }
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
      for (const issue of result.error.issues) faults.push({ file, line: at(issue.path), message: inWords(issue) })
      continue
    }
    if (isForm) {
      const form = result.data as z.infer<typeof formSchema>
      const version = createHash('sha256').update(JSON.stringify(form)).digest('hex').slice(0, 12)
      read.push({ file, at, form, version })
    } else read.push({ file, at, page: result.data as z.infer<typeof pageSchema> })
  }
  return read
}

function inWords(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.')
  const prefix = where === '' ? '' : `${where}: `
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${prefix}không có mục tên ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    case 'invalid_union':
      return `${prefix}loại câu hỏi chưa đúng; dùng một trong: ${KIND_NAMES}`
    case 'invalid_type':
      return `${prefix}thiếu hoặc sai loại; cần ${expected(issue.expected)}`
    case 'invalid_value':
      return `${prefix}phải là một trong: ${issue.values.join(', ')}`
    case 'too_small':
      return `${prefix}cần ít nhất ${String(issue.minimum)}`
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
  })[type] ?? type

function checkReferences(one: Read, flows: Flows, faults: Fault[]): void {
  const fault = (path: readonly PropertyKey[], message: string) =>
    faults.push({ file: one.file, line: one.at(path), message })
  if ('page' in one) {
    one.page.buttons.forEach((target, index) => {
      if (!(target in flows.forms) && !(target in flows.pages)) {
        fault(['buttons', index], `không có trang hay biểu mẫu "${target}"`)
      }
    })
    return
  }
  const { steps } = one.form
  const ids = steps.map((step) => step.id)
  const known = `các bước là ${ids.join(', ')}`
  steps.forEach((step, index) => {
    const place = (...path: PropertyKey[]) => ['steps', index, ...path]
    if (ids.indexOf(step.id) !== index) fault(place('id'), `bước "${step.id}" bị trùng`)
    if (step.next !== undefined && !ids.includes(step.next))
      fault(place('next'), `next "${step.next}" không có; ${known}`)
    for (const [option, target] of Object.entries(step.goto)) {
      if (!ids.includes(target)) fault(place('goto', option), `goto "${target}" không có; ${known}`)
      if (!optionsOf(step).includes(option))
        fault(place('goto', option), `goto: bước "${step.id}" không có lựa chọn "${option}"`)
    }
    for (const target of referenced(step)) {
      if (!ids.includes(target)) fault(place(), `"${target}" không có; ${known}`)
    }
    if (step.ask === 'choice' && step.consent !== undefined && !step.options.includes(step.consent.givenBy)) {
      fault(place('consent', 'givenBy'), `"${step.consent.givenBy}" không phải lựa chọn của bước này`)
    }
  })
  for (const [index, step] of steps.entries()) {
    if (!reachable(steps).has(step.id)) fault(['steps', index], `không có đường nào tới bước "${step.id}"`)
  }
  if (steps.at(-1)?.ask !== 'summary')
    fault(['steps', steps.length - 1], 'bước cuối phải là summary, để người dân xem lại trước khi gửi')
  for (const [id, ask] of Object.entries(CASE_STEPS)) {
    const step = steps.find((other) => other.id === id)
    if (step === undefined) fault(['steps'], `thiếu bước "${id}" (${ask}); hồ sơ phản ánh cần bước này`)
    else if (step.ask !== ask) fault(['steps', ids.indexOf(id), 'ask'], `bước "${id}" phải là loại ${ask}`)
  }
}

const optionsOf = (step: Step): string[] => ('options' in step ? step.options : [])

function referenced(step: Step): string[] {
  if (step.ask === 'reuse') return step.steps
  if (step.ask === 'personalData') return step.of
  return step.ask === 'title' || step.ask === 'unit' || step.ask === 'oneTimeCode' ? [step.of] : []
}

function reachable(steps: readonly Step[]): Set<string> {
  const found = new Set<string>()
  const visit = (id: string | undefined) => {
    const index = steps.findIndex((step) => step.id === id)
    const step = steps[index]
    if (step === undefined || found.has(step.id)) return
    found.add(step.id)
    for (const target of Object.values(step.goto)) visit(target)
    // A choice whose every option jumps has no "any other answer".
    const alwaysJumps = step.ask === 'choice' && step.options.every((name) => name in step.goto)
    if (!alwaysJumps) visit(step.next ?? steps[index + 1]?.id)
  }
  visit(steps[0]?.id)
  return found
}
