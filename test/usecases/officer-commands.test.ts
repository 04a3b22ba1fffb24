import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../src/cases/case.ts'
import { formatCaseCode, readLeadingCode } from '../../src/cases/code.ts'
import { isPayload } from '../../src/conversation/payloads.ts'
import type { Flows } from '../../src/conversation/schema.ts'
import { fittingCommand } from '../../src/usecases/officer-chat/fitting-command.ts'
import { COMMAND_WORDS, readCommand } from '../../src/usecases/officer-chat/read-command.ts'
import type { Texts } from '../../src/usecases/ports.ts'
import type { StaffNotice } from '../../src/usecases/staff-ports.ts'
import { openTestConversation } from '../support/dialog.ts'

const options = { prefix: 'PAKN', nowDay: '2026-11-23' }
const read = (text: string) => readCommand(text, options)
const code = 'PAKN.20261123.0001'
let flows: Flows
let texts: Texts

beforeAll(async () => {
  const conversation = await openTestConversation()
  flows = conversation.engine.flows
  texts = conversation.texts
})

describe('a short command', () => {
  test.each([
    ['#viec', { name: 'due' }],
    ['#Việc', { name: 'due' }],
    ['＃VIEC', { name: 'due' }],
    ['# viec ạ', { name: 'due' }],
    ['#giup', { name: 'help' }],
    ['#Trợ giúp', { name: 'help' }],
    ['#?', { name: 'help' }],
    ['#xem PAKN.20261123.0001', { name: 'see', code }],
    ['#XEM pakn 20261123 1', { name: 'see', code }],
    ['#xem 20261123.1', { name: 'see', code }],
    ['#xem20261123.1', { name: 'see', code }],
    ['#xem: 2O261123-OOO1 giúp tôi', { name: 'see', code }],
    ['#xem', { name: 'see', code: null }],
    ['#xem hồ sơ PAKN.20261123.0001', { name: 'see', code: null }],
    ['#nhận PAKN-20261123-0001', { name: 'take', code }],
    ['#nhan 123', { name: 'take', code: null }],
    ['#tl PAKN.20261123.0001 Chào Ông, hẹn 9 giờ.', { name: 'reply', code, text: 'Chào Ông, hẹn 9 giờ.' }],
    ['#TL 20261123.1: 2 giấy còn thiếu', { name: 'reply', code, text: '2 giấy còn thiếu' }],
    ['#tl PAKN.20261123.0001,chào Ông', { name: 'reply', code, text: 'chào Ông' }],
    ['#trả lời pakn 20261123 0001\nDòng một\nDòng hai', { name: 'reply', code, text: 'Dòng một\nDòng hai' }],
    ['#tl 20261123.1', { name: 'reply', code, text: '' }],
    ['#tl Chào Ông', { name: 'reply', code: null, text: '' }],
    ['#xoa', { name: 'unknown', word: '#xoa' }],
    ['#congkhai PAKN.20261123.0001', { name: 'unknown', word: '#congkhai' }],
  ])('%j is understood', (text, command) => expect(read(text)).toEqual(command))

  test.each([
    '',
    '#',
    '# ',
    '##viec',
    'viec',
    'tl PAKN.20261123.0001 chào',
    '#1',
    '#datdai em nộp hồ sơ từ tháng 8 mà chưa có kết quả',
    '#viec lam o xa Sa Thay kho qua, de nghi giup do',
    '#motcaugidorratdaikhongphailenh',
  ])('%j is none', (text) => expect(read(text)).toBeNull())

  test('loses no word of what is to be written, however the code is spelled', () => {
    const spelling = fc.constantFrom(
      (day: string, number: number) => formatCaseCode({ prefix: 'PAKN', day, number }),
      (day: string, number: number) => `pakn ${day.replaceAll('-', '')} ${number}`,
      (day: string, number: number) => `PAKN-${day.replaceAll('-', '')}-${String(number).padStart(4, '0')}`,
      (day: string, number: number) => `${day.replaceAll('-', '')}.${number}`,
    )
    const day = fc.integer({ min: 1, max: 23 }).map((date) => `2026-11-${String(date).padStart(2, '0')}`)
    const gap = fc.constantFrom(' ', '  ', '\n', ': ', ', ')
    const said = fc
      .array(fc.stringMatching(/^[a-zà-ỹ]{1,8}[.,!?]?$/u), { minLength: 1, maxLength: 8 })
      .map((words) => words.join(' ').normalize('NFC'))
    fc.assert(
      fc.property(spelling, day, fc.integer({ min: 1, max: 99_999 }), gap, said, (spell, on, number, between, text) => {
        const expected = formatCaseCode({ prefix: 'PAKN', day: on, number })
        expect(readLeadingCode(`${spell(on, number)}${between}${text}`, options)).toEqual({
          code: expected,
          rest: text,
        })
        const command = read(`#tl ${spell(on, number)}${between}${text}`)
        expect(command).toEqual({ name: 'reply', code: expected, text })
      }),
    )
  })

  test('anything that is typed is read without a fault, however long it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const command = read(`#tl ${text}`)
        expect(command === null || 'name' in command).toBe(true)
        read(`#${text}`)
      }),
    )
    for (const long of [
      '2026'.repeat(20_000),
      'pakn '.repeat(20_000),
      `#tl ${'0'.repeat(80_000)}`,
      'á'.repeat(80_000),
    ]) {
      expect(read(`#tl ${long}`)).toEqual({ name: 'reply', code: null, text: '' })
    }
  })
})

