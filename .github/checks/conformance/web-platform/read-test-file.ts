/** Reads a file of the web platform tests with the scripts and tables that it names. @module */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FOLDERS = [
  'FileAPI',
  'WebCryptoAPI',
  'compression',
  'dom/abort',
  'dom/events',
  'encoding',
  'fetch/api',
  'html/webappapis',
  'streams',
  'url',
]
// The first compares with interfaces that the suite writes down apart from its tests; the second are templates for its
// server.
const LEFT_OUT = /idlharness|\.sub\./

export interface TestFile {
  /** The path in the checkout. */
  readonly path: string
  readonly harness: string
  readonly source: string
  /** The texts of the tables that the tests fetch, by the name of the file. */
  readonly resources: Readonly<Record<string, string>>
  /** What the address of the file ends with: it says which of the tests are run. */
  readonly search: string
}

/** The paths of the files that an agent can run, in order. */
export function testFiles(checkout: string): string[] {
  return FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.any.js`, { cwd: checkout }))
    .filter((path) => !LEFT_OUT.test(path))
    .toSorted()
}

/** Returns the file once for each of its variants: a file with thousands of tests takes turns. */
export function readTestFile(checkout: string, path: string): TestFile[] {
  const read = (file: string) => readFileSync(join(checkout, file), 'utf8')
  const text = read(path)
  const scripts = [...text.matchAll(/^\/\/ META: script=(.*)$/gm)].map(([, script = '']) =>
    script.startsWith('/') ? script : join(dirname(path), script),
  )
  // One text, since a `const` of an evaluated script is seen by that script alone.
  const source = [...scripts.map(read), text].join('\n;\n')
  const resources: Record<string, string> = {}
  for (const [, name = ''] of source.matchAll(/["'`](?:[\w./]*\/)?([\w-]+\.json)["'`]/g)) {
    const file = ['resources', '.', '../resources']
      .map((folder) => join(dirname(path), folder, name))
      .find((candidate) => existsSync(join(checkout, candidate)))
    if (file !== undefined) resources[name] = read(file)
  }
  const file = { path, harness: read('resources/testharness.js'), source, resources }
  const variants = [...text.matchAll(/^\/\/ META: variant=(.*)$/gm)].map(
    ([, search = '']) => search,
  )
  return (variants.length === 0 ? [''] : variants).map((search) => ({ ...file, search }))
}
