/**
 * Recognises a program written for Javy, whose top-level code reads standard input and writes standard output, and
 * wraps it into an agent.
 *
 * Its own files run once a request: esbuild makes a function of a module that is only imported by `import()`. Packages
 * run while the agent is built, like packages of any agent, except `javy` itself.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { BuildResult } from 'esbuild'

const JAVY = /^javy(\/|$)/
const GLOBAL = /\bJavy\s*\./
const PACKAGE_FOLDER = /(^|\/)node_modules\//

/**
 * Returns the lines of a module that exports an agent, which runs the program at `source`, as `built` describes it.
 * `undefined` when it is not a program for Javy.
 */
export function findProgram(
  source: string,
  { metafile }: BuildResult<{ metafile: true }>,
): string[] | undefined {
  const directory = dirname(source)
  const own = Object.entries(metafile.inputs).filter(
    ([path]) => !PACKAGE_FOLDER.test(path) && !/^[\w-]+:/.test(path),
  )
  const imports = own.flatMap(([, input]) => input.imports)
  const isProgram =
    imports.some(({ original = '' }) => JAVY.test(original)) ||
    own.some(([path]) => GLOBAL.test(readFileSync(resolve(directory, path), 'utf8')))
  if (!isProgram) return undefined
  const packages = imports
    .filter(({ path, external, original = '' }) => {
      return external !== true && PACKAGE_FOLDER.test(path) && !JAVY.test(original)
    })
    .map(({ path }) => resolve(directory, path))
  return [
    // First, so that packages find the global `Javy`.
    "import { program } from 'mayfly/guest/javy'",
    ...[...new Set(packages)].map((path) => `import ${JSON.stringify(path)}`),
    "import { serve } from 'mayfly/guest/serve'",
    `export const handler = serve(program(() => import(${JSON.stringify(source)})))`,
  ]
}
