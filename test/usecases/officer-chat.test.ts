import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '../../src/cases/case.ts'
import { isPayload } from '../../src/conversation/payloads.ts'
import type { Received } from '../../src/conversation/received.ts'
import { openHandoffs } from '../../src/store/handoffs.ts'
import { createListCases } from '../../src/usecases/list-cases.ts'
import { type AnswerCommandDeps, createAnswerCommand } from '../../src/usecases/officer-chat/answer-command.ts'
import { withOfficerCommands } from '../../src/usecases/officer-chat/in-chat.ts'
import { createReadCases } from '../../src/usecases/read-cases.ts'
import type { RunTurn, TurnOutput } from '../../src/usecases/turn.ts'
import { type House, openHouse, receivedAt } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'
import { openTestConversation } from '../support/dialog.ts'
import { says } from '../support/road.ts'

const { uri } = testDatabase()
let house: House
let chat: RunTurn
let deps: AnswerCommandDeps
/** Between what a command reads and what it writes. */
let meanwhile: () => Promise<unknown> = async () => undefined
let now = 0
let events = 0
const heard: string[] = []
const citizenKey = 'citizen-of-the-case'
const UNIT = 'QN-C23527'
const people: Record<string, { unit: string; roles: Role[] }> = {
  intake: { unit: 'QN-VP', roles: ['intakeOfficer'] },
  leader: { unit: 'QN-VP', roles: ['officeLeader'] },
  coordinator: { unit: UNIT, roles: ['agencyCoordinator'] },
  handler: { unit: UNIT, roles: ['handler'] },
  leaver: { unit: UNIT, roles: ['handler'] },
  stranger: { unit: 'QN-C23530', roles: ['agencyCoordinator'] },
  auditor: { unit: 'QN-VP', roles: ['auditor'] },
}
const forward = {
  act: 'forward',
  contentKind: 'conduct',
  field: 'land',
  leadUnitCode: UNIT,
  note: 'Đề nghị giải quyết.',
}

beforeAll(async () => {
  house = await openHouse(uri)
  for (const [login, { unit, roles }] of Object.entries(people)) {
    await house.people.addPerson({ login, name: `Cán bộ ${login}`, unitCode: unit, roles, email: null }, Date.now())
    await house.links.save({
      login,
      unitCode: unit,
      citizenKey: `zalo-${login}`,
      userId: `1000-${login}`,
      linkedAt: Date.now(),
    })
  }
  const { texts, engine } = await openTestConversation()
  const reads = createReadCases(house.caseDeps)
  deps = {
    ...house.caseDeps,
    lists: createListCases(house.caseDeps),
    reads: {
      find: reads.find,
      async judge(actor, code) {
        const seen = await reads.judge(actor, code)
        await meanwhile()
        return seen
      },
    },
    waiting: await openHandoffs(house.database),
    unitName: (code) => house.units.find(code)?.name ?? code,
    publicUrl: 'https://pakn.example',
  }
  const citizen: RunTurn = async ({ events, conversation }) => {
    heard.push(...events.flatMap((event) => ('text' in event ? [event.text] : [])))
    return says(conversation, ...(events.length === 0 ? [] : ['câu trả lời cho người dân']))
  }
  chat = withOfficerCommands(citizen, {
    links: house.officerLinks,
    answer: createAnswerCommand(deps),
    isPayload: (text) => isPayload(engine.flows, text),
    codePrefix: 'PAKN',
    texts,
    now: () => now,
  })
})
beforeEach(() => {
  now = receivedAt + 3_600_000
  house.setNow(now)
  heard.length = 0
  meanwhile = async () => undefined
})
afterAll(() => house.close())

const typed = (text: string, id = `event-${events++}`): Received => ({ id, at: now, type: 'text', text })

function turn(who: string, given: Received[], conversation: unknown = null): Promise<TurnOutput> {
  return chat({ citizenKey: `zalo-${who}`, userId: `1000-${who}`, conversation, events: given, now, entropy: '00' })
}
const wordsOf = ({ messages }: TurnOutput) =>
  messages.map(({ body }) => (body.type === 'text' ? body.text : '')).join('\n\n')
const says_ = async (who: string, ...texts: string[]) =>
  wordsOf(
    await turn(
      who,
      texts.map((text) => typed(text)),
    ),
  )

async function officer(login: string) {
  const found = await house.people.officerOf(login)
  if (found === null) throw new Error(login)
  return found
}
async function act(login: string, code: string, input: object): Promise<void> {
  await house.move(await officer(login), code, input, (await house.cases.find(code))?.version ?? 0)
}
async function forwarded(key = citizenKey): Promise<string> {
  const code = await house.file({}, key)
  await act('intake', code, forward)
  return code
}
async function actsOn(code: string): Promise<string[]> {
  return (await house.cases.history(code)).map(({ act }) => act)
}
const messagesTo = (code: string) =>
  house.database.collection('outbox').countDocuments({ 'notice.caseCode': code, 'notice.id': 'message' })
