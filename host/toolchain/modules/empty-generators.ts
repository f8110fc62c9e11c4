/**
 * Keeps `async function* () {}` what it is where esbuild rewrites asynchronous functions. Packages make one only to get at
 * its prototypes, which a rewritten one does not have.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

const SCRIPT = /\.[cm]?[jt]sx?$/
// As an operand, and not at the start of a text: packages evaluate it as text too, which nothing rewrites.
const EMPTY_GENERATOR = /(?<=[^'"`][(=,]\s*)async\s+function\s*\*\s*\(\s*\)\s*\{\s*\}/g
// The engine makes it of a text. It has no quotes, because it may stand in a longer text after all.
const MADE_LATE = '(Function(/return async function*() { }/.source)())'

export function emptyGenerators(): Plugin {
  return {
    name: 'mayfly-empty-generators',
    setup(build) {
      build.onLoad({ filter: SCRIPT, namespace: 'file' }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replaceAll(EMPTY_GENERATOR, MADE_LATE)
        return contents === text ? undefined : { contents, loader: 'default' }
      })
    },
  }
}
