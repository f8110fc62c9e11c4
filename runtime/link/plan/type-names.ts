/**
 * The names under which interfaces export types, and types written with them.
 *
 * Types are found by identity: a type that passes through several interfaces is one object, owned by the
 * first that names it.
 *
 * @module
 */

import type { ValueType } from '../../abi/index.ts'
import type { Item } from './item.ts'

/** The interface that named a type first, and the name. */
export interface TypeOwner {
  /** Empty for a type of the world itself. */
  readonly interface: string
  readonly name: string
}

/** A value type, or the index of a resource. */
type TypeKey = ValueType | number

/** The names that interfaces give to types. */
export class TypeNames {
  readonly #owners = new Map<TypeKey, TypeOwner>()
  readonly #local = new Map<string, Map<TypeKey, string>>()

  add(inInterface: string, name: string, item: Item): void {
    const key = keyOf(item)
    if (key === undefined) return
    if (!this.#owners.has(key)) this.#owners.set(key, { interface: inInterface, name })
    const local = this.#local.get(inInterface) ?? new Map<TypeKey, string>()
    this.#local.set(inInterface, local)
    if (!local.has(key)) local.set(key, name)
  }

  /** Returns a writer for types as they are called inside one interface. */
  within(inInterface: string): TypeWriter {
    const local = this.#local.get(inInterface)
    return new TypeWriter((key) => local?.get(key) ?? this.#owners.get(key)?.name)
  }

  owner(item: Item): TypeOwner | undefined {
    const key = keyOf(item)
    return key === undefined ? undefined : this.#owners.get(key)
  }
}

/** Writes types in WIT: by name where they have one. */
export class TypeWriter {
  readonly #nameOf: (key: TypeKey) => string | undefined

  constructor(nameOf: (key: TypeKey) => string | undefined) {
    this.#nameOf = nameOf
  }

  /** Writes a type as it stands in a parameter or field. */
  use(type: ValueType): string {
    const name = this.#nameOf(type)
    return name === undefined ? this.spell(type) : escapeName(name)
  }

  /** Writes a type out, the names of its parts apart. */
  spell(type: ValueType): string {
    switch (type.kind) {
      case 'list': {
        const length = type.length === undefined ? '' : `, ${type.length}`
        return `list<${this.use(type.element)}${length}>`
      }
      case 'map':
        return `map<${this.use(type.key)}, ${this.use(type.value)}>`
      case 'tuple':
        return `tuple<${type.elements.map((each) => this.use(each)).join(', ')}>`
      case 'option':
        return `option<${this.use(type.some)}>`
      case 'result':
        return this.#spellResult(type.ok, type.error)
      case 'stream':
      case 'future':
        return type.element === undefined ? type.kind : `${type.kind}<${this.use(type.element)}>`
      case 'own':
        return this.#resource(type.resource)
      case 'borrow':
        return `borrow<${this.#resource(type.resource)}>`
      case 'record':
      case 'variant':
      case 'flags':
      case 'enum':
        return `${type.kind} { ${this.members(type).join(', ')} }`
      default:
        return type.kind
    }
  }

  /** The fields, cases or names of a type that has them, one each. */
  members(type: ValueType): string[] {
    switch (type.kind) {
      case 'record':
        return type.fields.map((field) => `${escapeName(field.name)}: ${this.use(field.type)}`)
      case 'variant':
        return type.cases.map(({ name, type: payload }) =>
          payload === undefined ? escapeName(name) : `${escapeName(name)}(${this.use(payload)})`,
        )
      case 'flags':
      case 'enum':
        return type.names.map(escapeName)
      default:
        return []
    }
  }

  #spellResult(ok: ValueType | undefined, error: ValueType | undefined): string {
    if (ok === undefined && error === undefined) return 'result'
    const first = ok === undefined ? '_' : this.use(ok)
    return error === undefined ? `result<${first}>` : `result<${first}, ${this.use(error)}>`
  }

  #resource(index: number): string {
    return escapeName(this.#nameOf(index) ?? `resource-${index}`)
  }
}

/** Words WIT reserves; as names they are written with `%`. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'as async bool borrow char constructor enum export f32 f64 flags from func future import include ' +
    'interface list option own package record resource result s16 s32 s64 s8 static stream string tuple ' +
    'type u16 u32 u64 u8 use variant with world'
  ).split(' '),
)

/** Returns `name` as WIT has it: keywords are marked with `%`. */
export function escapeName(name: string): string {
  return KEYWORDS.has(name) ? `%${name}` : name
}

function keyOf(item: Item): TypeKey | undefined {
  if (item.sort !== 'type') return undefined
  if (item.kind === 'resource') return item.resource
  return item.kind === 'value' ? item.type : undefined
}
