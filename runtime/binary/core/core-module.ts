/**
 * The parts of a core module. Each stays a range of the module's bytes unless its content is needed.
 *
 * @module
 */

import type { FunctionArity } from './core-types.ts'

export interface Range {
  readonly start: number
  readonly end: number
}

export interface ImportName {
  readonly module: string
  readonly name: string
}

export interface CoreMemory {
  readonly imported?: ImportName
  readonly minimum: number
  readonly maximum?: number
  readonly shared: boolean
  readonly wide: boolean
}

export interface CoreTable {
  readonly imported?: ImportName
  /** The reference type, as in the binary. */
  readonly type: Range
  readonly minimum: number
  readonly maximum?: number
  readonly wide: boolean
  readonly shared: boolean
  /** The value its elements begin with, when it is not null. */
  readonly initial?: Range
}

export interface CoreGlobal {
  readonly imported?: ImportName
  /** The value type, as in the binary. */
  readonly type: Range
  readonly mutable: boolean
  /** Absent when imported. */
  readonly initial?: Range
}

export const EXTERNAL_KINDS = ['func', 'table', 'memory', 'global', 'tag'] as const
export type ExternalKind = (typeof EXTERNAL_KINDS)[number]

export interface CoreExport {
  readonly name: string
  readonly kind: ExternalKind
  readonly index: number
}

export interface CoreImport extends ImportName {
  readonly kind: ExternalKind
  /** The description that follows the kind byte. */
  readonly description: Range
}

export interface DataSegment {
  /** Absent when passive. */
  readonly active?: { readonly memory: number; readonly offset: Range }
  readonly bytes: Range
}

export interface CoreModule {
  readonly bytes: Uint8Array
  /** By type index; `undefined` for struct and array types. */
  readonly types: readonly (FunctionArity | undefined)[]
  /** The entries of the type section, as they are, and how many there are. */
  readonly typeSection: { readonly count: number; readonly body: Range }
  readonly imports: readonly CoreImport[]
  /** Type index of each function, imported ones first. */
  readonly functions: readonly number[]
  readonly importedFunctions: number
  readonly tables: readonly CoreTable[]
  readonly memories: readonly CoreMemory[]
  readonly globals: readonly CoreGlobal[]
  readonly importedGlobals: number
  /** Of each tag, its type and how many values it carries. */
  readonly tags: {
    readonly types: readonly number[]
    readonly arities: readonly number[]
    readonly body?: Range
  }
  readonly exports: readonly CoreExport[]
  readonly start?: number
  readonly elements?: Range
  readonly hasDataCount: boolean
  readonly data: readonly DataSegment[]
  /** Bodies of the functions that are not imported: locals and instructions. */
  readonly code: readonly Range[]
}

/** A `CoreModule` while it is read. */
export type CoreModuleDraft = { -readonly [Key in keyof CoreModule]: CoreModule[Key] } & {
  imports: CoreImport[]
  functions: number[]
  tables: CoreTable[]
  memories: CoreMemory[]
  globals: CoreGlobal[]
  tags: { types: number[]; arities: number[]; body?: Range }
  exports: CoreExport[]
  data: DataSegment[]
  code: Range[]
}
