import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import type { RuleSetVersion } from '../../cases/law-book.ts'
import { answerLawFile, type LawFilesDeps, lawImportOperation } from './law-files.ts'
import { jsonText, readQuery } from './request.ts'
import type { Resource } from './resource.ts'
import { pageOf } from './schemas.ts'
import { masterListQuery, pageBy } from './versions.ts'

const day = z.iso.date()
const count = z.int()
const valueFields = {
  name: z.string(),
  version: z.string(),
  validFrom: day,
  validTo: day.nullable(),
  verified: z.boolean().meta({ description: 'Whether a person has compared the values with the document' }),
  workingDays: z.object({
    refuse: count,
    forward: count,
    answer: count,
    progressUpdate: count,
    publish: count,
    supplement: count,
    supplementReminder: count,
    acknowledge: count,
    opinion: count,
    disagree: count,
    decision: count,
    returnToIntake: count,
    dueSoon: count,
  }),
  lateSupplementDays: count,
  supplementClock: z.enum(['pause-resume', 'restart']),
  afterHoursPolicy: z.enum(['same-day', 'next-working-day']),
  officeClosesAt: z.string().meta({ example: '17:00' }),
  unitSupplementsMax: count,
  refusalNeedsApproval: z.boolean(),
}
const versionFields = {
  ...valueFields,
  sources: z.array(z.string()),
  importedAt: z.iso.datetime({ offset: true }),
  importedBy: z.string().meta({ description: 'A login, `operator`, or `program` for what came with it' }),
}
export const ruleSetSchema = z
  .object({
    id: z.string().meta({ example: 'qd29-2026' }),
    ...versionFields,
    versions: z.array(z.object(versionFields)).meta({ description: 'Every version, oldest first' }),
  })
  .meta({ id: 'RuleSet' })

const ruleSetFile = z
  .object({
    ruleSets: z.array(z.object({ id: z.string(), ...valueFields, sources: z.array(z.string()).optional() })).min(1),
  })
  .meta({ description: 'As data/rule-sets.json' })

/** The rule sets with their values, dates, versions and sources; an administrator imports others. */
export function ruleSetsResource(deps: LawFilesDeps): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/rule-sets', (request, response) => {
    const book = deps.lawFiles.law.book()
    const items = book.newest.ruleSets.map((ruleSet) => ({
      id: ruleSet.id,
      ...versionJson(ruleSet),
      versions: book.versionsOfRuleSet(ruleSet.id).map(versionJson),
    }))
    response.json(pageBy(items, ({ id }) => id, readQuery(masterListQuery, request)))
  })
  router.post('/rule-sets', jsonText, (request, response) => answerLawFile(deps, 'ruleSet', request, response))
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/rule-sets',
        summary: 'The rule sets with their values, dates, versions and sources',
        query: masterListQuery,
        answer: pageOf(ruleSetSchema),
        faults: ['invalid_fields'],
      },
      {
        ...lawImportOperation,
        path: '/rule-sets',
        summary: 'Import rule sets; open cases are recomputed',
        body: ruleSetFile,
      },
    ],
  }
}

function versionJson(version: RuleSetVersion): z.input<z.ZodObject<typeof versionFields>> {
  const { id: _id, revision: _revision, importedAt, sources, ...values } = version
  return { ...values, sources: [...sources], importedAt: formatTime(importedAt) }
}
