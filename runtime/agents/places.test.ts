import { describe, expect, it } from 'vitest'
import { Places } from './places.ts'

/** Takes a place or waits; returns which of the two. */
function enter(
  places: Places,
  caller: string,
  depth = 0,
  order: string[] = [],
): { state: 'waiting' | 'running' | 'refused'; leave: () => void } {
  const guest = { caller, depth }
  const entered = { state: 'waiting' as 'waiting' | 'running' | 'refused', leave: () => {} }
  const granted = (): void => {
    entered.state = 'running'
    order.push(caller)
  }
  if (places.take(guest)) granted()
  else {
    const refused = (): void => void (entered.state = 'refused')
    const leave = places.wait(guest, { granted, refused })
    if (leave === undefined) refused()
    else entered.leave = leave
  }
  return entered
}

const outside = { caller: 'http', depth: 0 }

describe('Places', () => {
  it('lets as many run as it has, and the next when one has ended', () => {
    const places = new Places(2)
    const entered = [1, 2, 3].map(() => enter(places, 'http'))
    expect(entered.map(({ state }) => state)).toEqual(['running', 'running', 'waiting'])
    expect(places.use).toEqual({ running: 2, queued: 1, refused: 0 })
    places.give(outside)
    expect(entered[2]?.state).toBe('running')
    expect(places.use).toEqual({ running: 2, queued: 0, refused: 0 })
  })

  it('takes callers in turns: a crowd delays another by one', () => {
    const places = new Places(1)
    const order: string[] = []
    enter(places, 'http')
    for (let call = 0; call < 50; call++) enter(places, 'agent:crowd', 1, order)
    // The first of them runs above the bound: none was as deep.
    expect(order).toEqual(['agent:crowd'])
    enter(places, 'agent:other', 1, order)
    for (let call = 0; call < 2; call++) places.give({ caller: 'agent:crowd', depth: 1 })
    expect(order).toEqual(['agent:crowd', 'agent:crowd', 'agent:other'])
  })

  it('refuses a caller that fills the queue, and finds place for another', () => {
    const places = new Places(1)
    const crowd = Array.from({ length: 258 }, () => enter(places, 'agent:crowd'))
    expect(crowd.at(-2)?.state).toBe('waiting')
    expect(crowd.at(-1)?.state).toBe('refused')
    const other = enter(places, 'http')
    expect(other.state).toBe('waiting')
    expect(crowd.at(-2)?.state).toBe('refused')
    expect(places.use).toEqual({ running: 1, queued: 256, refused: 2 })
  })

  it('forgets one that gives up', () => {
    const places = new Places(1)
    enter(places, 'http')
    const gone = enter(places, 'http')
    const next = enter(places, 'http')
    gone.leave()
    places.give(outside)
    expect([gone.state, next.state]).toEqual(['waiting', 'running'])
  })

  describe('a chain of calls', () => {
    it('never waits for a place that it holds itself', () => {
      const places = new Places(1)
      for (const depth of [0, 2, 4]) expect(enter(places, 'agent:b', depth).state).toBe('running')
      expect(enter(places, 'http').state).toBe('waiting')
    })

    it('never waits for another chain that waits for it', () => {
      const [a, b] = [new Places(1), new Places(1)]
      enter(a, 'http')
      enter(b, 'http')
      expect(enter(b, 'agent:a', 1).state).toBe('running')
      expect(enter(a, 'agent:b', 1).state).toBe('running')
    })

    it('waits for one as deep, and comes as soon as that has ended, above the bound', () => {
      const places = new Places(1)
      enter(places, 'http')
      enter(places, 'agent:b', 1)
      const outsider = enter(places, 'http')
      const deep = enter(places, 'agent:b', 1)
      expect([outsider.state, deep.state]).toEqual(['waiting', 'waiting'])
      places.give({ caller: 'agent:b', depth: 1 })
      expect([outsider.state, deep.state]).toEqual(['waiting', 'running'])
      places.give({ caller: 'agent:b', depth: 1 })
      places.give(outside)
      expect(outsider.state).toBe('running')
    })

    it('ends, however chains are mixed', () => {
      let state = 7
      const random = (below: number): number => {
        state = (state * 48_271) % 2_147_483_647
        return state % below
      }
      const agents = ['a', 'b', 'c'].map((name) => ({ name, places: new Places(2) }))
      let begun = 0
      let ended = 0
      /** Calls agents up to `left` deep, several at once, and ends when they have. */
      async function call(caller: string, depth: number, left: number): Promise<void> {
        const agent = agents[random(agents.length)]
        if (agent === undefined) return
        const guest = { caller, depth }
        begun++
        if (!agent.places.take(guest)) {
          await new Promise<void>((resolve) => {
            const waiting = { granted: resolve, refused: resolve }
            expect(agent.places.wait(guest, waiting)).toBeDefined()
          })
        }
        await Promise.resolve()
        const calls = left === 0 ? 0 : random(4)
        await Promise.all(
          Array.from({ length: calls }, () => call(`agent:${agent.name}`, depth + 1, left - 1)),
        )
        agent.places.give(guest)
        ended++
      }
      return Promise.all(Array.from({ length: 40 }, () => call('http', 0, 4))).then(() => {
        expect(ended).toBe(begun)
        for (const { places } of agents)
          expect(places.use).toEqual({ running: 0, queued: 0, refused: 0 })
      })
    })
  })
})
