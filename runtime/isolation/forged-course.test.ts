import { parse } from '@bytecodealliance/jco'
import { expect, it, vi } from 'vitest'
import { Runtime, type InvocationRecord } from '../agents/index.ts'
import { RESTING } from '../link/testing/resting.ts'
import { ENDING, FROM_GROUP, FrameWriter, MAX_WAITING } from './frame.ts'
import { memorySite, type MemorySite } from './testing/memory-process.ts'

interface Scene extends AsyncDisposable {
  readonly there: MemorySite
  readonly records: InvocationRecord[]
  /** How often the host was called. */
  readonly answers: PromiseWithResolvers<number>[]
  /** The call of `early` or `cancelled`: call 1, which waits for its import 1. */
  readonly call: Promise<unknown>
  readonly client: AbortController
}

async function open(name: 'early' | 'cancelled' | 'sum'): Promise<Scene> {
  const records: InvocationRecord[] = []
  const answers: PromiseWithResolvers<number>[] = []
  const there = memorySite({ firstRestartMs: 60_000 })
  const runtime = new Runtime({
    capabilities: [],
    site: there.site,
    onInvocation: (record) => void records.push(record),
  })
  const slow = (): Promise<number> => {
    const answer = Promise.withResolvers<number>()
    answers.push(answer)
    return answer.promise
  }
  const component = await parse(RESTING)
  const agent = await runtime.load({ component, manifest: { name: 'victim' }, imports: { slow } })
  const client = new AbortController()
  const call = agent.call(name, [1], { signal: client.signal })
  call.catch(() => {})
  await vi.waitFor(() => expect(answers).toHaveLength(1), { interval: 1 })
  return {
    there,
    records,
    answers,
    call,
    client,
    async [Symbol.asyncDispose]() {
      agent.kill()
      await runtime.close()
    },
  }
}

const writer = new FrameWriter()
const CALL = 1
const returned = (value = 42): FrameWriter =>
  writer.begin(FROM_GROUP.returned).u32(CALL).f64(0).u32(value)
const done = (ending: number): FrameWriter =>
  writer.begin(FROM_GROUP.done).u32(CALL).u8(ending).f64(0)
const cancel = (sequence: number): FrameWriter =>
  writer.begin(FROM_GROUP.cancel).u32(CALL).u32(sequence)
const call = (sequence: number, cancellable = 1): FrameWriter =>
  writer.begin(FROM_GROUP.import).u32(CALL).u32(sequence).u32(0).u8(cancellable).f64(0).u32(1)

/** Frames, made one after the other in the same memory. */
type Frames = readonly (() => FrameWriter)[]

function forge({ there }: Scene, frames: Frames): void {
  for (const frame of frames) there.processes[0]?.forge(frame().end())
}

it.each<[string, Frames]>([
  ['a result of a call that there is not', [() => writer.begin(FROM_GROUP.returned).u32(9)]],
  [
    'a result of another type',
    [() => writer.begin(FROM_GROUP.returned).u32(CALL).f64(0).bytes(new Uint8Array(2))],
  ],
  ['an end with the result of before, where there is none', [() => done(ENDING.returned)]],
  ['an end that the host has not asked for', [() => done(ENDING.cancelled)]],
  [
    'a cancelled import of a call that there is not',
    [() => writer.begin(FROM_GROUP.cancel).u32(9)],
  ],
  ['a cancelled import that there is not', [() => cancel(2)]],
  ['a cancelled question', [() => cancel(0)]],
  ['an import that is cancelled twice', [() => cancel(1), () => cancel(1)]],
  ['the cancelling of an import that it waits for', [() => call(2, 0), () => cancel(2)]],
  ['the number of another import', [() => call(1)]],
  ['numbers in no order', [() => call(7), () => call(6)]],
])('a process is ended for %s', async (_, frames) => {
  await using scene = await open('cancelled')
  forge(scene, frames)
  await expect(scene.call).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
  expect(scene.there.ends).toHaveLength(1)
})

it.each<[string, Frames]>([
  ['a second result', [() => returned()]],
  ['an end with another result', [() => done(ENDING.value).u32(9)]],
  ['an end without the result', [() => done(ENDING.cancelled)]],
])('a process is ended for %s after the first, which stands', async (_, frames) => {
  await using scene = await open('early')
  expect(await scene.call).toBe(42)
  forge(scene, frames)
  expect(scene.there.ends).toHaveLength(1)
  await vi.waitFor(() => expect(scene.records.at(-1)?.outcome).toMatchObject({ state: 'killed' }))
})

it('a process is ended for a result after the end', async () => {
  await using scene = await open('cancelled')
  forge(scene, [() => done(ENDING.value).u32(5), () => returned()])
  expect(await scene.call).toBe(5)
  expect(scene.there.ends).toHaveLength(1)
})

it('a process cannot end a call as asked after it has returned', async () => {
  await using scene = await open('cancelled')
  scene.client.abort()
  forge(scene, [() => returned(), () => done(ENDING.cancelled)])
  await expect(scene.call).rejects.toThrow()
  expect(scene.there.ends).toHaveLength(1)
})

it('a process that ends as it was asked has its client gone', async () => {
  await using scene = await open('cancelled')
  scene.client.abort()
  forge(scene, [() => done(ENDING.cancelled)])
  await expect(scene.call).rejects.toMatchObject({ code: 'ERR_CLIENT_GONE' })
})

it('a result that comes after the client has left is dropped', async () => {
  await using scene = await open('cancelled')
  scene.client.abort()
  forge(scene, [() => returned(), () => done(ENDING.returned)])
  await expect(scene.call).rejects.toMatchObject({ code: 'ERR_CLIENT_GONE' })
  expect(scene.records.at(-1)?.outcome.state).toBe('abandoned')
})

it('imports that a process has cancelled count until the host has ended them', async () => {
  await using scene = await open('cancelled')
  for (let sequence = 2; sequence <= MAX_WAITING; sequence++)
    forge(scene, [() => call(sequence), () => cancel(sequence)])
  expect(scene.there.ends).toEqual([])
  forge(scene, [() => call(MAX_WAITING + 1)])
  expect(scene.there.ends).toMatchObject([{ reason: expect.stringContaining('too many imports') }])
  expect(scene.answers).toHaveLength(MAX_WAITING)
})

it('a flood of imports that were cancelled when their answers were on their way does nothing', async () => {
  await using scene = await open('sum')
  scene.answers[0]?.resolve(3)
  await scene.answers[0]?.promise
  for (let time = 0; time < 10_000; time++) forge(scene, [() => cancel(1)])
  expect(await scene.call).toBe(3)
  expect(scene.there.ends).toEqual([])
})
