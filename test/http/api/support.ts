import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Express } from 'express'
import { afterEach, expect } from 'vitest'
import type { Officer, Role } from '../../../src/cases/case.ts'
import { loadUnits } from '../../../src/conversation/load-units.ts'
import { createWebhookPost, type WebhookHosts } from '../../../src/delivery/webhook-post.ts'
import { reachOf } from '../../../src/delivery/windows.ts'
import { type OpenApiDocument, openApi } from '../../../src/http/api/openapi.ts'
import type { Resource } from '../../../src/http/api/resource.ts'
import { createServer } from '../../../src/http/server.ts'
import { createLogger } from '../../../src/logger.ts'
import { writeZip } from '../../../src/media/archive.ts'
import { inspectFile } from '../../../src/media/inspect.ts'
import { printPdf } from '../../../src/media/pdf.ts'
import { makePublicCopy } from '../../../src/media/public-copy.ts'
import { type OpenApiDeps, openApiRouter, openResources } from '../../../src/open-api.ts'
import { openIntake } from '../../../src/open-intake.ts'
import { type OpenLaw, openLaw, readShippedLaw } from '../../../src/open-law.ts'
import { openAuditStore } from '../../../src/store/audit-store.ts'
import { openBroadcastCollections } from '../../../src/store/broadcast-documents.ts'
import { createBroadcastRuns } from '../../../src/store/broadcast-runs.ts'
import { createBroadcastStore } from '../../../src/store/broadcast-store.ts'
import type { CaseCollections } from '../../../src/store/case-documents.ts'
import { createNoticeReader } from '../../../src/store/case-notices.ts'
import { createCaseStore, type MongoCaseStore, openCaseCollections } from '../../../src/store/case-store.ts'
import { openClosedWays } from '../../../src/store/closed-ways.ts'
import { createConsentHistory } from '../../../src/store/consent-history.ts'
import { createFieldCipher, type FieldCipher, type KeyedHash, parseDataKeys } from '../../../src/store/crypto.ts'
import { openDataRequests } from '../../../src/store/data-requests.ts'
import { type Database, openDatabase } from '../../../src/store/database.ts'
import { createFileDrafts, createKeepConsents } from '../../../src/store/file-drafts.ts'
import { openFileStore } from '../../../src/store/files.ts'
import { createIdempotencyStore } from '../../../src/store/idempotency-store.ts'
import { openKeyring } from '../../../src/store/keys.ts'
import { createNoticeRecords } from '../../../src/store/notice-records.ts'
import { openOfficerLinks } from '../../../src/store/officer-links.ts'
import { createOutboxStore } from '../../../src/store/outbox-store.ts'
import { openPeopleStore } from '../../../src/store/people.ts'
import { openStaffNoticeStore } from '../../../src/store/staff-notices.ts'
import { createTryCounter } from '../../../src/store/try-counter.ts'
import { createTurnStore } from '../../../src/store/turn-store.ts'
import { openWebhookCollections } from '../../../src/store/webhook-documents.ts'
import { createWebhookStore } from '../../../src/store/webhook-store.ts'
import { createWorkItemStore } from '../../../src/store/work-items.ts'
import { type Attachments, createAttachments } from '../../../src/usecases/attachments.ts'
import { createAudit, createReadAudit } from '../../../src/usecases/audit.ts'
import { createBroadcastTemplates } from '../../../src/usecases/broadcast-templates.ts'
import { createBroadcasts } from '../../../src/usecases/broadcasts.ts'
import { EXPORT_SEAL } from '../../../src/usecases/case-export.ts'
import type { RenderNotice, Units } from '../../../src/usecases/case-ports.ts'
import { createAnswerDataRequests } from '../../../src/usecases/data-requests.ts'
import { createDossiers, type Dossiers } from '../../../src/usecases/dossiers.ts'
import type { FileStore } from '../../../src/usecases/file-store.ts'
import { createHandBackCases, type HandBackCases } from '../../../src/usecases/hand-back-cases.ts'
import type { IdempotencyStore } from '../../../src/usecases/idempotency.ts'
import type { ImportLawDeps } from '../../../src/usecases/import-law.ts'
import { intakeUnitCodeOf } from '../../../src/usecases/intake-unit.ts'
import { moveCase } from '../../../src/usecases/move-case.ts'
import { createOfficerLinks, type OfficerLinkStore, type OfficerLinks } from '../../../src/usecases/officer-links.ts'
import { createManagePeople } from '../../../src/usecases/people/manage.ts'
import { createPeople, type People } from '../../../src/usecases/people.ts'
import { createReadCases } from '../../../src/usecases/read-cases.ts'
import { createStaffDesk } from '../../../src/usecases/staff-desk.ts'
import type { StaffNoticeStore } from '../../../src/usecases/staff-ports.ts'
import type { FiledDraft } from '../../../src/usecases/turn.ts'
import { createUnitDirectory } from '../../../src/usecases/unit-directory.ts'
import { createWebhooks, type Webhooks } from '../../../src/usecases/webhooks.ts'
import { createMemoryCounter } from '../../../src/zalo/rate.ts'
import { openTestConversation } from '../../support/dialog.ts'
import { noticeOfMessage } from '../../support/notices.ts'
import { heldToDescription } from './description.ts'

