import { allOwn, caseChoice, findOwn, goOnFrom, notYours, progressChoice, show } from './case-desk.ts'
import { askComment, askStars, rateCase, sayNoComment, sayNotDisagree } from './case-rating.ts'
import { askWithdrawal, confirmWithdrawal, keepCase } from './case-withdrawal.ts'
import { addContent, draftMarked, isUntold, mayShelve, rememberEvents, startForm } from './drafts.ts'
import type { Choice, Stars } from './effects.ts'
import type { Told } from './hold.ts'
import { draftMark } from './kinds/kind.ts'
import type { CaseWay, Denial, OwnCase } from './own-cases.ts'
import type { Form } from './state.ts'
import { excerpt } from './text/normalise.ts'
import { endBurst, flowOf, isCaseForm, note, type Turn } from './turn-state.ts'

/** What a citizen wants to do with a filed case: the rating, where one was named; what was told along with it. */
export type CaseWish = { way: CaseWay; stars?: Stars; told?: Told }

const CHOICES_MAX = 5
const TITLE_LENGTH = 80

/** Begins what is wished, on the case that is named, else on the one that can be meant. */
export function wishFor(turn: Turn, wish: CaseWish, code: string | null): void {
  turn.page = null
  if (code !== null) {
    const own = findOwn(turn, code)
    return own === null ? deny(turn, code, notYours(code)) : begin(turn, wish, own)
  }
  const cases = allOwn(turn)
  const possible = cases.filter((own) => denialOf(own, wish.way) === null)
  const [only] = possible
  if (possible.length > 1) choose(turn, wish, possible)
  else if (only !== undefined) begin(turn, wish, only)
  else sayNothingFor(turn, wish, cases)
}

function denialOf(own: OwnCase, way: CaseWay): Denial | null {
  return way === 'renew' ? null : (own.denials[way] ?? null)
}

function begin(turn: Turn, wish: CaseWish, own: OwnCase): void {
  const denial = denialOf(own, wish.way)
  if (denial !== null) return refuse(turn, wish, own, denial)
  switch (wish.way) {
    case 'supplement':
      return openCaseForm(turn, 'supplement', own, wish.told)
    case 'disagree':
      return openCaseForm(turn, 'disagreement', own, wish.told)
    case 'withdraw':
      return askWithdrawal(turn, own, 'withdraw', null)
    case 'rate':
      return wish.stars === undefined ? askStars(turn, own) : rateCase(turn, own, wish.stars)
    case 'renew':
      return renew(turn, own, wish.told)
    default:
      return wish.way satisfies never
  }
}

/**
 * Why not, and what else. After the time to disagree a new matter takes the case up again, and it is begun at once (R4-E2); so it
 * is for words that came along, which are not lost.
 */
function refuse(turn: Turn, wish: CaseWish, own: OwnCase, denial: Denial): void {
  const isLate = wish.way === 'disagree' && denial.instead.includes('renew')
  if (!isLate && wish.told === undefined) return deny(turn, own.code, denial)
  note(turn, denial.why.key, denial.why.params)
  renew(turn, own, wish.told)
}

function deny(turn: Turn, code: string, { why, instead }: Denial): void {
  note(turn, why.key, why.params)
  const choices = instead.map((way) => caseChoice(way, code))
  const isKnown = turn.cases.find(code) !== null
  if (choices.length > 0) show(turn, { key: 'acts.next' }, [...choices, progressChoice(code)])
  else goOnFrom(turn, [isKnown ? progressChoice(code) : pageChoice('myCases')])
}

function choose(turn: Turn, { way, stars }: CaseWish, possible: readonly OwnCase[]): void {
  const shown = possible.slice(0, CHOICES_MAX)
  const lines = shown.map(({ code, title }) => ({
    key: 'acts.line',
    params: { code, title: excerpt(title, TITLE_LENGTH) },
  }))
  const head = way === 'rate' && stars !== undefined ? `rate${stars}` : way
  const choices = shown.map(({ code }) => ({ title: { literal: code }, payload: `#act.${head}.${code}` }))
  show(turn, { key: `acts.${way}.which`, params: { lines: { lines } } }, choices)
}

function sayNothingFor(turn: Turn, wish: CaseWish, cases: readonly OwnCase[]): void {
  const [only] = cases
  if (only !== undefined && cases.length === 1) return begin(turn, wish, only)
  note(turn, cases.length === 0 ? 'myCases.none' : `acts.${wish.way}.nothing`)
  goOnFrom(turn, [pageChoice('myCases'), pageChoice('menu')])
}

