import { describe, expect, it, vi } from 'vitest'
import { ComponentError } from '../../../runtime/abi/index.ts'
import { memoryQueue, type QueueDriver } from '../../../runtime/capabilities/queue/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import type { Verdict } from './call-consumer.ts'
import { QueueDeliveries, type Consumer, type DeadLetter } from './queue-deliveries.ts'

const ORDERS = { agent: 'mailer', queue: 'orders' }
const QUOTA = { maxMessages: 1000, maxBytes: 100_000 }
const DONE: Verdict = { tag: 'done' }
const RETRY: Verdict = { tag: 'retry' }

type Take = (bodies: string, attempts: number[]) => Verdict[] | Promise<Verdict[]>

/** Deliveries over a driver in memory, whose clock is `time`. */
function open(take: Take, consumption: object = {}, wrap = (driver: QueueDriver) => driver) {
  const clock = { time: 0 }
  const now = (): number => clock.time
  const dead: DeadLetter[] = []
  const faults: unknown[] = []
  const driver = wrap(memoryQueue({ now, onKept: (queues) => deliveries.wake(queues) }))
  const deliveries: QueueDeliveries = new QueueDeliveries({
    driver,
    now,
    onDead: (letter) => void dead.push(letter),
    onFault: (_, error) => void faults.push(error),
  })
  const manifest = manifestFromObject({ name: 'mailer', consumes: { orders: consumption } })
  const agent: Consumer = {
    name: 'mailer',
    manifest,
    disabled: false,
    async call(_, [, messages]: unknown[] = []) {
      const given = messages as { body: Uint8Array; attempt: number }[]
      const bodies = given.map(({ body }) => new TextDecoder().decode(body)).join()
      return take(
        bodies,
        given.map(({ attempt }) => attempt),
      )
    },
  }
  deliveries.serve([agent])
  return {
    driver,
    deliveries,
    agent,
    dead,
    faults,
    /** Lets time pass, and looks. */
    pass(ms: number) {
      clock.time += ms
      deliveries.wake([ORDERS])
    },
    async send(...bodies: string[]) {
      for (const text of bodies) {
        const body = new TextEncoder().encode(text)
        const message = { ...ORDERS, sender: 'shop', body, contentType: undefined }
        await driver.send({ ...message, delayMs: 0, key: undefined }, QUOTA)
      }
    },
    count: async () => (await driver.list())[0],
  }
}

