/**
 * The conformance suite of drivers of queues.
 *
 * It uses no test library: it is a list of named steps that throw, so the author of a driver can run them in any
 * test runner.
 *
 * @module
 */

import { bytes, same, text } from '../../host-module/conformance.ts'
import {
  KEY_MS,
  type LeasedMessage,
  type NewMessage,
  type QueueDriver,
  type QueueQuota,
} from './driver.ts'

/** One promise of the contract. `run` throws, or rejects, when the driver breaks it. */
export interface QueueConformanceCase {
  /** What a driver must do, as the title of a test. */
  readonly name: string
  /** Rejects when the driver does something else. */
  run(subject: QueueConformanceSubject): Promise<void>
}

/** The driver under test. */
export interface QueueConformanceSubject {
  /** Returns a driver over the same backend each time, empty when the case begins. */
  open(): QueueDriver
  /** Lets `ms` milliseconds pass for the driver. */
  pass(ms: number): void | Promise<void>
}

const ROOMY: QueueQuota = { maxMessages: 1000, maxBytes: 1_000_000 }
const ORDERS = { agent: 'mailer', queue: 'orders' }
const LEASE = { maxMessages: 100, maxBytes: 1_000_000, leaseMs: 1000 }

/** The conformance suite of drivers of queues, for any test runner. */
export const QUEUE_CONFORMANCE: readonly QueueConformanceCase[] = [
  step('lease() returns what was sent, whole and once', async (driver) => {
    const body = Uint8Array.from({ length: 256 }, (_, index) => index)
    const sent = await driver.send({ ...message(''), body, contentType: 'a/b' }, ROOMY)
    body.fill(0)
    const [first, ...others] = await driver.lease(ORDERS, LEASE)
    same(others.length, 0)
    same(first?.body.join(), Array.from({ length: 256 }, (_, index) => index).join())
    same(first?.contentType, 'a/b')
    same(first?.sender, 'shop')
    same(first?.attempts, 1)
    same(first?.id, sent.state === 'kept' ? sent.id : sent.state)
    same((await driver.lease(ORDERS, LEASE)).length, 0)
  }),
  step('queues do not see each other', async (driver) => {
    await driver.send(message('1'), ROOMY)
    same((await driver.lease({ ...ORDERS, queue: 'other' }, LEASE)).length, 0)
    same((await driver.lease({ ...ORDERS, agent: 'other' }, LEASE)).length, 0)
    same((await driver.lease(ORDERS, LEASE)).length, 1)
  }),
  {
    name: 'a driver opened again has what was sent',
    async run({ open }) {
      {
        await using first = open()
        await first.send(message('1'), ROOMY)
      }
      await using second = open()
      same(textsOf(await second.lease(ORDERS, LEASE)), '1')
    },
  },
  {
    name: 'two consumers share a queue, and none gets what the other has',
    async run({ open }) {
      await using one = open()
      await using other = open()
      for (const each of ['1', '2', '3']) await one.send(message(each), ROOMY)
      same(textsOf(await other.lease(ORDERS, { ...LEASE, maxMessages: 2 })), '1,2')
      same(textsOf(await one.lease(ORDERS, LEASE)), '3')
    },
  },
  step('lease() keeps to messages and bytes, but for the first message', async (driver) => {
    for (const each of ['aaaa', 'bb', 'c', 'dd']) await driver.send(message(each), ROOMY)
    const few = { ...LEASE, maxBytes: 3 }
    same(textsOf(await driver.lease(ORDERS, few)), 'aaaa')
    same(textsOf(await driver.lease(ORDERS, few)), 'bb,c')
    same(textsOf(await driver.lease(ORDERS, few)), 'dd')
  }),
  step('a message that is delayed comes when its time has', async (driver, pass) => {
    await driver.send({ ...message('late'), delayMs: 500 }, ROOMY)
    await driver.send(message('now'), ROOMY)
    same(textsOf(await driver.lease(ORDERS, LEASE)), 'now')
    const [left] = await driver.peek(ORDERS, 'waiting', 9)
    same(text(left?.body), 'late')
    same(left?.at, await driver.nextAt(ORDERS))
    await pass(500)
    same(textsOf(await driver.lease(ORDERS, LEASE)), 'late')
  }),
  step('a message comes again when its lease has ended', async (driver, pass) => {
    await driver.send(message('1'), ROOMY)
    const first = await only(driver)
    same((await driver.peek(ORDERS, 'leased', 9)).length, 1)
    await pass(1000)
    same((await driver.peek(ORDERS, 'waiting', 9)).length, 1)
    const second = await only(driver)
    same(second.attempts, 2)
    same(second.failures, 0)
    // Void: it changes nothing for the consumer that has the message now.
    await driver.settle(ORDERS, [{ ...leaseOf(first), state: 'again', delayMs: 0, reason: 'x' }])
    same((await driver.lease(ORDERS, LEASE)).length, 0)
    // Handled is handled.
    await driver.settle(ORDERS, [{ ...leaseOf(first), state: 'done' }])
    same((await driver.list()).length, 0)
    await driver.settle(ORDERS, [{ ...leaseOf(second), state: 'done' }])
  }),
  step('settle() removes, gives back and buries', async (driver, pass) => {
    for (const each of ['done', 'again', 'dead']) await driver.send(message(each), ROOMY)
    const [done, again, dead] = await driver.lease(ORDERS, LEASE)
    await driver.settle(ORDERS, [
      { ...leaseOf(done), state: 'done' },
      { ...leaseOf(again), state: 'again', delayMs: 200, reason: 'not now' },
      { ...leaseOf(dead), state: 'dead', reason: 'broken' },
    ])
    same((await driver.lease(ORDERS, LEASE)).length, 0)
    await pass(200)
    const next = await only(driver)
    same(text(next.body), 'again')
    same(next.failures, 1)
    same(next.reason, 'not now')
    await driver.settle(ORDERS, [
      { ...leaseOf(next), state: 'again', delayMs: 0, reason: undefined },
    ])
    const third = await only(driver)
    same([third.attempts, third.failures, third.reason].join(), '2,1,not now')
    const [buried] = await driver.peek(ORDERS, 'dead', 9)
    same(text(buried?.body), 'dead')
    same(buried?.reason, 'broken')
    await pass(100_000)
    same((await driver.peek(ORDERS, 'dead', 9)).length, 1)
  }),
  step('settle() of another queue changes nothing', async (driver) => {
    await driver.send(message('1'), ROOMY)
    const leased = await only(driver)
    await driver.settle({ ...ORDERS, agent: 'thief' }, [{ ...leaseOf(leased), state: 'done' }])
    same((await driver.peek(ORDERS, 'leased', 9)).length, 1)
  }),
  step('revive() and discard() take dead messages, some or all', async (driver) => {
    for (const each of ['1', '2', '3']) await driver.send(message(each), ROOMY)
    const leased = await driver.lease(ORDERS, LEASE)
    same(await driver.revive(ORDERS, undefined), 0)
    const dead = leased.map((each) => ({
      ...leaseOf(each),
      state: 'dead' as const,
      reason: 'broken',
    }))
    await driver.settle(ORDERS, dead)
    same(await driver.nextAt(ORDERS), undefined)
    same(await driver.revive(ORDERS, [leased[1]?.id ?? '', 'unknown']), 1)
    const next = await only(driver)
    same([text(next.body), next.attempts, next.failures].join(), '2,1,0')
    same(await driver.discard(ORDERS, [next.id]), 0)
    same(await driver.discard(ORDERS, [leased[0]?.id ?? '']), 1)
    same(await driver.discard(ORDERS, undefined), 1)
    same((await driver.peek(ORDERS, 'dead', 9)).length, 0)
  }),
  step('a key is kept once, for each sender and queue, while it is remembered', async (d, pass) => {
    const keyed = { ...message('1'), key: 'k' }
    const [first, again] = [await d.send(keyed, ROOMY), await d.send(keyed, ROOMY)]
    same(JSON.stringify(first), JSON.stringify(again))
    await d.send({ ...keyed, sender: 'other' }, ROOMY)
    same((await d.lease(ORDERS, LEASE)).length, 2)
    await d.send({ ...keyed, queue: 'second' }, ROOMY)
    same((await d.lease({ ...ORDERS, queue: 'second' }, LEASE)).length, 1)
    await pass(KEY_MS)
    await d.send(keyed, ROOMY)
    same((await d.peek(ORDERS, 'waiting', 9)).length >= 1, true)
  }),
  step('send() refuses messages above the quota of the sender, and keeps none', async (driver) => {
    const quota = { maxMessages: 2, maxBytes: 3 }
    const send = async (body: string, more: Partial<NewMessage> = {}): Promise<string> =>
      (await driver.send({ ...message(body), ...more }, quota)).state
    same(await send('1234'), 'full')
    same(await send('12'), 'kept')
    same(await send('34'), 'full')
    same(await send('34', { sender: 'other' }), 'kept')
    same(await send('3'), 'kept')
    same(await send(''), 'full')
    const leased = await driver.lease(ORDERS, LEASE)
    same(leased.length, 3)
    same(await send(''), 'full')
    await driver.settle(
      ORDERS,
      leased.map((each) => ({ ...leaseOf(each), state: 'done' })),
    )
    same(await send('5'), 'kept')
    // A key takes the room of a message, so that it is bounded too.
    same(await send('6', { key: 'k' }), 'full')
    same(await send('6', { key: 'k', queue: 'second' }), 'kept')
  }),
  step('list() counts', async (driver) => {
    for (const each of ['12', '34', '56']) await driver.send(message(each), ROOMY)
    await driver.send({ ...message('7'), queue: 'a' }, ROOMY)
    const [dead] = await driver.lease(ORDERS, { ...LEASE, maxMessages: 1 })
    await driver.settle(ORDERS, [{ ...leaseOf(dead), state: 'dead', reason: 'x' }])
    await driver.lease(ORDERS, { ...LEASE, maxMessages: 1 })
    const [first, second] = await driver.list()
    same(first?.queue, 'a')
    same([second?.waiting, second?.leased, second?.dead, second?.bytes].join(), '1,1,1,6')
    same(typeof second?.oldest, 'number')
  }),
]

function step(
  name: string,
  run: (driver: QueueDriver, pass: QueueConformanceSubject['pass']) => Promise<void>,
): QueueConformanceCase {
  return {
    name,
    async run({ open, pass }) {
      await using driver = open()
      await run(driver, pass)
    },
  }
}

function message(body: string): NewMessage {
  const rest = { contentType: undefined, delayMs: 0, key: undefined }
  return { ...ORDERS, sender: 'shop', body: bytes(body), ...rest }
}

async function only(driver: QueueDriver): Promise<LeasedMessage> {
  const [first, ...others] = await driver.lease(ORDERS, LEASE)
  same(others.length, 0)
  if (first === undefined) throw new Error('Expected a message, got none')
  return first
}

function leaseOf(message: LeasedMessage | undefined): Pick<LeasedMessage, 'id' | 'lease'> {
  if (message === undefined) throw new Error('Expected a message, got none')
  return { id: message.id, lease: message.lease }
}

function textsOf(messages: readonly LeasedMessage[]): string {
  return messages.map(({ body }) => text(body)).join()
}
