/**
 * Reads WAVE, the text form of WIT values, by the type that is expected.
 *
 * https://github.com/bytecodealliance/wasm-tools/tree/main/crates/wasm-wave
 *
 * @module
 */

import { fitsInteger, type IntegerKind } from './integer-range.ts'
import { camelCase } from './names.ts'
import { resultCases, type Tagged } from './tagged.ts'
import { WaveScanner } from './wave-scanner.ts'
import type { NamedType, ValueType, VariantCase } from './types.ts'

/** The name of the function in a call such as `add(1, 2)`: all text before the first parenthesis. */
export function waveFunctionName(text: string): string | undefined {
  const [, name] = /^\s*([^\s()"']+)\s*\(/.exec(text) ?? []
  return name
}

/**
 * The arguments of a call written as `add(1, 2)`, as the linker takes them. Trailing options may be left out.
 *
 * @throws {WaveError} with the expected value, and its place
 */
export function readWaveArguments(params: readonly NamedType[], text: string): unknown[] {
  const scanner = new WaveScanner(text, text.indexOf('(') + 1)
  const values: unknown[] = []
  const closed = (): boolean => scanner.takes(')')
  let done = closed()
  for (const { name, type } of params) {
    if (done) {
      if (type.kind !== 'option') scanner.expected(`parameter ${name}: ${type.kind}`)
      values.push(undefined)
      continue
    }
    values.push(scanner.within(name, () => read(type, scanner)))
    if (scanner.takes(',')) done = closed()
    else {
      scanner.expect(')')
      done = true
    }
  }
  if (!done) scanner.expected(`")" after ${params.length} arguments`)
  scanner.end()
  return values
}

/** One value. @throws {WaveError} */
export function readWave(type: ValueType, text: string): unknown {
  const scanner = new WaveScanner(text)
  const value = read(type, scanner)
  scanner.end()
  return value
}

function read(type: ValueType, scanner: WaveScanner): unknown {
  switch (type.kind) {
    case 'bool':
      return readBool(scanner)
    case 's8':
    case 'u8':
    case 's16':
    case 'u16':
    case 's32':
    case 'u32':
      return Number(readInteger(type.kind, scanner))
    case 's64':
    case 'u64':
      return readInteger(type.kind, scanner)
    case 'f32':
    case 'f64':
      return readFloat(type.kind, scanner)
    case 'char':
      return scanner.char()
    case 'string':
      return scanner.string()
    case 'list':
      return readList(type, scanner)
    case 'tuple':
      return readTuple(type.elements, scanner)
    case 'record':
      return readRecord(type.fields, scanner)
    case 'flags':
      return readFlags(type.names, scanner)
    case 'enum':
      return readCase(
        type.names.map((name) => ({ name })),
        scanner,
      ).tag
    case 'variant':
      return readCase(type.cases, scanner)
    case 'option':
      return readOption(type.some, scanner)
    case 'result':
      return readResult(type, scanner)
    default:
      return scanner.expected(`a value, but ${type.kind} has no text`)
  }
}

function readBool(scanner: WaveScanner): boolean {
  const word = scanner.peekWord()
  if (word !== 'true' && word !== 'false') return scanner.expected('bool')
  scanner.word()
  return word === 'true'
}

function readInteger(kind: IntegerKind, scanner: WaveScanner): bigint {
  const text = scanner.match(/-?(0|[1-9]\d*)(?![\w.])/y)
  if (text === undefined) return scanner.expected(kind)
  const value = BigInt(text)
  return fitsInteger(kind, value) ? value : scanner.expected(kind, text)
}

function readFloat(kind: string, scanner: WaveScanner): number {
  const text = scanner.match(/-?(inf|nan|\d+(\.\d+)?([eE][+-]?\d+)?)(?!\w)/y)
  switch (text) {
    case undefined:
      return scanner.expected(kind)
    case 'nan':
      return Number.NaN
    case 'inf':
      return Infinity
    case '-inf':
      return -Infinity
    default:
      return Number.isNaN(Number(text)) ? scanner.expected(kind, text) : Number(text)
  }
}

function readList(
  { element, length }: Extract<ValueType, { kind: 'list' }>,
  scanner: WaveScanner,
): unknown {
  const values: unknown[] = []
  scanner.expect('[')
  while (!scanner.takes(']')) {
    values.push(scanner.within(`[${values.length}]`, () => read(element, scanner)))
    if (!scanner.takes(',')) {
      scanner.expect(']')
      break
    }
  }
  if (length !== undefined && values.length !== length)
    return scanner.expected(`${length} elements`, `${values.length}`)
  // As the linker takes lists of bytes; the elements were read as such.
  return element.kind === 'u8' ? Uint8Array.from(values as number[]) : values
}

function readTuple(elements: readonly ValueType[], scanner: WaveScanner): unknown[] {
  scanner.expect('(')
  const values = elements.map((element, index) => {
    if (index > 0) scanner.expect(',')
    return scanner.within(`[${index}]`, () => read(element, scanner))
  })
  scanner.takes(',')
  scanner.expect(')')
  return values
}

/** Options may be left out; a record of nothing else is `{:}` then. */
function readRecord(fields: readonly NamedType[], scanner: WaveScanner): Record<string, unknown> {
  const given = new Map<string, unknown>()
  scanner.expect('{')
  if (scanner.takes(':')) scanner.expect('}')
  else {
    do {
      const name = scanner.word()
      const field = fields.find((each) => each.name === name)
      if (field === undefined || given.has(name))
        return scanner.expected(`one of ${fields.map((each) => each.name).join(', ')}`, name)
      scanner.expect(':')
      given.set(
        name,
        scanner.within(`.${name}`, () => read(field.type, scanner)),
      )
    } while (scanner.takes(',') && !scanner.sees('}'))
    scanner.expect('}')
  }
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      if (!given.has(name) && type.kind !== 'option') scanner.expected(`field ${name}`, 'none')
      return [camelCase(name), given.get(name)]
    }),
  )
}

