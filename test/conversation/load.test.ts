import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkTexts, textsNamedInCode } from '../../src/conversation/check-texts.ts'
import { loadFlows } from '../../src/conversation/load.ts'
import type { Flows, Step } from '../../src/conversation/schema.ts'
import { createTexts } from '../../src/texts.ts'
import { filedCase } from '../cases/fixtures.ts'
import { type Dialog, fillForm, openTestConversation, startDialog, testFacts } from '../support/dialog.ts'

const folders: string[] = []
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flows-'))
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The real flows, with `submit.yaml` changed or files added. */
function faultsOf(change: (submit: string) => string, more: Record<string, string> = {}): string[] {
  const folder = newFolder()
  cpSync('flows', folder, { recursive: true })
  const path = join(folder, 'submit.yaml')
  writeFileSync(path, change(readFileSync(path, 'utf8')))
  for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text)
  return loadFlows(folder).faults.map((fault) => `${fault.file}:${fault.line} ${fault.message}`)
}

const lineOf = (needle: string, text = readFileSync('flows/submit.yaml', 'utf8')) =>
  text.slice(0, text.indexOf(needle)).split('\n').length

describe('a flow with a fault', () => {
  test('the flows as they are have none', () => {
    expect(loadFlows('flows').faults).toEqual([])
  })

  test.each([
    ['an unknown kind', 'ask: email', 'ask: telepathy', 'loại câu hỏi chưa đúng'],
    ['an unknown property', 'ask: email', 'ask: email\n    colour: red', 'không có mục tên "colour"'],
    [
      'a jump to nothing',
      'goto: { onBehalf: submitterType }',
      'goto: { onBehalf: nowhere }',
      'goto "nowhere" không có',
    ],
    [
      'a jump of an option that is not there',
      'goto: { onBehalf: submitterType }',
      'goto: { other: submitterType }',
      'không có lựa chọn "other"',
    ],
    ['a next that is not there', 'next: phone', 'next: nowhere', 'next "nowhere" không có'],
    ['a step of that is not there', 'of: phone', 'of: fax', '"fax" không có'],
    ['a consent by no option', 'givenBy: whole', 'givenBy: all', '"all" không phải lựa chọn'],
    ['an id with accents', '- id: email', '- id: thư', 'tên phải viết liền'],
    ['a number for a name', 'stage: content', 'stage: 0912345678', 'số bắt đầu bằng 0 phải để trong dấu nháy'],
  ])('%s is named with its line', (_name, from, to, message) => {
    const faults = faultsOf((text) => text.replace(from, to))
    const fault = faults.find((one) => one.includes(message))
    expect(fault, faults.join('\n')).toBeDefined()
    const line = Number(/^flows\/submit\.yaml:(\d+) /.exec(fault ?? '')?.[1])
    expect(Math.abs(line - lineOf(from))).toBeLessThanOrEqual(2)
  })

  test.each([
    ['a step twice', '- id: email\n    ask: email', '- id: phone\n    ask: email', 'bước "phone" bị trùng'],
    ['a step of the law that is missing', '- id: email\n', '- id: mail\n', 'thiếu bước "email" (email)'],
    [
      'a step of the law of another kind',
      '- id: title\n    ask: title\n    of: content',
      '- id: title\n    ask: text',
      'bước "title" phải là loại title',
    ],
    [
      'a step that no road leads to',
      'goto: { onBehalf: submitterType }',
      'goto: { onBehalf: phone }',
      'không có đường nào tới bước "submitterType"',
    ],
    ['a key written twice', 'ask: email', 'ask: email\n    ask: email', 'YAML viết chưa đúng'],
    ['a syntax error', 'finish: fileCase', 'finish: [fileCase', 'YAML viết chưa đúng'],
    ['a summary that is not last', '  - id: summary\n    ask: summary\n', '', 'bước cuối phải là summary'],
  ])('%s is named', (_name, from, to, message) => {
    const faults = faultsOf((text) => text.replace(from, to))
    expect(
      faults.some((one) => one.includes(message)),
      faults.join('\n'),
    ).toBe(true)
    for (const fault of faults) expect(fault).toMatch(/^flows(\/\w+\.yaml)?:\d+ /)
  })

  test('a page button to nothing, and an id that another file has already', () => {
    const faults = faultsOf((text) => text, { 'z.yaml': 'id: extra\nbuttons: [menu, nowhere]\n---\nid: menu\n' })
    expect(faults).toEqual([
      'flows/z.yaml:4 id "menu" đã có ở mục khác',
      'flows/z.yaml:2 không có trang hay biểu mẫu "nowhere"',
    ])
  })

  test('all faults are named at once', () => {
    const faults = faultsOf(
      (text) =>
        text
          .replace('next: phone', 'next: nowhere')
          .replace('givenBy: whole', 'givenBy: all')
          .replace('of: phone', 'of: fax'),
      { 'z.yaml': 'id: extra\nbuttons: [nowhere]\n' },
    )
    for (const word of ['next "nowhere"', '"all"', '"fax"', 'biểu mẫu "nowhere"']) {
      expect(
        faults.some((one) => one.includes(word)),
        word,
      ).toBe(true)
    }
  })

  test('words that every object inherits are no flows', () => {
    const { flows } = loadFlows('flows')
    expect(flows.forms.constructor).toBeUndefined()
    expect(flows.pages.toString).toBeUndefined()
  })
})

