/**
 * A component that passes a value to a function of the host and returns the function's result. The value crosses four
 * times, in memory or flat as its type demands.
 *
 * @module
 */

import { CodecSet, type ValueType } from '../../abi/index.ts'
import { componentOf, type Encoding } from './component.ts'

export const ECHO_INTERFACE = 'test:echo/api'
export const HOST_INTERFACE = 'test:echo/host'

/** A bump allocator that grows the memory. */
export const REALLOC_WAT = `
  (global $free (mut i32) (i32.const 1024))
  (func $realloc (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32) (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (block $fits (loop $grow
      (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
      (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
      (br $grow)))
    (memory.copy (local.get $at) (local.get $old)
      (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
    (local.get $at))`

// A value above this size does not come out of the tests' generators.
const RETURN_AREA_BYTES = 4096

export function echoComponent(
  types: readonly ValueType[],
  encoding: Encoding = 'utf8',
): Promise<Uint8Array> {
  const wit = new WitText()
  const functions = types.map(
    (type, index) => `e${index}: func(a: ${wit.name(type)}) -> ${wit.name(type)};`,
  )
  const uses = wit.named.length > 0 ? `use types.{${wit.named.join(', ')}};` : ''
  const source = `package test:echo;
    interface types { ${wit.definitions.join('\n')} }
    interface host { ${uses} ${functions.join('\n')} }
    interface api { ${uses} ${functions.join('\n')} }
    world echo { import host; export api; }`
  const codecs = new CodecSet()
  const imports: string[] = []
  const exports: string[] = []
  for (const [index, type] of types.entries()) {
    const flat = codecs.get(type).flat
    const params = flat.length > 16 ? ['i32'] : flat
    const spills = flat.length > 1
    const list = params.map((each) => `(param ${each})`).join(' ')
    const gets = params.map((_, at) => `(local.get ${at})`).join(' ')
    imports.push(
      `(import "${HOST_INTERFACE}" "e${index}" (func $e${index} ${list} ${
        spills ? '(param i32)' : `(result ${flat[0]})`
      }))`,
    )
    exports.push(
      spills
        ? `(func (export "${ECHO_INTERFACE}#e${index}") ${list} (result i32) (local $area i32)
            (local.set $area (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const ${RETURN_AREA_BYTES})))
            (call $e${index} ${gets} (local.get $area)) (local.get $area))`
        : `(func (export "${ECHO_INTERFACE}#e${index}") ${list} (result ${flat[0]}) (call $e${index} ${gets}))`,
    )
  }
  const wat = `(module ${imports.join('\n')} (memory (export "memory") 1) ${REALLOC_WAT} ${exports.join('\n')})`
  return componentOf(source, wat, encoding)
}

/** Writes types as WIT, and names the types that need a name. */
class WitText {
  readonly definitions: string[] = []
  readonly named: string[] = []

  name(type: ValueType): string {
    switch (type.kind) {
      case 'record':
        return this.#define(
          'record',
          type.fields.map((field) => `%${field.name}: ${this.name(field.type)}`),
        )
      case 'variant':
        return this.#define(
          'variant',
          type.cases.map((each) => `%${each.name}${each.type ? `(${this.name(each.type)})` : ''}`),
        )
      case 'enum':
      case 'flags':
        return this.#define(
          type.kind,
          type.names.map((name) => `%${name}`),
        )
      case 'list':
        return `list<${this.name(type.element)}>`
      case 'map':
        return `map<${this.name(type.key)}, ${this.name(type.value)}>`
      case 'tuple':
        return `tuple<${type.elements.map((each) => this.name(each)).join(', ')}>`
      case 'option':
        return `option<${this.name(type.some)}>`
      case 'result': {
        const error = type.error && this.name(type.error)
        if (type.ok === undefined) return error === undefined ? 'result' : `result<_, ${error}>`
        return `result<${this.name(type.ok)}${error === undefined ? '' : `, ${error}`}>`
      }
      case 'own':
      case 'borrow':
      case 'stream':
      case 'future':
      case 'error-context':
        throw new TypeError('Cannot echo a handle: it has no literal form')
      default:
        return type.kind
    }
  }

  #define(keyword: string, members: readonly string[]): string {
    const name = `t${this.named.length}`
    this.named.push(name)
    this.definitions.push(`${keyword} ${name} { ${members.join(', ')} }`)
    return name
  }
}