/** What the service answered or accepted and its description denies. */
const denied: string[] = []
afterEach(() => {
  expect(denied.splice(0)).toEqual([])
})

export type House = {
  /** The API; every answer of it is held against its description. */
  app: Express
  resources: readonly Resource[]
  description: OpenApiDocument
  files: FileStore
  attachments: Attachments
  database: Database
  cases: MongoCaseStore
  law: OpenLaw
  /** What an import of calendars and rule sets needs. */
  lawFiles: ImportLawDeps
  hash: KeyedHash
  marks: IdempotencyStore
  people: People
  dossiers: Dossiers
  handBack: HandBackCases
  webhooks: Webhooks
  units: Units
  cipher: FieldCipher
  staffNotices: StaffNoticeStore
  links: OfficerLinkStore
  officerLinks: OfficerLinks
  collections: CaseCollections
  /** Who took which case away. */
  exports: { login: string; code: string; form: string }[]
  /** The seal of this house's exports. */
  seal(canonical: string): string
  /** Opens an account and gives its token. */
  tokenOf(login: string, unitCode: string, ...roles: Role[]): Promise<string>
  /** Files a case as a turn of a citizen does; gives its code. */
  file(change?: Partial<FiledDraft>, citizenKey?: string): Promise<string>
  setNow(now: number): void
  /** Acts as somebody who needs no token. */
  move(actor: Officer, code: string, act: object, version: number): Promise<unknown>
  /** What stories about cases need, as the API has it. */
  caseDeps: OpenApiDeps
  close(): Promise<void>
}

export const receivedAt = Date.parse('2026-11-23T09:12:00+07:00')

const focalUnitCode = (model: '2022' | '2025') => (model === '2022' ? 'KT-VP' : 'QN-VP')

let drafts = 0
export function draft(change: Partial<FiledDraft> = {}): FiledDraft {
  drafts += 1
  return {
    draftId: `draft-${drafts}-${randomBytes(4).toString('hex')}`,
    submitterType: 'citizen',
    name: 'Y Hà Niê',
    contactPerson: null,
    phone: '+84905000012',
    email: 'yha@example.vn',
    address: {
      model: '2025',
      provinceCode: '51',
      districtCode: null,
      communeCode: '23527',
      detail: 'Thôn 2',
      text: 'Thôn 2, xã Sa Thầy',
    },
    title: 'Chậm trả kết quả hồ sơ đất đai',
    content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
    suggestedUnitCode: 'QN-C23527',
    publicChoice: { content: true, name: 'masked' },
    attachments: [],
    location: null,
    identityLevel: 2,
    hints: [],
    consents: [
      { purpose: 'handling', given: true, textVersion: 'v1', at: receivedAt, eventId: `event-${drafts}` },
      { purpose: 'publication', given: true, textVersion: 'v1', at: receivedAt, eventId: `event-${drafts}` },
    ],
    receivedAt,
    locale: 'vi',
    ...change,
  }
}

