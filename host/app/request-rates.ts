/**
 * Counts requests of clients, for agents whose `agent.json` has a `rateLimit`.
 *
 * By the generic cell rate algorithm: of each client one time is kept, at which its allowance will be whole again. The table
 * has a fixed size, and all workers of a process share it. A key is a place in it and 16 bits there, by a hash with a
 * secret. Where a place is full, the client goes that would be forgotten soonest: more clients than places are bounded
 * less strictly, and none is refused for another.
 *
 * @module
 */

import type { RateLimitSettings } from '../../runtime/manifest/index.ts'
import { clientNetwork } from './client-network.ts'
import { keyedHash, type HashKey } from './keyed-hash.ts'

const SETS = 16_384
const WAYS = 4 // Cells that one key may have
const TIME_BITS = 48n // Microseconds of nine years
const TIME_MASK = (1n << TIME_BITS) - 1n
const MICROS = 1_000

/** The state of a table: plain data, for other threads. */
export interface RateCells {
  readonly cells: BigUint64Array<ArrayBufferLike>
  /** A secret. */
  readonly key: HashKey
}

/** Why a request is refused. */
export interface RateRefusal {
  /** Until the next one is not. */
  readonly retryAfterMs: number
}

/** State that threads share, where the platform has such memory. */
export function sharedRateCells(): RateCells {
  const buffer = new SharedArrayBuffer(SETS * WAYS * BigUint64Array.BYTES_PER_ELEMENT)
  return { cells: new BigUint64Array(buffer), key: secretKey() }
}

export interface RequestRatesOptions {
  /** @default state of its own, made with the first request that is counted */
  readonly cells?: RateCells
  /**
   * Milliseconds of a clock that all who share the cells have.
   *
   * @default performance.now
   */
  readonly now?: () => number
}

export class RequestRates {
  #cells: RateCells | undefined
  readonly #now: () => number

  constructor({ cells, now = () => performance.now() }: RequestRatesOptions = {}) {
    this.#cells = cells
    this.#now = now
  }

  /**
   * Counts a request to `agent`. Returns why it is refused, if it is: it does not count then.
   *
   * @param address - of its client, if that is known
   */
  take(
    agent: string,
    { requests, perMs, by }: RateLimitSettings,
    address: string | undefined,
  ): RateRefusal | undefined {
    this.#cells ??= ownCells()
    const { cells, key } = this.#cells
    const subject = by === 'client' ? `${agent} ${clientNetwork(address)}` : agent
    const [low, high] = keyedHash(key, new TextEncoder().encode(subject))
    const first = (low % SETS) * WAYS
    const tag = BigInt(high & 0xffff) << TIME_BITS
    // Rounded up: never more than the manifest says.
    const step = Math.ceil((perMs * MICROS) / requests)
    for (;;) {
      const now = Math.floor(this.#now() * MICROS)
      const { index, cell, wholeAt } = cellOf(cells, first, tag)
      const next = Math.max(wholeAt, now) + step
      const over = next - now - step * requests
      if (over > 0) return { retryAfterMs: over / MICROS }
      if (Atomics.compareExchange(cells, index, cell, tag | BigInt(next)) === cell) return undefined
      // Another thread was quicker.
    }
  }
}

/** The cell of a key; without one, that of the key which is whole again soonest. */
function cellOf(
  cells: BigUint64Array<ArrayBufferLike>,
  first: number,
  tag: bigint,
): { readonly index: number; readonly cell: bigint; readonly wholeAt: number } {
  let free = { index: first, cell: 0n, wholeAt: 0 }
  let soonest: bigint | undefined
  for (let index = first; index < first + WAYS; index++) {
    const cell = Atomics.load(cells, index)
    const time = cell & TIME_MASK
    if (cell !== 0n && cell >> TIME_BITS === tag >> TIME_BITS)
      return { index, cell, wholeAt: Number(time) }
    if (soonest !== undefined && time >= soonest) continue
    soonest = time
    free = { index, cell, wholeAt: 0 }
  }
  return free
}

function ownCells(): RateCells {
  return { cells: new BigUint64Array(SETS * WAYS), key: secretKey() }
}

function secretKey(): HashKey {
  const [first = 0, second = 0] = crypto.getRandomValues(new Uint32Array(2))
  return [first, second]
}

/**
 * The fields of the answer to a request that was refused.
 *
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers
 */
export function rateFields(
  { requests, perMs }: RateLimitSettings,
  { retryAfterMs }: RateRefusal,
): Record<string, string> {
  const seconds = Math.ceil(retryAfterMs / 1_000)
  return {
    'retry-after': String(seconds),
    'ratelimit-policy': `"agent";q=${requests};w=${Math.ceil(perMs / 1_000)}`,
    ratelimit: `"agent";r=0;t=${seconds}`,
  }
}
