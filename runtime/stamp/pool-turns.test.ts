/** The order in which agents get scarce slots: by agent, by turn, by depth in a chain of calls. */
import { describe, expect, it } from 'vitest'
import { SlotPool } from './pool.ts'
import { Borrower, type BorrowRequest, type PooledSlot } from './pooled-slot.ts'

const SHAPE = {}

function slot(bytes = 1, memories = 1): PooledSlot {
  return { shape: SHAPE, image: undefined, bytes, memories, borrower: undefined, depth: 0 }
}

/** An agent that wants slots on demand, and counts the slots it got. */
class Crowd {
  readonly agent = new Borrower()
  readonly lent: PooledSlot[] = []
  refused = 0
  readonly #pool: SlotPool<PooledSlot>
  readonly #request: BorrowRequest<PooledSlot>
  readonly #onGrant: () => void

  constructor(pool: SlotPool<PooledSlot>, onGrant = () => {}, make = slot) {
    this.#pool = pool
    this.#onGrant = onGrant
    this.#request = { shape: SHAPE, image: {}, agent: this.agent, create: () => make() }
  }

  /**
   * @param goesOn - it has had a slot before
   * @returns a function that gives up waiting
   */
  want(depth = 0, goesOn = false): () => void {
    const waiting = {
      resolve: (lent: PooledSlot) => {
        this.lent.push(lent)
        this.#onGrant()
      },
      reject: () => void this.refused++,
    }
    const lent = this.#pool.borrow(this.#request, depth)
    if (lent === undefined)
      return goesOn
        ? this.#pool.waitToGoOn(this.#request, depth, waiting)
        : this.#pool.wait(this.#request, depth, waiting)
    waiting.resolve(lent)
    return () => {}
  }

  giveBack(): void {
    const lent = this.lent.shift()
    if (lent !== undefined) this.#pool.giveBack(lent)
  }
}

