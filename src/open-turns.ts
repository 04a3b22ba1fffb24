import type { Config } from './config.ts'
import type { EngineContext } from './conversation/context.ts'
import { isPayload } from './conversation/payloads.ts'
import { createMediaFetcher } from './media/download.ts'
import type { Metrics } from './metrics.ts'
import type { openCases } from './open-cases.ts'
import type { OpenLaw } from './open-law.ts'
import type { Stores } from './open-stores.ts'
import type { Units } from './usecases/case-ports.ts'
import { createCitizenCases } from './usecases/citizen-cases.ts'
import { withDataRequests } from './usecases/data-requests.ts'
import type { CaseFacts } from './usecases/describe-case.ts'
import { createIngestMedia, type Inspect } from './usecases/ingest-media.ts'
import { withLinkCodes } from './usecases/link-in-chat.ts'
import { createListCases } from './usecases/list-cases.ts'
import { createAnswerCommand } from './usecases/officer-chat/answer-command.ts'
import { withOfficerCommands } from './usecases/officer-chat/in-chat.ts'
import { SHORT_COMMANDS } from './usecases/officer-chat/read-command.ts'
import type { Waiting } from './usecases/officer-chat/reply-to-sender.ts'
import type { OfficerLinks } from './usecases/officer-links.ts'
import { createOwnCopies, OWN_COPY } from './usecases/own-copies.ts'
import type { Clock, Texts } from './usecases/ports.ts'
import { createReadCases } from './usecases/read-cases.ts'
import { createRunTurn, type Notices } from './usecases/run-turn.ts'
import type { RunTurn } from './usecases/turn.ts'

/** Looks into a file that somebody sent, by its content. */
export function createInspect(attachments: Config['attachments']): Inspect {
  const limits = {
    filesMax: attachments.countMax,
    fileBytesMax: attachments.sizeBytesMax,
    togetherBytesMax: attachments.totalBytesMax,
    allowVideo: attachments.allowVideo,
  }
  return async (bytes, nameHint) => {
    // What knows the formats of files is loaded with the first file.
    const { inspectFile } = await import('./media/inspect.ts')
    return inspectFile(bytes, { limits, ...(nameHint === undefined ? {} : { nameHint }) })
  }
}

/** What becomes of the words and files of a citizen. */
export function openTurns(deps: {
  config: Config
  engine: Omit<EngineContext, 'now' | 'entropy'>
  texts: Texts
  stores: Stores
  law: OpenLaw
  cases: Pick<Awaited<ReturnType<typeof openCases>>, 'store' | 'dossiers' | 'moveCase' | 'noticeReader' | 'audit'> & {
    units: Units
  }
  caseFacts: CaseFacts
  notices: Notices
  officerLinks: OfficerLinks
  handoffs: Waiting
  /** Where the simulator keeps what is sent on its phones; null without one. */
  mediaHost: string | null
  inspect: Inspect
  clock: Clock
  metrics: Metrics
}) {
  const { config, stores, cases, law, texts, clock } = deps
  const ownCopies = createOwnCopies({
    find: cases.store.find,
    dossiers: cases.dossiers,
    keyOf: (value) => stores.hash.keyOf(OWN_COPY, value),
    publicUrl: config.http.publicUrl,
  })
  const { runTurn, quietBefore } = createRunTurn({
    engine: deps.engine,
    texts,
    cases: cases.store,
    facts: { ...deps.caseFacts, copyLink: (current) => ownCopies.linkTo(current, clock.now()) },
    citizenCases: createCitizenCases({ law, units: cases.units }),
    notices: deps.notices,
  })
  const readers = { cases: cases.store, units: cases.units, notices: cases.noticeReader, audit: cases.audit }
  const codePrefix = config.form.caseCodePrefix
  const answer = createAnswerCommand({
    ...cases.moveCase,
    reads: createReadCases(readers),
    lists: createListCases({ ...readers, law, codePrefix }),
    waiting: deps.handoffs,
    onAnswered: (command, outcome) => deps.metrics.officerCommands.inc({ command, outcome }),
    unitName: deps.caseFacts.unitName,
    publicUrl: config.http.publicUrl,
  })
  const officers = { links: deps.officerLinks, texts, now: Date.now }
  const withCommands = (inner: RunTurn) =>
    withOfficerCommands(inner, {
      ...officers,
      answer,
      isPayload: (text) => isPayload(deps.engine.flows, text),
      codePrefix,
    })
  const dataRequests = { casesOf: cases.store.ofCitizen, calendar: law.calendar, days: config.dataRequestDays }
  const asked = withDataRequests(runTurn, dataRequests)
  const { suffixes, origins } = config.zalo.mediaHosts
  const fetcher = createMediaFetcher({
    allowedHosts: [...suffixes, ...origins, ...(deps.mediaHost === null ? [] : [deps.mediaHost])],
    production: config.mode === 'production',
    maxBytes: config.attachments.sizeBytesMax,
    timeoutMs: 15_000,
  })
  return {
    runTurn: config.officerCommands
      ? withLinkCodes(withCommands(asked), { ...officers, help: SHORT_COMMANDS.help })
      : withLinkCodes(asked, officers),
    quietBefore,
    ownCopies,
    ingestMedia: createIngestMedia({
      fetch: (url) => fetcher.fetch(url),
      inspect: deps.inspect,
      files: stores.files,
      count: (outcome) => deps.metrics.media.inc({ outcome }),
      triesMax: 4,
    }),
  }
}