const pageChoice = (page: string): Choice => ({ title: { key: `${page}.button` }, payload: `#${page}` })

/** The draft that speaks of this case already, or a new one. */
function openCaseForm(turn: Turn, flowId: string, own: OwnCase, told: Told | undefined): void {
  const about = { code: own.code, title: own.title, missing: own.asked?.missing ?? null }
  const { form, shelved } = turn.conversation
  const drafts = form === null ? shelved : [form, ...shelved]
  const known = drafts.find((draft) => draft.flow === flowId && draft.about?.code === own.code)
  const draft = known === undefined ? null : draftMarked(turn, draftMark(known))
  if (draft !== null) return goOnWith(turn, Object.assign(draft, { about }), told)
  if (!hasRoom(turn)) return sayShelfFull(turn, told)
  startForm(turn, flowId, told, about)
}

function goOnWith(turn: Turn, draft: Form, told: Told | undefined): void {
  const flow = flowOf(turn, draft)
  if (told !== undefined && flow !== null) {
    note(turn, addContent(draft, flow, told.text) ? `${draft.flow}.taken` : 'form.contentFull')
    rememberEvents(draft, told.eventIds)
  }
  endBurst(draft)
  draft.mode = 'step'
  draft.lastAt = turn.engine.now
  turn.askForm = true
}

function hasRoom(turn: Turn): boolean {
  const { form } = turn.conversation
  return form === null || mayShelve(turn) || (isCaseForm(turn, form) && isUntold(form))
}

/** What was told along with it waits beside the draft that is open. */
function sayShelfFull(turn: Turn, told: Told | undefined): void {
  const { form } = turn.conversation
  note(turn, 'form.shelfFull')
  turn.askForm = true
  if (form === null || told === undefined) return
  const { text, hints, eventIds } = form.waiting ?? { text: '', hints: [], eventIds: [] }
  form.waiting = {
    text: text === '' ? told.text : `${text}\n${told.text}`,
    hints: [...hints, ...told.hints],
    eventIds: [...eventIds, ...told.eventIds],
  }
}

function renew(turn: Turn, own: OwnCase, told: Told | undefined): void {
  if (!hasRoom(turn)) return sayShelfFull(turn, told)
  note(turn, 'acts.renew.start', { code: own.code })
  startForm(turn, 'submit', told, { code: own.code, title: own.title, missing: null })
}

/** "Tôi không có giấy này" is written down for the citizen, who may say why, and sends it. */
function sayCannot(turn: Turn, code: string): void {
  const text = turn.engine.translate('vi', 'acts.cannot.text')
  const { form, shelved } = turn.conversation
  const isSaid = [form, ...shelved].some(
    (draft) => draft?.about?.code === code && JSON.stringify(draft.answers).includes(JSON.stringify(text).slice(1, -1)),
  )
  const told = { text, hints: [], eventIds: [] }
  wishFor(turn, isSaid ? { way: 'supplement' } : { way: 'supplement', told }, code)
}

/** A button about a filed case, `#act.<what>.<code>`. False for what is none of ours. */
export function tapAct(turn: Turn, payload: string): boolean {
  const [, what = '', tag = '', typed = ''] = PAYLOAD.exec(payload) ?? []
  const code = typed.toUpperCase()
  const askedAt = Number.parseInt(tag, 36) || 0
  const stars = /^rate([1-5])$/.exec(what)?.[1]
  if (stars !== undefined) wishFor(turn, { way: 'rate', stars: Number(stars) as Stars }, code)
  else if (isWay(what)) wishFor(turn, { way: what }, code)
  else {
    const tapped = Object.hasOwn(TAPS, what) ? TAPS[what] : undefined
    tapped?.(turn, code, askedAt)
    return tapped !== undefined
  }
  return true
}

const PAYLOAD = /^#act\.([A-Za-z]+[1-5]?)(?:-([0-9a-z]+))?\.([A-Za-z0-9.]{1,40})$/

const TAPS: Record<string, (turn: Turn, code: string, askedAt: number) => void> = {
  cannot: sayCannot,
  comment: askComment,
  noComment: sayNoComment,
  notDisagree: sayNotDisagree,
  keep: keepCase,
  withdrawYes: (turn, code, askedAt) => confirmWithdrawal(turn, code, 'withdraw', askedAt),
  withdrawSurely: (turn, code, askedAt) => confirmWithdrawal(turn, code, 'withdrawSurely', askedAt),
}

const WAYS: ReadonlySet<string> = new Set<CaseWay>(['supplement', 'rate', 'disagree', 'withdraw', 'renew'])
const isWay = (what: string): what is CaseWay => WAYS.has(what)
