/**
 * Guests that rest in their slots, and until when each may.
 *
 * A guest keeps its slot for a moment. One whose event came soon the last time keeps it for longer: it relays a stream, and
 * to put its state aside between two events would take longer than the event. Each move also leaves the engine a buffer to
 * collect. With 32 streams of an event in 100 ms each, the collections delayed one event in a hundred by 15 ms (Node 26,
 * bench/suites/throughput/relay).
 *
 * @module
 */

/** A guest that rests in its slot. */
export interface RestingGuest {
  readonly agent: string
  /** When it began to rest, on the clock of `performance.now()`. */
  readonly since: number
  /** How long it rested the last time, in milliseconds; `Infinity` the first time. */
  readonly restedMs: number
}

export interface RestingBounds {
  /** For how long a guest may rest, in milliseconds. */
  readonly keepMs: number
  /** For how long one may whose last rest took less. */
  readonly keepOftenMs: number
  /** How many may rest for `keepOftenMs`. */
  readonly maxOften: number
  readonly maxOftenByAgent: number
}

export class RestingGuests<Guest extends RestingGuest> {
  readonly #bounds: RestingBounds
  // In each those that have rested longest come first: a Set keeps the order.
  readonly #seldom = new Set<Guest>()
  readonly #often = new Set<Guest>()
  /** How many of each agent are among `#often`. */
  readonly #byAgent = new Map<string, number>()

  constructor(bounds: RestingBounds) {
    this.#bounds = bounds
  }

  /** Returns for how many milliseconds it may rest. */
  add(guest: Guest): number {
    const { keepMs, keepOftenMs, maxOften, maxOftenByAgent } = this.#bounds
    const own = this.#byAgent.get(guest.agent) ?? 0
    const isOften =
      guest.restedMs < keepOftenMs && this.#often.size < maxOften && own < maxOftenByAgent
    if (!isOften) {
      this.#seldom.add(guest)
      return keepMs
    }
    this.#often.add(guest)
    this.#byAgent.set(guest.agent, own + 1)
    return keepOftenMs
  }

  delete(guest: Guest): void {
    if (this.#seldom.delete(guest) || !this.#often.delete(guest)) return
    const left = (this.#byAgent.get(guest.agent) ?? 1) - 1
    if (left === 0) this.#byAgent.delete(guest.agent)
    else this.#byAgent.set(guest.agent, left)
  }

  /** Those that have rested for long come first: their next event may be the furthest. */
  *[Symbol.iterator](): Iterator<Guest> {
    yield* this.#often
    yield* this.#seldom
  }

  /** Takes out those that may not rest any longer. */
  due(now: number): Guest[] {
    const { keepMs, keepOftenMs } = this.#bounds
    const due = [...overdue(this.#seldom, keepMs, now), ...overdue(this.#often, keepOftenMs, now)]
    for (const guest of due) this.delete(guest)
    return due
  }

  /** Milliseconds until one may not rest any longer, 0 when it may not now; nothing when there is none. */
  nextMs(now: number): number | undefined {
    const { keepMs, keepOftenMs } = this.#bounds
    const [seldom] = this.#seldom
    const [often] = this.#often
    const left = Math.min(
      seldom === undefined ? Infinity : keepMs - (now - seldom.since),
      often === undefined ? Infinity : keepOftenMs - (now - often.since),
    )
    return left === Infinity ? undefined : Math.max(0, left)
  }
}

// Timers may be early by less than this.
const EARLY_MS = 1

function overdue<Guest extends RestingGuest>(
  guests: ReadonlySet<Guest>,
  keepMs: number,
  now: number,
): Guest[] {
  const due: Guest[] = []
  for (const guest of guests) {
    if (keepMs - (now - guest.since) > EARLY_MS) break
    due.push(guest)
  }
  return due
}
