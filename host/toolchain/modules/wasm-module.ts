/**
 * A file of WebAssembly as a module: its bytes are the default export, and its exports have their names, each an error where
 * it is used. An agent runs no WebAssembly that its host has not checked and metered before.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { NODE_DIRECTORY } from '../package-files.ts'

const REASON =
  'an agent runs no WebAssembly of its own. Build the module as a component of its own and call it with env.tools, or use a package without WebAssembly'

/** @param directory - of the agent: paths are shown relative to it */
export function wasmModuleSource(path: string, directory: string): string {
  const place = relative(directory, path).split(sep).join('/')
  const parts = exportsOf(path).map(
    (name, at) =>
      // What is not imported is not there.
      `const part${at} = /* @__PURE__ */ unavailable(${[name, place, REASON].map((each) => JSON.stringify(each)).join(', ')})
export { part${at} as ${JSON.stringify(name)} }`,
  )
  return [
    `import { unavailable } from ${JSON.stringify(join(NODE_DIRECTORY, 'absent.ts'))}`,
    `export { default } from ${JSON.stringify(`./${basename(path)}?bytes`)}`,
    ...parts,
  ].join('\n')
}

function exportsOf(path: string): string[] {
  try {
    const names = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(path)))
    return names.map(({ name }) => name).filter((name) => name !== 'default')
  } catch {
    return [] // A component, or for another engine: a file of bytes
  }
}