type Tree = { [key: string]: string | Tree }
const readTree = (file: string): Tree => JSON.parse(readFileSync(file, 'utf8'))

function put(tree: Tree, key: string, text: string | undefined): void {
  const names = key.split('.')
  const last = names.pop() ?? ''
  let node = tree
  for (const name of names) {
    node[name] ??= {}
    node = node[name] as Tree
  }
  if (text === undefined) delete node[last]
  else node[last] = text
}

const used = textsNamedInCode('src', 'locales')

function textFaults(
  change: { vi?: Record<string, string | undefined>; en?: Record<string, string | undefined> },
  flows: Flows = loadFlows('flows').flows,
): string[] {
  const folder = newFolder()
  for (const locale of ['vi', 'en'] as const) {
    const tree = readTree(`locales/${locale}.json`)
    for (const [key, text] of Object.entries(change[locale] ?? {})) put(tree, key, text)
    writeFileSync(join(folder, `${locale}.json`), JSON.stringify(tree, null, 2))
  }
  return checkTexts(folder, flows, used).map((fault) => `${fault.file}: ${fault.message}`)
}

describe('sentences', () => {
  test.each([
    ['missing in Vietnamese', { vi: { 'submit.name.ask': undefined } }, 'thiếu câu "submit.name.ask"'],
    ['missing in English', { en: { 'submit.name.ask': undefined } }, 'locales/en.json: thiếu câu "submit.name.ask"'],
    [
      'of a reason that code puts together',
      { vi: { 'files.refused.macro': undefined } },
      'thiếu câu "files.refused.macro"',
    ],
    ['that nobody uses', { vi: { 'menu.never': 'x' }, en: { 'menu.never': 'x' } }, 'menu.never: không nơi nào dùng'],
    ['that is empty', { vi: { 'submit.name.ask': ' ' } }, 'submit.name.ask: câu trống'],
    ['in decomposed letters', { vi: { 'submit.name.ask': 'Ho\u0323 te\u0302n?' } }, 'chưa phải NFC'],
    ['that no bubble holds', { vi: { 'submit.name.ask': 'a'.repeat(1901) } }, 'dài quá 1900'],
    ['too long for a button', { vi: { 'menu.button': 'a'.repeat(101) } }, 'tên nút dài quá 100'],
    ['with other placeholders', { en: { 'answers.notUnderstood': 'What?' } }, 'các chỗ {{…}} khác với tiếng Việt'],
    ['known in English only', { en: { 'menu.only': 'x' } }, 'menu.only: không có trong vi.json'],
  ])('one %s is named', (_name, change, message) => {
    const faults = textFaults(change)
    expect(
      faults.some((one) => one.includes(message)),
      faults.join('\n'),
    ).toBe(true)
  })

  test('the line of a sentence is that of the file', () => {
    const folder = newFolder()
    mkdirSync(folder, { recursive: true })
    cpSync('locales', folder, { recursive: true })
    const path = join(folder, 'vi.json')
    const source = readFileSync(path, 'utf8').replace(/"noTitle": "[^"]*"/, '"noTitle": " "')
    writeFileSync(path, source)
    const [fault] = checkTexts(folder, loadFlows('flows').flows, used)
    expect(fault).toMatchObject({ file: 'locales/vi.json', line: lineOf('"noTitle"', source) })
  })
})

/** The flows of the province with one more question, as flows/README.md tells. */
function withOccupation(): Flows {
  const folder = newFolder()
  cpSync('flows', folder, { recursive: true })
  const path = join(folder, 'submit.yaml')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('  - id: publication\n', '  - id: occupation\n    ask: text\n  - id: publication\n'))
  const { flows, faults } = loadFlows(folder)
  expect(faults).toEqual([])
  return flows
}

const OCCUPATION = { 'submit.occupation.label': 'Nghề nghiệp', 'submit.occupation.ask': 'Ông/Bà làm nghề gì ạ?' }

