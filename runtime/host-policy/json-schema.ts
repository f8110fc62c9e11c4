/**
 * The JSON Schema of a policy file, for editors. Published as `policy.schema.json`.
 *
 * @module
 */
import { documentJsonSchema } from '../documents/index.ts'
import { fieldRegistry } from '../grants/index.ts'
import { policySchema } from './schema.ts'

export function policyJsonSchema(): Record<string, unknown> {
  return documentJsonSchema(policySchema, fieldRegistry, {
    title: 'Mayfly host policy',
    description: 'What the agents of a Mayfly host may ask for in their agent.json.',
  })
}
