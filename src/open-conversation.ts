import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NATIONAL_PREFIX, readCaseCode } from './cases/code.ts'
import { maskPersonName } from './cases/mask.ts'
import type { Config } from './config.ts'
import { openFlows } from './conversation/check-files.ts'
import type { ConversationSettings, EngineContext } from './conversation/context.ts'
import { openIntents } from './conversation/load-intents.ts'
import { loadUnits } from './conversation/load-units.ts'
import { createPlaces } from './conversation/places.ts'
import { remember } from './conversation/remember.ts'
import { dayOf } from './conversation/text/dates.ts'
import { createUnits, type UnitData } from './conversation/units.ts'
import { createTexts } from './texts.ts'
import type { Texts } from './usecases/ports.ts'

export type OpenConversation = {
  /** All units of both models, as they were read. */
  unitData: UnitData
  engine: Omit<EngineContext, 'now' | 'entropy'>
  texts: Texts
}

/** What of the configuration the conversation needs, when nobody says otherwise. */
export const defaultConversationSettings: ConversationSettings = {
  minIdentityLevel: 2,
  codeChannel: true,
  attachmentsMax: 5,
  attachmentBytesMax: 10 * 1024 * 1024,
  attachmentsBytesMax: 30 * 1024 * 1024,
  submissionsPerDayMax: 3,
  submissionGapMs: 60_000,
  resumeAfterMs: 12 * 3600_000,
  remindAfterMs: 20 * 3600_000,
  draftExpiresAfterMs: 30 * 24 * 3600_000,
  handoffQuietMs: 8 * 3600_000,
  quietMs: 1000,
}

/** What the configuration says of the conversation. `hasCodeTemplate`: one-time codes can go by a template. */
export function conversationSettings(config: Config, hasCodeTemplate: boolean): ConversationSettings {
  return {
    ...defaultConversationSettings,
    minIdentityLevel: config.form.minIdentityLevel,
    codeChannel: hasCodeTemplate || config.sms !== null || config.mode === 'demonstration',
    attachmentsMax: config.attachments.countMax,
    attachmentBytesMax: config.attachments.sizeBytesMax,
    attachmentsBytesMax: config.attachments.totalBytesMax,
    submissionsPerDayMax: config.form.casesPerDayMax,
    submissionGapMs: Math.ceil(60_000 / config.form.casesPerMinuteMax),
    draftExpiresAfterMs: config.retention.draftDays * 24 * 3600_000,
    quietMs: config.inbox.quietMs,
  }
}

/** Reads flows, sentences, units and intent rules from `root`; throws with every fault of the first kind that has any. */
export async function openConversation(options: {
  root: string
  model: '2022' | '2025'
  codePrefix: string
  settings: ConversationSettings
  facts: Record<string, string>
  /** Where imported files of units lie, if any (`pakn import units`). */
  importedData?: string
}): Promise<OpenConversation> {
  const { root, model, settings } = options
  const flows = openFlows(root)
  const texts = createTexts(
    { vi: readJson(root, 'locales/vi.json'), en: readJson(root, 'locales/en.json') },
    options.facts,
  )
  const unitData = await loadUnits(join(root, 'data'), options.importedData)
  const units = createUnits(unitData, { readyFor: model, today: dayOf(Date.now()) })
  const intents = await openIntents(join(root, 'data/intents.yaml'))
  return {
    unitData,
    texts,
    engine: {
      flows,
      model,
      units,
      places: createPlaces(units, { model }),
      intents: { ...intents, read: remember(intents.read, READINGS_REMEMBERED) },
      settings,
      // A citizen may as well keep the code that the national system gave the case (R3-15).
      readCaseCode: (text, now) =>
        [options.codePrefix, NATIONAL_PREFIX]
          .map((prefix) => readCaseCode(text, { prefix, nowDay: dayOf(now) })?.code ?? null)
          .find((code) => code !== null) ?? null,
      maskName: maskPersonName,
      translate: texts.translate,
      textVersion: texts.version,
    },
  }
}

function readJson(root: string, file: string) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}

/** The same words are looked at several times in a turn, to see whether to wait and then what they are. */
const READINGS_REMEMBERED = 64
