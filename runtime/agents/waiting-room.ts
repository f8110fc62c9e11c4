/**
 * Where the guests of all agents wait: those that rest in their slots, and those whose state was put aside so that
 * their slots serve others.
 *
 * A guest that rests loses its slot after some time (`resting-guests.ts`), or at once when others want one: of those the
 * one that has rested longest. What is put aside counts against bounds. A guest for which there is no room keeps its
 * slot until there is (`refused-guests.ts`).
 *
 * @module
 */
import { unref, type Borrower } from '../stamp/index.ts'
import { RefusedGuests } from './refused-guests.ts'
import { RestingGuests, type RestingGuest } from './resting-guests.ts'

/** Bounds of the guests that wait without a slot. One that would exceed a bound keeps its slot until it does not. */
export interface WaitingOptions {
  /**
   * Bytes of their states in all: what they have changed since they began, and an allowance for what the host holds.
   *
   * @default 1_073_741_824
   */
  maxBytes?: number
  /**
   * Bytes of one agent.
   *
   * @default half of `maxBytes`
   */
  maxBytesByAgent?: number
  /**
   * Bytes of one guest: nothing else runs while they are put aside, which takes about a millisecond for each MiB.
   *
   * @default 4_194_304
   */
  maxBytesByGuest?: number
  /**
   * How many in all.
   *
   * @default 20_000
   */
  max?: number
  /**
   * How many of one agent. Its `limits.concurrency` bounds them too.
   *
   * @default half of `max`
   */
  maxByAgent?: number
  /**
   * How long a guest that waits keeps its slot while no other wants it, in milliseconds. Giving up a slot and taking one
   * again costs some 40 µs. Most services that answer quickly do so within 5 ms.
   *
   * @default 5
   */
  keepMs?: number
  /**
   * How long a guest keeps its slot whose event came within this time before, in milliseconds.
   *
   * @default 1_000, or `keepMs` where that is 0 or more than it
   */
  keepOftenMs?: number
  /**
   * How many guests may keep their slots for `keepOftenMs`, half of them of one agent.
   *
   * @default 128
   */
  maxOften?: number
}

/** The guests that wait without a slot. */
export interface WaitingUse {
  /** How many there are. */
  readonly guests: number
  /** Bytes of their states. */
  readonly bytes: number
  /** How many waits began with one that kept its slot because a bound was reached. */
  readonly refused: number
}

/** A guest that rests in its slot. */
export interface Resting extends RestingGuest {
  /** For whom its slot counts. */
  readonly borrower: Borrower
  /** Puts its state aside, and gives its slot back. Returns false where it has to keep it. */
  leave(): boolean
}

/** Promises, handles and pending calls of a guest that waits, in the heap of the host: 11 KiB were measured. */
const HOST_BYTES = 11_264

/** Streams have several events a second, mostly. */
const KEEP_OFTEN_MS = 1_000

interface Account {
  guests: number
  bytes: number
  refused: number
}

export class WaitingRoom {
  readonly #bounds: Required<Omit<WaitingOptions, 'keepMs' | 'keepOftenMs' | 'maxOften'>>
  readonly #all: Account = { guests: 0, bytes: 0, refused: 0 }
  /** Of agents with guests here, or with refused ones. */
  readonly #accounts = new Map<string, Account>()
  readonly #resting: RestingGuests<Resting>
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When the timer ends, on the clock of `performance.now()`. */
  #timerAt = Infinity
  readonly #refused = new RefusedGuests((agent) => this.roomFor(agent) ?? -Infinity)
  readonly #most: number

