/**
 * The prelude and the guest library as modules of the engine: evaluated before any agent, the same for all of them, except
 * modules that are apart.
 *
 * @module
 */
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundleLibrary } from '../bundle.ts'
import { NODE_HOST, runFile } from '../esbuild.ts'
import { EXTRA_HOST } from '../extra-globals.ts'
import { ENGINE_DIRECTORY, GUEST_DIRECTORY, LIBRARY } from '../package-files.ts'
import {
  interfaceModule,
  modulesApart,
  PRELUDE,
  type ModuleApart,
  type ModuleSource,
} from './interface-modules.ts'
import { localNames } from './local-names.ts'

// Modules over functions of this engine, in place of modules of the library.
const SUBSTITUTES = {
  'engine.ts': '../quickjs/guest-engine.ts',
  'work.ts': '../quickjs/guest-work.ts',
}
const INTERFACE = /^mayfly:agent\//
// Files of the prelude that `websockets.ts` imports, in the form in which it does.
const OF_PRELUDE = /^\.\/pending\.ts$/

const NODE_HOST_EXPORTS = ['allConfig', 'format', 'inspect']

export interface LibraryModules {
  /** What every agent has, each behind the modules that it imports. */
  readonly library: readonly ModuleSource[]
  /** What agents have that import it, each behind the modules that it imports. */
  readonly apart: readonly ModuleApart[]
}

/** Returns the modules of the library, and those of the interfaces. */
export async function libraryModules(): Promise<LibraryModules> {
  const { code, exports } = await bundleLibrary(SUBSTITUTES, [interfacesInside()])
  // What agents import. The rest is for modules of the library itself.
  const { metafile } = await runFile(join(GUEST_DIRECTORY, 'index.ts'), {})
  const shown = Object.values(metafile.outputs).flatMap((output) => output.exports)
  const inner = exports.filter((name) => name !== 'serve')
  const faces = [
    ['mayfly/guest', shown],
    [NODE_HOST, NODE_HOST_EXPORTS],
    [EXTRA_HOST, inner],
  ] as const
  return {
    library: [
      { name: LIBRARY, source: code, locals: await localNames(code) },
      { name: 'mayfly/guest/serve', source: `export { serve } from '${LIBRARY}'` },
    ],
    apart: [
      ...modulesApart(await webSocketModule()),
      ...faces.map(([name, names]) => ({
        name,
        source: `export { ${names.join(', ')} } from '${LIBRARY}'`,
        natives: [],
      })),
    ],
  }
}

export async function preludeModule(): Promise<ModuleSource> {
  const source = await engineModule('prelude.ts', [])
  return { name: PRELUDE, source, locals: await localNames(source) }
}

function webSocketModule(): Promise<string> {
  const outside: Plugin = {
    name: 'mayfly-prelude',
    setup(build) {
      build.onResolve({ filter: OF_PRELUDE }, () => ({ path: PRELUDE, external: true }))
    },
  }
  return engineModule('websockets.ts', [outside])
}

async function engineModule(name: string, plugins: Plugin[]): Promise<string> {
  const { outputFiles } = await runFile(join(ENGINE_DIRECTORY, name), { minify: true, plugins })
  return outputFiles[0]?.text ?? ''
}

/** Makes the modules of interfaces part of what imports them. */
function interfacesInside(): Plugin {
  return {
    name: 'mayfly-interfaces',
    setup(build) {
      build.onResolve({ filter: INTERFACE }, ({ path }) => ({ path, namespace: 'mayfly-inside' }))
      build.onLoad({ filter: /./, namespace: 'mayfly-inside' }, ({ path }) => {
        const contents = interfaceModule(path)
        return contents === undefined
          ? { errors: [{ text: `Could not resolve "${path}": the world has no such interface` }] }
          : { contents }
      })
      build.onResolve({ filter: new RegExp(`^${PRELUDE}$`) }, ({ path }) => ({
        path,
        external: true,
      }))
    },
  }
}
