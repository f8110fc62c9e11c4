/**
 * Checks that the published JSON Schemas of `agent.json` and of policy files have the rules of their parsers; writes
 * them with `--write`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { policyJsonSchema } from '../../runtime/host-policy/index.ts'
import { manifestJsonSchema } from '../../runtime/manifest/index.ts'

const SCHEMAS = {
  'runtime/manifest/agent.schema.json': manifestJsonSchema(),
  'runtime/host-policy/policy.schema.json': policyJsonSchema(),
}

for (const [path, schema] of Object.entries(SCHEMAS)) {
  const file = new URL(`../../${path}`, import.meta.url)
  const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 100 })
  if (process.argv.includes('--write')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is out of date`)
    console.error('  Run node .github/checks/manifest-schema.ts --write')
    process.exitCode = 1
  }
}
