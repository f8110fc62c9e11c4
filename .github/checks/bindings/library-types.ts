/**
 * What values of the world are in the library for AssemblyScript: their types, and a class or an enum for each record, tuple
 * and enum, named as in the WIT. By hand are only classes with methods.
 *
 * @module
 */
import { witSource } from '../../../host/toolchain/package-files.ts'
import { partsOf } from './layout.ts'
import { camel, pascal, type Interface, type Type } from './world.ts'

export type Compound = Extract<Type, { kind: 'record' | 'tuple' }>
type Variant = Extract<Type, { kind: 'variant' }>

/** Records that have a class by hand, whose constructor takes the fields in their order. */
const BY_HAND = ['Request', 'Response', 'Fetched', 'BodyStream']
/** Tuples have no names in WIT: the class of one, by its elements, and its fields. */
const TUPLES: Readonly<Record<string, readonly [name: string, ...fields: string[]]>> = {
  'string,string': ['Header', 'name', 'value'],
  'string,list<u8>': ['Entry', 'key', 'value'],
}
const NUMBERS: Readonly<Partial<Record<Type['kind'], string>>> = {
  bool: 'bool',
  u8: 'u8',
  s8: 'i8',
  u16: 'u16',
  s16: 'i16',
  u32: 'u32',
  s32: 'i32',
  u64: 'u64',
  s64: 'i64',
  f32: 'f32',
  f64: 'f64',
  stream: 'u32',
  future: 'u32',
}

const NAMED = namesOf(witSource())

/** Collects the classes that the functions of the world need. */
export class Types {
  /** By name. */
  readonly texts: Map<string, string> = new Map()

  /** The type as AssemblyScript writes it. */
  typeOf(of: Interface, type: Type): string {
    switch (type.kind) {
      case 'string':
        return 'string'
      case 'list':
        return type.element.kind === 'u8' ? 'Uint8Array' : `Array<${this.typeOf(of, type.element)}>`
      case 'option':
        return isFloat(type.some)
          ? this.typeOf(of, type.some)
          : `${this.typeOf(of, type.some)} | null`
      case 'record':
      case 'tuple':
        return this.classOf(of, type)
      case 'own':
      case 'borrow':
        return pascal(of.resourceOf(type.resource).name)
      case 'enum':
        return this.#enum(type.names)
      case 'variant':
        return this.#variant(of, type)
      default: {
        const number = NUMBERS[type.kind]
        if (number === undefined)
          throw new Error(`Cannot hold a ${type.kind}: the library has none yet`)
        return number
      }
    }
  }

  /** A type as part of a name. */
  nameOf(of: Interface, type: Type): string {
    switch (type.kind) {
      case 'string':
        return 'Text'
      case 'list':
        return type.element.kind === 'u8' ? 'Bytes' : `${this.nameOf(of, type.element)}List`
      case 'option':
        return `Optional${this.nameOf(of, type.some)}`
      default:
        return pascal(this.typeOf(of, type))
    }
  }

  fieldsOf(of: Interface, type: Compound): readonly string[] {
    if (type.kind === 'record') return type.fields.map(({ name }) => camel(name))
    const [, ...fields] = this.#tuple(type)
    return fields
  }

  #tuple(type: Extract<Type, { kind: 'tuple' }>): readonly [string, ...string[]] {
    const elements = type.elements.map((each) =>
      each.kind === 'list' ? `list<${each.element.kind}>` : each.kind,
    )
    const known = TUPLES[elements.join()]
    if (known === undefined)
      throw new Error(`Cannot name a tuple of ${elements.join()}: TUPLES has none yet`)
    return known
  }

  /** The name of the class of a record, which is written unless it is by hand. */
  classOf(of: Interface, type: Compound): string {
    const name =
      type.kind === 'tuple'
        ? this.#tuple(type)[0]
        : nameOfParts(type.fields.map((each) => partOf(each.name, each.type.kind === 'own')))
    if (BY_HAND.includes(name) || this.texts.has(name)) return name
    this.texts.set(name, '')
    const types = partsOf(type)
    const fields = this.fieldsOf(of, type).map((field, index) => {
      const part = types[index]
      return part === undefined ? '' : `    readonly ${field}: ${this.typeOf(of, part)},\n`
    })
    this.texts.set(name, `export class ${name} {\n  constructor(\n${fields.join('')}  ) {}\n}`)
    return name
  }

  /** The class of a variant, with a field for each case: that of the one that it is has a value. */
  #variant(of: Interface, { cases }: Variant): string {
    const name = nameOfParts(cases.map((each) => partOf(each.name, false)))
    const fields = cases.map(({ name: field, type }) => {
      if (type === undefined || isNumber(type))
        throw new Error(`Cannot hold "${field}" of ${name}: it would never be null`)
      return `    readonly ${camel(field)}: ${this.typeOf(of, type)} | null,\n`
    })
    this.texts.set(name, `export class ${name} {\n  constructor(\n${fields.join('')}  ) {}\n}`)
    return name
  }

  #enum(cases: readonly string[]): string {
    const name = nameOfParts(cases)
    this.texts.set(name, `export enum ${name} {\n${cases.map((each) => `  ${each},\n`).join('')}}`)
    return name
  }
}

/** Whether a value has one core value, and a function returns it as that. */
export function isNumber({ kind }: Type): boolean {
  return kind in NUMBERS || kind === 'enum' || kind === 'own' || kind === 'borrow'
}

export function isBytes(type: Type): boolean {
  return type.kind === 'list' && type.element.kind === 'u8'
}

export function isFloat({ kind }: Type): boolean {
  return kind === 'f64' || kind === 'f32'
}

function nameOfParts(parts: readonly string[]): string {
  const name = NAMED.get(parts.join())
  if (name === undefined)
    throw new Error(`Cannot name the type of ${parts.join()}: the WIT has none`)
  return name
}

/** What tells the fields of a record from those of another. */
function partOf(name: string, isHandle: boolean): string {
  return isHandle ? `${name} handle` : name
}

/** The names of records, variants and enums, in capitals, by the names of their parts: a plan has types without names. */
function namesOf(wit: string): ReadonlyMap<string, string> {
  const text = wit.replaceAll(/\/\/.*$/gm, '')
  const resources = [...text.matchAll(/resource ([\w-]+)/g)].map(([, name]) => name)
  return new Map(
    [...text.matchAll(/(?:record|variant|enum) ([\w-]+) \{([^}]*)\}/g)].map(
      ([, name = '', body = '']) => [
        [...body.matchAll(/^\s*([\w-]+)(?:: (.*)|\(.*\))?,$/gm)]
          .map(([, part = '', type]) => partOf(part, resources.includes(type)))
          .join(),
        pascal(name),
      ],
    ),
  )
}
