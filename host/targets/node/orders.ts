/**
 * Orders to workers that a running guest cannot hold up.
 *
 * A worker whose guest computes does not read messages. So an order is put into a port of its own and counted
 * in shared memory; the engine asks at every slice of fuel and every import whether the count has changed,
 * and the orders are then taken from the port on the spot. A worker that is idle gets them as messages.
 *
 * @module
 */

import {
  MessageChannel,
  receiveMessageOnPort,
  type MessagePort,
  type Transferable,
} from 'node:worker_threads'
import type { Runtime } from '../../../runtime/presets/index.ts'
import type { Capabilities } from '../../../runtime/manifest/index.ts'

export type Order =
  | { readonly kind: 'kill'; readonly agent: string }
  | { readonly kind: 'disable'; readonly agent: string; readonly disabled: boolean }
  | {
      readonly kind: 'narrow'
      readonly agent: string
      readonly capabilities: Capabilities
      /** Hash of what is granted then. */
      readonly policy: string
    }

/** The end of a worker: what it is started with. */
export interface OrderLine {
  readonly port: MessagePort
  /** One Int32 that is counted up with every order. */
  readonly count: Int32Array<SharedArrayBuffer>
}

interface Sent {
  readonly call: number
  readonly order: Order
}

interface Carried {
  readonly call: number
  /** Invocations that were stopped. */
  readonly stopped: number
}

/** The end of the main thread. */
export class OrderDesk {
  /** To be given to the worker. */
  readonly line: OrderLine
  readonly transfer: readonly Transferable[]
  readonly #port: MessagePort
  readonly #waiting = new Map<number, (stopped: number | undefined) => void>()
  #lastCall = 0

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.line = { port: port2, count: new Int32Array(new SharedArrayBuffer(4)) }
    this.transfer = [port2]
    this.#port = port1
    port1.on('message', ({ call, stopped }: Carried) => this.#settle(call, stopped))
    port1.unref()
  }

  /** Resolves with how many invocations were stopped, or nothing when it was not carried out in time. */
  give(order: Order, timeoutMs: number): Promise<number | undefined> {
    const call = ++this.#lastCall
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(call, undefined), timeoutMs)
      this.#waiting.set(call, (stopped) => {
        clearTimeout(timer)
        resolve(stopped)
      })
      this.#port.postMessage({ call, order } satisfies Sent)
      // After the message: who sees the count finds it.
      Atomics.add(this.line.count, 0, 1)
    })
  }

  /** The worker has ended: nothing of it runs any more. */
  close(): void {
    for (const call of [...this.#waiting.keys()]) this.#settle(call, 0)
    this.#port.close()
  }

  #settle(call: number, stopped: number | undefined): void {
    this.#waiting.get(call)?.(stopped)
    this.#waiting.delete(call)
  }
}

/** Carries out what comes over `line`. Returns what the engine is to call while guests run. */
export function takeOrders({ port, count }: OrderLine, runtime: () => Runtime): () => void {
  let seen = 0
  port.on('message', carryOut)
  return function poll() {
    const now = Atomics.load(count, 0)
    if (now === seen) return
    seen = now
    for (;;) {
      const next = receiveMessageOnPort(port)
      if (next === undefined) return
      carryOut(next.message)
    }
  }

  // The main thread sends nothing else.
  function carryOut({ call, order }: Sent): void {
    let stopped = 0
    // Of all revisions: an old one may still be answering.
    for (const agent of runtime().agents) {
      if (agent.name !== order.agent) continue
      switch (order.kind) {
        case 'kill':
          stopped += agent.kill()
          break
        case 'disable':
          agent.disable(order.disabled)
          break
        case 'narrow':
          agent.narrow(order.capabilities, order.policy)
      }
    }
    port.postMessage({ call, stopped } satisfies Carried)
  }
}
