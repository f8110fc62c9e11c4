/**
 * Words about schemas, kept in a registry of our own so that they reach the JSON Schema and nothing else.
 *
 * @module
 */
import * as z from 'zod/mini'

export interface FieldMetadata {
  readonly description: string
  readonly examples?: unknown[]
}

export const fieldRegistry: z.core.$ZodRegistry<FieldMetadata> = z.registry<FieldMetadata>()

/** Returns `schema` with a sentence about it: its meaning, its unit, its default when that is not a value. */
export function describe<Schema extends z.core.$ZodType>(
  schema: Schema,
  description: string,
  ...examples: unknown[]
): Schema {
  const metadata = examples.length === 0 ? { description } : { description, examples }
  // `$replace` makes the type of the metadata depend on the schema, which a generic function cannot show.
  fieldRegistry.add(schema, metadata as never)
  return schema
}
