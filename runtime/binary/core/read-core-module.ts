/**
 * Reads a core module into its parts, without looking into function bodies.
 *
 * Constructs that would make a rewritten module unsound are refused here, by name.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreModule, CoreModuleDraft } from './core-module.ts'
import { readSection } from './core-sections.ts'

const HEADER = '0,97,115,109,1,0,0,0'

/**
 * Reads `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED
 */
export function readCoreModule(bytes: Uint8Array): CoreModule {
  const reader = new ByteReader(bytes, 0, bytes.length, 'core module')
  if (reader.take(8).join() !== HEADER) reader.fail('no core module', 0)
  const draft: CoreModuleDraft = {
    bytes,
    types: [],
    typeSection: { count: 0, body: { start: 0, end: 0 } },
    imports: [],
    functions: [],
    importedFunctions: 0,
    tables: [],
    memories: [],
    globals: [],
    importedGlobals: 0,
    tags: { types: [], arities: [] },
    exports: [],
    hasDataCount: false,
    data: [],
    code: [],
  }
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.part(reader.u32())
    readSection(id, section, draft)
    if (id !== 0) section.expectEnd('section')
  }
  return draft
}
