/**
 * Checks that the list `mayfly --help` prints says what the verbs say of themselves; writes it with `--write`. To load
 * every verb for its one line takes ten times as long as all else.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { findVerbs } from '../../host/cli/find-verbs.ts'

const FILE = new URL('../../host/cli/summaries.gen.ts', import.meta.url)
const HEADER = `/**
 * What \`mayfly --help\` says of each verb. Written by \`node .github/checks/verbs.ts --write\`.
 *
 * @module
 */

/** By the name of the verb. */
export const SUMMARIES: Readonly<Record<string, string>> = `

const verbs = await Promise.all([...findVerbs().values()].map((load) => load()))
const summaries = Object.fromEntries(verbs.map(({ name, summary }) => [name, summary]))
const options = { parser: 'typescript', semi: false, singleQuote: true, printWidth: 100 }
const text = await format(HEADER + JSON.stringify(summaries), options)
if (process.argv.includes('--write')) writeFileSync(FILE, text)
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('host/cli/summaries.gen.ts is out of date')
  console.error('  Run node .github/checks/verbs.ts --write')
  process.exitCode = 1
}
