/** Reads components and core modules, and rewrites the latter. @module */
export { ByteReader } from './reader.ts'
export { decodeComponent } from './component/decode-component.ts'
export { readCoreInterface, type CoreInterface } from './component/decode-core.ts'
export type {
  Alias,
  Canon,
  CanonOptions,
  Component,
  CoreExternalSort,
  CoreInstanceExpression,
  CustomSection,
  Declaration,
  Definition,
  ExternType,
  InstanceExpression,
  NamedSortIndex,
  NamedTypeUse,
  Range,
  Sort,
  SortIndex,
  TypeDefinition,
  TypeUse,
} from './component/component.ts'
