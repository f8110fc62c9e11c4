/**
 * Finds verbs. There is no list of them: a verb is a file of the folder `verbs`, or a folder there with an
 * `index`, which exports it as `verb`.
 *
 * A verb is imported when it is asked for: `mayfly build` loads no server.
 *
 * @module
 */

import { readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Verb } from './verb.ts'

const FOLDER = join(import.meta.dirname, 'verbs')
// A published package has compiled files. Names with a second dot are tests or type declarations.
const FILE = /^([a-z-]+)\.(?:ts|js)$/
const INDEX = `index${extname(import.meta.filename)}`
// The order in which a person meets them; others follow by name.
const FIRST = ['new', 'dev', 'build', 'call', 'serve']

/** Loads a verb, by its name. */
export type LoadVerb = () => Promise<Verb>

/** All verbs, in the order that `mayfly --help` lists them in. */
export function findVerbs(): ReadonlyMap<string, LoadVerb> {
  const found = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return [[entry.name, join(entry.name, INDEX)] as const]
    const name = FILE.exec(entry.name)?.[1]
    return name === undefined ? [] : [[name, entry.name] as const]
  })
  const sorted = found.toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return new Map(sorted.map(([name, file]) => [name, () => load(file)]))
}

function rank(name: string): number {
  const index = FIRST.indexOf(name)
  return index === -1 ? FIRST.length : index
}

async function load(file: string): Promise<Verb> {
  // The test beside this file loads each of them.
  const module = (await import(pathToFileURL(join(FOLDER, file)).href)) as { readonly verb: Verb }
  return module.verb
}
