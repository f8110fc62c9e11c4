/**
 * The line in which guests that compute for long wait between two turns.
 *
 * One guest at a time continues, for a slice. Agents take turns, and so do the guests of an agent: ten guests of one
 * agent get as much time together as one guest of another. Between two turns the event loop goes round: requests arrive
 * and begin, answers leave, timers fire.
 *
 * Each of these guests holds a slot and a stack, so their number is bounded. At the bound, an agent with guests in the
 * line begins no more until one has ended. An agent without begins at once.
 *
 * On some platforms a callback belongs to the request that asked for it, and is dropped when that has its answer. There no
 * guest may depend on the callback of another: each continues by its own, two rounds later (`byRequest`).
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { nextLoopTurn } from '../host-module/index.ts'
import { SlotDebt } from './slot-debt.ts'

/** Bounds of the guests that compute in turns. */
export interface TurnOptions {
  /**
   * Guests that may compute in turns at once: beyond, agents that have one of them wait with their next.
   *
   * @default an eighth of the pool, at 2 MiB of memory and stack each: 128 of 2 GiB
   */
  maxGuests?: number
  /**
   * Requests that may wait for that; one more is refused.
   *
   * @default 1_024
   */
  maxWaiting?: number
  /**
   * Whether callbacks of the platform belong to the request that asked for them, as on Workers: then each guest has its
   * turn two rounds of the event loop later, and not one after the other.
   *
   * @default false
   */
  byRequest?: boolean
}

// QuickJS has 1.4 MiB of memory, V8 lets a stack have 1 MiB, and most use a few ten thousand bytes.
const GUEST_BYTES = 2_097_152
const SHARE_OF_POOL = 8

/** How many guests may compute in turns where slots have so many bytes. */
function guestsIn(poolBytes: number): number {
  return Math.max(1, Math.floor(poolBytes / SHARE_OF_POOL / GUEST_BYTES))
}

/** The guests that compute in turns. */
export interface TurnStats {
  /** Guests that compute in turns now. */
  readonly guests: number
  /** Guests among them that wait for their turn. */
  readonly paused: number
  /** Requests that wait for one of them to end. */
  readonly waiting: number
  /** Turns given so far. */
  readonly turns: number
}

/** A guest in the line. */
export interface Place {
  readonly agent: object
  /** Absent once it has gone on, or left. */
  goOn: (() => void) | undefined
}

// A new connection takes three rounds of the event loop: to accept, to read, to answer. With two between slices
// the first answer of an agent came after two slices (2 workers, 2 loops: median 2.2 ms, against 4.6 with one).
const LOOP_TURNS = 2
const OTHERS_MS = 1_000
// Each may compute for a slice before the event loop turns.
const MOST_ADMITTED = 8
// Paid off within three seconds; no agent waits for more than one.
const MOST_OWED_MS = 600

export class TurnLine {
  /** The cost of slots for the thread, of all agents. */
  readonly debt: SlotDebt = new SlotDebt(MOST_OWED_MS)
  readonly #maxGuests: number
  readonly #maxWaiting: number
  readonly #byRequest: boolean
  /** A Map keeps the order in which agents take turns. */
  readonly #places = new Map<object, Place[]>()
  readonly #waiters = new Map<object, Place[]>()
  readonly #guests = new Map<object, number>()
  #total = 0
  #paused = 0
  #waiting = 0
  #turns = 0
  #isScheduled = false
  #isAdmitting = false
  #latest: object | undefined
  #latestAt = -Infinity
  /** When a guest of another agent than the latest began. */
  #beforeLatestAt = -Infinity

  /** `poolBytes` is the size that slots may have together. */
  constructor(
    { maxGuests, maxWaiting = 1_024, byRequest = false }: TurnOptions = {},
    poolBytes: number = 2_147_483_648,
  ) {
    this.#maxGuests = maxGuests ?? guestsIn(poolBytes)
    this.#maxWaiting = maxWaiting
    this.#byRequest = byRequest
  }

  stats(): TurnStats {
    return {
      guests: this.#total,
      paused: this.#paused,
      waiting: this.#waiting,
      turns: this.#turns,
    }
  }

  /** A guest of `agent` begins, at `now` on the clock of `performance.now()`. */
  served(agent: object, now: number): void {
    if (agent !== this.#latest) {
      this.#beforeLatestAt = this.#latestAt
      this.#latest = agent
    }
    this.#latestAt = now
  }

  /** Whether guests of others than `agent` have begun within the last second. */
  servesOthers(agent: object, now: number): boolean {
    const at = agent === this.#latest ? this.#beforeLatestAt : this.#latestAt
    return now - at < OTHERS_MS
  }

