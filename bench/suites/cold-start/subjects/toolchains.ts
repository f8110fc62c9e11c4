/**
 * The subjects in C and on StarlingMonkey.
 *
 * The compiler of StarlingMonkey takes twenty seconds. The build cache of the project keeps its result.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { componentEmbed, componentNew, preview1AdapterReactorPath } from '@bytecodealliance/jco'
import { componentize } from '@bytecodealliance/componentize-js'
import { buildCache } from '../../../../host/toolchain/build-cache.ts'
import { digestOf, PACKAGE_DIRECTORY } from '../../../../host/toolchain/index.ts'
import { withOptionalImports } from '../../../../host/toolchain/optional-imports.ts'
import {
  FORMER_VERSION,
  importedInterfaces,
  toolManifest,
  witSource,
  WORLD,
} from '../../../../host/toolchain/package-files.ts'

import { proxyWorld } from '../../../../host/toolchain/wasi-wit.ts'
import { Skipped } from '../../suite.ts'

const WIT = 'package bench:subjects; world words { export count: func(text: string) -> u32; }'

/**
 * Counts words, compiled with the clang of the machine.
 *
 * @throws {Skipped} when there is none that compiles for WASI
 */
export async function wordsInC(): Promise<Uint8Array> {
  const binary = compileC(join(import.meta.dirname, 'words.c'))
  const embedded = await componentEmbed({ witSource: WIT, binary } as Parameters<
    typeof componentEmbed
  >[0]) // The declared type asks for more than is read
  const adapter = readFileSync(preview1AdapterReactorPath())
  return componentNew(embedded, [['wasi_snapshot_preview1', adapter]])
}

function compileC(source: string): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  const output = join(directory, 'words.wasm')
  const flags = ['--target=wasm32-wasi', '-mexec-model=reactor', '-O2', '-o', output, source]
  try {
    execFileSync('clang', flags, { stdio: 'ignore' })
    return readFileSync(output)
  } catch {
    throw new Skipped('C: needs clang, lld and wasi-libc (Debian: and libclang-rt-dev-wasm32)')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** A handler in plain JavaScript on StarlingMonkey, as the build makes agents for it. */
export function onStarlingMonkey(source: string): Promise<Uint8Array> {
  // The engine's compiler knows no `async func`: see host/toolchain/languages/starlingmonkey.ts.
  const wit = witSource(FORMER_VERSION).replaceAll(': async func(', ': func(')
  return kept(['starlingmonkey', source, wit], async () => {
    const component = await compileJs(source, wit, {
      worldName: WORLD,
      disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
    })
    return withOptionalImports(component, importedInterfaces(FORMER_VERSION))
  })
}

// The only version for which componentize-js exports the event `fetch`.
const WASI_VERSION = '0.2.10'

/** The same handler behind the `fetch` event: a component of `wasi:http`, which any host of WASI serves. */
export function fetchEventService(handler: string): Promise<Uint8Array> {
  const source = `${handler.replace('export const handler', 'const handler')}
addEventListener('fetch', (event) => {
  const { method, url } = event.request
  const { status, headers, body } = handler.handle({ method, url, headers: [], body: new Uint8Array(0) })
  event.respondWith(new Response(body, { status, headers }))
})`
  const wit = proxyWorld(WASI_VERSION)
  return kept(['fetch-event', source, wit], () => compileJs(source, wit, { worldName: 'service' }))
}

async function compileJs(source: string, wit: string, options: object): Promise<Uint8Array> {
  // The cast leaves out `sourcePath`, which the types require: given one, it reads the file instead.
  const given = options as Parameters<typeof componentize>[2] & object
  const { component } = await componentize(source, wit, given)
  return component
}

async function kept(
  parts: readonly string[],
  build: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const tool = readFileSync(toolManifest('@bytecodealliance/componentize-js'), 'utf8')
  const cache = buildCache(join(PACKAGE_DIRECTORY, '.mayfly', 'cache'))
  const key = digestOf('bench', tool, ...parts)
  const found = await cache.find(key)
  if (found !== undefined) return found.component
  const component = await build()
  await cache.store(key, component)
  return component
}
