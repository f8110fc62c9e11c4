/**
 * How the library for AssemblyScript holds values of the world, and the functions that bring them in and out of the form
 * of the canonical ABI.
 *
 * Records and errors get a class and a function each, named as in the WIT. By hand are only classes with methods.
 *
 * @module
 */
import { witSource } from '../../../host/toolchain/package-files.ts'
import { layoutOf, loadsOf, offsetsOf, partsOf, payloadOffset } from './layout.ts'
import { camel, pascal, type Interface, type Type } from './world.ts'

export type ResultType = Extract<Type, { kind: 'result' }>
type Compound = Extract<Type, { kind: 'record' | 'tuple' }>

/** Records that have a class by hand, whose constructor takes the fields in their order. */
const BY_HAND = ['Request', 'Response']
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
}

const NAMED = namesOf(witSource())

/** Collects what the functions of the world need. */
export class Values {
  readonly #functions = new Map<string, string>()
  readonly #classes = new Map<string, string>()

  /** Everything that was asked for, in order. */
  get text(): string {
    return [...this.#classes.values(), ...this.#functions.values()].join('\n\n')
  }

  /** Names of what was asked for. */
  get names(): readonly string[] {
    return [...this.#classes.keys(), ...this.#functions.keys()]
  }

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
        return this.#class(of, type)
      case 'own':
      case 'borrow':
        return pascal(of.resourceOf(type.resource).name)
      case 'enum':
        return this.#enum(type.names)
      default: {
        const number = NUMBERS[type.kind]
        if (number === undefined)
          throw new Error(`Cannot hold a ${type.kind}: the library has none yet`)
        return number
      }
    }
  }

  /** The value that has these core values, as an expression. */
  lift(of: Interface, type: Type, cores: readonly string[]): string {
    const [first = '', second = ''] = cores
    switch (type.kind) {
      case 'string':
        return `liftText(${first}, ${second})`
      case 'list':
        return `${this.#liftList(of, type.element)}(${first}, ${second})`
      case 'option':
        if (isFloat(type.some)) return `${first} !== 0 ? ${cores[1] ?? ''} : NaN`
        return `${first} !== 0 ? ${this.lift(of, type.some, cores.slice(1))} : null`
      case 'record':
      case 'tuple': {
        let at = 0
        const parts = partsOf(type).map((part) => {
          const { length } = loadsOf(part, '', 0)
          return this.lift(of, part, cores.slice(at, (at += length)))
        })
        return `new ${this.#class(of, type)}(${parts.join(', ')})`
      }
      case 'own':
        return `new ${this.typeOf(of, type)}(${first})`
      case 'bool':
        return `${first} !== 0`
      default:
        return first
    }
  }

