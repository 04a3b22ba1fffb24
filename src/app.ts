import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clocksOf } from './cases/decision.ts'
import type { Config } from './config.ts'
import { loadContacts, refusePlaceholders } from './contacts.ts'
import { conversationFacts } from './conversation-facts.ts'
import { describeDelivery } from './delivery/describe.ts'
import { findDelivery, loadDelivery } from './delivery/settings.ts'
import { reachOf } from './delivery/windows.ts'
import { createHealthRouter } from './http/health.ts'
import { createServer } from './http/server.ts'
import { createVerifierRouter } from './http/verifier.ts'
import { createZaloWebhook } from './http/zalo-webhook.ts'
import { listen } from './listen.ts'
import type { Logger } from './logger.ts'
import { writeZip } from './media/archive.ts'
import { printPdf } from './media/pdf.ts'
import { createMetrics } from './metrics.ts'
import { openAccount } from './open-account.ts'
import { openApiRouter } from './open-api.ts'
import { openBroadcasts } from './open-broadcasts.ts'
import { openCases } from './open-cases.ts'
import { openChannels } from './open-channels.ts'
import { conversationSettings, openConversation } from './open-conversation.ts'
import { openCounter } from './open-counter.ts'
import { openLaw, readShippedLaw, watchLaw } from './open-law.ts'
import { openListening } from './open-listening.ts'
import { type OwnMongod, openMongod } from './open-mongod.ts'
import { chatJudge, openNoticeRecords, openNotices } from './open-notices.ts'
import { openRoad } from './open-road.ts'
import { accountOf, openSimulator, senderIn, withSimulatedChannels } from './open-simulator.ts'
import { openStaff } from './open-staff.ts'
import { type Closers, createClosers, openStores, type Stores } from './open-stores.ts'
import { createInspect, openTurns } from './open-turns.ts'
import { openWeb } from './open-web.ts'
import { openWebhooks } from './open-webhooks.ts'
import { openZalo } from './open-zalo.ts'
import { createServiceClock, type ServiceClock } from './service-clock.ts'
import type { Simulator } from './simulator/simulator.ts'
import { openClosedWays } from './store/closed-ways.ts'
import { createConsentHistory } from './store/consent-history.ts'
import { openDataRequests } from './store/data-requests.ts'
import { openEarlyReceipts } from './store/early-receipts.ts'
import { isDatabaseAway } from './store/errors.ts'
import { openHandoffs } from './store/handoffs.ts'
import { openOfficerLinks } from './store/officer-links.ts'
import { openSharedFactStore } from './store/shared-facts.ts'
import { createTryCounter } from './store/try-counter.ts'
import { EXPORT_SEAL } from './usecases/case-export.ts'
import { PUBLIC_SCOPE } from './usecases/case-scope.ts'
import { createAnswerDataRequests } from './usecases/data-requests.ts'
import { createEarlyReceipts } from './usecases/early-receipts.ts'
import type { NoticeChannel } from './usecases/notice-channels.ts'
import { createOfficerLinks } from './usecases/officer-links.ts'
import { createNoticeRenderer } from './usecases/render-notice.ts'
import { startAuditKeeping } from './workers/audit.ts'
import type { CatchUp } from './workers/catch-up.ts'
import { startPeopleKeeping } from './workers/people.ts'
import { startSharedFacts } from './workers/shared-facts.ts'
import { loadTemplates } from './zalo/template-registry.ts'
import { ONE_TIME_CODE } from './zalo/template-values.ts'

export const version = '0.1.0'

const root = fileURLToPath(new URL('..', import.meta.url))
/** How long a notice that went into the chat is left alone, where there is no other way beside it. */
const FIRST_LOOK_MS = 10 * 60_000

export type App = {
  url: string
  simulator: Simulator | null
  clock: ServiceClock
  /** Invented people and their tokens, demonstration only. */
  demonstration: { login: string; name: string; roles: readonly string[]; token: string }[]
  /** Resolves when what is in hand is finished and everything is closed. */
  stop(): Promise<void>
}

/**
 * Builds the whole service, top to bottom, and starts it. Rejects with an error that lists what has to be mended; whatever
 * was started by then is stopped again.
 */
