/**
 * The JSON Schema of `agent.json`, for editors. Published as `agent.schema.json`.
 *
 * @module
 */
import * as z from 'zod/mini'
import { fieldRegistry } from '../grants/index.ts'
import { manifestSchema } from './schema.ts'

/** Returns the schema of the file's text, not of the parsed manifest. */
export function manifestJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(manifestSchema, {
    io: 'input',
    target: 'draft-7', // The newest draft that editors read in full
    metadata: fieldRegistry,
  })
  return {
    $schema,
    title: 'agent.json',
    description: 'What a Mayfly agent is, what it may do and what bounds it.',
    allowTrailingCommas: true,
    ...schema,
    oneOf: [{ required: ['source'] }, { required: ['component'] }],
  }
}
