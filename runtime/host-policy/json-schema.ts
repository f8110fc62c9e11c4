/**
 * The JSON Schema of a policy file, for editors. Published as `policy.schema.json`.
 *
 * @module
 */
import * as z from 'zod/mini'
import { fieldRegistry } from '../grants/index.ts'
import { policySchema } from './schema.ts'

/** Returns the schema of the file's text, not of the parsed policy. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policySchema, {
    io: 'input',
    target: 'draft-7', // The newest draft that editors read in full
    metadata: fieldRegistry,
  })
  return {
    $schema,
    title: 'Mayfly host policy',
    description: 'What the agents of a Mayfly host may ask for in their agent.json.',
    allowTrailingCommas: true,
    ...schema,
  }
}
