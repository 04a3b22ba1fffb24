import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { FlowError, openFlows } from '../../src/conversation/check-files.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A copy of flows and sentences in which files can be spoiled. */
function copy() {
  const root = mkdtempSync(join(tmpdir(), 'pakn-flows-'))
  folders.push(root)
  for (const name of ['flows', 'locales']) cpSync(name, join(root, name), { recursive: true })
  symlinkSync(join(process.cwd(), 'src'), join(root, 'src'))
  const edit = (file: string, change: (text: string) => string) => {
    const before = readFileSync(join(root, file), 'utf8')
    const after = change(before)
    if (after === before) throw new Error(`nothing changed in ${file}`)
    writeFileSync(join(root, file), after)
  }
  return {
    root,
    edit,
    write: (file: string, text: string) => writeFileSync(join(root, file), text),
    lineOf: (file: string, part: string) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .findIndex((line) => line.includes(part)) + 1,
  }
}

function faultsOf(root: string, options = { withCode: true }): string[] {
  try {
    openFlows(root, options)
    return []
  } catch (error) {
    if (!(error instanceof FlowError)) throw error
    return error.faults.map((fault) => `${fault.file}:${fault.line} ${fault.message}`)
  }
}

test('the flows and sentences as they are have no fault', () => {
  expect(faultsOf(process.cwd())).toEqual([])
})

