/**
 * Checks that the published JSON Schema of `agent.json` has the rules of the parser; writes it with `--write`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { manifestJsonSchema } from '../../runtime/manifest/index.ts'

const FILE = new URL('../../runtime/manifest/agent.schema.json', import.meta.url)

const schema = await format(JSON.stringify(manifestJsonSchema()), {
  parser: 'json',
  printWidth: 100,
})
if (process.argv.includes('--write')) writeFileSync(FILE, schema)
else if (readFileSync(FILE, 'utf8') !== schema) {
  console.error('runtime/manifest/agent.schema.json is out of date')
  console.error('  Run node .github/checks/manifest-schema.ts --write')
  process.exitCode = 1
}
