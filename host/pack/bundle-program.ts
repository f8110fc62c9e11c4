/**
 * Bundles the program of a pack with the part of this package that it uses. The files of the pack stay files.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { MayflyError } from '../../runtime/errors/index.ts'
import type { PackTarget } from './targets.ts'

// TypeScript in a checkout; compiled JavaScript in a published package.
const SUFFIX = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const DOORS = new URL('../doors/', import.meta.url)
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

// Packages in the format of Node ask for its modules by \`require\`.
const REQUIRE = `import { createRequire as makeRequire } from 'node:module'
const require = makeRequire(import.meta.url)`

/**
 * @returns the text of the program
 * @throws {MayflyError} ERR_BUILD_FAILED
 */
export async function bundleProgram(program: string, target: PackTarget): Promise<string> {
  const { build } = await import('esbuild')
  const hasNode = target !== 'workerd' && target !== 'browser'
  try {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: PACKAGE, sourcefile: 'program.js' },
      bundle: true,
      write: false,
      format: 'esm',
      minify: true,
      // Names of classes are in messages of errors.
      keepNames: false,
      platform: hasNode ? 'node' : 'browser',
      conditions: hasNode ? ['module'] : ['workerd', 'worker', 'module'],
      mainFields: ['module', 'main'],
      target: 'es2023',
      ...(hasNode ? { banner: { js: REQUIRE } } : {}),
      plugins: [doors(), beside(), ...(hasNode ? [] : [withoutNode()])],
      legalComments: 'none',
      logLevel: 'silent',
    })
    return outputFiles[0]?.text ?? ''
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MayflyError(
      'ERR_BUILD_FAILED',
      `Cannot bundle the program for ${target}: ${reason}`,
      {
        cause,
      },
    )
  }
}

/** Finds the doors of this package, wherever it lies. */
function doors(): Plugin {
  return {
    name: 'mayfly-doors',
    setup({ onResolve }) {
      onResolve({ filter: /^mayfly\// }, ({ path }) => ({
        path: fileURLToPath(new URL(`${path.slice('mayfly/'.length)}${SUFFIX}`, DOORS)),
        sideEffects: false,
      }))
    },
  }
}

/** Modules of Node that nothing of the program uses: what imports them is left out. One that is used fails at the start. */
function withoutNode(): Plugin {
  return {
    name: 'mayfly-without-node',
    setup({ onResolve }) {
      onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
    },
  }
}

/** Leaves out what lies beside the program. */
function beside(): Plugin {
  return {
    name: 'mayfly-beside',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/(index\.js$|modules\/|agents\/)/ }, ({ path, importer }) =>
        importer === 'program.js' || importer.endsWith('/program.js')
          ? { path, external: true }
          : undefined,
      )
    },
  }
}
