/**
 * Agents as they are after they were packed, written to files and read.
 *
 * @module
 */
import { manifestFromObject } from '../../manifest/index.ts'
import { packComponent } from '../../presets/index.ts'
import { sharedCode } from '../../testing/shared-code.ts'
import type { AgentPack, GivenModules, PackedFiles } from '../index.ts'

/** An agent, and all modules that it needs. */
export interface OnePack {
  readonly files: PackedFiles
  readonly modules: Record<string, WebAssembly.Module>
}

/** Packs a component. */
export function packed(
  component: Uint8Array,
  manifest: Readonly<Record<string, unknown>>,
): Promise<AgentPack> {
  return packComponent({
    component,
    manifest: manifestFromObject(manifest),
    codeStore: sharedCode,
  })
}

/** What a platform has of the files of `pack`. */
export async function readBack({ agent, pages, modules }: AgentPack): Promise<OnePack> {
  const compiled = [...modules].map(async ([sha256, bytes]) => [
    sha256,
    await WebAssembly.compile(bytes),
  ])
  return {
    files: { agent: JSON.parse(JSON.stringify(agent)), pages: await gzip(pages) },
    modules: Object.fromEntries(await Promise.all(compiled)) as Record<string, WebAssembly.Module>,
  }
}

/** Without one module. */
export function without(modules: GivenModules, sha256: string): GivenModules {
  const { [sha256]: _left, ...others } = modules
  return others
}

function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}
