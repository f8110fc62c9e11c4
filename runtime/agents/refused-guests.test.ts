import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RefusedGuests } from './refused-guests.ts'

interface Asked {
  readonly agent: string
  readonly size: number
  asked: number
}

/** Room of `bytes`, which guests take as they leave. */
class Room {
  readonly #bytes: Record<string, number>
  looks = 0
  readonly refused = new RefusedGuests((agent) => {
    this.looks++
    return this.#bytes[agent] ?? 0
  })
  readonly left: Asked[] = []

  constructor(bytes: Record<string, number>) {
    this.#bytes = bytes
  }

  gives(agent: string, bytes: number): void {
    this.#bytes[agent] = (this.#bytes[agent] ?? 0) + bytes
    this.refused.hasRoom()
  }

  guest(agent: string, size: number): Asked {
    const guest = {
      agent,
      size,
      asked: 0,
      leave: (): boolean => {
        guest.asked++
        const room = this.#bytes[agent] ?? 0
        if (room < size) {
          this.refused.add(guest, 2 * room)
          return false
        }
        this.#bytes[agent] = room - size
        this.left.push(guest)
        return true
      },
    }
    this.refused.add(guest, 0)
    return guest
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('RefusedGuests', () => {
  it('asks as many as there is room for, agents in turns', () => {
    const room = new Room({ a: 20_000, b: 5_000, c: 0 })
    for (const agent of ['a', 'a', 'a', 'b', 'b', 'c']) room.guest(agent, 5_000)
    room.refused.hasRoom()
    vi.runAllTimers()
    expect(room.left.map(({ agent }) => agent)).toEqual(['a', 'b', 'a', 'a'])
    room.gives('b', 5_000)
    vi.runAllTimers()
    expect(room.left.at(-1)?.agent).toBe('b')
  })

  it('asks none that goes on', () => {
    const room = new Room({})
    const guest = room.guest('a', 5_000)
    room.gives('a', 10_000)
    room.refused.delete(guest as never)
    vi.runAllTimers()
    expect(guest.asked).toBe(0)
  })

  it('asks one whose state did not fit when there is twice the room', () => {
    const room = new Room({})
    const guest = room.guest('a', 1_000_000)
    for (let turn = 0; turn < 300; turn++) {
      room.gives('a', 4_096)
      vi.runAllTimers()
    }
    expect(room.left).toEqual([guest])
    expect(guest.asked).toBeLessThan(12)
  })

  it('looks at a few for each time that room comes back, however many there are', () => {
    const room = new Room({})
    for (let n = 0; n < 2_000; n++) room.guest(`agent-${n % 500}`, 5_000)
    room.gives('none', 1)
    vi.runAllTimers()
    expect(room.looks).toBeLessThan(10)
    for (let n = 0; n < 500; n++) room.gives(`agent-${n}`, 5_000)
    for (let turn = 0; turn < 500; turn++) {
      room.refused.hasRoom()
      vi.runAllTimers()
    }
    // Each has had its turn.
    expect(room.left).toHaveLength(500)
  })
})