function readFlags(names: readonly string[], scanner: WaveScanner): Record<string, boolean> {
  const flags = Object.fromEntries(names.map((name) => [camelCase(name), false]))
  scanner.expect('{')
  while (!scanner.takes('}')) {
    const name = scanner.word()
    if (!names.includes(name)) return scanner.expected(`one of ${names.join(', ')}`, name)
    flags[camelCase(name)] = true
    if (!scanner.takes(',')) {
      scanner.expect('}')
      break
    }
  }
  return flags
}

function readCase(cases: readonly VariantCase[], scanner: WaveScanner): Tagged {
  const tag = scanner.peekWord()
  const found = cases.find(({ name }) => name === tag)
  if (found === undefined)
    return scanner.expected(`one of ${cases.map(({ name }) => name).join(', ')}`)
  scanner.word()
  const { name, type } = found
  if (type === undefined) return { tag: name }
  scanner.expect('(')
  const val = scanner.within(`.${name}`, () => read(type, scanner))
  scanner.expect(')')
  return { tag: name, val }
}

/** `some(…)` and `none`, or the value itself where that cannot be taken for another option or result. */
function readOption(some: ValueType, scanner: WaveScanner): unknown {
  if (scanner.seesKeyword('none')) {
    scanner.word()
    return some.kind === 'option' ? { tag: 'none' } : undefined
  }
  const isBare = some.kind !== 'option' && some.kind !== 'result' && !scanner.seesKeyword('some')
  if (isBare) return read(some, scanner)
  const { val } = readCase([{ name: 'some', type: some }], scanner)
  return some.kind === 'option' ? { tag: 'some', val } : val
}

/** `ok(…)` and `err(…)`, or the value of ok itself where that cannot be taken for another option or result. */
function readResult(type: Extract<ValueType, { kind: 'result' }>, scanner: WaveScanner): Tagged {
  const { ok } = type
  const isNamed = scanner.seesKeyword('ok') || scanner.seesKeyword('err')
  if (!isNamed && ok !== undefined && ok.kind !== 'option' && ok.kind !== 'result')
    return { tag: 'ok', val: read(ok, scanner) }
  return readCase(resultCases(type), scanner)
}
