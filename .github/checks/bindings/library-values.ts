/**
 * How values of the world get in and out of the form of the canonical ABI, in the library for AssemblyScript.
 *
 * @module
 */
import { layoutOf, loadsOf, offsetsOf, partsOf, payloadOffset } from './layout.ts'
import { isFloat, Types, type Compound } from './library-types.ts'
import { camel, pascal, type Interface, type Type } from './world.ts'

export type ResultType = Extract<Type, { kind: 'result' }>

/** A record whose class is by hand, with one below it for each interface. */
const BODY_STREAM = 'BodyStream'

/** Collects what the functions of the world need. */
export class Values {
  readonly types: Types = new Types()
  readonly #functions = new Map<string, string>()

  /** Everything that was asked for, in order. */
  get text(): string {
    return [...this.types.texts.values(), ...this.#functions.values()].join('\n\n')
  }

  /** Names of what was asked for. */
  get names(): readonly string[] {
    return [...this.types.texts.keys(), ...this.#functions.keys()]
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
        const name = this.types.classOf(of, type)
        return `new ${name === BODY_STREAM ? this.#streamOf(of, type) : name}(${parts.join(', ')})`
      }
      case 'variant': {
        const cases = type.cases.map(({ type: each }, index) =>
          each === undefined
            ? 'null'
            : `${first} === ${index} ? ${this.lift(of, each, cores.slice(1))} : null`,
        )
        return `new ${this.types.typeOf(of, type)}(${cases.join(', ')})`
      }
      case 'own':
        return `new ${this.types.typeOf(of, type)}(${first})`
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
        return this.types.fieldsOf(of, type).flatMap((field, index) => {
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
        const number = this.types.typeOf(of, type)
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
    const held = ok === undefined ? undefined : this.types.typeOf(of, ok)
    const made = held === undefined ? 'Outcome' : `Result<${held}>`
    const name = `${camel(of.name)}${ok === undefined ? '' : this.types.nameOf(of, ok)}Result`
    const lines =
      ok === undefined
        ? [`return load<u8>(at) !== 0 ? new Outcome(${message}) : Outcome.ok`]
        : [
            `if (load<u8>(at) !== 0) return failed<${held}>(${message})`,
            `return new ${made}('', ${this.lift(of, ok, loadsOf(ok, 'at', payloadAt(type)))})`,
          ]
    const body = lines.map((line) => `  ${line}`).join('\n')
    this.#functions.set(name, `export function ${name}(at: usize): ${made} {\n${body}\n}`)
    return { name, type: made }
  }

  /** The class of a body: the built-ins that read it are imports of the interface that it is from. */
  #streamOf(of: Interface, type: Compound): string {
    for (const part of partsOf(type)) {
      if (part.kind !== 'future' || part.element?.kind !== 'result') continue
      const { element } = part
      if (element.error !== undefined) this.types.typeOf(of, element.error)
      this.result({ ...of, name: 'body' }, element)
    }
    return streamClass(of)
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
    const name = `lift${this.types.nameOf(of, element)}List`
    const type = this.types.typeOf(of, element)
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
    const name = `lower${this.types.nameOf(of, element)}List`
    const { size } = layoutOf(element)
    const lines = this.lower(of, element, 'list[i]', 'at')
    this.#functions.set(
      name,
      `export function ${name}(list: Array<${this.types.typeOf(of, element)}>, place: usize): void {
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
    const name = `lowerOptional${this.types.nameOf(of, some)}`
    const type: Type = { kind: 'option', some }
    const lines = this.lower(of, some, 'value', 'at', payloadOffset(some))
    this.#functions.set(
      name,
      `export function ${name}(value: ${this.types.typeOf(of, type)}, at: usize): void {
  memory.fill(at, 0, ${layoutOf(type).size})
  if (value === null) return
  store<u8>(at, 1)
${lines.map((line) => `  ${line}`).join('\n')}
}`,
    )
    return name
  }
}

/** The name of the class of bodies of an interface. */
export function streamClass({ name }: Interface): string {
  return `${pascal(name)}Stream`
}

/** Where the payload of a result begins: both of its cases count. */
export function payloadAt({ ok, error }: ResultType): number {
  return Math.max(...[ok, error].map((each) => (each === undefined ? 0 : payloadOffset(each))))
}