  /** How many guests of `agent` compute in turns. */
  guestsOf(agent: object): number {
    return this.#guests.get(agent) ?? 0
  }

  /** A guest of `agent` has used up its first slice. Call `ended` when it has ended. */
  began(agent: object): void {
    this.#total++
    this.#guests.set(agent, this.guestsOf(agent) + 1)
  }

  ended(agent: object): void {
    this.#total--
    const left = this.guestsOf(agent) - 1
    if (left > 0) this.#guests.set(agent, left)
    else this.#guests.delete(agent)
    this.#admit()
  }

  /** Whether a guest of `agent` must wait before it begins. */
  isFullFor(agent: object): boolean {
    return this.#total >= this.#maxGuests && this.#guests.has(agent)
  }

  /**
   * Has `goOn` called when a guest of `agent` may begin.
   *
   * @throws {MayflyError} ERR_POOL_EXHAUSTED when too many wait already
   */
  wait(agent: object, goOn: () => void): Place {
    if (this.#waiting >= this.#maxWaiting) throw exhausted(this.#waiting)
    this.#waiting++
    return enqueue(this.#waiters, { agent, goOn })
  }

  /** Has `goOn` called when it is the turn of this guest of `agent`. */
  pause(agent: object, goOn: () => void): Place {
    this.#paused++
    const place = enqueue(this.#places, { agent, goOn })
    if (this.#byRequest) afterRounds(() => this.#goOnAt(place))
    else this.#schedule()
    return place
  }

  /** Removes the place, because its guest waits no more. Does nothing once the guest has continued. */
  leave(place: Place): void {
    if (place.goOn === undefined) return
    place.goOn = undefined
    if (withdraw(this.#places, place)) this.#paused--
    else if (withdraw(this.#waiters, place)) this.#waiting--
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    afterRounds(() => {
      this.#isScheduled = false
      this.#next()
    })
  }

  #goOnAt(place: Place): void {
    if (!withdraw(this.#places, place)) return
    this.#paused--
    this.#turns++
    goOn(place)
  }

  #next(): void {
    const place = dequeue(this.#places)
    if (place === undefined) return
    this.#paused--
    this.#turns++
    if (this.#paused > 0) this.#schedule()
    goOn(place)
  }

  /**
   * Lets waiting guests begin, as many as have room. Most end within a slice and are never counted: so more of them begin
   * in each round of the event loop, until those that do compute have filled the room.
   */
  #admit(): void {
    const most = Math.min(MOST_ADMITTED, Math.max(1, this.#maxGuests - this.#total))
    for (let admitted = 0; admitted < most && this.#waiting > 0; admitted++) {
      const place = dequeue(this.#waiters, (agent) => !this.isFullFor(agent))
      if (place === undefined) return
      this.#waiting--
      goOn(place)
    }
    if (this.#waiting === 0 || this.#isAdmitting) return
    // The next that ends admits more.
    if (this.#byRequest) return
    this.#isAdmitting = true
    nextLoopTurn(() => {
      this.#isAdmitting = false
      this.#admit()
    })
  }
}

function afterRounds(run: () => void): void {
  let left = LOOP_TURNS
  const step = (): void => (--left > 0 ? nextLoopTurn(step) : run())
  nextLoopTurn(step)
}

function goOn(place: Place): void {
  const { goOn: run } = place
  place.goOn = undefined
  run?.()
}

function enqueue(queues: Map<object, Place[]>, place: Place): Place {
  const queue = queues.get(place.agent)
  if (queue === undefined) queues.set(place.agent, [place])
  else queue.push(place)
  return place
}

/** Returns the first guest that `may`, of the agent in turn; that agent moves to the back of the line. */
function dequeue(
  queues: Map<object, Place[]>,
  may: (agent: object) => boolean = () => true,
): Place | undefined {
  for (const [agent, queue] of queues) {
    if (!may(agent)) continue
    const place = queue.shift()
    queues.delete(agent)
    if (queue.length > 0) queues.set(agent, queue)
    return place
  }
  return undefined
}

function withdraw(queues: Map<object, Place[]>, place: Place): boolean {
  const queue = queues.get(place.agent)
  const at = queue?.indexOf(place) ?? -1
  if (queue === undefined || at === -1) return false
  queue.splice(at, 1)
  if (queue.length === 0) queues.delete(place.agent)
  return true
}

function exhausted(waiting: number): MayflyError {
  return new MayflyError(
    'ERR_POOL_EXHAUSTED',
    `Cannot begin another guest: ${waiting} requests wait already for one that computes to end`,
    {
      hint: 'Lower limits.deadlineMs of the agents that compute for long, or send them less at once',
    },
  )
}
