/**
 * Idle connections, kept for the next request. Their number is bounded over all servers.
 *
 * If there are too many, the oldest connection of the agent with the most is closed. So an agent that visits many
 * servers does not force other agents to connect again.
 *
 * @module
 */
import type { Agent as HttpAgent, ClientRequest } from 'node:http'
import type { Duplex } from 'node:stream'

export class IdleSockets {
  readonly #max: number
  /** By the agent that used them last, the longest unused first. None is empty. */
  readonly #byAgent = new Map<string, Set<Duplex>>()
  /** Of every connection, the agent that uses it or did last. */
  readonly #users = new WeakMap<Duplex, string>()
  #size = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  /** Notes which agent uses `socket`. */
  usedBy(agent: string, socket: Duplex): void {
    if (!this.#users.has(socket)) socket.once('close', () => this.delete(socket))
    this.#users.set(socket, agent)
  }

  add(socket: Duplex): void {
    const agent = this.#users.get(socket) ?? ''
    const sockets = this.#byAgent.get(agent) ?? new Set()
    sockets.add(socket)
    this.#byAgent.set(agent, sockets)
    this.#size++
    if (this.#size > this.#max) this.#dropOne()
  }

  delete(socket: Duplex): void {
    const agent = this.#users.get(socket) ?? ''
    const sockets = this.#byAgent.get(agent)
    if (sockets?.delete(socket) !== true) return
    this.#size--
    if (sockets.size === 0) this.#byAgent.delete(agent)
  }

  #dropOne(): void {
    let most: Set<Duplex> | undefined
    for (const sockets of this.#byAgent.values())
      if (sockets.size > (most?.size ?? 0)) most = sockets
    for (const oldest of most ?? []) {
      this.delete(oldest)
      oldest.destroy()
      return
    }
  }
}

/** Makes `agent`, of `http:` or `https:`, keep its idle connections in `idle`. */
export function keepIdleIn<Agent extends HttpAgent>(agent: Agent, idle: IdleSockets): Agent {
  const { keepSocketAlive, reuseSocket } = agent
  agent.keepSocketAlive = (socket: Duplex): boolean => {
    // Whether the other side wants the connection kept, which its type hides.
    const keeps: unknown = keepSocketAlive.call(agent, socket)
    if (keeps !== true) return false
    idle.add(socket)
    return true
  }
  agent.reuseSocket = (socket: Duplex, request: ClientRequest): void => {
    idle.delete(socket)
    reuseSocket.call(agent, socket, request)
  }
  return agent
}
