import type { Case } from '../../src/cases/case.ts'
import { clocksOf, lateSupplementBy } from '../../src/cases/decision.ts'
import { draftNotices, type NoticeDraft } from '../../src/cases/notices.ts'
import type { NoticeId } from '../../src/cases/words.ts'
import type { NoticeOfMessage } from '../../src/usecases/turn.ts'
import { contextAt, NOW } from '../cases/fixtures.ts'

/** The notice as an act on this case would have made it. */
export function noticeOf(id: NoticeId, current: Case, now = NOW): NoticeDraft {
  const context = contextAt(now)
  const late = lateSupplementBy(current, context.ruleSet)
  const [notice] = draftNotices(id, current, clocksOf(current, context), { lateSupplementBy: late })
  if (notice === undefined) throw new Error(`no notice ${id}`)
  return notice
}

/** What a message carries of a notice that no act has made. */
export function noticeOfMessage(caseCode: string, id: NoticeId, textVersion = '1'): NoticeOfMessage {
  const draft: NoticeDraft = { notice: id, caseCode, mandatory: true, quiet: false, params: { code: caseCode } }
  return { caseCode, id, mandatory: true, textVersion, draft, locale: 'vi' }
}
