import { parse } from '@bytecodealliance/jco'
import { beforeAll, describe, expect, it } from 'vitest'
import { isMayflyError } from '../../errors/index.ts'
import type { Canon } from './component.ts'
import { decodeComponent } from './decode-component.ts'

const EVERY_SECTION = `(component
  (import "acme:store/types@1.2.3" (instance $types
    (export "bucket" (type $bucket (sub resource)))
    (type $e' (enum "denied" "limited"))
    (export "error" (type $e (eq $e')))
    (export "[method]bucket.get" (func (param "self" (borrow $bucket)) (param "key" string)
      (result (result (option (list u8)) (error $e)))))))
  (core type $c (func (param i32) (result i64)))
  (type $r' (record (field "a" u8) (field "b" (tuple f32 f64 char))))
  (import "r" (type $r (eq $r')))
  (type $v (variant (case "x" string) (case "y")))
  (type $f (flags "one" "two-two"))
  (type $nested (component
    (import "n" (func (param "p" s64)))
    (export "m" (instance (type $i' (list string)) (export "i" (type (eq $i')))))))
  (component $inner
    (type $res (resource (rep i32)))
    (export "thing" (type $res)))
  (instance $inner (instantiate $inner))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "run") (param i32 i32)))
  (core instance $m (instantiate $m))
  (alias core export $m "memory" (core memory $memory))
  (func $run (param "s" string) (canon lift (core func $m "run")
    (memory (core memory $memory)) (realloc (core func $m "realloc")) string-encoding=utf16))
  (export "run" (func $run))
)`

let bytes: Uint8Array

beforeAll(async () => {
  bytes = await parse(EVERY_SECTION)
})

/** Decodes, and lets nothing but our own error out. */
function decodeOrRefuse(input: Uint8Array): 'decoded' | 'refused' {
  try {
    decodeComponent(input)
    return 'decoded'
  } catch (error) {
    if (!isMayflyError(error)) throw error
    expect(error.facts['offset']).toBeTypeOf('number')
    return 'refused'
  }
}