  /** Statements that write `value` to `at`. */
  lower(of: Interface, type: Type, value: string, at: string, offset = 0): string[] {
    const place = offset === 0 ? at : `${at} + ${offset}`
    const stored = (kind: string, core: string, further = 0): string =>
      `store<${kind}>(${at}, ${core}${offset + further === 0 ? '' : `, ${offset + further}`})`
    switch (type.kind) {
      case 'string':
        return [`lowerText(${value}, ${place})`]
      case 'list':
        return [`${this.#lowerList(of, type.element)}(${value}, ${place})`]
      case 'option':
        if (isFloat(type.some)) {
          return [
            stored('u8', `isNaN(${value}) ? 0 : 1`),
            ...this.lower(of, type.some, value, at, offset + payloadOffset(type)),
          ]
        }
        return [`${this.#lowerOption(of, type.some)}(${value}, ${place})`]
      case 'record':
      case 'tuple': {
        const offsets = offsetsOf(partsOf(type))
        return this.#fields(of, type).flatMap((field, index) => {
          const part = partsOf(type)[index]
          const behind = offset + (offsets[index] ?? 0)
          return part === undefined ? [] : this.lower(of, part, `${value}.${field}`, at, behind)
        })
      }
      case 'borrow':
        return [stored('u32', `${value}.handle`)]
      case 'bool':
      case 'enum':
        return [stored('u8', `<u8>${value}`)]
      default: {
        const number = this.typeOf(of, type)
        // A status is an i32 in the class of a response.
        return [stored(number, number === 'u16' ? `<u16>${value}` : value)]
      }
    }
  }

  /** The function that makes an outcome of the `result` that lies at an address, and the class of the outcome. */
  result(of: Interface, type: ResultType): { readonly name: string; readonly type: string } {
    const { ok, error } = type
    if (error?.kind !== 'enum') throw new Error(`Cannot name an error of ${of.path}: it is no enum`)
    const payload = `load<u8>(at${payloadAt(type) === 0 ? '' : `, ${payloadAt(type)}`})`
    const message = `${this.#error(of, error.names)}(${payload})`
    const held = ok === undefined ? undefined : this.typeOf(of, ok)
    const made = held === undefined ? 'Outcome' : `Result<${held}>`
    const name = `${camel(of.name)}${ok === undefined ? '' : this.#nameOf(of, ok)}Result`
    const lines =
      ok === undefined
        ? [`return new Outcome(load<u8>(at) !== 0 ? ${message} : '')`]
        : [
            `if (load<u8>(at) !== 0) return failed<${held}>(${message})`,
            `return new ${made}('', ${this.lift(of, ok, loadsOf(ok, 'at', payloadAt(type)))})`,
          ]
    const body = lines.map((line) => `  ${line}`).join('\n')
    this.#functions.set(name, `export function ${name}(at: usize): ${made} {\n${body}\n}`)
    return { name, type: made }
  }

  /** The function that names the case of an error. */
  #error(of: Interface, cases: readonly string[]): string {
    const name = `${camel(of.name)}Error`
    this.#functions.set(
      name,
      `/** The case of an error of \`${of.name}\` as the WIT names it. */
export function ${name}(number: u8): string {
  switch (number) {
${cases.map((each, index) => `    case ${index}: return '${each}'`).join('\n')}
    default: return 'unknown'
  }
}`,
    )
    return name
  }

  #liftList(of: Interface, element: Type): string {
    if (element.kind === 'u8') return 'liftBytes'
    const name = `lift${this.#nameOf(of, element)}List`
    const type = this.typeOf(of, element)
    const lifted = this.lift(of, element, loadsOf(element, 'at', 0))
    this.#functions.set(
      name,
      `export function ${name}(pointer: usize, count: usize): Array<${type}> {
  const list = new Array<${type}>(<i32>count)
  for (let i = 0; i < list.length; i++) {
    const at = pointer + <usize>i * ${layoutOf(element).size}
    list[i] = ${lifted}
  }
  return list
}`,
    )
    return name
  }

  #lowerList(of: Interface, element: Type): string {
    if (element.kind === 'u8') return 'lowerBytes'
    const name = `lower${this.#nameOf(of, element)}List`
    const { size } = layoutOf(element)
    const lines = this.lower(of, element, 'list[i]', 'at')
    this.#functions.set(
      name,
      `export function ${name}(list: Array<${this.typeOf(of, element)}>, place: usize): void {
  const pointer = heap.alloc(<usize>list.length * ${size})
  for (let i = 0; i < list.length; i++) {
    const at = pointer + <usize>i * ${size}
${lines.map((line) => `    ${line}`).join('\n')}
  }
  store<u32>(place, <u32>pointer)
  store<u32>(place, list.length, 4)
}`,
    )
    return name
  }

  #lowerOption(of: Interface, some: Type): string {
    const name = `lowerOptional${this.#nameOf(of, some)}`
    const type: Type = { kind: 'option', some }
    const lines = this.lower(of, some, 'value', 'at', payloadOffset(some))
    this.#functions.set(
      name,
      `export function ${name}(value: ${this.typeOf(of, type)}, at: usize): void {
  memory.fill(at, 0, ${layoutOf(type).size})
  if (value === null) return
  store<u8>(at, 1)
${lines.map((line) => `  ${line}`).join('\n')}
}`,
    )
    return name
  }

  /** A type as part of a name. */
  #nameOf(of: Interface, type: Type): string {
    switch (type.kind) {
      case 'string':
        return 'Text'
      case 'list':
        return type.element.kind === 'u8' ? 'Bytes' : `${this.#nameOf(of, type.element)}List`
      case 'option':
        return `Optional${this.#nameOf(of, type.some)}`
      default:
        return pascal(this.typeOf(of, type))
    }
  }

  #fields(of: Interface, type: Compound): readonly string[] {
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
  #class(of: Interface, type: Compound): string {
    const name =
      type.kind === 'tuple'
        ? this.#tuple(type)[0]
        : nameOfParts(type.fields.map((each) => partOf(each.name, each.type.kind === 'own')))
    if (BY_HAND.includes(name) || this.#classes.has(name)) return name
    this.#classes.set(name, '')
    const types = partsOf(type)
    const fields = this.#fields(of, type).map((field, index) => {
      const part = types[index]
      return part === undefined ? '' : `    readonly ${field}: ${this.typeOf(of, part)},\n`
    })
    this.#classes.set(name, `export class ${name} {\n  constructor(\n${fields.join('')}  ) {}\n}`)
    return name
  }

  #enum(cases: readonly string[]): string {
    const name = nameOfParts(cases)
    this.#classes.set(
      name,
      `export enum ${name} {\n${cases.map((each) => `  ${each},\n`).join('')}}`,
    )
    return name
  }
}

/** Whether a value has one core value, and a function returns it as that. */
export function isNumber({ kind }: Type): boolean {
  return kind in NUMBERS || kind === 'enum' || kind === 'own' || kind === 'borrow'
}

/** Where the payload of a result begins: both of its cases count. */
function payloadAt({ ok, error }: ResultType): number {
  return Math.max(...[ok, error].map((each) => (each === undefined ? 0 : payloadOffset(each))))
}

function isFloat({ kind }: Type): boolean {
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

/** The names of records and enums, in capitals, by the names of their parts: a plan has types without names. */
function namesOf(wit: string): ReadonlyMap<string, string> {
  const text = wit.replaceAll(/\/\/.*$/gm, '')
  const resources = [...text.matchAll(/resource ([\w-]+)/g)].map(([, name]) => name)
  return new Map(
    [...text.matchAll(/(?:record|enum) ([\w-]+) \{([^}]*)\}/g)].map(([, name = '', body = '']) => [
      [...body.matchAll(/^\s*([\w-]+)(?:: (.*))?,$/gm)]
        .map(([, part = '', type]) => partOf(part, resources.includes(type)))
        .join(),
      pascal(name),
    ]),
  )
}
