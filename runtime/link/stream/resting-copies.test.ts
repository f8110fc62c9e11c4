/**
 * Streams of a guest that waits by a callback: it needs no stack of its own, and its copies move with it.
 *
 * @module
 */
import { beforeAll, expect, test, vi } from 'vitest'
import type { HostCall, HostDispatcher } from '../host-dispatcher.ts'
import type { ComponentInstance } from '../instance.ts'
import { instantiate, type Loaded } from '../testing/component.ts'
import { memoryOf } from '../testing/resting.ts'
import { loadEcho } from '../testing/stream-echo.ts'

vi.hoisted(() => {
  const platform = WebAssembly as { Suspending?: unknown; promising?: unknown }
  delete platform.Suspending
  delete platform.promising
})

let component: Loaded
beforeAll(async () => {
  component = await loadEcho()
}, 60_000)

interface Echo {
  readonly output: ReadableStream<Uint8Array>
  readonly ended: Promise<unknown>
}

/** Calls the echo with `input`. Resolves when it has returned its stream. */
async function echo(
  input: unknown,
  instance: ComponentInstance,
  host: Partial<HostDispatcher> = {},
): Promise<Echo> {
  const returned = Promise.withResolvers<ReadableStream<Uint8Array>>()
  instance.host = {
    call: () => undefined,
    ...host,
    returned: (call: HostCall) => returned.resolve(call.value() as ReadableStream<Uint8Array>),
  }
  const ended = Promise.resolve(instance.lookup('echo').call([input]))
  ended.catch(() => {})
  return { output: await returned.promise, ended }
}

function bytesOf(count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, (_, index) => index % 251)
}

async function* cut(bytes: Uint8Array, ...sizes: number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

test('a guest passes a stream on without a stack', async () => {
  const instance = instantiate(component)
  expect(instance.lookup('echo').suspends).toBe(false)
  const { output, ended } = await echo(cut(bytesOf(5000), 7, 300, 1), instance)
  expect(await new Response(output).bytes()).toEqual(bytesOf(5000))
  await ended
})

test('a guest that passes a stream on is as fast as its reader', async () => {
  let given = 0
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (; ; given++) yield bytesOf(10)
  }
  const { output, ended } = await echo(chunks(), instantiate(component))
  const reader = output.getReader()
  for (let turn = 0; turn < 5; turn++) expect((await reader.read()).value).toEqual(bytesOf(10))
  expect(given).toBeLessThanOrEqual(6)
  await reader.cancel()
  await ended
})

test('copies move with their guest', async () => {
  const instances = [0, 1, 2].map(() => instantiate(component))
  let moves = 0
  let at = 0
  let away: Uint8Array<ArrayBuffer> | undefined
  const current = (): ComponentInstance => instances[at % 3] as ComponentInstance // One of three
  const { output, ended } = await echo(cut(bytesOf(20_000), 50, 120, 333), current(), {
    rest(call) {
      away = memoryOf(current()).slice()
      call.moveOut()
      memoryOf(current()).fill(0xee)
      at++
    },
    wake(call) {
      memoryOf(current()).set(away ?? [])
      current().moveIn(call)
      moves++
      return undefined
    },
  })
  expect(await new Response(output).bytes()).toEqual(bytesOf(20_000))
  await ended
  expect(moves).toBeGreaterThan(100)
})

test('a guest that was away and is dropped leaves no stream open', async () => {
  const instance = instantiate(component)
  let cancelled: unknown
  const input = new ReadableStream<Uint8Array>({ cancel: (reason) => void (cancelled = reason) })
  const stopped = new Error('stopped')
  const away: HostCall[] = []
  const { output, ended } = await echo(input, instance, {
    rest(call) {
      call.moveOut()
      away.push(call)
    },
  })
  const read = output.getReader().read()
  expect(away).toHaveLength(1)
  away[0]?.drop(stopped)
  await expect(read).rejects.toBe(stopped)
  await expect(ended).rejects.toBe(stopped)
  expect(cancelled).toBe(stopped)
})