test('the schema for editors is that of the files', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/flows-schema.ts', '--check'], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

test('a form about a filed case is held to what an act can carry', () => {
  const { root, edit, lineOf } = copy()
  edit('flows/cases.yaml', (text) =>
    text
      .replace('    minLength: 2\n', '    maxLength: 20000\n')
      .replace('finish: supplementCase', '  - id: phone\n    ask: phone\nfinish: fileCase')
      .replace('ask: content\n    minLength: 10', 'ask: text'),
  )
  expect(faultsOf(root).filter((fault) => fault.startsWith('flows/cases.yaml'))).toEqual([
    expect.stringMatching(/ các câu trả lời cộng lại dài quá 18000 ký tự$/),
    `flows/cases.yaml:${lineOf('flows/cases.yaml', 'ask: phone')} biểu mẫu "supplement" chỉ dùng được các loại: content, text, choice`,
    `flows/cases.yaml:${lineOf('flows/cases.yaml', 'finish: fileCase')} biểu mẫu "supplement" phải kết thúc bằng supplementCase`,
    expect.stringMatching(/ biểu mẫu "disagreement" cần đúng một bước loại content$/),
  ])
})

describe('a flow file with faults', () => {
  test('has every fault of its shape named at once, with line', () => {
    const { root, edit, lineOf } = copy()
    edit('flows/submit.yaml', (text) =>
      text
        .replace('ask: content\n', 'ask: txt\n')
        .replace('purpose: handling', 'purpose: spying')
        .replace('    stage: title\n', '    stage: title\n    optonal: true\n')
        .replace('options: [whole, answerOnly]', 'options: [whole, 0912345678]')
        .replace('finish: fileCase', 'finish: openCase'),
    )
    expect(faultsOf(root)).toEqual([
      expect.stringMatching(
        /^flows\/submit\.yaml:7 steps\.0\.purpose: phải là một trong: handling, publication, profileName$/,
      ),
      expect.stringMatching(
        /^flows\/submit\.yaml:9 steps\.1\.ask: loại câu hỏi chưa đúng: không có "txt"; dùng một trong: consent, content, title/,
      ),
      `flows/submit.yaml:${lineOf('flows/submit.yaml', 'optonal')} steps.2: không có mục tên "optonal"`,
      expect.stringMatching(
        new RegExp(
          `^flows/submit\\.yaml:${lineOf('flows/submit.yaml', '0912345678')} steps\\.\\d+\\.options\\.1: sai loại; cần chữ \\(số bắt đầu bằng 0 phải để trong dấu nháy\\)$`,
        ),
      ),
      expect.stringMatching(/ finish: phải là một trong: fileCase, supplementCase, disagreeWithAnswer$/),
    ])
  })

  test('has every fault of its references named at once', () => {
    const { root, edit } = copy()
    edit('flows/submit.yaml', (text) =>
      text
        .replace('goto: { onBehalf: submitterType }', 'goto: { onBehalf: submiterType, other: phone }')
        .replace('    next: phone\n', '    next: title\n')
        .replace('    of: phone\n', '    of: name\n')
        .replace('options: [enterprise, organisation, stateAgency]', 'options: [enterprise, enterprise, skip]')
        .replace('givenBy: whole', 'givenBy: all')
        .replace('  - id: email\n    ask: email\n    onRequest: true\n', '')
        .replace('  - id: summary\n    ask: summary\n', '  - id: phone\n    ask: phone\n'),
    )
    const faults = faultsOf(root).join('\n')
    for (const part of [
      'goto "submiterType" không có; các bước là agreement, content,',
      'goto: bước "name" không có lựa chọn "other"; các lựa chọn là onBehalf',
      'next "title" phải là một bước ở bên dưới',
      'bước "phoneCode" dựa vào "name", nhưng "name" không phải loại phone',
      'lựa chọn "enterprise" bị trùng',
      'không đặt tên lựa chọn là "skip" được',
      '"all" không phải lựa chọn của bước này',
      '"email" không có; các bước là',
      'thiếu bước "email" (email); hồ sơ phản ánh cần bước này',
      'bước "phone" bị trùng',
      'bước cuối phải là summary',
    ]) {
      expect(faults).toContain(part)
    }
  })

  test('and a step that no way leads to is named', () => {
    const { root, edit, lineOf } = copy()
    edit('flows/submit.yaml', (text) =>
      text
        .replace('goto: { onBehalf: submitterType }\n', '')
        .replace('    options: [onBehalf]\n    ', '    options: [onBehalf]\n'),
    )
    expect(faultsOf(root)).toContain(
      `flows/submit.yaml:${lineOf('flows/submit.yaml', 'id: submitterType')} không có đường nào tới bước "submitterType"`,
    )
  })

  test('may be written wrong in every way that people write YAML wrong', () => {
    const { root, edit, write } = copy()
    edit('flows/submit.yaml', (text) => text.replace('    ask: consent\n', '    ask: consent\n    ask: text\n'))
    write('flows/extra.yaml', 'id: extra\nbuttons: [menu, nowhere\n')
    write('flows/tabs.yaml', 'id: tabs\nbuttons:\n\t- menu\n')
    write('flows/other.yml', 'id: other\n')
    const faults = faultsOf(root)
    expect(faults).toContain('flows/submit.yaml:7 YAML viết chưa đúng: mục này được viết hai lần')
    expect(faults.filter((fault) => fault.startsWith('flows/extra.yaml:')).length).toBeGreaterThan(0)
    expect(faults.filter((fault) => fault.startsWith('flows/tabs.yaml:')).join()).toMatch(/Tab|thụt/)
    expect(faults).toContain('flows/other.yml:1 đổi tên tệp thành .yaml thì trợ lý mới đọc')
    // What stands in a broken file is not missing as well.
    expect(faults.join()).not.toContain('thiếu mục "submit"')
    expect(faults.join()).not.toContain('không có trang hay biểu mẫu "submit"')
  })

  test('does not hide the faults of the sentences', () => {
    const { root, edit } = copy()
    edit('flows/pages.yaml', (text) => text.replace('show: handoff', 'show: hanoff'))
    edit('locales/vi.json', (text) =>
      text.replace('"progress": "Bước {{number}}/{{count}}', '"progress": "Bước {{number}}'),
    )
    const faults = faultsOf(root)
    expect(faults.some((fault) => /^flows\/pages\.yaml:\d+ show: phải là một trong: text, myCases/.test(fault))).toBe(
      true,
    )
    expect(faults.some((fault) => /^locales\/en\.json:\d+ form\.progress: các chỗ/.test(fault))).toBe(true)
  })

  test('pages point to pages that are there, once, under names that are free', () => {
    const { root, write } = copy()
    write('flows/mine.yaml', 'id: held\nbuttons: [menu, menu, nowhere]\n---\nid: menu\n')
    const faults = faultsOf(root)
    expect(faults).toContain('flows/mine.yaml:1 không đặt tên là "held" được, trợ lý dùng tên này vào việc khác')
    expect(faults).toContain('flows/mine.yaml:2 nút "menu" bị trùng')
    expect(faults).toContain('flows/mine.yaml:2 không có trang hay biểu mẫu "nowhere"')
    expect(faults.join('\n')).toMatch(/id "menu" đã có ở mục khác/)
  })
})

describe('sentences with faults', () => {
  test('missing in one language or both, unused, empty, too long, in parts: each is named where it belongs', () => {
    const { root, edit, lineOf } = copy()
    edit('locales/vi.json', (text) =>
      text
        .replace(/ +"noWayBack": .*\n/, '')
        .replace(/"goingOn": ".*"/, '"goingOn": " "')
        .replace(/"skip": "Bỏ qua"/, `"skip": "${'Bỏ qua '.repeat(20)}"`)
        .replace(/"typeAgain": "Gõ lại"/, `"typeAgain": "${'Gõ lại'.normalize('NFD')}", "nobody": "x"`),
    )
    edit('locales/en.json', (text) => text.replace(/ +"typeAgain": .*\n/, ''))
    const faults = faultsOf(root)
    const of = (key: string) => faults.filter((fault) => fault.includes(key))
    expect(of('form.noWayBack')).toEqual([expect.stringMatching(/^locales\/vi\.json:\d{2,} thiếu câu/)])
    expect(of('form.goingOn')).toEqual([
      `locales/vi.json:${lineOf('locales/vi.json', '"goingOn"')} form.goingOn: câu trống`,
    ])
    expect(of('form.skip')).toEqual([expect.stringContaining('tên nút dài quá 100 chữ cái (đang là 140)')])
    expect(of('form.typeAgain').join()).toMatch(/kiểu tách rời.*|thiếu câu "form\.typeAgain"/)
    expect(of('form.nobody')).toEqual([
      expect.stringContaining('thiếu câu "form.nobody"'),
      expect.stringContaining('không nơi nào dùng câu này'),
    ])
  })

  test('a comma too few is one clear line', () => {
    const { root, edit, lineOf } = copy()
    const line = lineOf('locales/vi.json', '"goingOn"')
    edit('locales/vi.json', (text) => text.replace(/("goingOn": ".*"),/, '$1'))
    expect(faultsOf(root)).toEqual([expect.stringMatching(/^locales\/vi\.json:\d+ JSON viết chưa đúng/)])
    const [fault = ''] = faultsOf(root)
    expect(Math.abs(Number(/:(\d+)/.exec(fault)?.[1]) - line)).toBeLessThanOrEqual(1)
  })

  test('a number in place of a sentence is said', () => {
    const { root, edit } = copy()
    edit('locales/vi.json', (text) => text.replace(/"goingOn": ".*"/, '"goingOn": 5'))
    expect(faultsOf(root).join('\n')).toContain('form.goingOn: câu chữ phải để trong dấu nháy')
  })
})