describe('QueueDeliveries', () => {
  it('calls the agent with batches, and forgets messages that are done', async () => {
    const calls: string[] = []
    const { send, count } = open(
      (bodies) => {
        calls.push(bodies)
        return bodies.split(',').map(() => DONE)
      },
      { batch: 2 },
    )
    await send('1', '2', '3')
    await vi.waitFor(async () => expect(await count()).toBeUndefined())
    expect(calls).toEqual(['1,2', '3'])
  })

  it('delivers again what is not done, with growing delays, and then gives it up', async () => {
    const calls: string[] = []
    const { send, pass, dead, count } = open(
      (bodies, attempts) => {
        calls.push(`${bodies} ${attempts.join()}`)
        return bodies.split(',').map((body) => (body === 'good' ? DONE : RETRY))
      },
      { retries: 2, backoffMs: 100 },
    )
    await send('good', 'bad')
    const waits = (waiting: number, deadOnes: number) =>
      vi.waitFor(async () =>
        expect(await count()).toMatchObject({ waiting, leased: 0, dead: deadOnes }),
      )
    await waits(1, 0)
    pass(99)
    pass(1)
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    await waits(1, 0)
    pass(199)
    pass(1)
    await waits(0, 1)
    expect(calls).toEqual(['good,bad 1,1', 'bad 2', 'bad 3'])
    expect(dead).toMatchObject([{ ...ORDERS, attempts: 3, reason: 'the agent asked for a retry' }])
  })

  it('waits for as long as the agent says', async () => {
    const { send, driver } = open(() => [{ tag: 'retry-after', val: 5000 }])
    await send('1')
    await vi.waitFor(async () => expect(await driver.nextAt(ORDERS)).toBe(5000))
  })

  it.each<[string, Take, string]>([
    [
      'its error',
      () => {
        throw new ComponentError('no mail server')
      },
      'no mail server',
    ],
    [
      'the end that the host made of it',
      () => {
        throw new MayflyError('ERR_LIMIT_EXCEEDED', 'Cannot finish: deadline exceeded')
      },
      'Cannot finish: deadline exceeded',
    ],
    ['too few verdicts', () => [], 'returned 0 verdicts for 1 messages'],
  ])('gives all messages of a call up for %s', async (_, take, reason) => {
    const { send, dead } = open(take, { retries: 0 })
    await send('1')
    await vi.waitFor(() => expect(dead).toMatchObject([{ reason }]))
  })

  it('does not count deliveries for which the agent had no room', async () => {
    const { send, driver, dead } = open(
      () => {
        throw new MayflyError('ERR_POOL_EXHAUSTED', 'Cannot call: full')
      },
      { retries: 0 },
    )
    await send('1')
    await vi.waitFor(async () => expect(await driver.nextAt(ORDERS)).toBe(1000))
    expect(await driver.peek(ORDERS, 'waiting', 9)).toMatchObject([{ attempts: 0, failures: 0 }])
    expect(dead).toEqual([])
  })

  it('gives up a message whose host has ended a hundred times', async () => {
    const calls: number[] = []
    const { send, driver, dead, pass, deliveries, agent } = open((_, attempts) => {
      calls.push(...attempts)
      return [DONE]
    })
    deliveries.serve([])
    await send('1')
    for (let count = 0; count < 100; count++) {
      await driver.lease(ORDERS, { maxMessages: 1, maxBytes: 1, leaseMs: 1 })
      pass(1)
    }
    deliveries.serve([agent])
    await vi.waitFor(() =>
      expect(dead).toMatchObject([{ reason: 'its host ended, 100 times', attempts: 101 }]),
    )
    expect(calls).toEqual([])
  })

  it('has as many calls under way as the manifest says', async () => {
    const ends: (() => void)[] = []
    const { send, count } = open(() => new Promise((resolve) => ends.push(() => resolve([DONE]))), {
      batch: 1,
      concurrency: 2,
    })
    await send('1', '2', '3')
    await vi.waitFor(() => expect(ends).toHaveLength(2))
    expect(await count()).toMatchObject({ leased: 2, waiting: 1 })
    ends[0]?.()
    await vi.waitFor(() => expect(ends).toHaveLength(3))
    for (const end of ends) end()
    await vi.waitFor(async () => expect(await count()).toBeUndefined())
  })

  it('takes nothing for an agent that is disabled or gone', async () => {
    const calls: string[] = []
    const { send, deliveries, agent, count } = open((bodies) => {
      calls.push(bodies)
      return [DONE]
    })
    deliveries.serve([{ ...agent, disabled: true }])
    await send('1')
    deliveries.serve([])
    await send('2')
    deliveries.serve([agent])
    await vi.waitFor(() => expect(calls).toEqual(['1,2']))
    // One verdict for two messages.
    await vi.waitFor(async () => expect(await count()).toMatchObject({ waiting: 2 }))
  })

  it('ends when what is under way is settled, and leaves the rest', async () => {
    let end = (): void => {}
    const { send, deliveries, count } = open(
      () => new Promise((resolve) => void (end = () => resolve([DONE]))),
      { batch: 1 },
    )
    await send('1', '2')
    await vi.waitFor(async () => expect(await count()).toMatchObject({ leased: 1 }))
    const closed = deliveries.close()
    end()
    await closed
    expect(await count()).toMatchObject({ leased: 0, waiting: 1 })
  })

  it('reports a driver that fails', async () => {
    const { faults } = open(
      () => [],
      {},
      (driver) => ({
        ...driver,
        lease() {
          throw new Error('disk')
        },
      }),
    )
    await vi.waitFor(() => expect(faults).toMatchObject([{ message: 'disk' }]))
  })
})
