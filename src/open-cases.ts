import type { Case, Officer } from './cases/case.ts'
import type { NoticeDraft } from './cases/notices.ts'
import type { Config } from './config.ts'
import type { Intents } from './conversation/intents.ts'
import type { Units as ConversationUnits, UnitData } from './conversation/units.ts'
import type { Logger } from './logger.ts'
import { makePublicCopy } from './media/public-copy.ts'
import { openIntake } from './open-intake.ts'
import type { OpenLaw } from './open-law.ts'
import type { Stores } from './open-stores.ts'
import { addDemonstrationPeople, demonstrationPeople } from './operator/demonstration.ts'
import { addDemonstrationCases, type DemonstrationSender } from './operator/demonstration-cases.ts'
import { openAuditStore } from './store/audit-store.ts'
import { createNoticeReader } from './store/case-notices.ts'
import { createCaseStore, openCaseCollections } from './store/case-store.ts'
import { createFileDrafts, createKeepConsents } from './store/file-drafts.ts'
import { createIdempotencyStore } from './store/idempotency-store.ts'
import { createOutboxStore, type MayChat } from './store/outbox-store.ts'
import { createPasswordHasher } from './store/passwords.ts'
import { openPeopleStore } from './store/people.ts'
import { renewKeys } from './store/renew-keys.ts'
import { createTryCounter } from './store/try-counter.ts'
import { createWorkItemStore } from './store/work-items.ts'
import { type AttachmentsDeps, createAttachments } from './usecases/attachments.ts'
import { createAudit, createReadAudit } from './usecases/audit.ts'
import { createDossiers } from './usecases/dossiers.ts'
import { createHandBackCases } from './usecases/hand-back-cases.ts'
import { intakeUnitCodeOf } from './usecases/intake-unit.ts'
import { type MoveCaseDeps, moveCase as runMoveCase } from './usecases/move-case.ts'
import type { NoticeChannel } from './usecases/notice-channels.ts'
import { createManagePeople } from './usecases/people/manage.ts'
import { createSignIn } from './usecases/people/sign-in.ts'
import { createPeople } from './usecases/people.ts'
import type { Clock, Locale, OutgoingBody } from './usecases/ports.ts'
import { createReadCases } from './usecases/read-cases.ts'
import type { FiledDraft, RenderFiled } from './usecases/turn.ts'
import { createUnitDirectory } from './usecases/unit-directory.ts'

type Notices = {
  render(notice: NoticeDraft, current: Case, locale?: Locale): { body: OutgoingBody }[]
  textVersion(notice: NoticeDraft, current?: Case): string
}

type Sentences = { version(key: string): string }

const EXAMPLE_TRIES_MAX = 20
const TOKEN_DAYS = 1

