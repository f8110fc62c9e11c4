/**
 * The places that an invocation needs before it runs: one of its agent, and one of its tenant where that has a bound.
 *
 * The place of the agent is taken first. So agents that are busy hold no places of their tenant while they wait, and
 * chains of calls never wait for each other: at each depth the rule of `Places` holds for both kinds.
 *
 * @module
 */
import type { MayflyError } from '../errors/index.ts'
import { limitExceeded } from '../serve/index.ts'
import { Places, type Guest, type PlaceUse } from './places.ts'
import type { TenantPlaces } from './tenant-places.ts'

/** An agent's use of places. */
export interface AgentPlaceUse extends PlaceUse {
  /** Invocations of `queued` that wait for a place of the tenant. */
  readonly tenantQueued: number
  /** Invocations of `refused` that found no place in the queue of the tenant. */
  readonly tenantRefused: number
}

/** The part of an invocation that holds places. */
export interface PlaceHolder extends Guest {
  /** Whether it has a place of its agent. */
  running: boolean
  /** Whether it has a place of its tenant. */
  sharing: boolean
  readonly stop: MayflyError | undefined
  onStop: ((reason: MayflyError) => void) | undefined
}

export class AgentPlaces {
  readonly #agent: string
  readonly #places: Places
  readonly #tenant: TenantPlaces | undefined
  #tenantRefused = 0

  constructor(agent: string, concurrency: number, tenant: TenantPlaces | undefined) {
    this.#agent = agent
    this.#places = new Places(concurrency)
    this.#tenant = tenant
  }

  get use(): AgentPlaceUse {
    const { running, queued, refused } = this.#places.use
    const tenantQueued = this.#tenant?.places.queuedOf(this.#agent) ?? 0
    const tenantRefused = this.#tenantRefused
    return {
      running: running - tenantQueued,
      queued: queued + tenantQueued,
      refused: refused + tenantRefused,
      tenantQueued,
      tenantRefused,
    }
  }

  /** Takes all places at once, or returns false: then they are to be waited for. */
  take(holder: PlaceHolder): boolean {
    if (!this.#places.take(holder)) return false
    holder.running = true
    return this.#takeOfTenant(holder)
  }

  /**
   * Waits for the places that are missing.
   *
   * @throws {MayflyError} when a queue is full, or the holder is stopped meanwhile
   */
  async wait(holder: PlaceHolder): Promise<void> {
    const own = { places: this.#places, guest: holder, refusal: () => this.#busy() }
    if (!holder.running) await waitFor(own, holder, () => (holder.running = true))
    if (this.#tenant === undefined || this.#takeOfTenant(holder)) return
    // It may have been stopped since its agent had a place for it.
    if (holder.stop !== undefined) throw holder.stop
    const { places } = this.#tenant
    // Agents take turns, where callers do at the places of an agent.
    const guest = { caller: this.#agent, depth: holder.depth }
    const shared = { places, guest, refusal: () => this.#tenantBusy() }
    await waitFor(shared, holder, () => (holder.sharing = true))
  }

  /** Gives back the places that the holder has. */
  give(holder: PlaceHolder): void {
    if (holder.sharing) {
      holder.sharing = false
      this.#tenant?.places.give(holder)
    }
    if (holder.running) {
      holder.running = false
      this.#places.give(holder)
    }
  }

  #takeOfTenant(holder: PlaceHolder): boolean {
    if (this.#tenant === undefined) return true
    if (!this.#tenant.places.take(holder)) return false
    holder.sharing = true
    return true
  }

  #busy(): MayflyError {
    const { running, queued } = this.#places.use
    return limitExceeded(
      'concurrency',
      `Cannot call agent "${this.#agent}": ${running} invocations of it run and ${queued} wait`,
      `Raise limits.concurrency in the agent.json of "${this.#agent}", or send it less at once`,
    )
  }

  #tenantBusy(): MayflyError {
    this.#tenantRefused++
    const { name = '', places } = this.#tenant ?? {}
    const { running = 0, queued = 0 } = places?.use ?? {}
    return limitExceeded(
      'concurrency',
      `Cannot call agent "${this.#agent}": ${running} invocations of tenant "${name}" run and ${queued} wait`,
      `Raise the concurrency of tenant "${name}" in the policy of the host, or send its agents less at once`,
    )
  }
}

interface Line {
  readonly places: Places
  readonly guest: Guest
  readonly refusal: () => MayflyError
}

function waitFor(
  { places, guest, refusal }: Line,
  holder: PlaceHolder,
  onGranted: () => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const refused = (): void => reject(refusal())
    const granted = (): void => {
      onGranted()
      resolve()
    }
    const leave = places.wait(guest, { granted, refused })
    if (leave === undefined) return refused()
    holder.onStop = (reason) => {
      leave()
      reject(reason)
    }
  })
}
