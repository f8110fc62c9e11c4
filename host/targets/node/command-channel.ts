/**
 * Commands to workers that a running guest cannot hold up.
 *
 * A worker whose guest computes does not read messages. So a command goes into a separate port and is counted in shared
 * memory. The runtime checks at every slice of fuel and every import whether the count has changed, and then takes the
 * commands from the port at once. An idle worker gets them as messages.
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
import { carryOut, RecentCommands, type Command } from '../../registry/index.ts'

/** The worker's end of the channel, which it gets at its start. */
export interface CommandChannel {
  readonly port: MessagePort
  /** One Int32 that is counted up with every command. */
  readonly count: Int32Array<SharedArrayBuffer>
}

interface Sent {
  readonly call: number
  readonly command: Command
}

interface Carried {
  readonly call: number
  /** Invocations that were stopped. */
  readonly stopped: number
}

/** The end of the main thread. */
export class CommandSender {
  /** To be given to the worker. */
  readonly channel: CommandChannel
  readonly transfer: readonly Transferable[]
  readonly #port: MessagePort
  readonly #waiting = new Map<number, (stopped: number | undefined) => void>()
  #lastCall = 0

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.channel = { port: port2, count: new Int32Array(new SharedArrayBuffer(4)) }
    this.transfer = [port2]
    this.#port = port1
    port1.on('message', ({ call, stopped }: Carried) => this.#settle(call, stopped))
    port1.unref()
  }

  /** How many commands were sent. */
  get sent(): number {
    return this.#lastCall
  }

  /** Resolves with how many invocations were stopped, or nothing when it was not carried out in time. */
  send(command: Command, timeoutMs: number): Promise<number | undefined> {
    const call = ++this.#lastCall
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(call, undefined), timeoutMs)
      this.#waiting.set(call, (stopped) => {
        clearTimeout(timer)
        resolve(stopped)
      })
      this.#port.postMessage({ call, command } satisfies Sent)
      // After the message, so that a worker that sees the count finds the message.
      Atomics.add(this.channel.count, 0, 1)
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
export interface CommandTaker {
  /** To be called by the engine while guests run. */
  readonly poll: () => void
  /** That of `RecentCommands`, after a look whether others have come. */
  readonly repeat: RecentCommands['repeat']
}

/** Carries out the commands that come over `channel`. */
export function takeCommands(
  { port, count }: CommandChannel,
  runtime: () => Runtime,
): CommandTaker {
  const recent = new RecentCommands()
  let seen = 0
  port.on('message', take)
  return {
    poll,
    repeat(before, agents) {
      poll()
      recent.repeat(before, agents)
    },
  }

  function poll(): void {
    const now = Atomics.load(count, 0)
    if (now === seen) return
    seen = now
    for (;;) {
      const next = receiveMessageOnPort(port)
      if (next === undefined) return
      take(next.message)
    }
  }

  // The main thread sends nothing else.
  function take({ call, command }: Sent): void {
    recent.note(call, command)
    const stopped = carryOut(command, runtime().agents)
    port.postMessage({ call, stopped } satisfies Carried)
  }
}
