import { it } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'

/** Starts a call whose result is a stream, and leaves. */
const LEAVER = `(component
  (import "give" (func $give async (result (stream u8))))
  (core module $Libc (memory (export "m") 1))
  (core instance $libc (instantiate $Libc))
  (core func $give (canon lower (func $give) async (memory (core memory $libc "m"))))
  (core func $return (canon task.return))
  (core module $Main
    (import "" "give" (func $give (param i32) (result i32))) (import "" "return" (func $return))
    (func (export "run") (result i32) (drop (call $give (i32.const 0))) (call $return) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $main (instantiate $Main (with "" (instance
    (export "give" (func $give)) (export "return" (func $return))))))
  (func (export "run") async
    (canon lift (core func $main "run") async (callback (core func $main "callback")))))`

it.each(['at once', 'later'])(
  'a stream that no guest takes is cancelled: given %s',
  async (when) => {
    const cancelled = Promise.withResolvers<void>()
    const stream = new ReadableStream({ cancel: () => cancelled.resolve() })
    const answer = Promise.withResolvers<unknown>()
    const instance = instantiate(await loadWat(LEAVER), {
      give: () => (when === 'at once' ? stream : answer.promise),
    })
    await instance.lookup('run').call([])
    answer.resolve(stream)
    await cancelled.promise
  },
)
