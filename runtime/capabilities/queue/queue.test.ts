import { describe, expect, it } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { QUEUE_CONFORMANCE } from './conformance.ts'
import { memoryQueue } from './drivers/memory.ts'
import type { QueueDriver } from './driver.ts'
import { queue } from './queue.ts'

const GRANT = { orders: { agent: 'mailer' }, own: {}, small: { queue: 'own', maxMessages: 1 } }
const BODY = new Uint8Array([1])
const LEASE = { maxMessages: 9, maxBytes: 9999, leaseMs: 1000 }

async function open(grant: unknown = GRANT, budgets = {}, driver: QueueDriver = memoryQueue()) {
  const capability = queue(driver)
  const ready = await configured(capability, grant)
  const invocation = testInvocation('tester', budgets)
  const { send } = functionsOf<'send'>(capability, ready, invocation)
  return { send, ready, driver, events: invocation.events, fuel: () => invocation.fuel }
}

describe('memoryQueue()', () => {
  it.each(QUEUE_CONFORMANCE)('$name', ({ run }) => {
    let time = 0
    const driver = memoryQueue({ now: () => time })
    return run({ open: () => driver, pass: (ms) => void (time += ms) })
  })
})

describe('queue()', () => {
  it('sends to a queue that is granted, and denies others', async () => {
    const { send, ready, driver, events } = await open()
    expect(ready.granted).toBe(true)
    expect(send('orders', BODY)).toMatch(/^[\w-]{36}$/)
    expect(await payloadOf(() => send('constructor', BODY))).toBe('denied')
    const [message] = await driver.lease({ agent: 'mailer', queue: 'orders' }, LEASE)
    expect(message).toMatchObject({ sender: 'tester', body: BODY, contentType: undefined })
    expect(events).toMatchObject([
      { action: 'send', outcome: 'allowed', target: 'orders', rule: 'queue.orders' },
      { outcome: 'denied', target: 'constructor', hint: expect.stringContaining('agent.json') },
    ])
  })

  it('grants nothing without a line in the manifest', async () => {
    const { send, ready } = await open(null)
    expect(ready.granted).toBe(false)
    expect(await payloadOf(() => send('own', BODY))).toBe('denied')
  })

  it('a queue without an agent is of the sender', async () => {
    const { send, driver } = await open()
    send('own', BODY)
    expect(await driver.list()).toMatchObject([{ agent: 'tester', queue: 'own', waiting: 1 }])
  })

  it('stops at the budget of the invocation, and at the quota of the grant', async () => {
    const { send, events } = await open(GRANT, { queueMessages: 2 })
    send('small', BODY)
    expect(await payloadOf(() => send('small', BODY))).toBe('limited')
    expect(await payloadOf(() => send('orders', BODY))).toBe('limited')
    expect(events.map(({ hint }) => hint)).toEqual([
      undefined,
      'Raise maxMessages or maxBytes of capabilities.queue.small in the agent.json of "tester"',
      'Raise limits.queueMessages in the agent.json of "tester"',
    ])
  })

  it('denies what was used up, and what was revoked while the agent runs', async () => {
    const { send, ready } = await open({ once: { maxUses: 1 }, more: {} })
    send('once', BODY)
    expect(await payloadOf(() => send('once', BODY))).toBe('denied')
    ready.attenuate?.({})
    expect(await payloadOf(() => send('more', BODY))).toBe('denied')
  })

  it.each([
    ['a body above 128 KiB', [new Uint8Array(131_073)]],
    ['a long content type', [BODY, 'x'.repeat(257)]],
    ['a negative delay', [BODY, undefined, -1]],
    ['a delay that is no number', [BODY, undefined, Number.NaN]],
    ['a delay above 30 days', [BODY, undefined, 30 * 24 * 3_600_000 + 1]],
    ['an empty key', [BODY, undefined, 0, '']],
    ['a long key', [BODY, undefined, 0, 'ä'.repeat(257)]],
  ])('finds %s malformed, and spends nothing', async (_, rest) => {
    const { send, events } = await open({ own: { maxUses: 1 } }, { queueMessages: 1 })
    expect(await payloadOf(() => send('own', ...rest))).toBe('malformed')
    expect(events).toEqual([])
    expect(send('own', new Uint8Array(131_072), 'x'.repeat(256), 0, 'ä'.repeat(256))).toBeDefined()
  })

  it('charges the bytes of a message', async () => {
    const { send, fuel } = await open()
    send('own', BODY)
    const one = fuel()
    send('own', new Uint8Array(100_001))
    expect(fuel() - one - one).toBeGreaterThanOrEqual(4 * 100_000)
  })

  it('is unavailable when the driver fails, at once or later', async () => {
    const broken = { ...memoryQueue(), send: () => Promise.reject(new Error('disk')) }
    const worse = {
      ...memoryQueue(),
      send(): never {
        throw new Error('disk')
      },
    }
    for (const driver of [broken, worse]) {
      const { send, events } = await open(GRANT, {}, driver)
      expect(await payloadOf(() => send('own', BODY))).toBe('unavailable')
      expect(events).toMatchObject([{ outcome: 'failed', target: 'own' }])
    }
  })
})