/** Cases, their history and the people who move them. */
export async function openCases(deps: {
  config: Config
  stores: Stores
  law: OpenLaw
  clock: Clock
  notices: Notices
  unitData: UnitData
  units: ConversationUnits
  intents: Intents
  texts: Sentences
  logger: Logger
  inspect: AttachmentsDeps['inspect']
  mayChat: MayChat
  firstLookMs: number
  channels: readonly NoticeChannel[]
}) {
  const { config, stores, law, notices } = deps
  const { database, keyring, hash } = stores
  const cipher = keyring.fields
  const [collections, peopleStore, auditStore] = await Promise.all([
    openCaseCollections(database),
    openPeopleStore(database, cipher),
    openAuditStore(database, cipher),
  ])
  const outboxStore = createOutboxStore({
    database,
    cipher,
    mayChat: deps.mayChat,
    firstLookMs: deps.firstLookMs,
  })
  const { unitData } = deps
  const units = createUnitDirectory(unitData, {
    hideSender: config.organisation.hideSender,
  })
  await renewKeys({
    collections,
    cipher,
    hash,
    listDays: law.listDays,
    say: (renewed) => deps.logger.info({ renewed }, 'making the lists of cases anew'),
  })
  const store = createCaseStore({
    database,
    collections,
    cipher,
    hash,
    queueMessages: outboxStore.queueNotices,
    listDays: law.listDays,
    catchUp: law.catchUp,
  })
  const focalUnitCode = (model: '2022' | '2025') => deps.units.focalUnit(model).code
  const fileDrafts = createFileDrafts({
    collections,
    cipher,
    hash,
    law,
    intakeUnitCode: (draft) => intakeUnitCodeOf(draft, units, focalUnitCode),
    codePrefix: config.form.caseCodePrefix,
  })
  // Evidence bears the real time, however far the service's clock was moved for a training.
  const audit = createAudit({ store: auditStore, now: Date.now })
  const handBack = createHandBackCases({
    cases: store,
    workItems: createWorkItemStore(database, cipher),
    people: peopleStore,
    now: deps.clock.now,
  })
  const people = createPeople({
    store: peopleStore,
    units,
    publicUrl: config.http.publicUrl,
    audit,
    handBack: handBack.of,
  })
  const signIn = createSignIn({
    store: peopleStore,
    hasher: createPasswordHasher(),
    tries: createTryCounter(database),
    keyOf: hash.keyOf,
    audit,
  })

  /** N1: code, office and due day; rendered with the code inside the transaction that chose it. */
  const renderFiled: RenderFiled = (filed, facts) => {
    const notice: NoticeDraft = {
      notice: 'N1',
      caseCode: facts.code,
      mandatory: true,
      quiet: false,
      params: {
        code: facts.code,
        title: filed.title,
        state: 'PENDING_INTAKE',
        receivedAt: { time: filed.receivedAt },
        unitCode: intakeUnitCodeOf(filed, units, focalUnitCode),
        answerBy: facts.answerBy === null ? null : { day: facts.answerBy },
      },
    }
    const about = {
      caseCode: facts.code,
      id: 'N1',
      mandatory: true,
      textVersion: notices.textVersion(notice),
      draft: notice,
      locale: filed.locale,
    }
    return notices.render(notice, {} as Case, filed.locale).map(({ body }) => ({ body, priority: 1, notice: about }))
  }

  const noticeReader = createNoticeReader(database, createWorkItemStore(database, cipher))
  const reads = createReadCases({ cases: store, units, notices: noticeReader, audit })
  const attachments = createAttachments({
    files: stores.files,
    reads,
    audit,
    async findPublished(code) {
      const current = await store.find(code)
      return current?.state === 'PUBLISHED' && !current.denunciationSuspected ? current : null
    },
    inspect: deps.inspect,
    publicCopy: makePublicCopy,
  })
  const marks = createIdempotencyStore({ database, cipher })
  const moveCase: MoveCaseDeps = {
    cases: store,
    marks,
    units,
    law,
    officers: {
      find: (login) => people.officerOf(login),
    },
    attachments,
    renderNotice: (notice, current) => notices.render(notice, current),
    textVersion: notices.textVersion,
    hasWay: ({ notice }, { phone, email }) =>
      deps.channels.some(
        (channel) =>
          channel.hindrance(notice, { userId: null, phone: phone || null, email }, deps.clock.now()) === null,
      ),
  }

  const intake = openIntake({
    database,
    collections,
    cipher,
    hash,
    law,
    units,
    conversation: { units: deps.units, intents: deps.intents },
    focalUnitCode,
    codePrefix: config.form.caseCodePrefix,
    cases: store,
    attachments,
    limits: { filesMax: config.attachments.countMax, togetherBytesMax: config.attachments.totalBytesMax },
    renderNotice: moveCase.renderNotice,
    textVersion: moveCase.textVersion,
    ...(moveCase.hasWay === undefined ? {} : { hasWay: moveCase.hasWay }),
    sentenceVersion: deps.texts.version,
  })

  async function fileExamples(examples: readonly { draft: FiledDraft; citizenKey: string }[]): Promise<string[]> {
    const drafts = examples.map((one) => ({ ...one, userId: '', now: one.draft.receivedAt }))
    const filed = await database.transaction((session) => fileDrafts(session, drafts))
    return examples.map(({ draft }) => filed.get(draft.draftId)?.code ?? '')
  }

  /** What carries notices writes to the same cases meanwhile. */
  async function moveExample(actor: Officer, code: string, act: object, now: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      const version = (await store.find(code))?.version ?? null
      try {
        await runMoveCase(moveCase, actor, { code, input: act, version, idempotencyKey: null }, now)
        return
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'version_conflict' || tries === EXAMPLE_TRIES_MAX) throw error
      }
    }
  }

  return {
    store,
    collections,
    outboxStore,
    fileDrafts,
    keepConsents: createKeepConsents(collections),
    renderFiled,
    marks,
    moveCase,
    intake,
    noticeReader,
    audit,
    auditStore,
    readAudit: createReadAudit({ store: auditStore, cases: store, units, audit }),
    attachments,
    dossiers: createDossiers({ reads, files: stores.files, units }),
    people,
    manage: createManagePeople({ people, units }),
    externalBodies: unitData.externalBodies,
    signIn,
    handBack,
    /** Invented people with a token each and, in an empty store, invented cases, so that a stranger can try everything. */
    async addDemonstration(now: number, sender: DemonstrationSender | null) {
      await addDemonstrationPeople(people, now)
      if ((await collections.cases.findOne({}, { projection: { _id: 1 } })) === null) {
        await addDemonstrationCases({ file: fileExamples, move: moveExample }, now, sender)
      }
      return Promise.all(
        demonstrationPeople.map(async ({ login, name, roles }) => {
          const { token } = await people.addToken(login, { name: 'demonstration', days: TOKEN_DAYS }, now)
          return { login, name, roles, token }
        }),
      )
    },
  }
}