describe('SlotPool', () => {
  it('lends one agent half at most, so that another does not wait', () => {
    const pool = new SlotPool({ maxMemories: 8 })
    const greedy = new Crowd(pool)
    const other = new Crowd(pool)
    for (let wants = 0; wants < 20; wants++) greedy.want()
    expect(greedy.lent).toHaveLength(4)
    expect(pool.waitingOf(greedy.agent)).toBe(16)
    for (let wants = 0; wants < 4; wants++) other.want()
    expect(other.lent).toHaveLength(4)
    // A slot that the other agent gives back does not go to the agent that has its share.
    other.giveBack()
    expect(greedy.lent).toHaveLength(4)
    greedy.giveBack()
    expect(greedy.lent).toHaveLength(4)
    pool.close()
  })

  it('lends an agent whose slots are larger than its share one at a time', () => {
    const pool = new SlotPool({ maxBytes: 100 })
    const large = new Crowd(
      pool,
      () => {},
      () => slot(80),
    )
    large.want()
    large.want()
    expect(large.lent).toHaveLength(1)
    large.giveBack()
    expect(large.lent).toHaveLength(1)
    pool.close()
  })

  it('grants a crowd at most one slot between what another agent asks for and gets', () => {
    const pool = new SlotPool({ maxMemories: 4 })
    const order: string[] = []
    const first = new Crowd(pool)
    const crowd = new Crowd(pool, () => order.push('crowd'))
    const second = new Crowd(pool)
    const other = new Crowd(pool, () => order.push('other'))
    for (const each of [first, first, second, second]) each.want()
    for (let wants = 0; wants < 50; wants++) crowd.want()
    other.want()
    for (const each of [first, second, first, second]) each.giveBack()
    expect(order.indexOf('other')).toBeLessThanOrEqual(1)
    pool.close()
  })

  it('drops idle slots of one agent for another, whichever agent used them last', () => {
    const pool = new SlotPool({ maxMemories: 4 })
    const before = new Crowd(pool)
    before.want()
    before.want()
    before.giveBack()
    before.giveBack()
    const later = { ...slot(), shape: {} }
    const agent = new Borrower()
    const request = { shape: later.shape, image: {}, agent, create: () => ({ ...later }) }
    expect([pool.borrow(request), pool.borrow(request)]).not.toContain(undefined)
    const others = new Crowd(pool, undefined, () => ({ ...slot(), shape: {} }))
    others.want()
    others.want()
    expect(others.lent).toHaveLength(2)
    expect(pool.slots).toBe(4)
    pool.close()
  })

  it('serves as many as one slot that comes back is enough for', () => {
    const pool = new SlotPool({ maxBytes: 100 })
    const large = new Crowd(
      pool,
      () => {},
      () => slot(100),
    )
    large.want()
    const small = [1, 2, 3].map(() => new Crowd(pool))
    for (const each of small) each.want()
    const [lent] = large.lent
    if (lent !== undefined) pool.discard(lent)
    expect(small.map((each) => each.lent.length)).toEqual([1, 1, 1])
    pool.close()
  })

  describe('the queue', () => {
    it('has a bound for each agent', () => {
      const pool = new SlotPool({ maxMemories: 2, maxWaitingByAgent: 3 })
      const crowd = new Crowd(pool)
      for (let wants = 0; wants < 4; wants++) crowd.want()
      expect(() => crowd.want()).toThrow(/3 requests wait/)
      expect(() => new Crowd(pool).want()).not.toThrow()
      pool.close()
    })

    it('when it is full, gives another agent the place of the last of the longest crowd', () => {
      const pool = new SlotPool({ maxMemories: 2, maxWaiting: 4 })
      const crowd = new Crowd(pool)
      for (let wants = 0; wants < 5; wants++) crowd.want()
      const other = new Crowd(pool)
      other.want()
      other.want()
      expect([crowd.refused, pool.waiting]).toEqual([1, 4])
      expect(() => crowd.want()).toThrow(/4 requests wait/)
      // As many of each: a new waiter takes no other's place any more.
      other.want()
      expect(() => other.want()).toThrow(/4 requests wait/)
      pool.close()
    })

    it('lets go of one that gives up, and serves who was behind it', () => {
      const pool = new SlotPool({ maxMemories: 2, maxWaitingByAgent: 1 })
      const crowd = new Crowd(pool)
      crowd.want()
      crowd.want()()
      expect(pool.waiting).toBe(0)
      expect(() => crowd.want()).not.toThrow()
      const other = new Crowd(pool)
      other.want()
      expect(other.lent).toHaveLength(1)
      pool.close()
    })
  })

  describe('calls of agents by agents', () => {
    it('get a slot above the budget where none is lent so deep: a chain never waits for itself', () => {
      const pool = new SlotPool({ maxMemories: 1 })
      const caller = new Crowd(pool)
      const tool = new Crowd(pool)
      caller.want(0)
      tool.want(1)
      caller.want(2)
      expect([caller.lent.length, tool.lent.length]).toEqual([2, 1])
      pool.close()
    })

    it('wait while one is lent so deep, and come before others that are not', () => {
      const pool = new SlotPool({ maxMemories: 1 })
      const caller = new Crowd(pool)
      const tool = new Crowd(pool)
      caller.want(0)
      tool.want(1)
      caller.want(0)
      tool.want(1)
      expect([caller.lent.length, tool.lent.length]).toEqual([1, 1])
      const [lent] = tool.lent
      if (lent !== undefined) pool.discard(lent)
      expect([caller.lent.length, tool.lent.length]).toEqual([1, 2])
      pool.close()
    })
  })
})

