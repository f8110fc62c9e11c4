/**
 * Leases messages of one queue, calls its agent with them, and settles them by its verdicts.
 *
 * A message is gone only when the agent said so. A host that ends in between leaves a lease behind, which ends by itself a
 * while after the deadline of the call: so no message is handled twice at once, unless the clock jumps.
 *
 * @module
 */

import type {
  LeasedMessage,
  QueueAddress,
  QueueDriver,
} from '../../../runtime/capabilities/queue/index.ts'
import type { Consumption } from '../../../runtime/manifest/index.ts'
import { callConsumer, type DeliveryOutcome } from './call-consumer.ts'
import type { Consumer } from './consumer.ts'
import { lostSettlement, settlementOf, type DeadLetter } from './settlement.ts'

export type { DeadLetter }

export interface DeliveryLoopOptions {
  readonly driver: QueueDriver
  readonly agent: Consumer
  readonly queue: string
  readonly consumption: Consumption
  readonly onDead: (letter: DeadLetter) => void
  readonly onFault: (address: QueueAddress, error: unknown) => void
  /** @default Date.now */
  readonly now?: () => number
}

// Past the deadline of a call: its guest is stopped by then, and its host has had the time to say so.
const LEASE_MARGIN_MS = 15_000
// Messages of other processes are noticed by looking. Those of this one wake the loop.
const LOOK_MS = 1_000
// A driver that fails, or an agent that cannot be called now, is tried again after it.
const PAUSE_MS = 1_000

export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions
  readonly #address: QueueAddress
  readonly #now: () => number
  #agent: Consumer
  #consumption: Consumption
  #running = 0
  #isStopped = false
  #timer: NodeJS.Timeout | undefined
  #isTaking = false
  #again = false
  #onIdle: (() => void)[] = []

  constructor(options: DeliveryLoopOptions) {
    this.#options = options
    this.#agent = options.agent
    this.#consumption = options.consumption
    this.#address = { agent: options.agent.name, queue: options.queue }
    this.#now = options.now ?? Date.now
    this.wake()
  }

  /** Another version of the agent takes the messages from now on. */
  replace(agent: Consumer, consumption: Consumption): void {
    this.#agent = agent
    this.#consumption = consumption
    this.wake()
  }

  wake(): void {
    if (this.#isTaking) this.#again = true
    else this.#after(0)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#running === 0 && !this.#isTaking) return
    await new Promise<void>((resolve) => void this.#onIdle.push(resolve))
  }

  #after(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.#take(), ms).unref()
  }

  /** Takes as many batches as may be under way. */
  async #take(): Promise<void> {
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      do {
        this.#again = false
        while (this.#hasRoom && (await this.#takeOne()));
      } while (this.#again && this.#hasRoom)
      this.#isTaking = false
      if (this.#hasRoom) this.#after(await this.#waitMs())
    } catch (error) {
      this.#isTaking = false
      this.#options.onFault(this.#address, error)
      this.#after(PAUSE_MS)
    } finally {
      this.#rest()
    }
  }

  get #hasRoom(): boolean {
    return (
      !this.#isStopped && !this.#agent.disabled && this.#running < this.#consumption.concurrency
    )
  }

  async #waitMs(): Promise<number> {
    const next = await this.#options.driver.nextAt(this.#address)
    if (next === undefined) return LOOK_MS
    return Math.min(LOOK_MS, Math.max(0, next - this.#now()))
  }

  /** Returns whether there was one. */
  async #takeOne(): Promise<boolean> {
    const { driver } = this.#options
    const { limits } = this.#agent.manifest
    const messages = await driver.lease(this.#address, {
      maxMessages: this.#consumption.batch,
      maxBytes: limits.requestBodyBytes,
      leaseMs: limits.deadlineMs + LEASE_MARGIN_MS,
    })
    if (messages.length === 0) return false
    this.#running++
    const [agent, consumption] = [this.#agent, this.#consumption]
    void this.#deliver(messages, agent, consumption)
      .catch((error: unknown) => {
        // Their leases end by themselves.
        this.#options.onFault(this.#address, error)
        return true
      })
      .then((isBusy) => {
        this.#running--
        if (isBusy) this.#after(PAUSE_MS)
        else this.wake()
        this.#rest()
      })
    return true
  }

  /** Returns whether the agent cannot be called now. */
  async #deliver(
    leased: readonly LeasedMessage[],
    agent: Consumer,
    consumption: Consumption,
  ): Promise<boolean> {
    const { driver, onDead } = this.#options
    const lost = leased.flatMap((message) => lostSettlement(message) ?? [])
    const messages = leased.filter(({ id }) => !lost.some((each) => each.id === id))
    const outcome: DeliveryOutcome =
      messages.length === 0
        ? { state: 'returned', verdicts: [] }
        : await callConsumer(agent, this.#address.queue, messages)
    const settled = [
      ...lost,
      ...messages.map((message, index) => settlementOf(message, outcome, index, consumption)),
    ]
    await driver.settle(this.#address, settled)
    for (const settlement of settled) {
      if (settlement.state !== 'dead') continue
      const attempts = leased.find(({ id }) => id === settlement.id)?.attempts ?? 0
      onDead({ ...this.#address, id: settlement.id, attempts, reason: settlement.reason })
    }
    return outcome.state === 'busy'
  }

  #rest(): void {
    if (this.#running > 0 || this.#isTaking) return
    const resolvers = this.#onIdle
    this.#onIdle = []
    for (const resolve of resolvers) resolve()
  }
}
