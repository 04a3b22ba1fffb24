import type { z } from 'zod'
import { CASE_STEPS } from './complete-draft.ts'
import type { FormFlow, formSchema, pageSchema, Step } from './schema.ts'

type FaultAt = (path: readonly PropertyKey[], message: string) => void

/** Words that begin the payload of a button of ours. */
const RESERVED_IDS = ['held', 'draft', 'assistant', 'forget', 'case', 'act', 'alarm']
/** Buttons that the engine itself puts under a question. */
const RESERVED_OPTIONS = ['skip', 'back', 'change', 'keep', 'yes', 'no']
/** The forms that the engine opens by itself, and what each ends in. */
export const FORM_ENDS: Record<string, FormFlow['finish']> = {
  submit: 'fileCase',
  supplement: 'supplementCase',
  disagreement: 'disagreeWithAnswer',
}
/** Kinds of question that may be asked about a filed case. */
const CASE_FORM_KINDS: readonly Step['ask'][] = ['content', 'text', 'choice']
/** Together with its labels, what is written for a filed case fits one act (20,000 characters). */
const CASE_FORM_LENGTH_MAX = 18_000
/** Which kinds of step each kind may speak of. */
const SPEAKS_OF: Partial<Record<Step['ask'], readonly Step['ask'][]>> = {
  title: ['content'],
  unit: ['content'],
  oneTimeCode: ['phone'],
  personalData: ['content', 'title', 'text'],
}

/** What a page points to. */
export function checkPage(page: z.infer<typeof pageSchema>, isKnown: (id: string) => boolean, fault: FaultAt): void {
  checkId(page.id, fault)
  page.buttons.forEach((target, index) => {
    if (!isKnown(target)) fault(['buttons', index], `không có trang hay biểu mẫu "${target}"`)
    if (page.buttons.indexOf(target) !== index) fault(['buttons', index], `nút "${target}" bị trùng`)
  })
}

function checkId(id: string, fault: FaultAt): void {
  if (RESERVED_IDS.includes(id)) fault(['id'], `không đặt tên là "${id}" được, trợ lý dùng tên này vào việc khác`)
}

/** What the steps of a form say about each other, and what a case needs. */
export function checkForm(form: z.infer<typeof formSchema>, fault: FaultAt): void {
  const { steps } = form
  checkId(form.id, fault)
  steps.forEach((step, index) => {
    const faultHere = (path: readonly PropertyKey[], message: string) => fault(['steps', index, ...path], message)
    checkStep(step, index, steps, faultHere)
    checkSpokenOf(step, steps, faultHere)
  })
  const reached = reachable(steps)
  steps.forEach((step, index) => {
    if (!reached.has(step.id)) fault(['steps', index], `không có đường nào tới bước "${step.id}"`)
  })
  const end = Object.hasOwn(FORM_ENDS, form.id) ? FORM_ENDS[form.id] : 'fileCase'
  if (form.finish !== end) fault(['finish'], `biểu mẫu "${form.id}" phải kết thúc bằng ${end}`)
  if (end === 'fileCase') checkFiling(form, fault)
  else checkCaseForm(form, fault)
}

/** What a form that files a case needs. */
function checkFiling({ steps }: z.infer<typeof formSchema>, fault: FaultAt): void {
  if (steps.at(-1)?.ask !== 'summary') {
    fault(['steps', steps.length - 1], 'bước cuối phải là summary, để người dân xem lại trước khi gửi')
  }
  for (const [id, ask] of Object.entries(CASE_STEPS)) {
    const index = steps.findIndex((step) => step.id === id)
    if (index < 0) fault(['steps'], `thiếu bước "${id}" (${ask}); hồ sơ phản ánh cần bước này`)
    else if (steps[index]?.ask !== ask) fault(['steps', index, 'ask'], `bước "${id}" phải là loại ${ask}`)
  }
}

/** What a form about a filed case may ask: its answers become one text with files. */
function checkCaseForm({ id, steps }: z.infer<typeof formSchema>, fault: FaultAt): void {
  if (steps.filter((step) => step.ask === 'content').length !== 1) {
    fault(['steps'], `biểu mẫu "${id}" cần đúng một bước loại content`)
  }
  steps.forEach((step, index) => {
    if (!CASE_FORM_KINDS.includes(step.ask)) {
      fault(['steps', index, 'ask'], `biểu mẫu "${id}" chỉ dùng được các loại: ${CASE_FORM_KINDS.join(', ')}`)
    }
  })
  const length = steps.reduce((sum, step) => sum + ('maxLength' in step ? step.maxLength : 0), 0)
  if (length > CASE_FORM_LENGTH_MAX) fault(['steps'], `các câu trả lời cộng lại dài quá ${CASE_FORM_LENGTH_MAX} ký tự`)
}

function checkStep(step: Step, index: number, steps: readonly Step[], fault: FaultAt): void {
  const ids = steps.map(({ id }) => id)
  if (ids.indexOf(step.id) !== index) fault(['id'], `bước "${step.id}" bị trùng`)
  const options = optionsOf(step)
  for (const [place, option] of options.entries()) {
    if (RESERVED_OPTIONS.includes(option)) fault(['options', place], `không đặt tên lựa chọn là "${option}" được`)
    if (options.indexOf(option) !== place) fault(['options', place], `lựa chọn "${option}" bị trùng`)
  }
  const jumps = Object.entries(step.goto).map(([option, target]) => ({ path: ['goto', option], name: 'goto', target }))
  if (step.next !== undefined) jumps.push({ path: ['next'], name: 'next', target: step.next })
  for (const { path, name, target } of jumps) {
    const to = ids.indexOf(target)
    if (to < 0) fault(path, `${name} "${target}" không có; các bước là ${ids.join(', ')}`)
    // Forward only: so every path comes to its end.
    else if (to <= index) fault(path, `${name} "${target}" phải là một bước ở bên dưới`)
  }
  for (const option of Object.keys(step.goto)) {
    if (!options.includes(option)) {
      const known = options.length === 0 ? 'bước này không có nút nào' : `các lựa chọn là ${options.join(', ')}`
      fault(['goto', option], `goto: bước "${step.id}" không có lựa chọn "${option}"; ${known}`)
    }
  }
  if (step.ask === 'choice' && step.consent !== undefined && !step.options.includes(step.consent.givenBy)) {
    fault(['consent', 'givenBy'], `"${step.consent.givenBy}" không phải lựa chọn của bước này`)
  }
}

function checkSpokenOf(step: Step, steps: readonly Step[], fault: FaultAt): void {
  const kinds = SPEAKS_OF[step.ask]
  for (const id of spokenOf(step)) {
    const other = steps.find((one) => one.id === id)
    if (other === undefined) fault([], `"${id}" không có; các bước là ${steps.map((one) => one.id).join(', ')}`)
    else if (kinds !== undefined && !kinds.includes(other.ask)) {
      fault([], `bước "${step.id}" dựa vào "${id}", nhưng "${id}" không phải loại ${kinds.join(' hay ')}`)
    }
  }
}

const optionsOf = (step: Step): readonly string[] => ('options' in step ? step.options : [])

function spokenOf(step: Step): readonly string[] {
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
