import { describe, expect, it } from 'vitest'
import { MayflyError } from '../errors/index.ts'
import { SlotPool } from './pool.ts'
import { Borrower, type BorrowRequest, type PooledSlot } from './pooled-slot.ts'

interface TestSlot extends PooledSlot {
  readonly serial: number
  image: object | undefined
}

let serial = 0
function request(
  shape: object,
  { image = {}, agent = new Borrower() }: { image?: object; agent?: Borrower } = {},
): BorrowRequest<TestSlot> {
  return { shape, image, agent, create: () => slotOf(shape, 100) }
}

function slotOf(shape: object, bytes: number): TestSlot {
  const lent = { borrower: undefined, depth: 0 }
  return { shape, image: undefined, bytes, memories: 1, serial: ++serial, ...lent }
}

/** Borrows a slot that is there. */
function take(pool: SlotPool<TestSlot>, wanted: BorrowRequest<TestSlot>, depth = 0): TestSlot {
  const slot = pool.borrow(wanted, depth)
  if (slot === undefined) throw new Error('there is no slot')
  return slot
}

/** Borrows a slot, or waits for one. */
function borrow(
  pool: SlotPool<TestSlot>,
  wanted: BorrowRequest<TestSlot>,
  depth = 0,
): Promise<TestSlot> {
  return new Promise((resolve, reject) => {
    const slot = pool.borrow(wanted, depth)
    if (slot === undefined) pool.wait(wanted, depth, { resolve, reject })
    else resolve(slot)
  })
}

describe('SlotPool', () => {
  it('borrow() lends an idle slot that carries the image before any other', () => {
    const pool = new SlotPool<TestSlot>()
    const shape = {}
    const image = {}
    const first = take(pool, request(shape))
    const second = take(pool, request(shape))
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
    pool.giveBack(take(pool, request(old)))
    pool.borrow(request({}))
    pool.borrow(request({}))
    expect(pool.slots).toBe(2)
    expect(pool.bytes).toBe(200)
    pool.close()
  })

  it('borrow() makes borrowers wait at the bound and lets agents take turns', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    const shape = {}
    const crowd = new Borrower()
    const held = take(pool, request(shape))
    const order: string[] = []
    const waits = ['crowd 1', 'crowd 2', 'crowd 3'].map((name) => wait(name, crowd))
    waits.push(wait('other', new Borrower()))
    pool.giveBack(held)
    await Promise.all(waits)
    expect(order).toEqual(['crowd 1', 'other', 'crowd 2', 'crowd 3'])
    expect(pool.waiting).toBe(0)
    pool.close()

    async function wait(name: string, agent: Borrower): Promise<void> {
      const slot = await borrow(pool, request(shape, { agent }))
      order.push(name)
      pool.giveBack(slot)
    }
  })

  it('wait() refuses when the queue is full', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1, maxWaiting: 0 })
    take(pool, request({}))
    await expect(borrow(pool, request({}))).rejects.toMatchObject({ code: 'ERR_POOL_EXHAUSTED' })
    expect(pool.refused).toBe(1)
    pool.close()
  })

  it('borrow() rejects only the waiter whose slot cannot be made', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    const held = take(pool, request({}))
    const create = () => {
      throw new Error('out of memory')
    }
    const failing = borrow(pool, { ...request({}), create })
    const good = borrow(pool, request({}))
    pool.discard(held)
    await expect(failing).rejects.toThrow('out of memory')
    expect((await good).bytes).toBe(100)
    pool.close()
  })

  describe('when the engine has no room', () => {
    /** Makes slots as long as fewer than `room` are alive. */
    function engine(room: number) {
      const alive = new Set<TestSlot>()
      let refusals = 0
      const make = (shape: object): BorrowRequest<TestSlot> => ({
        ...request(shape),
        create() {
          if (alive.size >= room) {
            refusals++
            throw new MayflyError('ERR_POOL_EXHAUSTED', 'no room')
          }
          const slot = slotOf(shape, 1)
          alive.add(slot)
          return Object.assign(slot, { [Symbol.dispose]: () => void alive.delete(slot) })
        },
      })
      return { make, refusals: () => refusals }
    }

    it('borrow() drops idle slots of others and tries again', () => {
      const pool = new SlotPool<TestSlot>()
      const { make } = engine(8)
      const idle = Array.from({ length: 8 }, () => take(pool, make({})))
      for (const slot of idle) pool.giveBack(slot)
      expect(pool.borrow(make({}))).toMatchObject({ bytes: 1 })
      expect(pool.slots).toBe(7)
      pool.close()
    })

    it('borrow() waits for a lent slot, without asking the engine each time', async () => {
      const pool = new SlotPool<TestSlot>({ maxWaiting: 3 })
      const { make, refusals } = engine(2)
      const [first, second] = [take(pool, make({})), take(pool, make({}))]
      const waiting = [1, 2, 3].map(() => borrow(pool, make({})))
      await expect(borrow(pool, make({}))).rejects.toThrow(/3 requests wait/)
      expect(refusals()).toBe(1)
      pool.giveBack(first)
      pool.discard(second)
      pool.giveBack(await (waiting[0] ?? first))
      expect(await waiting[2]).toMatchObject({ bytes: 1 })
      pool.close()
    })

    it('borrow() refuses when it has no slot that could come back', () => {
      const pool = new SlotPool<TestSlot>()
      const { make } = engine(0)
      for (let round = 0; round < 2; round++) {
        expect(() => pool.borrow(make({}))).toThrow('no room')
        expect(pool.waiting).toBe(0)
      }
      pool.close()
    })
  })

  it('discard() frees the budget of a lent slot', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    const held = take(pool, request({}))
    const waiting = borrow(pool, request({}))
    pool.discard(held)
    expect((await waiting).serial).not.toBe(held.serial)
    expect(pool.slots).toBe(1)
    pool.close()
  })

  it('close() rejects borrowers that wait', async () => {
    const pool = new SlotPool<TestSlot>({ maxMemories: 1 })
    pool.borrow(request({}))
    const waiting = borrow(pool, request({}))
    pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_RUNTIME_CLOSED' })
  })
})
