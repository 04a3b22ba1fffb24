import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createServiceClock } from '../service-clock.ts'
import { openAuditStore } from '../store/audit-store.ts'
import { createCaseStore, type MongoCaseStore, openCaseCollections } from '../store/case-store.ts'
import type { Database } from '../store/database.ts'
import type { Keyring } from '../store/keys.ts'
import { openOfficerLinks } from '../store/officer-links.ts'
import { openPeopleStore } from '../store/people.ts'
import { createTryCounter } from '../store/try-counter.ts'
import { createWorkItemStore } from '../store/work-items.ts'
import { type Audit, type AuditStore, createAudit } from '../usecases/audit.ts'
import type { Units } from '../usecases/case-ports.ts'
import { createHandBackCases } from '../usecases/hand-back-cases.ts'
import { createOfficerLinks, type OfficerLinks } from '../usecases/officer-links.ts'
import { createPeople, type People } from '../usecases/people.ts'

export type PeopleWork = {
  people: People
  links: OfficerLinks
  audit: Audit
  auditStore: AuditStore
  /** Cases for moves that touch no clock and tell nobody. */
  openCases(): Promise<MongoCaseStore>
  /** The service's time. */
  now(): number
}

/** Accounts as the operator's tool changes them: what follows for cases follows at once, and stands in the audit log. */
export async function openPeopleWork(opened: {
  config: Config
  database: Database
  keyring: Keyring
  units: Units
}): Promise<PeopleWork> {
  const { config, database, keyring, units } = opened
  const clock = createServiceClock({
    offsetMs: config.clockOffsetMs,
    file: config.mode === 'demonstration' ? join(config.dataDir, 'clock.json') : null,
  })
  const store = await openPeopleStore(database, keyring.fields)
  const auditStore = await openAuditStore(database, keyring.fields)
  const plain = createAudit({ store: auditStore, now: Date.now })
  const account = machineAccount()
  const audit: Audit = {
    record: (line) => plain.record(line.actor === 'operator' ? { ...line, data: { ...line.data, account } } : line),
  }
  const openCases = async () =>
    createCaseStore({
      database,
      collections: await openCaseCollections(database),
      cipher: keyring.fields,
      hash: keyring.hash,
      queueMessages: () => Promise.reject(new Error('this tool tells citizens nothing')),
      listDays: () => {
        throw new Error('this tool moves no clock')
      },
    })
  const people = createPeople({
    store,
    units,
    publicUrl: config.http.publicUrl,
    audit,
    handBack: async (login) =>
      createHandBackCases({
        cases: await openCases(),
        workItems: createWorkItemStore(database, keyring.fields),
        people: store,
        now: clock.now,
      }).of(login),
  })
  const links = createOfficerLinks({
    store: await openOfficerLinks(database, keyring.fields),
    tries: createTryCounter(database),
    officerOf: people.officerOf,
    audit,
  })
  return { people, links, audit, auditStore, openCases, now: clock.now }
}

/** Who sits at the machine, as the machine knows them. */
function machineAccount(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}
