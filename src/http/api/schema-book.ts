import { z } from 'zod'

export type JsonSchema = { readonly [key: string]: unknown }

/** Collects the schemas of the API that have a name, so that each is written once. */
export type SchemaBook = {
  /** The schema as JSON Schema; `input` is what a client may send, `output` what it gets. */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
  /** Every named schema that was met, by name. */
  schemas(): Record<string, JsonSchema>
}

/** Where a named schema stands in the document. */
export const REFERENCE = '#/components/schemas/'

/**
 * A schema has a name by `.meta({ id })`. Where JSON Schema cannot say what zod checks, such as a number in a query, the schema
 * says it itself by `.meta({ jsonSchema })`.
 */
export function createSchemaBook(): SchemaBook {
  const named = new Map<string, JsonSchema>()

  return {
    schemaOf(schema, io) {
      const {
        $schema: _dialect,
        $defs: definitions = {},
        ...rest
      } = z.toJSONSchema(schema, {
        io,
        target: 'draft-2020-12',
        reused: 'inline',
        unrepresentable: 'any',
        override: ({ jsonSchema }) => tidy(jsonSchema),
      })
      for (const [name, definition] of Object.entries(definitions)) {
        const { id: _id, ...content } = withReferences(definition) as { id?: string } & JsonSchema
        const known = named.get(name)
        if (known !== undefined && JSON.stringify(known) !== JSON.stringify(content)) {
          throw new Error(`two schemas of the API are called ${name}`)
        }
        named.set(name, content)
      }
      return withReferences(rest) as JsonSchema
    },
    schemas: () => Object.fromEntries([...named].sort(([one], [other]) => (one < other ? -1 : 1))),
  }
}

function tidy(schema: Record<string, unknown>): void {
  const { jsonSchema, example } = schema
  if (jsonSchema !== undefined) {
    for (const key of ['type', 'pattern', 'minLength', 'maxLength', 'default', 'jsonSchema', 'anyOf'])
      delete schema[key]
    Object.assign(schema, jsonSchema)
  }
  if (example !== undefined) {
    // JSON Schema of this age knows only the plural.
    schema.examples = [example]
    delete schema.example
  }
  // The bounds of a whole number that JavaScript can count to say nothing about the API.
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minLength === 0) delete schema.minLength
  // The patterns of dates say what their format says, at a length that nobody reads.
  if (schema.format === 'date' || schema.format === 'date-time') delete schema.pattern
}

function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', REFERENCE) : withReferences(inner),
    ]),
  )
}
