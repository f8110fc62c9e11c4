/**
 * Commands to workers that a running guest cannot hold up.
 *
 * A worker whose guest computes does not read messages. So a command is put into a port of its own and counted
 * in shared memory; the engine asks at every slice of fuel and every import whether the count has changed,
 * and the commands are then taken from the port on the spot. A worker that is idle gets them as messages.
 *
 * @module
 */

import {
  MessageChannel,
  receiveMessageOnPort,
  type MessagePort,
  type Transferable,
} from 'node:worker_threads'
import { replaceGrants, type Agent } from '../../../runtime/agents/index.ts'
import type { Runtime } from '../../../runtime/presets/index.ts'
import type { Digest } from '../../../runtime/digest/index.ts'
import type { Capabilities } from '../../../runtime/manifest/index.ts'

export type Command =
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
      // After the message: who sees the count finds it.
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
  /**
   * Carries out again what came after the first `before` commands: for agents that a message has just brought, which
   * was sent before those.
   */
  readonly repeat: (before: number, agents: readonly RevisedAgent[]) => void
}

export interface RevisedAgent {
  readonly revision: string
  readonly agent: Agent
}

/** Carries out what comes over `line`. */
export function takeCommands(
  { port, count }: CommandChannel,
  runtime: () => Runtime,
): CommandTaker {
  let seen = 0
  // What is left to repeat: of each agent and revision the last of a kind says all.
  const last = new Map<string, Sent>()
  port.on('message', carryOut)
  return {
    poll,
    repeat(before, agents) {
      poll()
      for (const { revision, agent } of agents) {
        for (const { call, command } of last.values()) {
          if (call <= before || command.agent !== agent.name) continue
          if (command.kind === 'disable') agent.disable(command.disabled)
          else if (
            command.kind === 'attenuate' &&
            versionOf(command.revision) === versionOf(revision)
          )
            replaceGrants(agent, command.capabilities, command.policy)
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
    const { call, command } = sent
    let stopped = 0
    if (command.kind !== 'kill') last.set(keyOf(command), sent)
    // Of all revisions: an old one may still be answering.
    for (const agent of runtime().agents) {
      if (agent.name !== command.agent) continue
      switch (command.kind) {
        case 'kill':
          stopped += agent.kill()
          break
        case 'disable':
          agent.disable(command.disabled)
          break
        case 'attenuate':
          replaceGrants(agent, command.capabilities, command.policy)
      }
    }
    port.postMessage({ call, stopped } satisfies Carried)
  }
}

/** Of an agent that was narrowed and one that was not the same. */
function versionOf(revision: string): string | undefined {
  return revision.split(' ', 1)[0]
}

function keyOf(command: Command): string {
  return `${command.kind} ${command.agent}`
}
