/**
 * Instances that imported instances export.
 *
 * @module
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { planToWit, resolveImports } from '../index.ts'
import { decodeComponent } from '../../binary/index.ts'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'

const WAT = `(component
  (import "acme:tree/root" (instance $root
    (export "depth" (func (result u32)))
    (export "left-branch" (instance
      (export "leaf" (type $leaf (sub resource)))
      (export "[constructor]leaf" (func (param "n" u32) (result (own $leaf))))
      (export "[method]leaf.size" (func (param "self" (borrow $leaf)) (result u32)))
      (export "twig" (instance (export "depth" (func (result u32)))))))))
  (alias export $root "left-branch" (instance $branch))
  (alias export $branch "twig" (instance $twig))
  (alias export $branch "leaf" (type $leaf))
  (core func $depth (canon lower (func $root "depth")))
  (core func $twig-depth (canon lower (func $twig "depth")))
  (core func $make (canon lower (func $branch "[constructor]leaf")))
  (core func $size (canon lower (func $branch "[method]leaf.size")))
  (core func $drop (canon resource.drop $leaf))
  (core module $m
    (import "" "depth" (func $depth (result i32))) (import "" "twig" (func $twig (result i32)))
    (import "" "make" (func $make (param i32) (result i32))) (import "" "size" (func $size (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "depths") (result i32) (i32.add (i32.mul (call $depth) (i32.const 10)) (call $twig)))
    (func (export "leaf") (param i32) (result i32) (local $leaf i32) (local $size i32)
      (local.set $leaf (call $make (local.get 0)))
      (local.set $size (call $size (local.get $leaf)))
      (call $drop (local.get $leaf)) (local.get $size)))
  (core instance $i (instantiate $m (with "" (instance
    (export "depth" (func $depth)) (export "twig" (func $twig-depth))
    (export "make" (func $make)) (export "size" (func $size)) (export "drop" (func $drop))))))
  (func (export "depths") (result u32) (canon lift (core func $i "depths")))
  (func (export "leaf") (param "n" u32) (result u32) (canon lift (core func $i "leaf"))))`

class Leaf {
  readonly #n: number
  constructor(n: number) {
    this.#n = n
  }
  size(): number {
    return this.#n * 2
  }
}

const ROOT = { depth: () => 1, leftBranch: { Leaf, twig: { depth: () => 3 } } }

let loaded: Loaded
beforeAll(async () => {
  loaded = await loadWat(WAT)
})

describe('an instance inside an imported one', () => {
  it('is an object inside that', () => {
    const instance = instantiate(loaded, { 'acme:tree/root': ROOT })
    expect(instance.lookup('depths').call([])).toBe(13)
    expect(instance.lookup('leaf').call([21])).toBe(42)
  })

  it('is missing by its name when it is not there', () => {
    const { missing } = resolveImports(loaded.plan.link, {
      'acme:tree/root': { ...ROOT, leftBranch: { Leaf } },
      'acme:tree/root#left-branch': { twig: { depth: () => 9 } },
    })
    expect(missing.map((each) => `${each.interface} ${each.name}`)).toEqual([
      'acme:tree/root#left-branch#twig depth',
    ])
  })

  it('is printed', () => {
    expect(planToWit(decodeComponent(loaded.bytes), loaded.bytes)).toContain(
      'left-branch: instance',
    )
  })
})
