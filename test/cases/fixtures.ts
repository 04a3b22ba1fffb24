import type { Act } from '../../src/cases/acts.ts'
import type {
  Actor,
  Answer,
  Case,
  Officer,
  Publication,
  Role,
  Supplement,
  UnitDirectory,
} from '../../src/cases/case.ts'
import { startOfDay } from '../../src/cases/days.ts'
import { decide } from '../../src/cases/decide.ts'
import type { Accepted, Decision, DecisionContext } from '../../src/cases/decision.ts'
import { type Filing, fileCase } from '../../src/cases/file-case.ts'
import type { State } from '../../src/cases/words.ts'
import { CHECKLIST } from '../support/matter.ts'
import { calendar, qd29, qd31 } from './support.ts'

const HOUR_MS = 3_600_000

/** A moment in Vietnam, `YYYY-MM-DD` and an hour. */
export function at(day: string, hour = 10): number {
  return startOfDay(day) + hour * HOUR_MS
}

/** A small province: the Office with a centre below it, two communes, a hamlet office below the first, a department. */
const PARENTS: Record<string, string | null> = {
  QN: null,
  'QN-VP': 'QN',
  'QN-TTPVHCC': 'QN-VP',
  'QN-SXD': 'QN',
  'QN-C1': 'QN',
  'QN-C1-T': 'QN-C1',
  'QN-C2': 'QN',
  'QN-C3': 'QN',
}

export const units: UnitDirectory = {
  exists: (code) => code in PARENTS,
  isActive: (code) => code in PARENTS,
  isWithin(code, ancestor) {
    for (let unit: string | null = code; unit !== null; unit = PARENTS[unit] ?? null) if (unit === ancestor) return true
    return false
  },
  isOffice: (code) => code === 'QN-VP' || code === 'QN-TTPVHCC',
  hasDirectIntake: (code) => code === 'QN-SXD',
  hidesSenderFrom: () => false,
}

function officer(login: string, unitCode: string, ...roles: Role[]): Officer {
  return { type: 'officer', login, name: `Cán bộ ${login}`, unitCode, roles }
}

/** One person per role and place; `2` is a second person of the same role, `x` one of another unit, `c` of a coordinating one. */
export const people = {
  io: officer('io', 'QN-VP', 'intakeOfficer'),
  io2: officer('io2', 'QN-TTPVHCC', 'intakeOfficer'),
  ol: officer('ol', 'QN-VP', 'officeLeader'),
  ol2: officer('ol2', 'QN-VP', 'officeLeader'),
  p: officer('p', 'QN-VP', 'publisher'),
  ac: officer('ac', 'QN-C1', 'agencyCoordinator'),
  h: officer('h', 'QN-C1', 'handler'),
  h2: officer('h2', 'QN-C1', 'handler'),
  al: officer('al', 'QN-C1', 'agencyLeader'),
  al2: officer('al2', 'QN-C1', 'agencyLeader'),
  acc: officer('acc', 'QN-C2', 'agencyCoordinator'),
  alc: officer('alc', 'QN-C2', 'agencyLeader'),
  acx: officer('acx', 'QN-C3', 'agencyCoordinator'),
  hx: officer('hx', 'QN-C3', 'handler'),
  alx: officer('alx', 'QN-C3', 'agencyLeader'),
  iox: officer('iox', 'QN-C3', 'intakeOfficer'),
  au: officer('au', 'QN-VP', 'auditor'),
  dpo: officer('dpo', 'QN-VP', 'dataProtectionOfficer'),
  ad: officer('ad', 'QN-VP', 'administrator'),
} satisfies Record<string, Officer>

export const citizen: Actor = { type: 'citizen', citizenKey: 'key-of-the-sender' }
export const stranger: Actor = { type: 'citizen', citizenKey: 'key-of-somebody-else' }

/** Friday; a case received on Monday 2 March is then one working day from its C (Monday 23 March). */
export const NOW = at('2026-03-20')

