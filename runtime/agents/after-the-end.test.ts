/**
 * Resources of a guest: their destructors run within their invocation and reach its host, and never after it.
 *
 * @module
 */
import { expect, it } from 'vitest'
import { InvocationHost } from './dispatch.ts'
import type { Agent } from './index.ts'
import { bareInvocation } from './testing/bare-invocation.ts'
import { stage, type Stage } from './testing/stage.ts'

/** Items report to the host when they are destroyed. `drop` destroys one itself, and `make` gives one to the host. */
const COMPONENT = `(component
  (import "acme:host/env" (instance $env (export "destroyed" (func (param "item" u32)))))
  (core func $destroyed (canon lower (func $env "destroyed")))
  (core module $destroying
    (import "" "destroyed" (func $destroyed (param i32)))
    (func (export "destroy") (param i32)
      (call $destroyed (local.get 0)) (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))))
  (core instance $destroying (instantiate $destroying (with "" (instance (export "destroyed" (func $destroyed))))))
  (type $item' (resource (rep i32) (dtor (core func $destroying "destroy"))))
  (core func $new (canon resource.new $item'))
  (core func $drop (canon resource.drop $item'))
  (core module $main
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "drop") (param i32) (call $drop (call $new (local.get 0)))))
  (core instance $main (instantiate $main (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (export $item "item" (type $item'))
  (func (export "[constructor]item") (param "n" u32) (result (own $item)) (canon lift (core func $main "make")))
  (func (export "make") (param "n" u32) (result (own $item)) (canon lift (core func $main "make")))
  (func (export "drop") (param "n" u32) (canon lift (core func $main "drop"))))`

interface Scene extends Stage {
  readonly agent: Agent
  /** The items that were destroyed. */
  readonly destroyed: number[]
}

async function open(): Promise<Scene> {
  const destroyed: number[] = []
  const theatre = await stage()
  const imports = { 'acme:host/env': { destroyed: (item: number) => void destroyed.push(item) } }
  return { ...theatre, agent: await theatre.load(COMPONENT, { imports }), destroyed }
}

type Item = Disposable & { readonly constructor: new (n: number) => Item }

it('a guest destroys its own while it runs', async () => {
  await using scene = await open()
  await scene.agent.call('drop', [5])
  expect(scene.destroyed).toEqual([5])
})

it('nothing of it runs once its invocation has ended', async () => {
  await using scene = await open()
  const { agent, destroyed, records } = scene
  // Would trap.
  const item = (await agent.call('make', [13])) as Item
  const { constructor: Class } = item
  item[Symbol.dispose]()
  expect(() => new Class(1)).toThrow('the call that it was part of has ended')
  expect(destroyed).toEqual([])
  // The slot serves again.
  await agent.call('drop', [6])
  expect(destroyed).toEqual([6])
  expect(records.map(({ outcome }) => outcome.state)).toEqual(['completed', 'completed'])
})

it('InvocationHost.call() reaches its host until its invocation has ended', () => {
  const invocation = bareInvocation()
  const bindings = [{ kind: 'embedder' as const, call: () => 42 }]
  const host = new InvocationHost(bindings, [], invocation)
  expect(host.call(0, [])).toBe(42)
  invocation.end()
  expect(() => host.call(0, [])).toThrow('its invocation has ended')
})
