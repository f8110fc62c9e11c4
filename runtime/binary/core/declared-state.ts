/**
 * The state that a core module begins with.
 *
 * @module
 */
import { constantObjectBytes } from './constant-objects.ts'
import type { CoreModule } from './core-module.ts'
import { countElements } from './element-section.ts'
import {
  ROOM_UNIT_BYTES,
  roomOf,
  SEGMENT_ELEMENT_BYTES,
  TABLE_ELEMENT_BYTES,
  WASM_PAGE_BYTES,
} from './room.ts'

/** The state that each instance of a module has for itself. */
export interface DeclaredState {
  readonly memories: number
  readonly memoryBytes: number
  readonly tables: number
  readonly tableElements: number
  /** Imports, exports and globals: the host has an object for nearly each. */
  readonly names: number
  /** Of all that it begins with: memories, tables, segments that stay, objects in constant expressions. */
  readonly bytes: number
}

/**
 * Counts the state that `module` defines.
 *
 * @throws {MayflyError} ERR_COMPONENT_UNSUPPORTED for objects of unknown size
 */
export function declaredState(module: CoreModule): DeclaredState {
  const memories = module.memories.filter(({ imported }) => imported === undefined)
  const tables = module.tables.filter(({ imported }) => imported === undefined)
  const memoryBytes = sum(memories) * WASM_PAGE_BYTES
  const tableElements = sum(tables)
  const bytes =
    memoryBytes +
    tableElements * TABLE_ELEMENT_BYTES +
    countElements(module).kept * SEGMENT_ELEMENT_BYTES +
    constantObjectBytes(module)
  return {
    memories: memories.length,
    memoryBytes,
    tables: tables.length,
    tableElements,
    names: module.imports.length + module.exports.length + module.globals.length,
    bytes: roomOf(bytes) * ROOM_UNIT_BYTES,
  }
}

function sum(limits: readonly { readonly minimum: number }[]): number {
  return limits.reduce((total, { minimum }) => total + minimum, 0)
}