export function contextAt(now: number, change: Partial<DecisionContext> = {}): DecisionContext {
  const everybody: readonly Officer[] = Object.values(people)
  return {
    now,
    calendar,
    ruleSet: qd31,
    lawRevision: 1,
    lawOf: () => ({ calendar: change.calendar ?? calendar, ruleSet: change.ruleSet ?? qd31 }),
    units,
    findOfficer: (login) => everybody.find((person) => person.login === login) ?? null,
    ...change,
  }
}

export const CODE = 'PAKN.20260302.0001'

export const filing: Filing = {
  draftId: 'draft-1',
  citizenKey: 'key-of-the-sender',
  channel: 'zalo',
  receivedAt: at('2026-03-02', 9),
  identityLevel: 2,
  submitterType: 'citizen',
  name: 'Y Hà',
  phone: '+84905000012',
  address: {
    model: '2025',
    provinceCode: '51',
    districtCode: null,
    communeCode: '23527',
    detail: 'Thôn 2',
    text: 'Thôn 2, xã Sa Thầy',
  },
  title: 'Chậm trả kết quả tách thửa',
  content: 'Tôi nộp hồ sơ tách thửa từ tháng một đến nay chưa có kết quả.',
  suggestedUnitCode: 'QN-C1',
  attachments: [
    {
      id: 'file-1',
      name: 'giay-hen.jpg',
      mediaType: 'image/jpeg',
      sizeBytes: 1200,
      sha256: 'a'.repeat(64),
      kind: 'image',
    },
  ],
  publicChoice: { content: true, name: 'masked' },
  consents: [
    { purpose: 'handling', given: true, textVersion: '1', at: at('2026-03-02', 9), eventId: 'event-1' },
    { purpose: 'publication', given: true, textVersion: '1', at: at('2026-03-02', 9), eventId: 'event-2' },
  ],
}

/** A case as it is right after the citizen sent it on Monday 2 March 2026. */
export function filedCase(change: Partial<Filing> = {}, code = CODE): Case {
  const full = { ...filing, ...change }
  const filed = fileCase(full, {
    code,
    now: Math.max(full.receivedAt, at('2026-03-02', 9)),
    ruleSet: full.receivedAt >= at('2026-07-20', 0) ? qd29 : qd31,
    calendar,
    lawRevision: 1,
    intakeUnitCode: 'QN-VP',
  })
  if (!filed.ok) throw new Error(`fixture: ${JSON.stringify(filed.faults)}`)
  return filed.next
}

export const supplement: Supplement = {
  askedAt: at('2026-03-03'),
  askedBy: 'io',
  askedFrom: 'PENDING_INTAKE',
  missing: 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ',
  replyBy: '2026-03-10',
  answeredAt: null,
  text: '',
  attachments: [],
  closedAt: null,
}

const ANSWER_TEXT = 'UBND xã đã kiểm tra và trả kết quả hồ sơ tách thửa cho công dân ngày 17/3/2026.'

export const answer: Answer = {
  text: ANSWER_TEXT,
  form: 'corrected',
  legalBasis: null,
  attachments: [],
  unitCode: 'QN-C1',
  writtenBy: 'h',
  approvedBy: 'al',
  at: at('2026-03-18'),
}

export const publication: Publication = {
  title: 'Chậm trả kết quả tách thửa',
  content: 'Người dân phản ánh chậm trả kết quả tách thửa.',
  answer: ANSWER_TEXT,
  attachments: [],
  publishedBy: 'p',
  publishedAt: at('2026-03-19'),
  correctedAt: null,
}

