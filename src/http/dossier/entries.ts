import { formatTime } from '../../cases/days.ts'
import { type ExportEntry, type Manifest, textEntry } from '../../usecases/case-export.ts'
import type { CaseFacts } from '../../usecases/case-facts.ts'
import type { Dossier } from '../../usecases/dossiers.ts'
import type { Locale } from '../../usecases/ports.ts'
import { caseJson, type Translate } from '../api/case-json.ts'
import { noticeJson } from '../api/notice-json.ts'
import { type PrintDeps, printCase } from './print-case.ts'
import type { PrintPdf } from './printed.ts'

export type EntriesDeps = PrintDeps & { printPdf: PrintPdf; translate: Translate }

/** A case as files: to read, to print, to check, and everything that was attached to it. */
export async function* entriesOf(
  deps: EntriesDeps,
  dossier: Dossier,
  facts: CaseFacts,
  asked: { at: number; by: string; locale: Locale },
): AsyncGenerator<ExportEntry> {
  const { seen, history, notices, attachments } = dossier
  const { code } = seen.current
  const words = { translate: deps.translate, locale: asked.locale }
  yield textEntry('README.txt', deps.texts.translate(asked.locale, 'print.readme', { code, at: { time: asked.at } }))
  yield textEntry('case.json', json(caseJson(seen, facts, words)))
  yield textEntry('case.pdf', await deps.printPdf(printCase(deps, dossier, facts, asked)))
  yield textEntry('history.json', json(history))
  yield textEntry('notices.json', json(notices.map(noticeJson)))
  for (const [index, attachment] of attachments.entries()) {
    const { content } = await dossier.open(attachment)
    yield {
      path: `files/${String(index + 1).padStart(2, '0')}-${fileName(attachment.name)}`,
      content,
      isCompressed: false,
    }
  }
}

/** What the manifest says beside the list of files. */
export function aboutExport(
  { seen, history }: Dossier,
  asked: { at: number; by: string },
): Omit<Manifest, 'format' | 'formatVersion' | 'files' | 'seal'> {
  return {
    code: seen.current.code,
    exportedAt: formatTime(asked.at),
    exportedBy: asked.by,
    view: seen.view,
    history: { lines: history.length, hash: history.at(-1)?.hash ?? '' },
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** A name that every system can unpack, and that can lead nowhere else. */
function fileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[/\\:*?"<>|\p{Cc}\p{Cf}]+/gu, '_')
    .replace(/^\.+/, '_')
  return plain.slice(-100) || 'file'
}
