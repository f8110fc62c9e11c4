/**
 * Compiles the adapter, `components/quickjs/adapter.as.ts`, into a core module that imports its memory.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'

const ENTRY = 'adapter.as.ts'

/** The AssemblyScript files in `directory`, by name. */
export function adapterSources(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.as.ts'))
  return new Map(
    names.toSorted().map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  )
}

export async function compileAdapter(sources: ReadonlyMap<string, string>): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc')
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    // `stub` and no static data: the adapter has no heap, and the engine's begins at its first byte.
    // prettier-ignore
    [ENTRY, '-o', 'adapter.wasm', '--runtime', 'stub', '--importMemory', '--noExportMemory',
      '--initialMemory', '18', '--optimizeLevel', '3', '--disable', 'bulk-memory'],
    {
      readFile: (name) => sources.get(name) ?? null,
      writeFile: (_name, content) => {
        if (typeof content !== 'string') binary = content
      },
      listFiles: () => [],
    },
  )
  if (error !== null || binary === undefined) {
    throw new MayflyError('ERR_BUILD_FAILED', `Cannot build the engine: ${stderr.toString()}`, {
      cause: error,
    })
  }
  return binary
}
