/**
 * Puts the modules of the host into a few files, for the threads and processes that tests start.
 *
 * A thread of a host loads 600 modules, a verb of the command line up to 900: most of their start, and tests start
 * hundreds. `redirect.js` has them load these files. Modules that a test itself imports are the sources as they are.
 * With `MAYFLY_TEST_SOURCE` set everything is, as with `MAYFLY_PEERS`.
 *
 * @module
 */
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { TestProject } from 'vitest/node'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'node_modules/.vitest-cache/bundled')
const STATE = join(OUT, 'inputs.json')
const REDIRECT = pathToFileURL(join(import.meta.dirname, 'redirect.js')).href
// Longer than a run takes.
const KEPT_MS = 3_600_000
/** What threads and processes begin with, and the verbs, which are imported by name. */
const ENTRIES = [
  'host/cli/main.ts',
  'host/cli/verbs/*.ts',
  'host/cli/verbs/*/index.ts',
  'host/targets/node/{worker,loader}.ts',
  'host/targets/node/isolation/{entry,loading-thread}.ts',
  'host/toolchain/builder/entry.ts',
]
/** Of many modules each, all JavaScript without files of their own. */
const BUNDLED_PACKAGE = /^(?:hono|jsonc-parser|zod)(?:\/|$)/

export default async function bundleHost(project: TestProject): Promise<void> {
  const { MAYFLY_PEERS, MAYFLY_TEST_SOURCE, NODE_OPTIONS = '' } = process.env
  if ((MAYFLY_PEERS ?? MAYFLY_TEST_SOURCE) !== undefined) return
  await bundle()
  project.onTestsRerun(bundle)
  if (!NODE_OPTIONS.includes(REDIRECT)) {
    process.env['NODE_OPTIONS'] = `${NODE_OPTIONS} --import=${REDIRECT}`.trim()
  }
}

async function bundle(): Promise<void> {
  const entryPoints = globSync(ENTRIES, { cwd: ROOT, exclude: ['**/*.test.ts'] })
  const own = ['.config/host-bundle.ts', 'package-lock.json', ...entryPoints]
  if (isFresh(own)) return
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outbase: ROOT,
    outdir: OUT,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    // Other than the default `main`, these are modules that esbuild can put together.
    mainFields: ['module', 'main'],
    // Names of classes and functions are part of messages.
    keepNames: true,
    metafile: true,
    logLevel: 'warning',
    plugins: [packagesApart, placesKept],
  })
  const inputs = [...new Set([...own, ...Object.keys(metafile.inputs)])]
  const outputs = new Set(Object.keys(metafile.outputs).map((path) => join(ROOT, path)))
  // A run of tests that began before may still load them.
  const isOld = (file: string): boolean => Date.now() - statSync(file).mtimeMs > KEPT_MS
  for (const file of globSync(join(OUT, '**/*.js')))
    if (!outputs.has(file) && isOld(file)) rmSync(file)
  writeFileSync(STATE, JSON.stringify(Object.fromEntries(inputs.map((path) => [path, mark(path)]))))
}

/** Whether no input has changed since the files were made, nor has one been added to `own`. */
function isFresh(own: readonly string[]): boolean {
  if (!existsSync(STATE)) return false
  const made = JSON.parse(readFileSync(STATE, 'utf8')) as Readonly<Record<string, string>>
  return (
    own.every((path) => path in made) &&
    Object.entries(made).every(([path, before]) => mark(path) === before)
  )
}

function mark(path: string): string {
  const stat = statSync(join(ROOT, path), { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.size}`
}

const packagesApart: Plugin = {
  name: 'packages-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || BUNDLED_PACKAGE.test(path) ? undefined : { path, external: true },
    )
  },
}

/** Modules find files by where they are: it stays the place of the source. */
const placesKept: Plugin = {
  name: 'places-kept',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const places = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path }
      const contents = readFileSync(path, 'utf8').replaceAll(
        /\bimport\.meta\.(url|dirname|filename)\b/g,
        // The cast: the expression matches these names only.
        (_, name: string) => JSON.stringify(places[name as keyof typeof places]),
      )
      return { contents, loader: 'ts' }
    })
  },
}
