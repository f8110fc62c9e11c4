/**
 * Runs the same component in jco's generated code: our answers must be the same.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transpile } from '@bytecodealliance/jco'

/** Exported interfaces, each an object of functions. */
export type OracleExports = Record<string, Record<string, (...values: unknown[]) => unknown>>

export type Oracle = (imports: Record<string, Record<string, unknown>>) => OracleExports

/**
 * Transpiles `bytes`; returns a function that makes instances. Functions are synchronous, but for the `exports` that may
 * wait.
 */
export async function oracle(
  bytes: Uint8Array,
  { exports = [] }: { exports?: readonly string[] } = {},
): Promise<Oracle> {
  const { files } = await transpile(bytes, {
    name: 'component',
    instantiation: 'sync',
    asyncMode: exports.length > 0 ? 'jspi' : 'sync',
    asyncExports: exports,
    noTypescript: true,
  } as Parameters<typeof transpile>[1]) // The declared type lacks options that exist
  const sources = files as Record<string, Uint8Array<ArrayBuffer>>
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-oracle-'))
  try {
    const path = join(folder, 'component.mjs')
    await writeFile(path, sources['component.js'] ?? '')
    const generated = (await import(pathToFileURL(path).href)) as {
      instantiate(core: (name: string) => WebAssembly.Module, imports: unknown): OracleExports
    }
    const modules = new Map(
      Object.entries(sources)
        .filter(([name]) => name.endsWith('.wasm'))
        .map(([name, core]) => [name, new WebAssembly.Module(core)]),
    )
    return (imports) =>
      generated.instantiate((name) => modules.get(name) as WebAssembly.Module, imports)
  } finally {
    await rm(folder, { recursive: true })
  }
}
