import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Response, Router } from 'express'
import type { Officer } from '../../cases/case.ts'
import { type ExportEntry, type Seal, withManifest } from '../../usecases/case-export.ts'
import { factsOf } from '../../usecases/case-facts.ts'
import type { Dossier, Dossiers } from '../../usecases/dossiers.ts'
import { contextFor, type MoveCaseDeps } from '../../usecases/move-case.ts'
import { aboutExport, type EntriesDeps, entriesOf } from '../dossier/entries.ts'
import { printCase } from '../dossier/print-case.ts'
import { localeOf } from '../problem.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'

export type ExportDeps = MoveCaseDeps &
  EntriesDeps & {
    dossiers: Dossiers
    writeZip(entries: AsyncIterable<ExportEntry>): AsyncIterable<Uint8Array>
    seal: Seal
    /** Told of every export before anything of it is sent. */
    onExport(officer: Officer, code: string, form: 'zip' | 'pdf'): Promise<void>
    now(): number
  }

/** One whole case to take away: as an archive that proves itself, and on paper (R6-7). */
export function exportResource(deps: ExportDeps): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/cases/:code/export', async (request, response) => {
    const officer = officerOf(response)
    const { code } = request.params
    const dossier = await deps.dossiers.gather(officer, code)
    const asked = { at: deps.now(), by: officer.login, locale: localeOf(request) }
    const facts = await factsFor(dossier, officer)
    await deps.onExport(officer, code, 'zip')
    const entries = entriesOf(deps, dossier, facts, asked)
    const archive = deps.writeZip(withManifest(entries, aboutExport(dossier, asked), deps.seal))
    sendAs(response, 'application/zip', `${code}.zip`)
    // What fails from here on ends the connection: a cut archive is known by its missing end.
    await pipeline(Readable.from(archive, { objectMode: false }), response)
  })

  router.get('/cases/:code/print', async (request, response) => {
    const officer = officerOf(response)
    const { code } = request.params
    const dossier = await deps.dossiers.gather(officer, code)
    const asked = { at: deps.now(), by: officer.login, locale: localeOf(request) }
    const facts = await factsFor(dossier, officer)
    await deps.onExport(officer, code, 'pdf')
    const pdf = await deps.printPdf(printCase(deps, dossier, facts, asked))
    sendAs(response, 'application/pdf', `${code}.pdf`)
    response.end(pdf)
  })

  async function factsFor({ seen }: Dossier, officer: Officer) {
    return factsOf(seen.current, officer, await contextFor(deps, seen.current, null, deps.now()))
  }

  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/cases/{code}/export',
        summary: 'The whole case as one archive with its history, notices, files and checksums',
        answer: null,
        answerType: 'application/zip',
        faults: ['not_found', 'forbidden'],
      },
      {
        method: 'get',
        path: '/cases/{code}/print',
        summary: 'The case on paper',
        answer: null,
        answerType: 'application/pdf',
        faults: ['not_found', 'forbidden'],
      },
    ],
  }
}

function sendAs(response: Response, type: string, name: string): void {
  response.set({
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${name}"`,
    'X-Content-Type-Options': 'nosniff',
  })
}
