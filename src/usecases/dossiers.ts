import type { Actor, CaseAttachment } from '../cases/case.ts'
import { attachmentsOf } from '../cases/checks.ts'
import type { HistoryEntry } from '../cases/history.ts'
import { mayExport } from '../cases/rights.ts'
import type { NoticeState, Units } from './case-ports.ts'
import type { FileStore, OpenedFile } from './file-store.ts'
import type { ReadCases, SeenCase } from './read-cases.ts'
import { RefusedError } from './refused-error.ts'

/** A whole case as one reader may take it away: its record, how it came about, what was told, and its files. */
export type Dossier = {
  seen: SeenCase
  history: readonly HistoryEntry[]
  notices: readonly NoticeState[]
  /** Empty without the right to the full text. */
  attachments: readonly CaseAttachment[]
  open(attachment: CaseAttachment): Promise<OpenedFile>
}

export type Dossiers = ReturnType<typeof createDossiers>

/** Gathers a case for printing and export (§7.2 "Export, print one case", R6-7). */
export function createDossiers(deps: {
  reads: Pick<ReadCases, 'judge' | 'history' | 'notices'>
  files: Pick<FileStore, 'open'>
  units: Units
}) {
  return {
    async gather(actor: Actor, code: string): Promise<Dossier> {
      const seen = await deps.reads.judge(actor, code)
      if (!mayExport(seen.current, actor, deps.units)) {
        throw new RefusedError('forbidden', [{ path: '', key: 'refusal.notYourExport', params: {} }])
      }
      const [history, notices] = await Promise.all([deps.reads.history(actor, code), deps.reads.notices(actor, code)])
      return {
        seen,
        history,
        notices,
        attachments: seen.sight.files ? attachmentsOf(seen.current) : [],
        async open({ id }) {
          const file = await deps.files.open(id)
          if (file === undefined) throw new Error(`file ${id} of case ${code} is missing`)
          return file
        },
      }
    },
  }
}
