import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../binary/index.ts'
import { isMayflyError } from '../../errors/index.ts'
import { compilePlan } from '../compile.ts'
import { makePlan } from './make-plan.ts'
import type { LinkPlan } from './link-plan.ts'

async function plan(text: string): Promise<LinkPlan> {
  const bytes = await parse(text)
  const made = makePlan(decodeComponent(bytes), bytes)
  expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  return made
}

const RUN = '(core module $m (func (export "run")))'

describe('makePlan()', () => {
  it('lists imports, marks those nothing reaches, and keeps type-only interfaces', async () => {
    const made = await plan(`(component
      (import "acme:a/types@1.0.0" (instance $types
        (type $e' (enum "denied")) (export "error" (type $e (eq $e')))))
      (alias export $types "error" (type $e))
      (import "acme:a/store@1.0.0" (instance $store
        (alias outer 1 $e (type $e')) (export "error" (type $e (eq $e')))
        (export "get" (func (result $e)))
        (export "put" (func (param "v" u8)))))
      (import "now" (func $now (result u64)))
      (core module $m (import "s" "put" (func (param i32))) (import "s" "now" (func (result i64))))
      (core func $put (canon lower (func $store "put")))
      (core func $get (canon lower (func $store "get")))
      (core func $now (canon lower (func $now)))
      (core instance (instantiate $m (with "s" (instance
        (export "put" (func $put)) (export "get" (func $get)) (export "now" (func $now)))))))`)
    expect(made.importedInterfaces).toEqual(['acme:a/types@1.0.0', 'acme:a/store@1.0.0'])
    expect(made.imports.map(({ interface: of, name, used }) => [of, name, used])).toEqual([
      ['acme:a/store@1.0.0', 'get', false],
      ['acme:a/store@1.0.0', 'put', true],
      ['', 'now', true],
    ])
    expect(made.trampolines).toHaveLength(2)
    expect(made.steps).toEqual([
      {
        kind: 'instantiate',
        module: 0,
        imports: [
          { module: 's', name: 'put', value: { kind: 'trampoline', index: 0 } },
          { module: 's', name: 'now', value: { kind: 'trampoline', index: 1 } },
        ],
      },
    ])
  })

  it('makes one resource of an interface however many interfaces pass it on', async () => {
    const made = await plan(`(component
      (import "acme:a/poll" (instance $poll (export "pollable" (type (sub resource)))))
      (alias export $poll "pollable" (type $pollable))
      (import "acme:a/streams" (instance $streams
        (alias outer 1 $pollable (type $p')) (export "pollable" (type $p (eq $p')))
        (export "stream" (type $s (sub resource)))
        (export "[method]stream.subscribe" (func (param "self" (borrow $s)) (result (own $p))))))
      (alias export $streams "pollable" (type $again))
      (core func $drop (canon resource.drop $again))
      (core func $sub (canon lower (func $streams "[method]stream.subscribe")))
      (core module $m (import "a" "drop" (func (param i32))) (import "a" "sub" (func (param i32) (result i32))))
      (core instance (instantiate $m (with "a" (instance (export "drop" (func $drop)) (export "sub" (func $sub)))))))`)
    expect(made.resources).toEqual([
      { kind: 'imported', interface: 'acme:a/poll', name: 'pollable' },
      { kind: 'imported', interface: 'acme:a/streams', name: 'stream' },
    ])
    expect(made.trampolines[0]).toEqual({ kind: 'resource.drop', resource: 0, instance: 0 })
    expect(made.imports[0]?.type).toEqual({
      params: [{ name: 'self', type: { kind: 'borrow', resource: 1 } }],
      result: { kind: 'own', resource: 0 },
      async: false,
    })
  })

  it('gives each instantiation of a component resources and state of its own', async () => {
    const made = await plan(`(component
      (component $c
        (core module $m (func (export "dtor") (param i32)) (func (export "make") (result i32) i32.const 1))
        (core instance $m (instantiate $m))
        (type $r (resource (rep i32) (dtor (core func $m "dtor"))))
        (export $r' "thing" (type $r))
        (func $make (result (own $r')) (canon lift (core func $m "make")))
        (export "[constructor]thing" (func $make)))
      (instance $a (instantiate $c))
      (instance $b (instantiate $c))
      (export "acme:x/a" (instance $a))
      (export "acme:x/b" (instance $b)))`)
    expect(made.componentInstances).toBe(3)
    expect(made.modules).toHaveLength(1)
    expect(made.steps.map((step) => step.kind === 'instantiate' && step.module)).toEqual([0, 0])
    expect(made.resources).toMatchObject([
      { instance: 1, name: 'thing', destructor: { instance: 0, name: 'dtor' } },
      { instance: 2, name: 'thing', destructor: { instance: 1, name: 'dtor' } },
    ])
    expect(made.lifts.map(({ type }) => type.result)).toEqual([
      { kind: 'own', resource: 0 },
      { kind: 'own', resource: 1 },
    ])
    expect(made.exports).toMatchObject([
      {
        name: 'acme:x/a',
        exports: [
          { kind: 'resource', name: 'thing', resource: 0 },
          { kind: 'func', name: '[constructor]thing', target: { kind: 'lift', index: 0 } },
        ],
      },
      { name: 'acme:x/b', exports: [{ resource: 1 }, { target: { kind: 'lift', index: 1 } }] },
    ])
  })

  it('connects components: one lowers what the other lifts', async () => {
    const made = await plan(`(component
      (component $adder
        (core module $m (func (export "add") (param i32 i32) (result i32) local.get 0))
        (core instance $m (instantiate $m))
        (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add")))
        (instance $ops (export "add" (func $add)))
        (export "acme:math/ops@0.1.0" (instance $ops)))
      (component $user
        (import "acme:math/ops@0.1.0" (instance $ops
          (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
        (core func $add (canon lower (func $ops "add")))
        (core module $m (import "ops" "add" (func (param i32 i32) (result i32))) (func (export "run")))
        (core instance $m (instantiate $m (with "ops" (instance (export "add" (func $add))))))
        (func $run (canon lift (core func $m "run")))
        (export "run" (func $run)))
      (instance $adder (instantiate $adder))
      (instance $user (instantiate $user
        (with "acme:math/ops@0.1.0" (instance $adder "acme:math/ops@0.1.0"))))
      (export "run" (func $user "run")))`)
    expect(made.imports).toEqual([])
    expect(made.trampolines).toMatchObject([
      { kind: 'lower', target: { kind: 'lift', index: 0 }, options: { instance: 2 } },
    ])
    expect(made.lifts.map(({ options }) => options.instance)).toEqual([1, 2])
    expect(made.exports).toMatchObject([{ name: 'run', target: { kind: 'lift', index: 1 } }])
  })

  it('follows outer aliases of types, modules and components', async () => {
    const made = await plan(`(component
      (type $pair (record (field "a" u8) (field "b" string)))
      (export $pair' "pair" (type $pair))
      ${RUN}
      (component $leaf (core module (func (export "x"))))
      (component $c
        (alias outer 1 $pair (type $p))
        (alias outer 1 $m (core module $m))
        (alias outer 1 $leaf (component $leaf))
        (instance (instantiate $leaf))
        (core instance $i (instantiate $m))
        (export $p' "pair" (type $p))
        (func $run (canon lift (core func $i "run")))
        (export "run" (func $run)))
      (export "c" (component $c)))`).catch((error: unknown) => error)
    // Never instantiated, so nothing in it is asked for: a component may carry others as data.
    expect(made).toMatchObject({ componentInstances: 1, steps: [] })
    const used = await plan(`(component
      ${RUN}
      (component $leaf)
      (component $c
        (alias outer 1 $m (core module $m))
        (alias outer 1 $leaf (component $leaf))
        (instance (instantiate $leaf))
        (core instance $i (instantiate $m))
        (func $run (canon lift (core func $i "run")))
        (export "run" (func $run)))
      (instance $i (instantiate $c))
      (export "go" (func $i "run")))`)
    expect(used.componentInstances).toBe(3)
    expect(used.steps).toHaveLength(1)
    expect(used.exports).toMatchObject([{ name: 'go', target: { kind: 'lift', index: 0 } }])
  })

  it('plans values as large as the component model allows, at no cost of their size', async () => {
    const start = performance.now()
    const made = await plan(`(component
      (core module $m (memory (export "m") 1) (func (export "run") (param i32))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m))
      (func (export "run") (param "p" (list u8 268435455)) (canon lift (core func $i "run")
        (memory (core memory $i "m")) (realloc (core func $i "realloc")))))`)
    const [lifted] = compilePlan(made).lifts
    expect(lifted?.signature.type.params).toMatchObject([{ type: { length: 268435455 } }])
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('virtualises: an inner component sees the instance it is given, not the host', async () => {
    const made = await plan(`(component
      (import "acme:host/env" (instance $env (export "get" (func (result u32)))
        (export "secret" (func (result u32)))))
      (component $shim
        (import "under" (func $under (result u32)))
        (instance $out (export "get" (func $under)))
        (export "acme:host/env" (instance $out)))
      (instance $shim (instantiate $shim (with "under" (func $env "get"))))
      (component $app
        (import "acme:host/env" (instance $env (export "get" (func (result u32)))))
        (export "again" (func $env "get")))
      (instance $app (instantiate $app (with "acme:host/env" (instance $shim "acme:host/env"))))
      (export "again" (func $app "again")))`)
    expect(made.exports).toMatchObject([{ name: 'again', target: { kind: 'import', index: 0 } }])
    expect(made.imports.map(({ name, used }) => [name, used])).toEqual([
      ['get', true],
      ['secret', false],
    ])
  })

  it('shares memories, tables and globals between core instances by reference', async () => {
    const made = await plan(`(component
      (core module $a (memory (export "memory") 1) (table (export "t") 1 funcref)
        (global (export "g") (mut i32) (i32.const 0)))
      (core module $b (import "env" "memory" (memory 1)) (import "env" "t" (table 1 funcref))
        (import "got" "g" (global (mut i32))) (import "whole" "memory" (memory 1)))
      (core instance $a (instantiate $a))
      (core instance $env (export "memory" (memory $a "memory")) (export "t" (table $a "t")))
      (core instance $got (export "g" (global $a "g")))
      (core instance (instantiate $b (with "env" (instance $env)) (with "got" (instance $got))
        (with "whole" (instance $a)))))`)
    expect(made.steps[1]).toMatchObject({
      imports: [
        { module: 'env', value: { kind: 'export', instance: 0, name: 'memory', sort: 'memory' } },
        { module: 'env', value: { kind: 'export', instance: 0, name: 't', sort: 'table' } },
        { module: 'got', value: { kind: 'export', instance: 0, name: 'g', sort: 'global' } },
        { module: 'whole', value: { kind: 'export', instance: 0, name: 'memory' } },
      ],
    })
  })

  it('plans what the toolchain makes of a WIT world', async () => {
    const wit = `package acme:shop@1.0.0;
      interface cart {
        resource cart { constructor(owner: string); add: func(item: string) -> result<u32, string>; }
        merge: func(a: cart, b: borrow<cart>) -> cart;
      }
      world shop { import cart; export cart; export total: func(c: list<u8>) -> option<s64>; }`
    // Not in jco's types, and needed.
    const embedding = { dummy: true, witSource: wit, worldName: 'shop' }
    const core = await componentEmbed(embedding)
    const bytes = await componentNew(core)
    const made = makePlan(decodeComponent(bytes), bytes)
    expect(made.resources.map(({ kind, name }) => [kind, name])).toEqual([
      ['imported', 'cart'],
      ['defined', 'cart'],
    ])
    expect(made.exports.map(({ kind, name }) => [kind, name]).toSorted()).toEqual([
      ['func', 'total'],
      ['instance', 'acme:shop/cart@1.0.0'],
    ])
    expect(new Set(made.trampolines.map(({ kind }) => kind))).toContain('resource.new')
  })

  it('throws nothing but MayflyError for changed bytes', async () => {
    const wit = `package a:b; interface i { resource r { m: func(x: list<string>); } f: func(r: r); }
      world w { import i; export i; }`
    // Not in jco's types, and needed.
    const embedding = { dummy: true, witSource: wit, worldName: 'w' }
    const core = await componentEmbed(embedding)
    const bytes = await componentNew(core)
    const outcomes = { planned: 0, refused: 0 }
    let state = 11
    for (let round = 0; round < 20_000; round++) {
      const changed = bytes.slice()
      for (let i = round % 3; i >= 0; i--) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        changed[8 + ((state >>> 8) % (bytes.length - 8))] = state & 0xff
      }
      try {
        makePlan(decodeComponent(changed), changed)
        outcomes.planned++
      } catch (error) {
        if (!isMayflyError(error)) throw error
        outcomes.refused++
      }
    }
    expect(outcomes.refused).toBeGreaterThan(5000)
  })
})
