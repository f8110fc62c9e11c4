/**
 * Reads the imports and exports of a core module. Bodies are never read: a section that is not needed is skipped by
 * its size.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreExternalSort, Range } from './component.ts'
import { readCoreImport } from './decode-core-type.ts'
import { readCoreExternalSort } from './decode-name.ts'

export interface CoreInterface {
  readonly imports: readonly {
    readonly module: string
    readonly name: string
    readonly sort: CoreExternalSort
  }[]
  readonly exports: ReadonlyMap<string, CoreExternalSort>
}

export const CORE_PREAMBLE: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Returns the imports and exports of the core module in `range`. */
export function readCoreInterface(bytes: Uint8Array, range: Range): CoreInterface {
  let imports: CoreInterface['imports'] = []
  const exports = new Map<string, CoreExternalSort>()
  for (const [id, section] of coreSections(bytes, range)) {
    if (id === 2) {
      imports = section.vector('imports', () => {
        const { module, name, type } = readCoreImport(section)
        return { module, name, sort: type.sort }
      })
    }
    if (id !== 7) continue
    section.vector('exports', () => {
      exports.set(section.name(), readCoreExternalSort(section))
      section.u32()
    })
    break // Exports come after imports; the code, far the largest part, comes later still.
  }
  return { imports, exports }
}

/** Yields the sections of a core module: id, and a reader over the contents. */
export function* coreSections(bytes: Uint8Array, range: Range): Generator<[number, ByteReader]> {
  const reader = new ByteReader(bytes, range.start, range.end, 'core module')
  for (const expected of CORE_PREAMBLE) {
    if (reader.byte() !== expected) {
      reader.fail('preamble that is not of a core module', range.start)
    }
  }
  while (!reader.done) {
    const id = reader.byte()
    yield [id, reader.part(reader.u32())]
  }
}