  constructor({
    maxBytes = 1_073_741_824,
    maxBytesByAgent = maxBytes / 2,
    maxBytesByGuest = 4_194_304,
    max = 20_000,
    maxByAgent = Math.ceil(max / 2),
    keepMs = 5,
    keepOftenMs = keepMs === 0 ? 0 : Math.max(keepMs, KEEP_OFTEN_MS),
    maxOften = 128,
  }: WaitingOptions = {}) {
    this.#resting = new RestingGuests({
      keepMs,
      keepOftenMs,
      maxOften,
      maxOftenByAgent: Math.ceil(maxOften / 2),
    })
    this.#bounds = { maxBytes, maxBytesByAgent, maxBytesByGuest, max, maxByAgent }
    this.#most = Math.min(maxBytes, maxBytesByAgent, maxBytesByGuest) - HOST_BYTES
  }

  /** @param agent - name of the agent; without it the use of all agents is returned */
  use(agent?: string): WaitingUse {
    const account = agent === undefined ? this.#all : this.#accounts.get(agent)
    return { guests: 0, bytes: 0, refused: 0, ...account }
  }

  /** A guest rests in its slot from now on, until it leaves it or `goesOn`. It leaves at once when `isWanted`. */
  rests(guest: Resting, isWanted: boolean): void {
    const ms = isWanted ? 0 : this.#resting.add(guest)
    if (ms === 0) {
      this.#resting.delete(guest)
      guest.leave()
    } else if (ms !== Infinity) this.#schedule(ms)
  }

  /** It does not rest any more. */
  goesOn(guest: Resting): void {
    this.#resting.delete(guest)
    this.#refused.delete(guest)
  }

  /** Others want a slot: has one guest leave its own, of `borrower` when only that helps. Returns whether one has left. */
  makeRoom(borrower: Borrower | undefined): boolean {
    for (const guest of this.#resting) {
      if (borrower !== undefined && guest.borrower !== borrower) continue
      this.#resting.delete(guest)
      if (guest.leave()) return true
    }
    return false
  }

  /** Bytes that the state of one more guest of `agent` may have; nothing when there may not be one more. */
  roomFor(agent: string): number | undefined {
    const { maxBytes, maxBytesByAgent, maxBytesByGuest, max, maxByAgent } = this.#bounds
    const all = this.#all
    const own = this.use(agent)
    if (all.guests >= max || own.guests >= maxByAgent) return undefined
    const left = Math.min(maxBytes - all.bytes, maxBytesByAgent - own.bytes)
    return Math.min(left, maxBytesByGuest) - HOST_BYTES
  }

  /** Whether a state that does not fit into `bytes`, as `roomFor` said, is larger than any may be. */
  isMost(bytes: number): boolean {
    return bytes >= this.#most
  }

  /**
   * `guest` keeps its slot, because there is no room for its state. It is asked to leave again when there may be.
   *
   * @param bytes - how many were too few, as `roomFor` said
   */
  refuse(guest: Resting, bytes: number | undefined): void {
    if (!this.#refused.isAsked(guest)) {
      this.#accountOf(guest.agent).refused++
      this.#all.refused++
    }
    if (bytes === undefined) this.#refused.add(guest, 0)
    else if (!this.isMost(bytes)) this.#refused.add(guest, Math.min(2 * bytes, this.#most))
  }

  /** Keeps `bytes` for a guest of `agent`, of which `roomFor` said that they may be. Returns what gives them back. */
  keep(agent: string, bytes: number): () => void {
    this.#count(agent, 1, bytes + HOST_BYTES)
    return () => {
      this.#count(agent, -1, -bytes - HOST_BYTES)
      this.#refused.hasRoom()
    }
  }

  #count(agent: string, guests: number, bytes: number): void {
    const own = this.#accountOf(agent)
    for (const account of [own, this.#all]) {
      account.guests += guests
      account.bytes += bytes
    }
    if (own.guests === 0 && own.refused === 0) this.#accounts.delete(agent)
  }

  #accountOf(agent: string): Account {
    const known = this.#accounts.get(agent)
    if (known !== undefined) return known
    const account = { guests: 0, bytes: 0, refused: 0 }
    this.#accounts.set(agent, account)
    return account
  }

  #schedule(ms: number): void {
    const at = performance.now() + ms
    if (at >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = unref(setTimeout(() => this.#clear(), ms))
  }

  /** Has those leave that have rested for long. */
  #clear(): void {
    this.#timerAt = Infinity
    for (const guest of this.#resting.due(performance.now())) guest.leave()
    const ms = this.#resting.nextMs(performance.now())
    if (ms !== undefined) this.#schedule(ms)
  }
}