/** What a case of each state has behind it. */
const BEHIND: Record<State, Partial<Case>> = {
  PENDING_INTAKE: {},
  AWAITING_SUPPLEMENT: {
    supplements: [supplement],
    pauses: [{ kind: 'supplement', from: at('2026-03-03'), to: null }],
  },
  REFUSED: {
    refusal: {
      reasonCode: 'complaint',
      reason: 'Đơn khiếu nại',
      guidance: 'Gửi cơ quan',
      by: 'io',
      approvedBy: 'ol',
      at: at('2026-03-03'),
    },
    closedAt: at('2026-03-03'),
  },
  FORWARDED: withUnit({ handler: null, acceptedAt: null }),
  PROCESSING: withUnit({}),
  RETURNED_TO_INTAKE: withUnit({ handler: null }),
  PENDING_PUBLICATION: withUnit({ answer, resultAt: at('2026-03-18') }),
  RETURNED_TO_AGENCY: withUnit({
    answerHistory: [answer],
    pauses: [{ kind: 'office', from: at('2026-03-18'), to: at('2026-03-19') }],
  }),
  PUBLISHED: withUnit({
    answer,
    publication,
    resultAt: at('2026-03-18'),
    releasedAt: at('2026-03-19'),
    closedAt: at('2026-03-19'),
  }),
  ANSWERED_UNPUBLISHED: withUnit({
    answer,
    unpublished: { reasonCode: 'minor', reason: 'Trẻ em', by: 'p', at: at('2026-03-19') },
    resultAt: at('2026-03-18'),
    releasedAt: at('2026-03-19'),
    closedAt: at('2026-03-19'),
  }),
  TRANSFERRED_OUT: {
    transferOut: { body: 'Công an tỉnh', documentNumber: '12/VP', date: '2026-03-04' },
    closedAt: at('2026-03-04'),
  },
  WITHDRAWN: { withdrawal: { at: at('2026-03-05'), by: 'citizen', reason: null }, closedAt: at('2026-03-05') },
  MERGED: { parentCode: 'PAKN.20260301.0009', closedAt: at('2026-03-05') },
  CLOSED_NO_SUPPLEMENT: {
    supplements: [{ ...supplement, closedAt: at('2026-03-18') }],
    pauses: [{ kind: 'supplement', from: at('2026-03-03'), to: null }],
    closedAt: at('2026-03-18'),
  },
}

const FILED = filedCase()

/** A case that has come to this state in the usual way, as of `NOW`. */
export function caseIn(state: State, change: Partial<Case> = {}): Case {
  return { ...FILED, state, version: 7, ...BEHIND[state], ...change }
}

function withUnit(change: Partial<Case>): Partial<Case> {
  return {
    contentKind: 'conduct',
    kpiClass: 'conduct',
    field: 'land',
    intakeOfficer: 'io',
    leadUnitCode: 'QN-C1',
    coordinatingUnitCodes: ['QN-C2'],
    handler: 'h',
    arrivedAt: at('2026-03-19'),
    acceptedAt: at('2026-03-19'),
    opinions: [
      {
        unitCode: 'QN-C2',
        question: 'Ý kiến của xã về hồ sơ này?',
        askedAt: at('2026-03-19'),
        askedBy: 'ac',
        answeredAt: null,
        answeredBy: null,
        opinion: null,
      },
    ],
    ...change,
  }
}

export const PARENT_CODE = 'PAKN.20260301.0009'