/** The whole inside of the service around cases, on a real database, with a clock that the test moves. */
export async function openHouse(
  uri: string,
  dataKeys = `k1:${randomBytes(32).toString('base64')}`,
  {
    ratePerMinute = 1_000_000,
    wrongTokensPerMinute = 1_000_000,
    hideSender = false,
    webhookHosts = { suffixes: ['example.gov.vn'], origins: [], insideHosts: [] },
    unitsFolder,
  }: {
    ratePerMinute?: number
    wrongTokensPerMinute?: number
    hideSender?: boolean
    webhookHosts?: WebhookHosts
    unitsFolder?: string
  } = {},
): Promise<House> {
  let now = receivedAt + 60_000
  const conversation = await openTestConversation()
  const exports: House['exports'] = []
  const database = await openDatabase({ uri })
  const cipher = createFieldCipher(parseDataKeys(dataKeys))
  const keyring = await openKeyring(
    database.connection.getClient().db(database.connection.name, { promoteBuffers: false }),
    parseDataKeys(dataKeys),
  )
  const { hash } = keyring
  const unitData = await loadUnits('data', unitsFolder)
  const units = createUnitDirectory(unitData, { hideSender })
  const collections = await openCaseCollections(database)
  const law = await openLaw({ shipped: readShippedLaw('.'), database, clock: { now: () => now } })
  const outbox = createOutboxStore({ database, cipher })
  const cases = createCaseStore({
    database,
    collections,
    cipher,
    hash,
    queueMessages: outbox.queueNotices,
    listDays: law.listDays,
    catchUp: law.catchUp,
  })
  const auditStore = await openAuditStore(database, cipher)
  const audit = createAudit({ store: auditStore, now: Date.now })
  const peopleStore = await openPeopleStore(database, cipher)
  const handBack = createHandBackCases({
    cases,
    workItems: createWorkItemStore(database, cipher),
    people: peopleStore,
    now: () => now,
  })
  const people = createPeople({
    store: peopleStore,
    units,
    publicUrl: 'http://localhost:3000',
    audit,
    handBack: handBack.of,
  })
  const turns = createTurnStore({
    database,
    cipher,
    fileDrafts: createFileDrafts({
      collections,
      cipher,
      hash,
      law,
      intakeUnitCode: (filed) => intakeUnitCodeOf(filed, units, focalUnitCode),
      codePrefix: 'PAKN',
    }),
    keepConsents: createKeepConsents(collections),
    storeMoves: async () => undefined,
    renderFiled: (_filed, { code }) => [
      {
        body: { type: 'text', text: `Mã ${code}`, buttons: [] },
        priority: 2,
        notice: noticeOfMessage(code, 'N1', 'v1'),
      },
    ],
  })
  const marks = createIdempotencyStore({ database, cipher })
  const files = await openFileStore(
    database.connection.getClient().db(database.connection.name, { promoteBuffers: false }),
    keyring,
  )
  const notices = createNoticeReader(database, createWorkItemStore(database, cipher))
  const attachments = createAttachments({
    files,
    reads: createReadCases({ cases, units, notices, audit }),
    audit,
    async findPublished(code) {
      const current = await cases.find(code)
      return current?.state === 'PUBLISHED' ? current : null
    },
    inspect: (bytes, nameHint) => inspectFile(bytes, { nameHint }),
    publicCopy: makePublicCopy,
  })
  const renderNotice: RenderNotice = (notice) => [
    { body: { type: 'text', text: `${notice.notice} ${notice.caseCode}`, buttons: [] } },
  ]
  const intake = openIntake({
    database,
    collections,
    cipher,
    hash,
    law,
    units,
    conversation: conversation.engine,
    focalUnitCode,
    codePrefix: 'PAKN',
    cases,
    attachments,
    limits: { filesMax: 5, togetherBytesMax: 2 * 1024 * 1024 },
    renderNotice,
    textVersion: () => 'v1',
    sentenceVersion: () => 'v1',
  })
  const lawFiles = { cases, law: law.kept, store: law.store, units, audit, now: () => now, onImported: () => undefined }
  const dossiers = createDossiers({ reads: createReadCases({ cases, units, notices, audit }), files, units })
  const webhooks = createWebhooks({
    store: createWebhookStore({ collections: await openWebhookCollections(database), cipher }),
    units,
    judgeAddress: createWebhookPost({ hosts: webhookHosts }).judge,
    audit,
    now: Date.now,
  })
  const broadcastCollections = await openBroadcastCollections(database)
  const broadcasts = createBroadcasts({
    store: createBroadcastStore({ database, collections: broadcastCollections }),
    runs: createBroadcastRuns({
      database,
      collections: broadcastCollections,
      cipher,
      readOwnCases: async () => new Map(),
      keptDays: 180,
    }),
    units,
    isCommune: (code) =>
      units.all().some(({ model, level, gsoCode }) => model === '2025' && level === 'commune' && gsoCode === code),
    attachments,
    texts: conversation.texts,
    audit,
    sendTest: async () => 'noLinkedAccount',
    publicUrl: 'http://localhost:3000',
    followers: () => 1_234,
    messagePriceVnd: 55,
    now: () => now,
    onChanged: () => undefined,
  })
  const staffNotices = await openStaffNoticeStore(database)
  const links = await openOfficerLinks(database, cipher)
  const tries = createTryCounter(database)
  const officerLinks = createOfficerLinks({ store: links, tries, officerOf: people.officerOf, audit })
  const deps: OpenApiDeps = {
    codePrefix: 'PAKN',
    ...intake,
    files: attachments,
    fileBytesMax: 1024 * 1024,
    cases,
    marks,
    units,
    people,
    law,
    lawFiles,
    rate: { counter: createMemoryCounter(), perMinute: ratePerMinute },
    wrongTokensPerMinute,
    officers: { find: people.officerOf },
    consents: createConsentHistory(collections),
    notInformed: {
      records: createNoticeRecords({ database, cipher, queueNotices: outbox.queueNotices }),
      cases,
      closedWays: await openClosedWays(database, hash),
      workItems: createWorkItemStore(database, cipher),
      units,
      officerOf: people.officerOf,
      reachOf,
    },
    attachments,
    notices,
    audit,
    manage: createManagePeople({ people, units }),
    externalBodies: unitData.externalBodies,
    readAudit: createReadAudit({ store: auditStore, cases, units, audit }),
    renderNotice,
    textVersion: () => 'v1',
    translate: (_locale, key) => `[${key}]`,
    texts: conversation.texts,
    unitName: (code) => units.find(code)?.name ?? code,
    webhooks,
    broadcasts,
    broadcastTemplates: createBroadcastTemplates(
      JSON.parse(readFileSync('data/broadcast-templates.json', 'utf8')) as unknown,
      conversation.texts,
    ),
    dossiers,
    links: officerLinks,
    dataRequests: createAnswerDataRequests({ requests: await openDataRequests(database), units, audit }),
    chatUrl: 'https://zalo.me/4318072690155387264',
    desk: createStaffDesk({ store: staffNotices, publicUrl: 'http://localhost:3000' }),
    printPdf,
    writeZip,
    seal: (canonical) => hash.keyOf(EXPORT_SEAL, canonical),
    async onExport(officer, code, form) {
      await audit.record({ actor: officer, act: 'exportCase', caseCodes: [code], data: { form } })
      exports.push({ login: officer.login, code, form })
    },
    now: () => now,
    publicUrl: 'http://localhost:3000',
    version: '0.1.0',
  }
  const resources = openResources(deps)
  const description = openApi(
    resources.flatMap(({ operations }) => operations),
    deps,
  )
  const service = createServer({
    logger: createLogger({ level: 'silent' }),
    mounts: [{ path: '/api', router: openApiRouter(deps) }],
    trustedProxies: 'loopback',
    isSecure: false,
    isDatabaseAway: () => false,
  })
  return {
    app: heldToDescription(service, description, (fault) => void denied.push(fault)),
    resources,
    description,
    files,
    attachments,
    database,
    hash,
    cases,
    law,
    lawFiles,
    marks,
    people,
    dossiers,
    handBack,
    webhooks,
    units,
    cipher,
    staffNotices,
    links,
    officerLinks,
    collections,
    exports,
    seal: (canonical) => hash.keyOf(EXPORT_SEAL, canonical),
    async tokenOf(login, unitCode, ...roles) {
      await people.addPerson({ login, name: `Cán bộ ${login}`, unitCode, roles, email: null }, Date.now())
      return (await people.addToken(login, { name: 'test', days: 1 }, Date.now())).token
    },
    async file(change = {}, citizenKey = `citizen-${randomBytes(6).toString('hex')}`) {
      const filed = draft(change)
      const read = (await turns.load([citizenKey])).get(citizenKey) ?? null
      await turns.commit(
        [
          {
            citizenKey,
            userId: '900100200300',
            read,
            state: {},
            eventKeys: [],
            eraseEventKeys: [],
            messages: [],
            told: [],
            filed: [filed],
            moves: [],
            consents: filed.consents,
            wakeAt: null,
            handoff: null,
            following: null,
            interactionAt: null,
            floodToldAt: null,
            owner: null,
            now: filed.receivedAt,
          },
        ],
        new AbortController().signal,
      )
      return (await cases.byDraft(filed.draftId))?.code ?? ''
    },
    caseDeps: deps,
    move: (actor, code, act, version) =>
      moveCase(deps, actor, { code, input: act, version, idempotencyKey: null }, now),
    setNow: (next) => {
      now = next
    },
    close: () => database.close(),
  }
}
