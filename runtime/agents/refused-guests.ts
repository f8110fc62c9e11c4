/**
 * Guests that keep their slots because there is no room for their states: they are asked again to leave when room comes
 * back.
 *
 * Agents are asked in turns, and the guests of each. Room that comes back costs the same however many there are. To find
 * out that a state does not fit costs time in proportion to the room there is, so a guest is asked again only when there
 * is twice as much.
 *
 * @module
 */
import { unref } from '../stamp/index.ts'

/** A guest that keeps its slot. */
export interface RefusedGuest {
  readonly agent: string
  /** Puts its state aside, and gives its slot back. Returns false where it has to keep it. */
  leave(): boolean
}

// In one turn of the event loop: a guest that leaves takes some 20 µs, and up to 4 ms when it has changed much.
const MOST_ASKED = 8
const LEAST_BYTES = 4_096

export class RefusedGuests<Guest extends RefusedGuest = RefusedGuest> {
  /** The bytes that there must be for each guest, by agent. Agents and guests in the order of their turns. */
  readonly #waiting = new Map<string, Map<Guest, number>>()
  readonly #roomFor: (agent: string) => number
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked: Guest | undefined

  /** @param roomFor - returns the bytes that one more guest of an agent may have */
  constructor(roomFor: (agent: string) => number) {
    this.#roomFor = roomFor
  }

  /** Whether `guest` is being asked to leave. */
  isAsked(guest: Guest): boolean {
    return this.#asked === guest
  }

  /** Asks `guest` to leave once there is room for `bytes`. */
  add(guest: Guest, bytes: number): void {
    const { agent } = guest
    const needed = Math.max(bytes, LEAST_BYTES)
    const own = this.#waiting.get(agent)
    if (own === undefined) this.#waiting.set(agent, new Map([[guest, needed]]))
    else own.set(guest, needed)
  }

  /** It goes on, or has ended. */
  delete(guest: Guest): void {
    const own = this.#waiting.get(guest.agent)
    if (own?.delete(guest) === true && own.size === 0) this.#waiting.delete(guest.agent)
  }

  /** Room has come back. */
  hasRoom(): void {
    if (this.#waiting.size === 0 || this.#timer !== undefined) return
    // Not here: another guest is going on, or ends.
    this.#timer = unref(setTimeout(() => this.#ask(), 0))
  }

  #ask(): void {
    this.#timer = undefined
    let hasMoved = false
    let looked = 0
    for (const [agent, own] of this.#waiting) {
      if (looked++ === MOST_ASKED) break
      const [next] = own
      if (next === undefined) continue
      const [guest, needed] = next
      this.delete(guest)
      this.#takesTurn(agent, own)
      if (this.#roomFor(agent) < needed) this.add(guest, needed)
      else if (this.#leaves(guest)) hasMoved = true
    }
    // There may be room for more.
    if (hasMoved) this.hasRoom()
  }

  /** `agent` comes after all others. */
  #takesTurn(agent: string, own: Map<Guest, number>): void {
    this.#waiting.delete(agent)
    if (own.size > 0) this.#waiting.set(agent, own)
  }

  #leaves(guest: Guest): boolean {
    this.#asked = guest
    try {
      return guest.leave()
    } finally {
      this.#asked = undefined
    }
  }
}
