/**
 * Component-model value and function types, with every index resolved.
 *
 * Plain data, free of cycles, so that a link plan that contains them can be cached and sent to a worker.
 *
 * @module
 */

/** The types of WIT that have no parts. */
export const PRIMITIVE_KINDS = [
  'bool',
  's8',
  'u8',
  's16',
  'u16',
  's32',
  'u32',
  's64',
  'u64',
  'f32',
  'f64',
  'char',
  'string',
] as const

/** A type of WIT that has no parts. */
export type PrimitiveKind = (typeof PRIMITIVE_KINDS)[number]

/** A name with a type: a field of a record, a parameter. */
export interface NamedType {
  readonly name: string
  readonly type: ValueType
}

/** A case of a variant. */
export interface VariantCase {
  readonly name: string
  readonly type?: ValueType
}

/** `resource` is an index into `LinkPlan.resources`: equal index, equal resource type. */
export type ValueType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'record'; readonly fields: readonly NamedType[] }
  | { readonly kind: 'variant'; readonly cases: readonly VariantCase[] }
  | { readonly kind: 'list'; readonly element: ValueType; readonly length?: number }
  | { readonly kind: 'map'; readonly key: ValueType; readonly value: ValueType }
  | { readonly kind: 'tuple'; readonly elements: readonly ValueType[] }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly some: ValueType }
  | { readonly kind: 'result'; readonly ok?: ValueType; readonly error?: ValueType }
  | { readonly kind: 'own'; readonly resource: number }
  | { readonly kind: 'borrow'; readonly resource: number }
  | { readonly kind: 'stream' | 'future'; readonly element?: ValueType }
  | { readonly kind: 'error-context' }

/** Whether one of `kinds` is in `type`, or is `type`. What streams and futures carry counts as well. */
export function contains(type: ValueType, kinds: ReadonlySet<string>): boolean {
  if (kinds.has(type.kind)) return true
  return partsOf(type).some((part) => part !== undefined && contains(part, kinds))
}

function partsOf(type: ValueType): readonly (ValueType | undefined)[] {
  switch (type.kind) {
    case 'record':
      return type.fields.map((field) => field.type)
    case 'variant':
      return type.cases.map((each) => each.type)
    case 'tuple':
      return type.elements
    case 'list':
    case 'stream':
    case 'future':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'option':
      return [type.some]
    case 'result':
      return [type.ok, type.error]
    default:
      return []
  }
}

/** The type of a function: its parameters and its result. */
export interface FunctionType {
  /** In their order. */
  readonly params: readonly NamedType[]
  /** Nothing for a function that returns nothing. */
  readonly result?: ValueType
  /** Declared `async func`: may be lifted with or without the async option. */
  readonly async: boolean
}
