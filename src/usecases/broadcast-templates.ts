import { z } from 'zod'
import { BROADCAST_WAYS, type BroadcastWay } from '../cases/broadcasts/broadcast.ts'
import type { Locale, Texts } from './ports.ts'

/** What `data/broadcast-templates.json` says; the words are among the sentences. */
const fileSchema = z.strictObject({
  templates: z
    .array(z.strictObject({ id: z.string().regex(/^[a-zA-Z]{1,40}$/), way: z.enum(BROADCAST_WAYS) }))
    .max(50)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two templates with one id'),
})

/** A usual notice, ready to be filled in: places to fill stand in `[[double brackets]]`. */
export type BroadcastTemplate = {
  id: string
  way: BroadcastWay
  /** In the reader's language. */
  name: string
  title: string
  text: string
  /** What stands in the brackets, in the order of its first place. */
  fields: string[]
}

/** Throws an error that names every template at fault, so that the service does not start with one. */
export function createBroadcastTemplates(file: unknown, texts: Pick<Texts, 'translate' | 'has'>) {
  const reading = fileSchema.safeParse(file)
  if (!reading.success) {
    const faults = reading.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
    throw new Error(`data/broadcast-templates.json:\n${faults.join('\n')}`)
  }
  const { templates } = reading.data
  const wordless = templates.flatMap(({ id }) =>
    (['name', 'title', 'text'] as const)
      .map((part) => `broadcast.template.${id}.${part}`)
      .filter((key) => !texts.has(key)),
  )
  if (wordless.length > 0) throw new Error(`data/broadcast-templates.json: no sentence ${wordless.join(', ')}`)

  return {
    /** Titles and texts are what citizens read, so they are Vietnamese for every reader. */
    list(locale: Locale): BroadcastTemplate[] {
      return templates.map(({ id, way }) => {
        const title = texts.translate('vi', `broadcast.template.${id}.title`)
        const text = texts.translate('vi', `broadcast.template.${id}.text`)
        const name = texts.translate(locale, `broadcast.template.${id}.name`)
        return { id, way, name, title, text, fields: fieldsOf(`${title}\n${text}`) }
      })
    },
  }
}

export type BroadcastTemplates = ReturnType<typeof createBroadcastTemplates>

function fieldsOf(words: string): string[] {
  return [...new Set([...words.matchAll(/\[\[([^\]]+)\]\]/g)].map(([, field]) => field ?? ''))]
}
