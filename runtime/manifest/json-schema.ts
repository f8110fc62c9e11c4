/**
 * The JSON Schema of `agent.json`, for editors. Published as `agent.schema.json`.
 *
 * @module
 */
import { documentJsonSchema } from '../documents/index.ts'
import { fieldRegistry } from '../grants/index.ts'
import { manifestSchema } from './schema.ts'

export function manifestJsonSchema(): Record<string, unknown> {
  const schema = documentJsonSchema(manifestSchema, fieldRegistry, {
    title: 'agent.json',
    description: 'What a Mayfly agent is, what it may do and what bounds it.',
  })
  return { ...schema, oneOf: [{ required: ['source'] }, { required: ['component'] }] }
}