describe('what a button sends', () => {
  test('is none of the commands, also of a form that is no longer offered', () => {
    const [form = ''] = Object.keys(flows.forms)
    const buttons = [
      ...Object.keys({ ...flows.pages, ...flows.forms }).map((id) => `#${id}`),
      `#${form}.title.use-1.0a1b2c`,
      '#gone.title.use-1.0a1b2c',
      '#assistant',
      '#case.PAKN.20261123.0001',
      '#act.withdraw.PAKN.20261123.0001',
      '#held.new.0a1b2c',
      '#draft.keep.0a1b2c',
      '#alarm.no.0a1b2c',
      '#forget.yes.k3j4',
    ]
    for (const button of buttons) expect(isPayload(flows, button), button).toBe(true)
  })

  test('is never the word of a command', () => {
    for (const word of Object.values(COMMAND_WORDS).flat()) {
      expect(isPayload(flows, `#${word}`), word).toBe(false)
      expect(isPayload(flows, `#${word} PAKN.20261123.0001 text.0a1b2c`), word).toBe(false)
    }
    expect(isPayload(flows, 'menu')).toBe(false)
  })
})

describe('a notice names the command that fits', () => {
  const notice = (kind: StaffNotice['kind'], caseCode: string): StaffNotice => ({
    id: `${kind}-${caseCode}`,
    login: 'a',
    kind,
    caseCode,
    params: {},
    digest: null,
    createdAt: 0,
    readAt: null,
  })
  const hintFor = (roles: Role[], ...letter: StaffNotice[]) => {
    const hint = fittingCommand(letter, roles)
    return hint === null ? null : texts.translate('vi', hint.key, hint.params)
  }

  test('to whom waits first, then to what is to be taken by those who may, then to what is to be seen', () => {
    const waits = notice('senderWaits', 'PAKN.1')
    const forwarded = notice('forwarded', 'PAKN.2')
    expect(hintFor(['agencyCoordinator'], forwarded, waits)).toContain('#tl PAKN.1')
    expect(hintFor(['agencyCoordinator'], notice('urged', 'PAKN.3'), forwarded)).toContain('#nhan PAKN.2')
    expect(hintFor(['agencyLeader'], forwarded)).toContain('#xem PAKN.2')
    expect(hintFor(['agencyLeader'], forwarded, notice('urged', 'PAKN.3'))).toContain('#viec')
    expect(hintFor(['intakeOfficer'], notice('handoffWaits', ''))).toBeNull()
  })
})
