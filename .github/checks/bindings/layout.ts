/**
 * How values of WIT lie in memory, and how they are spread over core parameters.
 *
 * @module
 */
import { alignTo } from '../../../runtime/abi/codec.ts'
import { camel, type Type } from './world.ts'

export interface Layout {
  readonly size: number
  readonly alignment: number
}

/** A part of a value that has one core value or a pointer and a length. */
export interface Leaf {
  /** In camel case. */
  readonly name: string
  readonly type: Type
  readonly offset: number
}

export function layoutOf(type: Type): Layout {
  switch (type.kind) {
    case 'bool':
    case 'u8':
    case 's8':
    case 'enum':
      return { size: 1, alignment: 1 }
    case 'u16':
    case 's16':
      return { size: 2, alignment: 2 }
    case 'u64':
    case 's64':
    case 'f64':
      return { size: 8, alignment: 8 }
    case 'string':
    case 'list':
      return { size: 8, alignment: 4 }
    case 'record':
      return sequence(type.fields.map((field) => field.type))
    case 'tuple':
      return sequence(type.elements)
    case 'option':
      return variant([type.some])
    case 'variant':
      return variant(type.cases.map((each) => each.type))
    case 'result':
      return variant([type.ok, type.error])
    case 'u32':
    case 's32':
    case 'f32':
    case 'char':
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
      return { size: 4, alignment: 4 }
    default:
      throw new Error(`Cannot lay out a ${type.kind}: the adapter has none yet`)
  }
}

/** Where what an option or a result has begins, behind the byte that says which case it is. */
export function payloadOffset(type: Type): number {
  return alignTo(1, layoutOf(type).alignment)
}

/** Where the parts of `types` lie, one behind the other. */
export function offsetsOf(types: readonly Type[]): number[] {
  let end = 0
  return types.map((type) => {
    const { size, alignment } = layoutOf(type)
    const offset = alignTo(end, alignment)
    end = offset + size
    return offset
  })
}

/** The parameters of a function as scripts pass them: a record field by field, all else as it is. */
export function leavesOf(
  params: readonly { readonly name: string; readonly type: Type }[],
): Leaf[] {
  const offsets = offsetsOf(params.map(({ type }) => type))
  return params.flatMap(({ name, type }, index) => {
    const offset = offsets[index] ?? 0
    if (type.kind !== 'record') return [{ name: camel(name), type, offset }]
    return leavesOf(type.fields).map((leaf) => ({ ...leaf, offset: offset + leaf.offset }))
  })
}

/** The core values of a value that lies at `at`, as AssemblyScript reads them. */
export function loadsOf(type: Type, at: string, offset: number): string[] {
  const load = (kind: string, further = 0): string => {
    const place = offset + further
    return `load<${kind}>(${at}${place === 0 ? '' : `, ${place}`})`
  }
  switch (type.kind) {
    case 'string':
    case 'list':
      return [load('usize'), load('usize', 4)]
    case 'record':
    case 'tuple': {
      const types = partsOf(type)
      const offsets = offsetsOf(types)
      return types.flatMap((part, index) => loadsOf(part, at, offset + (offsets[index] ?? 0)))
    }
    case 'option':
      return [load('u8'), ...loadsOf(type.some, at, offset + payloadOffset(type))]
    case 'u64':
    case 's64':
    case 'f64':
    case 'f32':
      return [load(type.kind.replace('s', 'i'))]
    case 'u32':
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
      return [load('u32')]
    case 'variant': {
      const { alignment } = layoutOf(type)
      return [load('u8'), ...widestOf(type).map((_, at) => load('u32', alignment * (at + 1)))]
    }
    case 'u16':
    case 'enum':
    case 'bool':
      return [load(type.kind === 'u16' ? 'u16' : 'u8')]
    default:
      throw new Error(`Cannot pass a ${type.kind}: the adapter has none yet`)
  }
}

/** The types of the parts of a value that has several. */
export function partsOf(type: Extract<Type, { kind: 'record' | 'tuple' }>): readonly Type[] {
  return type.kind === 'tuple' ? type.elements : type.fields.map((field) => field.type)
}

/** The core values of the case with the most. @throws some are not of 32 bits */
function widestOf({ cases }: Extract<Type, { kind: 'variant' }>): readonly string[] {
  const all = cases.map(({ type }) => (type === undefined ? [] : loadsOf(type, '', 0)))
  if (all.flat().some((each) => !/^load<(u32|usize)>/.test(each)))
    throw new Error('Cannot pass a variant with a case that is no number of 32 bits or a pointer')
  return all.reduce((most, each) => (each.length > most.length ? each : most), [])
}

function sequence(types: readonly Type[]): Layout {
  const alignment = Math.max(1, ...types.map((type) => layoutOf(type).alignment))
  const last = types.at(-1)
  const end = last === undefined ? 0 : (offsetsOf(types).at(-1) ?? 0) + layoutOf(last).size
  return { size: alignTo(end, alignment), alignment }
}

function variant(cases: readonly (Type | undefined)[]): Layout {
  const layouts = cases.flatMap((type) => (type === undefined ? [] : [layoutOf(type)]))
  const alignment = Math.max(1, ...layouts.map((layout) => layout.alignment))
  const size = Math.max(0, ...layouts.map((layout) => layout.size))
  return { size: alignTo(alignTo(1, alignment) + size, alignment), alignment }
}
