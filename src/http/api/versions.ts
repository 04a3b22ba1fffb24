import { z } from 'zod'

/** The query of a list of master data that is held in memory. */
export const masterListQuery = z.strictObject({
  cursor: z.string().max(100).optional().meta({ description: '`next` of the page before' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((value) => value >= 1 && value <= 100)
    .prefault('20')
    .meta({ description: '1 to 100' }),
})

/** One page of a list in order of its keys, after the key that is the cursor. */
export function pageBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { cursor, limit }: z.output<typeof masterListQuery>,
): { items: Item[]; next: string | null } {
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const rest = cursor === undefined ? sorted : sorted.filter((item) => keyOf(item) > cursor)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return { items: page, next: rest.length > limit && last !== undefined ? keyOf(last) : null }
}
