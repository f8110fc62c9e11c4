import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENDING, FROM_GROUP, FrameWriter } from './frame.ts'
import { isolatedStage, waiting } from './testing/isolated-stage.ts'

describe('a process that is not what it should be', () => {
  const forged = new FrameWriter()
  it.each([
    ['an unknown message', () => forged.begin(99)],
    ['the end of a call that there is not', () => forged.begin(FROM_GROUP.done).u32(77).u8(0)],
    ['an import of a call that there is not', () => forged.begin(FROM_GROUP.import).u32(77)],
    ['an import that the plan has not', () => importOf(1, 9)],
    ['values of another type', () => importOf(1, 0).bytes(new Uint8Array(2))],
    ['an object that it was not given', () => forged.begin(FROM_GROUP.drop).u32(1).u32(1)],
    [
      'a failure that the host does not know',
      () => forged.begin(FROM_GROUP.done).u32(1).u8(2).f64(0),
    ],
    ['a count of an agent that there is not', () => forged.begin(FROM_GROUP.stats).u32(5)],
    ['counts that were not asked for', () => forged.begin(FROM_GROUP.stats).u32(1).text('{}')],
    ['an answer to a question', () => forged.begin(FROM_GROUP.loaded).u32(1).u8(1)],
    ['half a message', () => forged.begin(FROM_GROUP.done).u8(1)],
  ])('is ended for %s', async (_what, frame) => {
    await using stage = isolatedStage()
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const imports = { wait: () => (called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const agent = await stage.runtime.load({ component, manifest: { name: 'victim' }, imports })
    const call = agent.call('run', [1])
    await underWay
    stage.there.processes[0]?.forge(frame().end())
    await expect(call).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
    expect(stage.there.ends).toHaveLength(1)
  })

  it('is ended when it says that it begins, again and again', async () => {
    const begins = (): void => {
      for (let time = 0; time < 2; time++)
        stage.there.processes[0]?.forge(forged.begin(FROM_GROUP.initialises).u32(1).end())
    }
    await using stage = isolatedStage({ groupOf: () => (setImmediate(begins), 'local') })
    const component = await waiting('(call $wait (local.get 0))')
    const imports = { wait: () => 1 }
    await expect(
      stage.runtime.load({ component, manifest: { name: 'begins' }, imports }),
    ).rejects.toMatchObject({ message: expect.stringContaining('agent 1 initialises already') })
  })

  it('has used no more fuel than there was', async () => {
    await using stage = isolatedStage()
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const imports = { wait: () => (called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const manifest = { name: 'liar', limits: { fuel: 1000 } }
    const agent = await stage.runtime.load({ component, manifest, imports })
    const call = agent.call('run', [1])
    await underWay
    const done = forged.begin(FROM_GROUP.done).u32(1).u8(ENDING.error)
    stage.there.processes[0]?.forge(done.f64(1e300).text('{}').end())
    await expect(call).rejects.toMatchObject({ code: 'ERR_GUEST_TRAPPED' })
    // With what the host has used for the guest.
    expect(stage.records.at(-1)?.fuel).toBeLessThan(10_000)
  })

  it('calls nothing after a function of the host has failed', async () => {
    await using stage = isolatedStage()
    let called = (): void => {}
    const underWay = new Promise<void>((resolve) => (called = resolve))
    const given: unknown[] = []
    const wait = (n: number): unknown => {
      given.push(n)
      called()
      if (n === 1) return new Promise(() => {})
      throw new Error('denied')
    }
    const component = await waiting('(call $wait (local.get 0))')
    const manifest = { name: 'goes-on' }
    const agent = await stage.runtime.load({ component, manifest, imports: { wait } })
    const client = new AbortController()
    const call = agent.call('run', [1], { signal: client.signal })
    await underWay
    for (const n of [2, 3, 4]) stage.there.processes[0]?.forge(importOf(1, 0, n).u32(n).end())
    client.abort()
    await expect(call).rejects.toThrow()
    expect(given).toEqual([1, 2])
  })

  it('gets no more than a guest could have, whatever bytes it sends', async () => {
    await using stage = isolatedStage({ firstRestartMs: 0 })
    const given: unknown[] = []
    let called = (): void => {}
    const imports = { wait: (n: unknown) => (given.push(n), called(), new Promise(() => {})) }
    const component = await waiting('(call $wait (local.get 0))')
    const agent = await stage.runtime.load({ component, manifest: { name: 'victim' }, imports })
    let lastCall = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(FROM_GROUP)),
        fc.nat({ max: 2 }),
        fc.uint8Array({ maxLength: 40 }),
        async (kind, ahead, bytes) => {
          const underWay = new Promise<void>((resolve) => (called = resolve))
          const client = new AbortController()
          const ended = agent
            .call('run', [1], { signal: client.signal })
            .catch((error: unknown) => error)
          await underWay
          lastCall++
          const process = stage.there.processes.at(-1)
          process?.forge(
            forged
              .begin(kind)
              .u32(lastCall - ahead)
              .bytes(bytes)
              .end(),
          )
          client.abort()
          expect(await ended).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
        },
      ),
      { numRuns: 200, seed: 1 },
    )
    expect(given.filter((n) => typeof n !== 'number')).toEqual([])
    expect(stage.there.ends.length).toBeGreaterThan(50)
  }, 60_000)

  function importOf(call: number, index: number, sequence = 2): FrameWriter {
    return forged.begin(FROM_GROUP.import).u32(call).u32(sequence).u32(index).u8(0).f64(0)
  }
})
