/**
 * Core types as they are written in a component, and in the sections of a core module.
 *
 * @module
 */

/**
 * A core value type: its code in the binary format. References that are not nullable have
 * `NOT_NULL` added, references to a type by index are all `INDEXED`.
 */
export type CoreValueType = number

export const NOT_NULL = 0x100
export const INDEXED = 0x200

export const I32: CoreValueType = 0x7f
export const I64: CoreValueType = 0x7e
export const F32: CoreValueType = 0x7d
export const F64: CoreValueType = 0x7c

export interface CoreFunctionType {
  readonly params: readonly CoreValueType[]
  readonly results: readonly CoreValueType[]
}

export interface Limits {
  readonly minimum: bigint
  readonly maximum?: bigint
  readonly shared: boolean
  readonly is64: boolean
  /** The page size as a power of two, for a memory with pages of another size than 64 KiB. */
  readonly pageSizeLog2?: number
}

/** `Function` is how the type of a function is given: by index, or resolved. */
export type CoreExternType<Function> =
  | { readonly sort: 'func' | 'tag'; readonly type: Function }
  | { readonly sort: 'table'; readonly element: CoreValueType; readonly limits: Limits }
  | { readonly sort: 'memory'; readonly limits: Limits }
  | { readonly sort: 'global'; readonly type: CoreValueType; readonly mutable: boolean }

export interface CoreImport<Function> {
  readonly module: string
  readonly name: string
  readonly type: CoreExternType<Function>
}

/** Types defined together, as they may refer to each other; `undefined` is a struct or an array. */
export interface CoreTypeGroup {
  readonly kind: 'group'
  readonly types: readonly (CoreFunctionType | undefined)[]
}

export type CoreTypeDefinition =
  CoreTypeGroup | { readonly kind: 'module'; readonly declarations: readonly ModuleDeclaration[] }

/** A part of a module type. */
export type ModuleDeclaration =
  | { readonly kind: 'type'; readonly type: CoreTypeGroup }
  /** `count` scopes outward, 0 being the module type. */
  | { readonly kind: 'alias'; readonly count: number; readonly index: number }
  | ({ readonly kind: 'import' } & CoreImport<number>)
  | { readonly kind: 'export'; readonly name: string; readonly type: CoreExternType<number> }
