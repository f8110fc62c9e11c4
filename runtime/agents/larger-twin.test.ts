/**
 * Guests that wait without a slot while the slots of their shape carry the image of a larger agent.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { expect, it, onTestFinished } from 'vitest'
import { Runtime } from './index.ts'
import { untilAway } from './testing/waiting-stage.ts'
import { SlowHost, WAITING } from './testing/waiting.ts'

/** The same code with data that has it grow by so many pages while it is initialised. */
function twin(pages: number): Promise<Uint8Array> {
  const digits = pages.toString(16).padStart(2, '0')
  const memory = `(memory (export "memory") 4 512) (data (i32.const 70000) "\\${digits}")
    (func $grow (drop (memory.grow (i32.load8_u (i32.const 70000))))) (start $grow)`
  return parse(WAITING.replace('(memory (export "memory") 4 64)', memory))
}

it.each([
  ['at once', 0],
  ['after another guest', 1],
])(
  'a guest goes on %s where the only slot has grown too large for its image',
  async (_, waiting) => {
    const host = new SlowHost()
    const limits = { deadlineMs: 5_000 }
    const runtime = new Runtime({
      capabilities: [],
      waiting: { keepMs: 0 },
      // One slot: a memory and its marks.
      pool: { maxMemories: 2 },
    })
    onTestFinished(() => runtime.close())
    const load = async (name: string, pages: number) =>
      runtime.load({
        component: await twin(pages),
        manifest: { name, limits },
        imports: host.imports,
      })
    const [small, large] = [await load('small', 0), await load('large', 200)]
    const calls = Array.from({ length: 1 + waiting }, () => small.call('run', [6]))
    await untilAway(small, 1 + waiting)
    expect(await large.call('long', [1])).toBe(1)
    host.answerAll()
    expect(await Promise.all(calls)).toEqual(calls.map(() => 6))
  },
)
