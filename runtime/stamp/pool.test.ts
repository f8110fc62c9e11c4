import { describe, expect, it } from 'vitest'
import { isMayflyError } from '../errors/index.ts'
import { SlotPool, type BorrowRequest, type PooledSlot } from './pool.ts'

interface TestSlot extends PooledSlot {
  readonly serial: number
  image: object | undefined
}

let serial = 0
function request(
  shape: object,
  { image = {}, agent = {} }: { image?: object; agent?: object } = {},
): BorrowRequest<TestSlot> {
  return {
    shape,
    image,
    agent,
    create: () => ({ shape, image: undefined, bytes: 100, memories: 1, serial: ++serial }),
  }
}

describe('SlotPool', () => {
  it('borrow() lends an idle slot that carries the image before any other', () => {
    const pool = new SlotPool<TestSlot>()
    const shape = {}
    const image = {}
    const first = pool.borrow(request(shape)) as TestSlot
    const second = pool.borrow(request(shape)) as TestSlot
    first.image = image
    pool.giveBack(first)
    pool.giveBack(second)
    expect(pool.borrow(request(shape, { image }))).toBe(first)
    expect(pool.slots).toBe(2)
    pool.close()
  })

  it('borrow() drops the longest unused slot of another shape when the budget is spent', () => {
    const pool = new SlotPool<TestSlot>({ maxBytes: 200 })
    const old = {}
    pool.giveBack(pool.borrow(request(old)) as TestSlot)
    pool.borrow(request({}))
    pool.borrow(request({}))
    expect(pool.slots).toBe(2)
    expect(pool.bytes).toBe(200)
    pool.close()
  })

  it('borrow() makes borrowers wait at the bound and lets agents take turns', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    const shape = {}
    const crowd = {}
    const held = pool.borrow(request(shape)) as TestSlot
    const order: string[] = []
    const waits = ['crowd 1', 'crowd 2', 'crowd 3'].map((name) => wait(name, crowd))
    waits.push(wait('other', {}))
    pool.giveBack(held)
    await Promise.all(waits)
    expect(order).toEqual(['crowd 1', 'other', 'crowd 2', 'crowd 3'])
    expect(pool.waiting).toBe(0)
    pool.close()

    async function wait(name: string, agent: object): Promise<void> {
      const slot = await pool.borrow(request(shape, { agent }))
      order.push(name)
      pool.giveBack(slot)
    }
  })

  it('borrow() refuses when the queue is full', () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1, maxWaiting: 0 })
    pool.borrow(request({}))
    expect(() => pool.borrow(request({}))).toThrowError(
      expect.toSatisfy((e) => isMayflyError(e) && e.code === 'ERR_POOL_EXHAUSTED'),
    )
    pool.close()
  })

  it('borrow() rejects only the waiter whose slot cannot be made', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    const held = pool.borrow(request({})) as TestSlot
    const failing = pool.borrow({
      ...request({}),
      create: () => {
        throw new Error('out of memory')
      },
    })
    const good = pool.borrow(request({}))
    pool.discard(held)
    await expect(failing).rejects.toThrow('out of memory')
    expect((await good).bytes).toBe(100)
    pool.close()
  })

  it('discard() frees the budget of a lent slot', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    const held = pool.borrow(request({})) as TestSlot
    const waiting = pool.borrow(request({}))
    pool.discard(held)
    expect((await waiting).serial).not.toBe(held.serial)
    expect(pool.slots).toBe(1)
    pool.close()
  })

  it('close() rejects whoever waits', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    pool.borrow(request({}))
    const waiting = pool.borrow(request({}))
    pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_RUNTIME_CLOSED' })
  })
})
