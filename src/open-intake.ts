import type { Case, Model, Officer } from './cases/case.ts'
import type { Day } from './cases/days.ts'
import { ruleSetOn } from './cases/rule-set.ts'
import type { Intents } from './conversation/intents.ts'
import { createPlaces } from './conversation/places.ts'
import type { Units as ConversationUnits } from './conversation/units.ts'
import type { CaseCollections } from './store/case-documents.ts'
import type { FieldCipher, KeyedHash } from './store/crypto.ts'
import type { Database } from './store/database.ts'
import { createStoreEntered } from './store/entered-cases.ts'
import { createReadBook } from './store/intake-book.ts'
import { createFindSimilar } from './store/similar-cases.ts'
import { createWorkItemStore } from './store/work-items.ts'
import type { Attachments } from './usecases/attachments.ts'
import type { CaseStore, Units } from './usecases/case-ports.ts'
import type { FileOtherChannelDeps } from './usecases/file-other-channel.ts'
import { type FindSimilar, findDuplicates } from './usecases/find-duplicates.ts'
import type { ReadBook } from './usecases/intake-book.ts'
import type { Law } from './usecases/law.ts'
import type { NationalFormDeps } from './usecases/national-form.ts'
import type { TellDeps } from './usecases/tell-senders.ts'
import type { WorkItems } from './usecases/work-items.ts'

/** What the intake of other channels is built of. */
export type OpenIntakeDeps = TellDeps & {
  database: Database
  collections: CaseCollections
  cipher: FieldCipher
  hash: KeyedHash
  law: Law
  units: Units
  /** The same master data as the chat reads names and places with. */
  conversation: { units: ConversationUnits; intents: Intents }
  focalUnitCode(model: Model): string
  codePrefix: string
  cases: Pick<CaseStore, 'find'>
  attachments: Pick<Attachments, 'findOwn'>
  limits: { filesMax: number; togetherBytesMax: number }
  sentenceVersion(key: string): string
}

export type OpenIntake = {
  filing: FileOtherChannelDeps
  workItems: WorkItems
  placeName: NationalFormDeps['placeName']
  readBook: ReadBook
  findSimilar: FindSimilar
}

/** The intake of what does not come by Zalo: letters, calls, visits … (R3-20 … R3-25). */
export function openIntake(deps: OpenIntakeDeps): OpenIntake {
  const { conversation, law } = deps
  const findSimilar = createFindSimilar(deps)
  const filing: FileOtherChannelDeps = {
    address: {
      units: conversation.units,
      places: {
        2022: createPlaces(conversation.units, { model: '2022' }),
        2025: createPlaces(conversation.units, { model: '2025' }),
      },
    },
    intents: conversation.intents,
    units: deps.units,
    law,
    ruleSetOn: (day: Day) => ruleSetOn(law.ruleSets(), day),
    findOwnFiles: deps.attachments.findOwn,
    limits: deps.limits,
    consentVersion: (channel) => deps.sentenceVersion(CONSENT_SENTENCES[channel]),
    focalUnitCode: deps.focalUnitCode,
    store: createStoreEntered(deps),
    renderNotice: deps.renderNotice,
    textVersion: deps.textVersion,
    ...(deps.hasWay === undefined ? {} : { hasWay: deps.hasWay }),
    async similarCodes(filed: Case, officer: Officer) {
      const found = await findDuplicates({ cases: deps.cases, units: deps.units, findSimilar }, officer, filed)
      return found.slice(0, WARNED_OF_MAX).map(({ seen }) => seen.current.code)
    },
  }
  return {
    filing,
    workItems: createWorkItemStore(deps.database, deps.cipher),
    readBook: createReadBook(deps.collections, deps.cipher),
    findSimilar,
    placeName: (model, level, gsoCode) => placeName(conversation.units, model, level, gsoCode),
  }
}

/** What a caller or a visitor has been told and has agreed to (R3-23). */
const CONSENT_SENTENCES = { phone: 'intake.consentByPhone', in_person: 'intake.consentInPerson' } as const

/** More possible duplicates than this tell whoever enters a case nothing more. */
const WARNED_OF_MAX = 3

/** Territories of the province itself by their model, other provinces under any name that they had. */
function placeName(units: ConversationUnits, model: Model, level: string, gsoCode: string): string | null {
  const unit = units.ofModel(model).find((one) => one.level === level && one.gsoCode === gsoCode)
  if (unit !== undefined) return unit.areaName ?? unit.name
  if (level !== 'province') return null
  const province = units.provinces.find(({ code }) => code === gsoCode)
  const former = units.provinces.flatMap(({ formerProvinces }) => formerProvinces).find(({ code }) => code === gsoCode)
  return (model === '2022' ? (former ?? province) : (province ?? former))?.name ?? null
}
