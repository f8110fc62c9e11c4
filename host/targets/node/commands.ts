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
import type { Agent } from '../../../runtime/agents/index.ts'
import type { Runtime } from '../../../runtime/presets/index.ts'
import type { Digest } from '../../../runtime/digest/index.ts'
import type { Capabilities } from '../../../runtime/manifest/index.ts'

export type Order =
  | { readonly kind: 'kill'; readonly agent: string }
  | { readonly kind: 'disable'; readonly agent: string; readonly disabled: boolean }
  | {
      readonly kind: 'attenuate'
      readonly agent: string
      /** The version that `capabilities` are left of. */
      readonly revision: string
      readonly capabilities: Capabilities
      /** Hash of what is granted then. */
      readonly policy: Digest
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

  /** How many orders were given. */
  get given(): number {
    return this.#lastCall
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

/** The end of a worker. */
export interface OrderTaker {
  /** To be called by the engine while guests run. */
  readonly poll: () => void
  /**
   * Carries out again what came after the first `before` orders: for agents that a message has just brought, which
   * was sent before those.
   */
  readonly repeat: (before: number, agents: readonly RevisedAgent[]) => void
}

export interface RevisedAgent {
  readonly revision: string
  readonly agent: Pick<Agent, 'name' | 'disable' | 'attenuate'>
}

/** Carries out what comes over `line`. */
export function takeOrders({ port, count }: OrderLine, runtime: () => Runtime): OrderTaker {
  let seen = 0
  // What is left to repeat: of each agent and revision the last of a kind says all.
  const last = new Map<string, Sent>()
  port.on('message', carryOut)
  return {
    poll,
    repeat(before, agents) {
      poll()
      for (const { revision, agent } of agents) {
        for (const { call, order } of last.values()) {
          if (call <= before || order.agent !== agent.name) continue
          if (order.kind === 'disable') agent.disable(order.disabled)
          else if (order.kind === 'attenuate' && versionOf(order.revision) === versionOf(revision))
            agent.attenuate(order.capabilities, order.policy)
        }
      }
    },
  }

  function poll(): void {
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
  function carryOut(sent: Sent): void {
    const { call, order } = sent
    let stopped = 0
    if (order.kind !== 'kill') last.set(keyOf(order), sent)
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
        case 'attenuate':
          agent.attenuate(order.capabilities, order.policy)
      }
    }
    port.postMessage({ call, stopped } satisfies Carried)
  }
}

/** Of an agent that was narrowed and one that was not the same. */
function versionOf(revision: string): string | undefined {
  return revision.split(' ', 1)[0]
}

function keyOf(order: Order): string {
  return `${order.kind} ${order.agent}`
}