describe('SlotPool.waitToGoOn()', () => {
  /** A pool of two slots that two agents have, each with others that wait to begin. */
  function full(options: ConstructorParameters<typeof SlotPool>[0] = {}): {
    pool: SlotPool<PooledSlot>
    one: Crowd
    other: Crowd
  } {
    const pool = new SlotPool<PooledSlot>({ maxMemories: 2, ...options })
    const one = new Crowd(pool)
    const other = new Crowd(pool)
    for (let wants = 0; wants < 3; wants++) for (const crowd of [one, other]) crowd.want()
    return { pool, one, other }
  }

  it('comes before those that begin, of whichever agent', () => {
    const { pool, one, other } = full()
    const third = new Crowd(pool)
    third.want(0, true)
    one.giveBack()
    expect([one, other, third].map(({ lent }) => lent.length)).toEqual([0, 1, 1])
    third.giveBack()
    expect([one, other, third].map(({ lent }) => lent.length)).toEqual([1, 1, 0])
  })

  it('does not keep others from beginning, however often it waits', () => {
    const { pool, one, other } = full()
    const third = new Crowd(pool)
    const busy = [one, other]
    for (const crowd of busy) for (let wants = 0; wants < 20; wants++) crowd.want(0, true)
    third.want()
    for (let turns = 0; turns < 60 && third.lent.length === 0; turns++) {
      const crowd = busy.find(({ lent }) => lent.length > 0)
      crowd?.giveBack()
      crowd?.want(0, true)
    }
    expect(third.lent).toHaveLength(1)
  })

  it('is never refused, however many wait', () => {
    const { pool, one } = full({ maxWaiting: 4, maxWaitingByAgent: 2 })
    for (let wants = 0; wants < 50; wants++) one.want(0, true)
    expect(pool.waitingOf(one.agent)).toBe(52)
    expect(pool.refused).toBe(0)
    for (let served = 0; served < 53; served++) one.giveBack()
    expect(pool.waitingOf(one.agent)).toBe(0)
    expect(one.refused).toBe(0)
  })

  it('has agents take turns', () => {
    const { pool, other } = full()
    const order: string[] = []
    const crowds = ['a', 'b'].map((name) => new Crowd(pool, () => void order.push(name)))
    for (const crowd of crowds) for (let wants = 0; wants < 3; wants++) crowd.want(0, true)
    other.giveBack()
    for (let served = 0; served < 6; served++)
      crowds.find(({ lent }) => lent.length > 0)?.giveBack()
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
  })

  it('gives up its place, so that those behind it are served', () => {
    const { pool, one, other } = full()
    const third = new Crowd(pool)
    const leave = third.want(0, true)
    leave()
    leave()
    expect(pool.waitingOf(third.agent)).toBe(0)
    one.giveBack()
    expect([one, other, third].map(({ lent }) => lent.length)).toEqual([1, 1, 0])
  })

  it('gets a slot above the budget in a chain of calls whose callers cannot end before', () => {
    const { pool, other } = full()
    other.want(1, true)
    expect(other.lent).toHaveLength(2)
    other.want(1, true)
    expect([other.lent.length, pool.waitingOf(other.agent)]).toEqual([2, 3])
    // The one of that depth ends, and another may begin.
    const nested = other.lent.pop()
    if (nested !== undefined) pool.giveBack(nested)
    expect([other.lent.length, pool.waitingOf(other.agent)]).toEqual([2, 2])
  })

  it('is rejected when the pool closes', () => {
    const { pool, one } = full()
    one.want(0, true)
    pool.close()
    expect(one.refused).toBe(3)
    expect(() => one.want(0, true)).toThrow(/the runtime is closed/)
  })
})

describe('SlotGivers.onWant()', () => {
  it('is asked for a slot when a borrower has to wait, of one agent when only that helps', () => {
    const wanted: (Borrower | undefined)[] = []
    const pool: SlotPool<PooledSlot> = new SlotPool<PooledSlot>({
      maxMemories: 4,
      onWant(agent) {
        wanted.push(agent)
        return false
      },
    })
    const [one, other] = [new Crowd(pool), new Crowd(pool)]
    for (let wants = 0; wants < 3; wants++) one.want()
    expect(wanted).toEqual([one.agent])
    for (let wants = 0; wants < 2; wants++) other.want()
    expect(wanted).toEqual([one.agent])
    new Crowd(pool).want()
    expect(wanted).toEqual([one.agent, undefined])
  })

  it('may give one back at once', () => {
    let free = (): boolean => false
    const pool: SlotPool<PooledSlot> = new SlotPool<PooledSlot>({
      maxMemories: 2,
      onWant: () => free(),
    })
    const one = new Crowd(pool)
    one.want()
    free = () => {
      one.giveBack()
      return true
    }
    one.want()
    expect([one.lent.length, pool.waiting, pool.refused]).toEqual([1, 0, 0])
  })
})
