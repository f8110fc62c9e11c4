/**
 * The queues that the agents of one thread handle: a loop for each, as long as its agent is served.
 *
 * Any number of threads and processes may have loops over one driver: its leases decide which of them gets a message.
 *
 * @module
 */

import type { QueueAddress, QueueDriver } from '../../../runtime/capabilities/queue/index.ts'
import type { Consumer } from './consumer.ts'
import { DeliveryLoop, type DeadLetter, type DeliveryLoopOptions } from './delivery-loop.ts'

export type { Consumer, DeadLetter }

export interface QueueDeliveriesOptions {
  readonly driver: QueueDriver
  /** Called for each message that is given up. */
  readonly onDead: (letter: DeadLetter) => void
  /** Called when the driver fails: the queue is looked at again later. */
  readonly onFault: DeliveryLoopOptions['onFault']
  /**
   * Milliseconds since 1970. A test passes its own.
   *
   * @default Date.now
   */
  readonly now?: () => number
}

export class QueueDeliveries {
  readonly #options: QueueDeliveriesOptions
  readonly #loops = new Map<string, DeliveryLoop>()

  constructor(options: QueueDeliveriesOptions) {
    this.#options = options
  }

  /** Handles the queues of `agents`, and no others from now on. What is under way goes on. */
  serve(agents: readonly Consumer[]): void {
    const wanted = new Map(
      agents.flatMap((agent) =>
        Object.entries(agent.manifest.consumes ?? {}).map(([queue, consumption]) => [
          nameOf({ agent: agent.name, queue }),
          { agent, queue, consumption },
        ]),
      ),
    )
    for (const [name, loop] of this.#loops) {
      if (wanted.has(name)) continue
      loop.stop()
      this.#loops.delete(name)
    }
    for (const [name, { agent, queue, consumption }] of wanted) {
      const known = this.#loops.get(name)
      if (known !== undefined) known.replace(agent, consumption)
      else this.#loops.set(name, new DeliveryLoop({ ...this.#options, agent, queue, consumption }))
    }
  }

  /** Messages have come: their queues are looked at now. */
  wake(queues: readonly QueueAddress[]): void {
    for (const name of new Set(queues.map(nameOf))) this.#loops.get(name)?.wake()
  }

  /** Takes no further messages, and resolves when those under way are settled. */
  async close(): Promise<void> {
    const loops = [...this.#loops.values()]
    this.#loops.clear()
    for (const loop of loops) loop.stop()
    await Promise.all(loops.map((loop) => loop.idle()))
  }
}

/** No name of an agent has a slash. */
function nameOf({ agent, queue }: QueueAddress): string {
  return `${agent}/${queue}`
}