export async function startApp(
  config: Config,
  options: {
    logger: Logger
    say(line: string): void
    /** The database of its own that has been begun already. */
    mongod?: OwnMongod
    /** Ways beside the chat, instead of those that the configuration names. */
    channels?: readonly NoticeChannel[]
    /** The steady clock by which sending pauses. @default performance.now */
    steadyNow?: () => number
  },
): Promise<App> {
  const { logger, say } = options
  const closers = createClosers(logger)
  // The database takes longest to be there: what needs none is built meanwhile.
  const mongod = options.mongod ?? openMongod(config, say)
  const opening = openStores(config, mongod.running, closers)
  opening.catch(() => undefined)
  try {
    return await build(config, {
      logger,
      say,
      closers,
      opening,
      steadyNow: options.steadyNow ?? (() => performance.now()),
      ...(options.channels === undefined ? {} : { channels: options.channels }),
    })
  } catch (error) {
    await opening.catch(() => undefined)
    await closers.closeAll()
    throw error
  }
}

async function build(
  given: Config,
  options: {
    logger: Logger
    say(line: string): void
    closers: Closers
    opening: Promise<Stores>
    channels?: readonly NoticeChannel[]
    steadyNow: () => number
  },
): Promise<App> {
  const { logger, say, closers, opening, steadyNow } = options
  const isDemonstration = given.mode === 'demonstration'
  const clock = createServiceClock({
    offsetMs: given.clockOffsetMs,
    file: isDemonstration ? join(given.dataDir, 'clock.json') : null,
  })
  const model = '2025'
  const contactsFile = given.organisation.contactsFile
  const contacts = (await loadContacts(resolve(root, contactsFile)))[model]
  if (given.mode === 'production') refusePlaceholders(contactsFile, contacts)
  const facts = conversationFacts(contacts, given.http.publicUrl)
  const shippedLaw = readShippedLaw(root)
  const templatesFile = given.zalo.templatesFile ?? (isDemonstration ? join(root, 'data/zbs-templates.json') : null)
  const templates = templatesFile === null ? [] : await loadTemplates(templatesFile)
  const conversation = await openConversation({
    root,
    model,
    codePrefix: given.form.caseCodePrefix,
    importedData: join(given.dataDir, 'data'),
    settings: conversationSettings(
      given,
      templates.some(({ name }) => name === ONE_TIME_CODE),
    ),
    facts,
  })
  const { texts, engine, unitData } = conversation
  const delivery = await loadDelivery(findDelivery(given.dataDir))
  const metrics = createMetrics()

  const stores = await opening
  const law = await openLaw({ shipped: shippedLaw, database: stores.database, clock })
  const unitName = (code: string) => engine.units.byCode(code)?.name ?? code
  const caseFacts = { unitName, answerBy: law.answerBy, publicUrl: given.http.publicUrl }
  const notices = createNoticeRenderer({ texts, facts: caseFacts })

  const http = await listen(given)
  closers.add('http', () => http.close())
  const simulator = isDemonstration ? await openSimulator(given, clock, logger, http.port) : null
  if (simulator !== null) closers.add('simulator', () => simulator.stop())
  const config = simulator === null ? given : withSimulatedChannels(given, simulator)

  const account = accountOf(config, simulator)
  const counter = await openCounter(config, { logger: logger.child({ part: 'counter' }), closers, steadyNow })
  const zalo = await openZalo({
    config,
    account,
    stores,
    counter,
    steadyNow,
    logger: logger.child({ part: 'zalo' }),
    closers,
  })
  const sharedFacts = await startSharedFacts({
    store: await openSharedFactStore(stores.database),
    logger: logger.child({ part: 'facts' }),
  })
  closers.add('shared facts', () => sharedFacts.stop())
  const channels = openChannels({
    facts: sharedFacts,
    config,
    templates,
    calls: zalo.calls,
    texts,
    metrics,
    logger: logger.child({ part: 'channels' }),
    closers,
  })
  const inspect = createInspect(config.attachments)
  const { units, intents } = engine
  const ways = options.channels ?? channels.list
  const watched = openAccount({
    zalo,
    stores,
    oaId: account.credentials.oaId,
    facts: sharedFacts,
    metrics,
    logger,
    closers,
  })
  const { quotaLeft } = watched
  // Where a notice also goes beside the chat it is looked at as soon as it is stored.
  const firstLookMs = ways.length > 0 ? 0 : FIRST_LOOK_MS
  const mayChat = chatJudge(delivery, config.quietHours, quotaLeft)
  const base = { config, stores, law, clock, notices, unitData, units, intents, texts, logger, inspect }
  const cases = await openCases({ ...base, mayChat, firstLookMs, channels: ways })
  const sender = simulator === null ? null : senderIn(simulator, stores)
  // The examples are filed while the rest is built.
  const demonstrating = isDemonstration ? cases.addDemonstration(clock.now(), sender) : Promise.resolve([])
  demonstrating.catch(() => undefined)
  const { records, onReceipt } = openNoticeRecords(stores, cases.outboxStore)
  const closedWays = await openClosedWays(stores.database, stores.hash)
  const early = createEarlyReceipts({
    store: await openEarlyReceipts(stores.database),
    onReceipt,
    answered: records.answered,
    onTakenUp: ({ state }) => metrics.channelReceipts.inc({ channel: 'early', state, outcome: 'storedLate' }),
  })
  const [links, handoffs, dataRequests] = await Promise.all([
    openOfficerLinks(stores.database, stores.keyring.fields),
    openHandoffs(stores.database),
    openDataRequests(stores.database),
  ])
  const officerLinks = createOfficerLinks({
    store: links,
    tries: createTryCounter(stores.database),
    officerOf: cases.people.officerOf,
    audit: cases.audit,
  })
  const turns = openTurns({
    config,
    engine,
    texts,
    stores,
    law,
    cases: { ...cases, units: cases.moveCase.units },
    caseFacts,
    notices,
    officerLinks,
    handoffs,
    mediaHost: simulator?.mediaHost ?? null,
    inspect,
    clock,
    metrics,
  })
  const broadcasting = await openBroadcasts({
    config,
    stores,
    cases: { ...cases, units: cases.moveCase.units },
    zalo: zalo.client,
    followers: watched.followers,
    author: contacts.values.tenDonViDauMoi,
    links,
    root,
    texts,
    clock,
    metrics,
    logger,
    closers,
  })
  // Nobody knows of a gap before the listening has begun.
  let catchUp: CatchUp = async () => false
  const road = await openRoad({
    config,
    stores,
    zalo,
    clock,
    metrics,
    logger,
    closers,
    texts,
    runTurn: turns.runTurn,
    quietBefore: turns.quietBefore,
    fileDrafts: cases.fileDrafts,
    keepConsents: cases.keepConsents,
    storeMoves: cases.store.storeMovesIn,
    renderFiled: cases.renderFiled,
    firstLookMs,
    outboxStore: cases.outboxStore,
    ingestMedia: turns.ingestMedia,
    mayLeave: broadcasting.mayLeave,
    sendCode: channels.sendCode,
    steadyNow,
    catchUp: (asked) => catchUp(asked),
    onReceipt,
    onTemplateEcho: records.templateEcho,
  })

  const listening = await openListening({
    config,
    stores,
    zalo,
    account: account.credentials,
    inboxStore: road.inboxStore,
    onRecovered: road.onRecovered,
    officeHours: contacts.officeHours,
    calendar: law.calendar,
    clock,
    metrics,
    logger,
    closers,
  })
  catchUp = listening.catchUp

  const told = openNotices({
    config,
    stores,
    settings: delivery,
    records: { ...records, answered: early.answered },
    closedWays,
    channels: ways,
    cases: cases.store,
    wording: { texts, publicUrl: config.http.publicUrl, unitName, render: notices.render },
    textVersion: notices.textVersion,
    calendar: law.calendar,
    quotaLeft,
    partitions: road.partitions,
    onSaid: road.sender.hint,
    clock,
    metrics,
    logger,
    closers,
  })
  broadcasting.start(road)

  const outgoing = await openWebhooks({
    config,
    stores,
    units: cases.moveCase.units,
    audit: cases.audit,
    partitions: road.partitions,
    metrics,
    logger: logger.child({ part: 'webhooks' }),
    closers,
  })

  const web = await openWeb({
    config,
    conversation,
    stores,
    cases: {
      find: (code) => cases.store.find(code, PUBLIC_SCOPE),
      findNational: (code) => cases.store.findNational(code, PUBLIC_SCOPE),
    },
    facts: caseFacts,
    people: cases.people,
    clocksOf: (current) => clocksOf(current, { ...law.of(current), now: clock.now() }),
    attachments: cases.attachments,
    ownCopies: turns.ownCopies,
    zalo,
    account: watched,
    oaId: account.credentials.oaId,
    clock,
    metrics,
    logger,
  })
  const lawWatch = watchLaw({
    law,
    cases: cases.store,
    clock,
    metrics,
    logger: logger.child({ part: 'law' }),
    closers,
  })
  for (const line of [...(await web.adviceAtStart()), ...lawWatch.adviceAtStart()]) say(line)

  const peopleKeeping = startPeopleKeeping({
    handBack: cases.handBack,
    logger: logger.child({ part: 'accounts' }),
    now: Date.now,
  })
  closers.add('accounts', () => peopleKeeping.stop())
  const auditKeeping = startAuditKeeping({
    store: cases.auditStore,
    days: config.retention.accessDays,
    logger: logger.child({ part: 'audit' }),
    now: Date.now,
  })
  closers.add('audit', () => auditKeeping.stop())
  const staff = await openStaff({
    config,
    stores,
    cases: cases.store,
    collections: cases.collections,
    moveCase: cases.moveCase,
    law,
    clock,
    texts,
    unitName,
    links,
    handoffs,
    dataRequests,
    chatFacts: records.chatFacts,
    chaseWorkingDays: delivery.workItem.chaseWorkingDays,
    platform: zalo.client,
    metrics,
    logger,
    closers,
  })
  const clocks = staff.start()
  const app = createServer({
    logger: logger.child({ part: 'http' }),
    trustedProxies: config.http.trustedProxies,
    isSecure: config.http.publicUrl.startsWith('https://'),
    isDatabaseAway,
    first: [
      {
        path: '/',
        router: createZaloWebhook({
          checkSignature: zalo.checkSignature,
          timestampOf: zalo.timestampOf,
          read: zalo.read,
          citizenKey: stores.hash.citizenKey,
          inbox: road.inboxStore,
          onStored: road.onStored,
          onHeard: listening.onHeard,
          onMissed: listening.onMissed,
          onAccountChange(change) {
            web.onAccountChange(change)
            channels.onAccountChange(change)
          },
          onChannelReceipt: early.onReceipt,
          clock,
          logger: logger.child({ part: 'webhook' }),
          metrics,
        }),
      },
      ...channels.routers({ onReceipt: early.onReceipt, clock }).map((router) => ({ path: '/', router })),
    ],
    mounts: [
      {
        path: '/',
        router: createHealthRouter({
          pingDatabase: (timeoutMs) => stores.database.ping(timeoutMs),
          grantState: watched.grantState,
          describeAccount: watched.describe,
          registry: metrics.registry,
          async collect() {
            await Promise.all([
              clocks.collect(),
              road.collect(),
              told.collect(),
              listening.collect(),
              watched.collect(),
              lawWatch.collect(),
              outgoing.collect(),
              broadcasting.collect(),
            ])
          },
          version,
        }),
      },
      { path: '/', router: createVerifierRouter({ folder: join(config.dataDir, 'public') }) },
      { path: '/', router: web.grant },
      {
        path: '/api',
        router: openApiRouter({
          codePrefix: config.form.caseCodePrefix,
          ...cases.moveCase,
          marks: cases.marks,
          ...cases.intake,
          notices: cases.noticeReader,
          consents: createConsentHistory(cases.collections),
          notInformed: {
            records,
            closedWays,
            cases: cases.store,
            workItems: cases.intake.workItems,
            units: cases.moveCase.units,
            officerOf: cases.people.officerOf,
            reachOf: (known, now) => reachOf(known, now, delivery.chat),
          },
          audit: cases.audit,
          manage: cases.manage,
          externalBodies: cases.externalBodies,
          readAudit: cases.readAudit,
          desk: staff.desk,
          links: officerLinks,
          dataRequests: createAnswerDataRequests({
            requests: dataRequests,
            units: cases.moveCase.units,
            audit: cases.audit,
          }),
          chatUrl: isDemonstration
            ? `${config.http.publicUrl}/simulator`
            : `https://zalo.me/${account.credentials.oaId}`,
          files: cases.attachments,
          fileBytesMax: config.attachments.sizeBytesMax,
          people: cases.people,
          rate: { counter, perMinute: config.http.apiRatePerMinute },
          wrongTokensPerMinute: config.http.apiWrongTokensPerMinute,
          translate: texts.translate,
          texts,
          unitName,
          dossiers: cases.dossiers,
          webhooks: outgoing.webhooks,
          broadcasts: broadcasting.broadcasts,
          broadcastTemplates: broadcasting.templates,
          printPdf,
          writeZip,
          seal: (canonical) => stores.hash.keyOf(EXPORT_SEAL, canonical),
          async onExport(officer, code, form) {
            await cases.audit.record({ actor: officer, act: 'exportCase', caseCodes: [code], data: { form } })
            logger.info({ login: officer.login, code, form }, 'case exported')
          },
          lawFiles: {
            cases: cases.store,
            law: law.kept,
            store: law.store,
            units: cases.moveCase.units,
            audit: cases.audit,
            now: clock.now,
            onImported: lawWatch.wake,
          },
          now: clock.now,
          publicUrl: config.http.publicUrl,
          version,
        }),
      },
      ...(simulator === null ? [] : [{ path: '/simulator', router: simulator.router }]),
      { path: '/', router: broadcasting.covers },
      { path: '/', router: web.pages },
    ],
  })
  channels.start()
  say(channels.line)
  say(describeDelivery(delivery, config.quietHours).vi[0] ?? '')
  const demonstration = await demonstrating
  http.serve(app)
  return { url: config.http.publicUrl, simulator, clock, demonstration, stop: () => closers.closeAll() }
}