describe('decodeComponent()', () => {
  it('decodes every kind of definition', () => {
    const { definitions, end } = decodeComponent(bytes)
    expect(end).toBe(bytes.length)
    expect(new Set(definitions.map(({ kind }) => kind))).toEqual(
      new Set([
        'import',
        'core type',
        'type',
        'component',
        'instance',
        'core module',
        'core instance',
        'alias',
        'canon',
        'export',
      ]),
    )
    expect(definitions.find(({ kind }) => kind === 'canon')).toMatchObject({
      canon: { kind: 'lift', options: { encoding: 'utf16', async: false } },
    })
  })

  it('keeps core modules as ranges and custom sections by name', () => {
    const { definitions, customSections } = decodeComponent(bytes)
    const module = definitions.find((definition) => definition.kind === 'core module')
    const range = module?.kind === 'core module' ? module.range : { start: 0, end: 0 }
    expect([...bytes.subarray(range.start, range.start + 4)]).toEqual([0, 0x61, 0x73, 0x6d])
    expect(customSections.map(({ name }) => name)).toContain('component-name')
  })

  it('refuses a component cut off at any byte', () => {
    let decoded = 0
    for (let length = 0; length < bytes.length; length++) {
      if (decodeOrRefuse(bytes.subarray(0, length)) === 'decoded') decoded++
    }
    // A cut between two sections leaves a component with fewer definitions.
    expect(decoded).toBeLessThan(40)
  })

  it('throws nothing but MayflyError for changed bytes', () => {
    const random = seeded(7)
    for (let round = 0; round < 20_000; round++) {
      const changed = bytes.slice()
      for (let i = random() % 4; i >= 0; i--)
        changed[8 + (random() % (bytes.length - 8))] = random()
      decodeOrRefuse(changed)
    }
  })

  it('bounds nesting of components and of types', () => {
    let component: number[] = []
    for (let i = 0; i < 2000; i++) component = section(4, [...PREAMBLE, ...component])
    expect(() => decodeComponent(Uint8Array.from([...PREAMBLE, ...component]))).toThrow(
      'nested more than 64 deep',
    )
    const types = Array.from({ length: 5000 }, () => [0x42, 0x01, 0x01]).flat()
    const deep = Uint8Array.from([...PREAMBLE, ...section(7, [0x01, ...types])])
    expect(() => decodeComponent(deep)).toThrow('nested more than 64 deep')
  })

  it.each([
    ['a core module', [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], 'jco new module.wasm -o'],
    ['gzip', [0x1f, 0x8b, 8, 0], 'gunzip'],
    ['empty', [], 'Build the agent again'],
    ['WebAssembly text', [...new TextEncoder().encode('(component)')], 'jco parse'],
    ['is text', [...new TextEncoder().encode('export default 1')], 'mayfly build'],
    ['not WebAssembly', [0, 1, 2, 3], 'mayfly build'],
    ['version 1 of layer 1', [0, 0x61, 0x73, 0x6d, 1, 0, 1, 0], 'WASI 0.2'],
  ])('says what a file is that is %s', (what, content, hint) => {
    expect(() => decodeComponent(Uint8Array.from(content))).toThrow(
      expect.objectContaining({
        code: 'ERR_COMPONENT_MALFORMED',
        message: expect.stringContaining(what),
        hint: expect.stringContaining(hint),
      }),
    )
  })

  it('tells a WASI 0.1 module from other core modules', async () => {
    const module = await parse(
      '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))',
    )
    expect(() => decodeComponent(module)).toThrow('core module for WASI 0.1')
  })

  it.each([
    ['labels that are not kebab-case', [0x72, 1, 9, ...ascii('__proto__'), 0x79], 'not kebab-case'],
    ['two fields of one name', [0x72, 2, 1, 0x61, 0x79, 1, 0x41, 0x79], 'second "A"'],
    ['records without a field', [0x72, 0], 'record without any element'],
    ['resources inside types', [0x42, 1, 0x01, 0x3f, 0x7f, 0], 'resource defined inside a type'],
    ['unknown types', [0x10], 'unknown type 0x10'],
  ])('refuses %s', (_, type, message) => {
    const input = Uint8Array.from([...PREAMBLE, ...section(7, [1, ...type])])
    expect(() => decodeComponent(input)).toThrow(
      expect.objectContaining({
        code: 'ERR_COMPONENT_MALFORMED',
        message: expect.stringContaining(message),
      }),
    )
  })

  it('recognises async built-ins, and by name those the linker lacks', () => {
    const canons = [
      0x05, 0x06, 1, 0x0a, 0x7f, 0, 0x0b, 0x7f, 1, 0x0c, 0, 0x1f, 0x23, 0x24, 0x25, 0x20, 0, 0,
      0x0e, 0, 0x0f, 0, 1, 0x06, 0x1c, 0, 0x27, 0, 0, 0x42, 1,
    ]
    const input = Uint8Array.from([...PREAMBLE, ...section(8, [15, ...canons])])
    const kinds = decodeComponent(input).definitions.map((definition) =>
      definition.kind === 'canon' && definition.canon.kind === 'other'
        ? definition.canon.builtin
        : definition.kind === 'canon' && nameOf(definition.canon),
    )
    expect(kinds.join(' ')).toBe(
      'task.cancel subtask.cancel context.get context.set yield waitable-set.new waitable.join ' +
        'backpressure.inc backpressure.dec waitable-set.wait stream.new stream.read ' +
        'error-context.new thread.new-indirect thread.available-parallelism',
    )
  })

  it.each([
    ['component values', section(12, [0])],
    ['component values', section(10, [1, 0, 1, 0x61, 0x02, 0x01, 0x79])],
    ['garbage-collected types', section(8, [1, 0x01, 0x00, 0, 1, 0x09])],
  ])('refuses %s by name', (feature, content) => {
    expect(() => decodeComponent(Uint8Array.from([...PREAMBLE, ...content]))).toThrow(
      expect.objectContaining({
        code: 'ERR_COMPONENT_UNSUPPORTED',
        message: expect.stringContaining(feature),
      }),
    )
  })

  it('takes time by its own sections, not by the size of the modules inside', () => {
    const module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
    const padding = new Uint8Array(64 << 20)
    const head = [...PREAMBLE, 1, ...unsigned(padding.length + module.length), ...module]
    const input = new Uint8Array(head.length + padding.length)
    input.set(head)
    const start = performance.now()
    for (let i = 0; i < 1000; i++) decodeComponent(input)
    // Walking 64 GB would take more than ten seconds; skipping them takes milliseconds.
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

function nameOf(canon: Canon): string {
  return 'operation' in canon ? `${canon.kind}.${canon.operation}` : canon.kind
}

const PREAMBLE = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function ascii(text: string): number[] {
  return [...new TextEncoder().encode(text)]
}

/** xorshift32: the same bytes on every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
