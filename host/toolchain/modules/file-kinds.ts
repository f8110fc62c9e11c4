/**
 * What a file is when it is imported: by its ending, by `?raw` or `?bytes` behind its name, or by
 * `with { type: 'text' | 'bytes' | 'json' }`; and whether it may be read. Both in one plugin: to ask one takes as long as
 * bundling the file.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Loader, OnLoadResult, Plugin } from 'esbuild'
import { moduleProblems, OUTSIDE, type Fence } from '../fence/index.ts'

/** Kinds by the ending of a file, beside those of JavaScript, TypeScript and JSON. */
export const KINDS: Readonly<Record<string, Loader>> = {
  '.bin': 'binary',
  '.css': 'text',
  '.html': 'text',
  '.md': 'text',
  '.sql': 'text',
  '.txt': 'text',
  '.wasm': 'binary',
}
const BY_QUERY: Readonly<Record<string, Loader>> = { '?raw': 'text', '?bytes': 'binary' }
const BY_TYPE: Readonly<Record<string, Loader>> = { text: 'text', bytes: 'binary', json: 'json' }
const NAMESPACE = 'mayfly-file'

export function fileKinds(fence: Fence): Plugin {
  const read = (path: string, loader: Loader): OnLoadResult =>
    refused(fence.problem(path)) ?? { contents: readFileSync(path), loader, watchFiles: [path] }
  return {
    name: 'mayfly-file-kinds',
    setup(build) {
      build.onResolve({ filter: /\?(?:raw|bytes)$/ }, async ({ path, ...rest }) => {
        const query = path.slice(path.lastIndexOf('?'))
        const file = path.slice(0, -query.length)
        const found = await build.resolve(file, rest)
        if (found.errors.length > 0 || !isAbsolute(found.path)) return found
        // A text is a module of its own beside the code that the file may be as well.
        return { path: found.path, suffix: query, namespace: NAMESPACE }
      })
      build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path, suffix }) =>
        read(path, BY_QUERY[suffix] ?? 'text'),
      )
      const problemOf = moduleProblems(fence)
      build.onLoad({ filter: /./, namespace: 'file' }, ({ path, with: { type = '' } }) => {
        const loader = BY_TYPE[type]
        return loader === undefined ? refused(problemOf(path)) : read(path, loader)
      })
    },
  }
}

function refused(problem: string | undefined): OnLoadResult | undefined {
  return problem === undefined ? undefined : { errors: [{ text: problem, detail: OUTSIDE }] }
}

/** The file that an input of a build is, as esbuild names inputs: relative, behind a namespace or before a query. */
export function fileOfInput(input: string): string | undefined {
  const ours = new RegExp(String.raw`^${NAMESPACE}:(.*)\?(?:raw|bytes)$`).exec(input)
  if (ours !== null) return ours[1]
  return /^mayfly-[\w-]+:/.test(input) ? undefined : input
}
