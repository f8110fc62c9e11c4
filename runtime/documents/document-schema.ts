/** The JSON Schema of a document, for editors. @module */
import * as z from 'zod/mini'

/** What a schema says about its document as a whole. */
export interface DocumentTitle {
  readonly title: string
  readonly description: string
}

/**
 * Returns the schema of a file's text, not of the parsed document.
 *
 * @param metadata - the sentences of the fields
 */
export function documentJsonSchema(
  document: z.ZodMiniType,
  metadata: NonNullable<z.core.ToJSONSchemaParams['metadata']>,
  { title, description }: DocumentTitle,
): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(document, {
    io: 'input',
    target: 'draft-7', // The newest draft that editors read in full
    metadata,
  })
  return { $schema, title, description, allowTrailingCommas: true, ...schema }
}
