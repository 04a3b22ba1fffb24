import { Router } from 'express'
import { z } from 'zod'
import { countWorkingDays } from '../../cases/calendar.ts'
import { formatTime } from '../../cases/days.ts'
import type { CalendarVersion } from '../../cases/law-book.ts'
import { answerLawFile, type LawFilesDeps, lawImportOperation } from './law-files.ts'
import { jsonText, readQuery } from './request.ts'
import type { Resource } from './resource.ts'
import { pageOf } from './schemas.ts'
import { masterListQuery, pageBy } from './versions.ts'

const day = z.iso.date()
const versionFields = {
  version: z.string().meta({ example: '2026.1' }),
  provisional: z.boolean().meta({ description: 'Weekends and fixed-date holidays only' }),
  off: z.array(day).meta({ description: 'Days off that would be Monday to Friday' }),
  makeUp: z.array(day).meta({ description: 'Saturdays and Sundays that are worked' }),
  workingDays: z.int(),
  sources: z.array(z.string()),
  importedAt: z.iso.datetime({ offset: true }),
  importedBy: z.string().meta({ description: 'A login, `operator`, or `program` for what came with it' }),
}
export const calendarSchema = z
  .object({
    year: z.int(),
    ...versionFields,
    versions: z.array(z.object(versionFields)).meta({ description: 'Every version, oldest first' }),
  })
  .meta({ id: 'Calendar' })

const fileYear = z.object({
  version: z.string().optional(),
  provisional: z.boolean().optional(),
  off: z.array(day),
  makeUp: z.array(day),
  workingDays: z.int().optional(),
  sources: z.array(z.string()).optional(),
})
const calendarFile = z
  .object({ timezone: z.literal('Asia/Ho_Chi_Minh') })
  .catchall(fileYear)
  .meta({ description: 'As data/calendars.json; each year under its number' })

/** The working calendar by years, with every version and its sources; an administrator imports others. */
export function calendarsResource(deps: LawFilesDeps): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/calendars', (request, response) => {
    const book = deps.lawFiles.law.book()
    const items = book.newest.years.map((year) => ({
      year: year.year,
      ...versionJson(year),
      versions: book.versionsOfYear(year.year).map(versionJson),
    }))
    response.json(pageBy(items, ({ year }) => String(year), readQuery(masterListQuery, request)))
  })
  router.post('/calendars', jsonText, (request, response) => answerLawFile(deps, 'calendar', request, response))
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/calendars',
        summary: 'The working calendar by years, with versions and sources',
        query: masterListQuery,
        answer: pageOf(calendarSchema),
        faults: ['invalid_fields'],
      },
      {
        ...lawImportOperation,
        path: '/calendars',
        summary: 'Import years of the working calendar; open cases are recomputed',
        body: calendarFile,
      },
    ],
  }
}

function versionJson(version: CalendarVersion): z.input<z.ZodObject<typeof versionFields>> {
  const { provisional, off, makeUp, sources, importedAt, importedBy } = version
  return {
    version: version.version,
    provisional,
    off: [...off],
    makeUp: [...makeUp],
    workingDays: countWorkingDays(version),
    sources,
    importedAt: formatTime(importedAt),
    importedBy,
  }
}