const SECRETS = ['Y Hà', 'Niê', '905000012', 'example.vn', 'Thôn 2']

describe('a linked officer', () => {
  test('sees what waits, due soonest first, with weekday and link and nothing of the senders', async () => {
    const later = await house.file({ title: 'Bà Nguyễn Thị Hoa 0905123456 kêu đường hỏng' })
    const sooner = await house.file({ receivedAt: receivedAt - 6 * 86_400_000 })
    const answer = await says_('intake', '#viec')
    expect(answer.indexOf(sooner)).toBeGreaterThan(0)
    expect(answer.indexOf(sooner)).toBeLessThan(answer.indexOf(later))
    expect(answer).toMatch(/hạn thứ \S+ \d\d\/\d\d\/2026 \((còn|đến|quá|vừa)/)
    expect(answer).toContain(`https://pakn.example/staff/cases/${later}`)
    expect(answer).toContain('Chậm trả kết quả hồ sơ đất đai')
    for (const secret of [...SECRETS, 'Hoa', '0905123456']) expect(answer).not.toContain(secret)
  })

  test('sees the own work in the unit, and none that waits for another unit or for a colleague', async () => {
    const older = { receivedAt: receivedAt - 26 * 86_400_000 }
    const toAccept = await house.file(older)
    const ofColleague = await house.file(older)
    const leftAlone = await house.file(older)
    const ofOthers = await house.file(older)
    for (const code of [toAccept, ofColleague, leftAlone]) await act('intake', code, forward)
    const elsewhere = { ...forward, leadUnitCode: 'QN-C23530', coordinatingUnitCodes: [UNIT] }
    await act('intake', ofOthers, elsewhere)
    for (const code of [ofColleague, leftAlone]) {
      await act('coordinator', code, { act: 'accept', handler: code === ofColleague ? 'handler' : 'leaver' })
    }
    await house.people.disablePerson('leaver', Date.now())
    const shown = await says_('coordinator', '#viec')
    expect(shown).toContain(toAccept)
    expect(shown).toContain(leftAlone)
    expect(shown).not.toContain(ofColleague)
    expect(shown).not.toContain(ofOthers)
    expect(shown).toContain('quá hạn')
    const handlers = await says_('handler', '#việc')
    expect(handlers).toContain(ofColleague)
    expect(handlers).not.toContain(toAccept)
  })

  test('sees as much as one bubble holds, and where the rest is', async () => {
    for (let count = 0; count < 10; count++) await house.file()
    const answer = await says_('intake', '#viec')
    expect([...answer].length).toBeLessThanOrEqual(2_000)
    expect(answer.match(/• PAKN/g)?.length).toBeLessThanOrEqual(8)
    expect(answer).toContain('Còn nữa, Ông/Bà xem tại https://pakn.example/staff')
    expect(await says_('auditor', '#viec')).toContain('không có hồ sơ nào')
  })

  test('sees how one case stands and what may be done, in any spelling of the code', async () => {
    const code = await forwarded()
    const [, day, number] = code.split('.')
    const answer = await says_('coordinator', `#XEM ${day}.${Number(number)}`)
    expect(answer).toContain(`${code} · Chậm trả kết quả hồ sơ đất đai`)
    expect(answer).toMatch(/Tình trạng: Đã chuyển cơ quan xử lý\nHạn: thứ \S+ \d\d\/\d\d\/2026 \(còn/)
    expect(answer).toContain('Người xử lý: chưa phân công')
    expect(answer).toMatch(/Việc Ông\/Bà có thể làm bây giờ: .*nhận xử lý/)
    expect(answer).toContain(`gõ #nhan ${code}`)
    for (const secret of SECRETS) expect(answer).not.toContain(secret)
    const audited = { actor: 'coordinator', act: 'readCase', caseCodes: code }
    expect(await house.database.collection('audit').countDocuments(audited)).toBe(1)
  })

  test('is offered to take what can be taken, by a button', async () => {
    const code = await forwarded()
    const buttonsFor = async (who: string) =>
      (await turn(who, [typed(`#xem ${code}`)])).messages.flatMap(({ body }) =>
        body.type === 'text' ? body.buttons : [],
      )
    const [button] = await buttonsFor('coordinator')
    expect(button).toEqual({ title: 'Nhận xử lý', payload: `#nhan ${code}` })
    await says_('coordinator', `#nhan ${code}`)
    expect(await buttonsFor('coordinator')).toEqual([])
    // The leader of the Office may assign people of that unit, and is none of them.
    expect(await buttonsFor('leader')).toEqual([])
    expect(await says_('leader', `#nhan ${code}`)).toMatch(/chưa thực hiện được\. \S/)
  })

  test('takes a case, once, however often the same message is handled', async () => {
    const code = await forwarded()
    const event = typed(`#nhận ${code}`)
    const answers = [await turn('coordinator', [event])]
    answers.push(...(await Promise.all([turn('coordinator', [event]), turn('coordinator', [event])])))
    for (const answer of answers)
      expect(wordsOf(answer)).toMatch(/Ông\/Bà đã nhận xử lý PAKN\S+, hạn thứ .*\n.*\/staff\/cases\//)
    expect((await house.cases.find(code))?.handler).toBe('coordinator')
    expect((await actsOn(code)).filter((one) => one === 'accept' || one === 'assign')).toEqual(['accept'])
    expect(await says_('coordinator', `#nhan ${code}`)).toContain('đang là người xử lý')
    expect(await actsOn(code)).toHaveLength(3)
  })

  test('takes over what another one has in hand', async () => {
    const code = await forwarded()
    await act('coordinator', code, { act: 'accept', handler: 'handler' })
    expect(await says_('coordinator', `#nhan ${code}`)).toContain('đã nhận xử lý')
    expect((await actsOn(code)).at(-1)).toBe('assign')
    expect((await house.cases.find(code))?.handler).toBe('coordinator')
  })

  test('writes to the sender with history and proof, once, also where it is handled three times at once', async () => {
    const code = await forwarded()
    const event = typed(`#tl ${code.toLowerCase()} Mời Ông/Bà đến bộ phận một cửa.`)
    const answers = await Promise.all([1, 2, 3].map(() => turn('coordinator', [event])))
    answers.push(await turn('coordinator', [event]))
    for (const answer of answers)
      expect(wordsOf(answer)).toBe(`Tin nhắn của Ông/Bà đang được chuyển tới người gửi ${code}.`)
    const line = (await house.cases.history(code)).filter(({ act }) => act === 'messageCitizen')
    expect(line).toHaveLength(1)
    expect(line[0]).toMatchObject({ actor: 'coordinator', data: { text: 'Mời Ông/Bà đến bộ phận một cửa.' } })
    expect(await messagesTo(code)).toBe(1)
  })

  test('does what was asked twice in two messages twice, and several commands of one turn in their order', async () => {
    const code = await forwarded()
    const answer = await says_(
      'coordinator',
      `#nhan ${code}`,
      `#tl ${code} Đã nhận hồ sơ.`,
      'đèn đường hỏng',
      `#tl ${code} Đã nhận hồ sơ.`,
    )
    expect(answer).toMatch(
      /đã nhận xử lý[\s\S]*đang được chuyển tới[\s\S]*đang được chuyển tới[\s\S]*câu trả lời cho người dân/,
    )
    expect(heard).toEqual(['đèn đường hỏng'])
    expect(await messagesTo(code)).toBe(2)
  })

  test('is helped, and told of commands that there are not, of missing codes and of missing words', async () => {
    const help = await says_('handler', '#giup')
    for (const word of ['"handler"', '#viec', '#xem MÃ', '#nhan MÃ', '#tl MÃ nội dung']) expect(help).toContain(word)
    expect(await says_('handler', '#congkhai')).toContain('“#congkhai”')
    expect(await says_('handler', '#nhan')).toContain('#nhan 20261123.1')
    const code = await forwarded()
    expect(await says_('coordinator', `#tl ${code}`)).toContain('gõ thêm nội dung')
    expect(await messagesTo(code)).toBe(0)
    expect(heard).toEqual([])
  })

  test('is answered in English where the chat is', async () => {
    const output = await turn('handler', [typed('#giup')], { locale: 'en' })
    expect(wordsOf(output)).toContain('Commands for the officer "handler"')
  })
})

describe('nothing is done', () => {
  test('without the right to it, in the words of the API', async () => {
    const code = await forwarded()
    await act('coordinator', code, { act: 'accept', handler: 'coordinator' })
    const before = await actsOn(code)
    expect(await says_('intake', `#nhan ${code}`)).toMatch(/chưa thực hiện được\. Ông\/Bà không có quyền làm việc này/)
    expect(await says_('auditor', `#tl ${code} Xin chào.`)).toMatch(/không có quyền/)
    await act('intake', code, { act: 'withdraw', reason: 'Theo đơn.' })
    expect(await says_('coordinator', `#xem ${code}`)).not.toContain('#nhan')
    await says_('coordinator', `#nhan ${code}`)
    expect(await actsOn(code)).toEqual([...before, 'withdraw'])
    expect(await messagesTo(code)).toBe(0)
  })

  test('with a case one may not know of, which looks like one that there is not (R2-30)', async () => {
    const elsewhere = await forwarded()
    const secret = await house.file({ hints: ['denunciationSuspected'] })
    const nothing = 'PAKN.20261123.9999'
    for (const [who, code] of [
      ['stranger', elsewhere],
      ['intake', secret],
      ['handler', elsewhere],
    ] as const) {
      for (const say of [
        (one: string) => `#xem ${one}`,
        (one: string) => `#nhan ${one}`,
        (one: string) => `#tl ${one} A.`,
      ]) {
        const answer = await says_(who, say(code))
        expect(answer.replaceAll(code, nothing)).toBe(await says_(who, say(nothing)))
      }
    }
    expect(await says_('intake', '#viec')).not.toContain(secret)
    expect(await actsOn(secret)).toHaveLength(1)
    const shown = await says_('leader', `#xem ${secret}`)
    expect(shown).toContain(secret)
    expect(shown).not.toContain('Chậm trả')
  })

  test('on a case that somebody changes in this moment', async () => {
    const code = await forwarded()
    meanwhile = () => act('intake', code, { act: 'note', text: 'Đã gọi điện.' })
    const event = typed(`#tl ${code} Xin chào.`)
    expect(wordsOf(await turn('coordinator', [event]))).toMatch(
      /vừa được người khác cập nhật nên lệnh chưa được thực hiện/,
    )
    expect(await messagesTo(code)).toBe(0)
    meanwhile = async () => undefined
    expect(wordsOf(await turn('coordinator', [event]))).toContain('đang được chuyển tới')
    expect(await messagesTo(code)).toBe(1)
  })

  test('long after it was typed, or with files', async () => {
    const code = await forwarded()
    const event = typed(`#tl ${code} Xin chào.`)
    now += 13 * 3_600_000
    expect(wordsOf(await turn('coordinator', [event]))).toContain('gõ đã lâu')
    const file = {
      ok: true as const,
      id: 'file-1',
      kind: 'image' as const,
      name: 'a.jpg',
      mediaType: 'image/jpeg',
      sizeBytes: 9,
      sha256: '00',
    }
    const output = await turn('coordinator', [
      { id: 'with-file', at: now, type: 'files', files: [file], text: `#tl ${code} Xem ảnh.` },
    ])
    expect(wordsOf(output)).toContain('có tệp gửi kèm')
    expect(output.filesToRemove).toEqual(['file-1'])
    expect(await messagesTo(code)).toBe(0)
  })

  test('for anybody who is not linked, or has left the unit: it is a word of a citizen', async () => {
    const code = await forwarded()
    expect(await says_('nobody', `#tl ${code} Xin chào.`)).toBe('câu trả lời cho người dân')
    const login = `mover-${randomBytes(3).toString('hex')}`
    await house.people.addPerson(
      { login, name: 'Đi', unitCode: UNIT, roles: ['agencyCoordinator'], email: null },
      Date.now(),
    )
    await house.links.save({ login, unitCode: 'QN-VP', citizenKey: `zalo-${login}`, userId: '1', linkedAt: 0 })
    expect(await says_(login, `#nhan ${code}`)).toBe('câu trả lời cho người dân')
    await house.people.disablePerson('handler', Date.now())
    expect(await says_('handler', '#viec')).toBe('câu trả lời cho người dân')
    expect(heard).toEqual([`#tl ${code} Xin chào.`, `#nhan ${code}`, '#viec'])
    expect((await house.cases.find(code))?.handler).toBeNull()
  })

  test('by the buttons of a form, which an officer taps as every citizen', async () => {
    const { engine } = await openTestConversation()
    const buttons = [
      ...Object.keys({ ...engine.flows.pages, ...engine.flows.forms }).map((id) => `#${id}`),
      '#assistant',
      '#case.PAKN.20261123.0001',
    ]
    await says_('leader', ...buttons)
    expect(heard).toEqual(buttons)
  })
})

describe('somebody who waits for a person in the chat', () => {
  test('is told of as answered, once, and nobody else is', async () => {
    const code = await forwarded('who-waits')
    const other = await forwarded('who-does-not')
    await house.database
      .collection<{ _id: string; since: Date }>('handoffs')
      .insertOne({ _id: 'who-waits', since: new Date(now) })
    const event = typed(`#tl ${code} Tôi là Hạnh, xin nghe Ông/Bà.`)
    await turn('intake', [event])
    await turn('intake', [event])
    await says_('intake', `#tl ${other} Xin chào.`)
    const told = await house.database.collection('inbox').find({ eventName: 'staff_answered' }).toArray()
    expect(told).toMatchObject([{ citizenKey: 'who-waits', lane: 'turn', state: 'waiting' }])
  })
})
