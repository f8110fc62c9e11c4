/**
 * Slots whose guest fails between two invocations: by a destructor that the host calls.
 *
 * @module
 */
import { expect, it } from 'vitest'
import { stage } from './testing/stage.ts'

const COMPONENT = `(component
  (core module $destroying
    (func (export "destroy") (param i32) unreachable))
  (core instance $destroying (instantiate $destroying))
  (type $item' (resource (rep i32) (dtor (core func $destroying "destroy"))))
  (core func $new (canon resource.new $item'))
  (core module $main
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (result i32) (call $new (i32.const 5)))
    (func (export "answer") (result i32) (i32.const 42)))
  (core instance $main (instantiate $main (with "" (instance (export "new" (func $new))))))
  (export $item "item" (type $item'))
  (func (export "make") (result (own $item)) (canon lift (core func $main "make")))
  (func (export "answer") (result u32) (canon lift (core func $main "answer"))))`

it('a guest that fails after its invocation fails no other', async () => {
  await using scene = await stage()
  const agent = await scene.load(COMPONENT)
  const item = (await agent.call('make', [])) as Disposable
  expect(() => item[Symbol.dispose]()).toThrow()
  expect(await agent.call('answer', [])).toBe(42)
})