/** Every act once, with fields that are right on `NOW`. */
export const acts = {
  refuse: {
    act: 'refuse',
    reasonCode: 'complaint',
    reason: 'Nội dung là đơn khiếu nại.',
    guidance: 'Xin gửi cơ quan đã ra quyết định.',
  },
  approveRefusal: { act: 'approveRefusal' },
  declineApproval: { act: 'declineApproval', reason: 'Chưa đủ căn cứ.' },
  requestSupplement: {
    act: 'requestSupplement',
    missing: 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ',
    replyBy: '2026-03-27',
  },
  approveSupplement: { act: 'approveSupplement' },
  supplement: { act: 'supplement', text: 'Mã hồ sơ là 000.00.01.' },
  closeNoSupplement: { act: 'closeNoSupplement' },
  forward: {
    act: 'forward',
    contentKind: 'conduct',
    field: 'land',
    leadUnitCode: 'QN-C1',
    coordinatingUnitCodes: ['QN-C2'],
    note: 'Chuyển xử lý.',
  },
  handleSelf: { act: 'handleSelf', contentKind: 'regulation', field: 'land', handler: 'io' },
  accept: { act: 'accept', handler: 'h' },
  assign: { act: 'assign', handler: 'h2' },
  returnToIntake: { act: 'returnToIntake', reason: 'Không thuộc thẩm quyền của xã.' },
  delegate: { act: 'delegate', leadUnitCode: 'QN-C1-T', note: 'Giao tổ xử lý.' },
  submitAnswer: { act: 'submitAnswer', answer: ANSWER_TEXT, form: 'corrected' },
  approveAnswer: { act: 'approveAnswer' },
  returnToAgency: { act: 'returnToAgency', reason: 'Câu trả lời chưa nêu căn cứ.' },
  publish: {
    act: 'publish',
    title: 'Chậm trả kết quả tách thửa',
    content: 'Người dân phản ánh chậm trả kết quả tách thửa.',
    answer: ANSWER_TEXT,
    checklist: CHECKLIST,
  },
  answerUnpublished: { act: 'answerUnpublished', reasonCode: 'personal_privacy', reason: 'Không thể ẩn danh.' },
  approveUnpublished: { act: 'approveUnpublished' },
  correctPublication: {
    act: 'correctPublication',
    title: 'Chậm trả kết quả tách thửa',
    content: 'Người dân phản ánh chậm trả kết quả.',
    answer: `${ANSWER_TEXT} Đã xin lỗi công dân.`,
    checklist: CHECKLIST,
    reason: 'Còn sót thông tin cá nhân.',
  },
  approveCorrection: { act: 'approveCorrection' },
  transferOut: { act: 'transferOut', body: 'Công an tỉnh', documentNumber: '12/VP', date: '2026-03-20' },
  merge: { act: 'merge', parentCode: PARENT_CODE },
  unmerge: { act: 'unmerge', reason: 'Hai việc khác nhau.' },
  link: { act: 'link', relatedCode: PARENT_CODE },
  withdraw: { act: 'withdraw' },
  disagree: { act: 'disagree', text: 'Tôi chưa nhận được kết quả.', note: 'Theo đơn ngày 01/12.' },
  reopen: { act: 'reopen' },
  reconsider: { act: 'reconsider', reason: 'Xem lại thấy đúng phạm vi.' },
  rate: { act: 'rate', stars: 2, note: 'Theo đơn ngày 01/12.' },
  progressUpdate: { act: 'progressUpdate', text: 'Đang xác minh tại thực địa.' },
  note: { act: 'note', text: 'Đã gọi điện cho công dân.' },
  messageCitizen: { act: 'messageCitizen', text: 'Mời Ông/Bà đến nhận kết quả.' },
  askOpinion: { act: 'askOpinion', unitCodes: ['QN-C2'], question: 'Ý kiến của xã về hồ sơ này?' },
  giveOpinion: { act: 'giveOpinion', opinion: 'Đồng ý với phương án.' },
  urge: { act: 'urge', unitCode: 'QN-C1', text: 'Đề nghị trả lời trước hạn.', answerBy: '2026-03-24' },
  escalate: {
    act: 'escalate',
    reasonCode: 'agency_conflict',
    positions: [{ unitCode: 'QN-C1', text: 'Thuộc sở.' }],
    proposal: 'Giao sở chủ trì.',
  },
  recordDecision: {
    act: 'recordDecision',
    decision: 'Giao xã chủ trì.',
    decidedBy: 'Chủ tịch UBND tỉnh',
    date: '2026-03-20',
    documentNumber: '15/QĐ',
  },
  markDenunciation: { act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' },
  clearDenunciation: { act: 'clearDenunciation', reason: 'Không phải tố cáo.' },
} as const satisfies { [Name in Act['act']]: Extract<Act, { act: Name }> }

/** Decides on `NOW` with the parent case at hand. */
export function decideNow(current: Case, act: Act, actor: Actor, change: Partial<DecisionContext> = {}): Decision {
  return decide(
    current,
    act,
    actor,
    contextAt(NOW, { otherCase: caseIn('PROCESSING', { code: PARENT_CODE }), ...change }),
  )
}

/** The accepted decision, or a failure that says why it was not. */
export function accept(decision: Decision): Accepted {
  if (!decision.ok) throw new Error(`refused: ${decision.code} ${decision.key} ${JSON.stringify(decision.faults)}`)
  return decision
}

/** `code key` of a refusal, with its field faults. */
export function refusalOf(decision: Decision): string {
  if (decision.ok) return 'accepted'
  const faults = decision.faults.map((one) => `${one.path} ${one.key.replace('fault.', '')}`)
  return [decision.code, decision.key.replace('refusal.', ''), ...faults].join(' ')
}
