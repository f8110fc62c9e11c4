/**
 * Checks that comments, messages and documents do without the words of `RIDDLES`; prints each place of one.
 *
 * These words hide the subject of a sentence. A reader whose second language is English has to guess it, so the
 * text names the caller, the operator, the client or the guest instead.
 *
 * @module
 */
import { globSync, readFileSync } from 'node:fs'

// A phrase may be broken by the end of a line, and the next line of a comment begins with its mark.
const RIDDLES = /\b(?:who(?:ever)|(?:no|some|any)body|(?:is|are)(?:\s|\*|\/\/|;;)+told)\b/gi

const FILES = [
  '{runtime,host,components,bench,wit,.github,.config}/**/*.{ts,js,md,wit,wat,c,py}',
  '*.md',
  '.ci/*',
]
// Packages, builds, results of the bench and the history of releases keep their words.
const EXCLUDED = ['**/dist/**', '**/.mayfly/**', 'bench/results/**', 'CHANGELOG.md']

const problems: string[] = []
for (const file of globSync(FILES, { exclude: EXCLUDED }).sort()) {
  // A pattern of `exclude` does not reach into a folder whose name begins with a dot.
  if (file.split('/').includes('node_modules')) continue
  const text = readFileSync(file, 'utf8')
  for (const { 0: words, index } of text.matchAll(RIDDLES)) {
    const line = text.slice(0, index).split('\n').length
    problems.push(`${file}:${line}: "${words.replace(/[^a-z]+/gi, ' ')}" hides the subject`)
  }
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) console.error('  Name the caller, the operator, the client or the guest')
process.exitCode = problems.length === 0 ? 0 : 1
