import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../binary/index.ts'
import { makePlan } from './make-plan.ts'

const PREAMBLE = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]

/** Assembles without validation, so that a test can have broken components. */
async function planning(text: string): Promise<() => unknown> {
  const bytes = await parse(text)
  return () => makePlan(decodeComponent(bytes), bytes)
}

describe('makePlan() refuses', () => {
  it.each([
    ['an index without a definition', '(component (export "a" (func 3)))', 'function 3 of 0'],
    [
      'a missing argument',
      '(component (component $c (import "x" (func))) (instance (instantiate $c)))',
      'argument "x" is missing',
    ],
    [
      'an argument of another sort',
      `(component (component $e) (component $c (import "x" (func)))
        (instance (instantiate $c (with "x" (component $e)))))`,
      '"x" is of sort component where func belongs',
    ],
    [
      'a function of another type',
      `(component (import "f" (func $f (param "a" u32)))
        (component $c (import "x" (func (param "a" string))))
        (instance (instantiate $c (with "x" (func $f)))))`,
      'function "x" has another type than declared',
    ],
    [
      'another resource of the same shape',
      `(component (import "r" (type $r (sub resource))) (import "s" (type $s (sub resource)))
        (import "f" (func $f (param "a" (own $s))))
        (component $c (import "t" (type $t (sub resource))) (import "x" (func (param "a" (own $t)))))
        (instance (instantiate $c (with "t" (type $r)) (with "x" (func $f)))))`,
      'function "x" has another type than declared',
    ],
    [
      'an instance that lacks an export',
      `(component (instance $i) (component $c (import "x" (instance (export "get" (func)))))
        (instance (instantiate $c (with "x" (instance $i)))))`,
      'instance "x" lacks "get"',
    ],
    [
      'a core import that is not given',
      '(component (core module $m (import "a" "b" (func))) (core instance (instantiate $m)))',
      'core module lacks its import "a" "b"',
    ],
    [
      'a core import of another sort',
      `(component (core module $n (memory (export "b") 1)) (core instance $n (instantiate $n))
        (core module $m (import "a" "b" (func)))
        (core instance (instantiate $m (with "a" (instance $n)))))`,
      'core import "a" "b" is given a memory, not a func',
    ],
    [
      'representations of a foreign resource',
      `(component (import "r" (type $r (sub resource)))
        (core func $rep (canon resource.rep $r))
        (core module $m (import "a" "b" (func (param i32) (result i32))))
        (core instance (instantiate $m (with "a" (instance (export "b" (func $rep)))))))`,
      'resource.rep of a foreign resource',
    ],
    [
      'a borrowed handle in a result',
      '(component (import "r" (type $r (sub resource))) (import "f" (func (result (borrow $r)))))',
      'borrowed handle in a result',
    ],
    [
      'a callback without async',
      `(component (core module $m (func (export "f")) ) (core instance $m (instantiate $m))
        (func (canon lift (core func $m "f") (callback (core func $m "f")))))`,
      'callback without async',
    ],
  ])('%s', async (_, text, message) => {
    expect(await planning(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_COMPONENT_MALFORMED',
        message: expect.stringContaining(message),
        facts: { offset: expect.any(Number) },
      }),
    )
  })

  it.each([
    [
      'a core module',
      '(component (import "m" (core module)))',
      'the import of the core module "m"',
    ],
  ])('%s by name', async (_, text, feature) => {
    expect(await planning(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_COMPONENT_UNSUPPORTED',
        message: expect.stringContaining(feature),
      }),
    )
  })

  it('components that multiply', async () => {
    const layers = Array.from(
      { length: 12 },
      (_, i) =>
        `(component $c${i + 1} ${`(alias outer 1 $c${i} (component $c))`}
          ${'(instance (instantiate $c))'.repeat(10)})`,
    )
    const text = `(component (component $c0) ${layers.join('\n')} (instance (instantiate $c12)))`
    expect(await planning(text)).toThrow('more than 1000 component instances')
  })

  it('chains that would exhaust the stack', async () => {
    const components = Array.from(
      { length: 900 },
      (_, i) =>
        `(component $c${i + 1} (alias outer 1 $c${i} (component $c)) (instance (instantiate $c)))`,
    )
    const nested = `(component (component $c0) ${components.join('')} (instance (instantiate $c900)))`
    expect(await planning(nested)).toThrow('linking nested more than 100 deep')
    const functions = Array.from(
      { length: 20_000 },
      (_, i) => `(core func $c${i} (canon lower (func $f${i})))
        (func $f${i + 1} (canon lift (core func $c${i})))`,
    )
    const chained = `(component (import "f" (func $f0)) ${functions.join('')} (export "g" (func $f20000)))`
    expect(await planning(chained)).toThrow('linking nested more than 100 deep')
    const instances = Array.from(
      { length: 20_000 },
      (_, i) => `(instance $i${i + 1} (export "x" (instance $i${i})))`,
    )
    const deep = `(component (instance $i0) ${instances.join('')} (export "g" (instance $i20000)))`
    expect(await planning(deep)).toThrow('types nested more than 100 deep')
  })

  it('work that grows faster than the file, soon', async () => {
    const fields = Array.from({ length: 2000 }, (_, i) => `(field "f${i}" u8)`)
    const imports = Array.from(
      { length: 20_000 },
      (_, i) => `(import "i${i}" (instance (type $t)))`,
    )
    const plan = await planning(`(component
      (type $t (instance (type $r (record ${fields.join('')})) (export "r" (type (eq $r)))))
      ${imports.join('')})`)
    const start = performance.now()
    expect(plan).toThrow('its types take more work than allowed')
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('types that multiply or nest without end', () => {
    // Each type is a tuple of twice the one before: 60 of them would be 2^60 values.
    const wide = Array.from({ length: 60 }, (_, i) => (i === 0 ? [0x79] : [0x6f, 2, i - 1, i - 1]))
    expect(() => planTypes(wide)).toThrow('type of more than 100000 parts')
    const deep = Array.from({ length: 120 }, (_, i) => (i === 0 ? [0x79] : [0x70, ...index(i - 1)]))
    expect(() => planTypes(deep)).toThrow('nested more than 100 deep')
    const long = Array.from({ length: 6 }, (_, i) => (i === 0 ? [0x79] : [0x67, i - 1, 0x80, 0x40]))
    expect(() => planTypes(long)).toThrow('too large for a memory')
  })
})

function planTypes(types: readonly number[][]): unknown {
  const content = [types.length, ...types.flat()]
  const bytes = Uint8Array.from([...PREAMBLE, 7, ...index(content.length), ...content])
  return makePlan(decodeComponent(bytes), bytes)
}

function index(value: number): number[] {
  return [(value & 0x7f) | 0x80, value >> 7]
}