async function conversationOf(flows: Flows) {
  const { engine, texts } = await openTestConversation()
  const vi = readTree('locales/vi.json')
  for (const [key, text] of Object.entries(OCCUPATION)) put(vi, key, text)
  const own = createTexts({ vi, en: vi }, testFacts)
  return {
    texts: own ?? texts,
    engine: { ...engine, flows, translate: own.translate, textVersion: engine.textVersion },
  }
}

describe('one more question', () => {
  test('the check names exactly its two sentences, in both languages', () => {
    expect(textFaults({}, withOccupation())).toEqual([
      'locales/vi.json: thiếu câu "submit.occupation.label"',
      'locales/en.json: thiếu câu "submit.occupation.label"',
      'locales/vi.json: thiếu câu "submit.occupation.ask"',
      'locales/en.json: thiếu câu "submit.occupation.ask"',
    ])
    expect(textFaults({ vi: OCCUPATION, en: OCCUPATION }, withOccupation())).toEqual([])
  })

  test('is asked, shown in the summary and goes along when the case is filed', async () => {
    const dialog = await startDialog({ conversation: await conversationOf(withOccupation()) })
    const question = await fillForm(dialog)
    expect(question).toContain('Ông/Bà làm nghề gì ạ?')
    await dialog.say('Làm rẫy cà phê')
    const summary = await dialog.tap('Đồng ý công khai')
    expect(summary).toContain('Nghề nghiệp: Làm rẫy cà phê')
    await dialog.tap('GỬI PHẢN ÁNH')
    const extra = { occupation: { label: 'Nghề nghiệp', value: 'Làm rẫy cà phê' } }
    const [draft] = dialog.filed
    if (draft === undefined) throw new Error('nothing was filed')
    expect(draft.extra).toEqual(extra)
    expect(filedCase({ ...draft, citizenKey: 'citizen-1', channel: 'zalo' }).extra).toEqual(extra)
  })
})

/** A draft at the summary, carried over to other flows. */
async function carriedOver(change: (steps: Step[]) => Step[]): Promise<Dialog> {
  const before = await startDialog()
  await fillForm(before)
  const { engine } = await openTestConversation()
  const submit = engine.flows.forms.submit
  if (submit === undefined) throw new Error('no form')
  const forms = { submit: { ...submit, version: 'changed', steps: change(submit.steps) } }
  const after = await startDialog({
    conversation: await conversationOf({ ...engine.flows, forms }),
    startAt: before.now(),
  })
  after.setState(before.state())
  return after
}

const answersOf = (dialog: Dialog) =>
  (dialog.state() as { form: { answers: Record<string, { value: unknown }> } }).form.answers

describe('a running draft when the flow is edited', () => {
  test('a step that was added is asked, and that is said', async () => {
    const added = withOccupation().forms.submit?.steps.find((step) => step.id === 'occupation')
    if (added === undefined) throw new Error('no step')
    const dialog = await carriedOver((steps) =>
      steps.flatMap((step) => (step.id === 'publication' ? [added, step] : [step])),
    )
    const answer = await dialog.say({ type: 'sticker' })
    expect(answer).toContain('Các câu hỏi vừa được cập nhật')
    expect(answer).toContain('Ông/Bà làm nghề gì ạ?')
    expect(answersOf(dialog).name?.value).toEqual({ name: 'Y Hà' })
    await dialog.say('Làm rẫy')
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed).toHaveLength(1)
  })

  test('a step that was removed is not missed', async () => {
    const dialog = await carriedOver((steps) => steps.filter((step) => step.id !== 'phoneCode'))
    await dialog.say({ type: 'sticker' })
    await dialog.tap('GỬI PHẢN ÁNH')
    expect(dialog.filed[0]).toMatchObject({ name: 'Y Hà', phone: '+84905000123' })
  })

  test('a step of another kind is asked anew, the others stay', async () => {
    const dialog = await carriedOver((steps) =>
      steps.map((step) =>
        step.id === 'title' ? ({ ...step, ask: 'text', minLength: 1, maxLength: 500 } as unknown as Step) : step,
      ),
    )
    const answer = await dialog.say({ type: 'sticker' })
    expect(answer).toContain('Các câu hỏi vừa được cập nhật')
    expect(answer).toContain('Phản ánh về việc')
    expect(answersOf(dialog).phone?.value).toBe('+84905000123')
  })

  test('when the form is gone, what was told is kept and asked about', async () => {
    const before = await startDialog()
    await fillForm(before)
    const { engine } = await openTestConversation()
    const after = await startDialog({
      conversation: await conversationOf({ ...engine.flows, forms: {} }),
      startAt: before.now(),
    })
    after.setState(before.state())
    const answer = await after.say({ type: 'sticker' })
    expect(answer).toContain('không còn dùng nữa')
    expect((after.state() as { held: { text: string } }).held.text).toContain('tách thửa')
  })
})
