/**
 * WebSockets that clients open to an agent, for as long as its answer may last.
 *
 * The target has decided that the page of the client may open one, and offers it with the request. Here it is accepted,
 * counted and recorded. The connection itself is that of `websocket`, whichever side opens it.
 *
 * @module
 */
import { isMayflyError } from '../../errors/index.ts'
import {
  GuestError,
  type Capability,
  type CapabilityEvent,
  type ConfiguredModule,
  type InvocationContext,
  type WebSocketEnd,
} from '../../host-module/index.ts'
import { failConnection, openConnection, type Connection } from '../http/index.ts'

export interface WebSocketServerOptions {
  /**
   * One message, either way, in bytes.
   *
   * @default 1_048_576
   */
  maxMessageBytes?: number
}

export function websocket({
  maxMessageBytes = 1_048_576,
}: WebSocketServerOptions = {}): Capability {
  return {
    name: 'websocket',
    interfaces: ['mayfly:agent/websocket-server'],
    suspends: [],
    example: '"websocket": {}',
    configure({ grant }): ConfiguredModule {
      const granted = grant !== undefined
      return {
        granted,
        prepare: (context) => ({
          'mayfly:agent/websocket-server': {
            accept(protocol: string, headers: readonly (readonly [string, string])[]) {
              if (granted) return accept(context, maxMessageBytes, protocol, headers)
              const hint = `Add "websocket": {} to capabilities in the agent.json of "${context.agent}"`
              note(context, 'accept', { outcome: 'denied', hint })
              throw new GuestError('denied')
            },
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function accept(
  context: InvocationContext,
  maxMessageBytes: number,
  protocol: string,
  headers: readonly (readonly [string, string])[],
): Connection {
  const { webSocket } = context
  if (webSocket === undefined) throw new GuestError('closed')
  if (protocol !== '' && !webSocket.protocols.includes(protocol)) throw new GuestError('malformed')
  const traffic = new Traffic(context, webSocket.origin ?? 'a client')
  const channel = opened(() => webSocket.accept(protocol, headers))
  if (channel === undefined) throw new GuestError('closed')
  const connection = openConnection(channel, {
    context,
    maxMessageBytes,
    redact: (content) => content,
    receives: (bytes) => traffic.receives(bytes),
    sends: (bytes) => traffic.sends(bytes),
    limited: (hint) => traffic.limited(hint),
    ended: (end) => traffic.ended(end),
  })
  traffic.begins(connection)
  return connection
}

/** A header that cannot be sent is for the guest to change. */
function opened<Channel>(open: () => Channel): Channel {
  try {
    return open()
  } catch (error) {
    if (isMayflyError(error) && error.code === 'ERR_GUEST_FAILED') throw new GuestError('malformed')
    throw error
  }
}

/** Counts what passes over one connection, and records it. */
class Traffic {
  readonly #context: InvocationContext
  readonly #target: string
  #connection: Connection | undefined
  #limit: string | undefined
  #bytesIn = 0
  #bytesOut = 0

  constructor(context: InvocationContext, target: string) {
    this.#context = context
    this.#target = target
  }

  begins(connection: Connection): void {
    this.#connection = connection
    note(this.#context, 'accept', { outcome: 'allowed', rule: 'websocket', target: this.#target })
    // It would outlive its guest.
    this.#context.defer(() => failConnection(connection, 'closed'))
  }

  receives(bytes: number): boolean {
    this.#bytesIn += bytes
    return this.#takes('inboundBytes', bytes)
  }

  sends(bytes: number): boolean {
    this.#bytesOut += bytes
    return this.#takes('outboundBytes', bytes)
  }

  limited(hint: string): void {
    this.#limit ??= hint
    if (this.#connection !== undefined) failConnection(this.#connection, 'limited')
  }

  ended({ state }: WebSocketEnd): void {
    const hint = this.#limit
    note(this.#context, 'close', {
      target: this.#target,
      rule: 'websocket',
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      ...(hint === undefined
        ? { outcome: state === 'closed' ? 'allowed' : 'failed' }
        : { outcome: 'limited', hint }),
    })
  }

  #takes(budget: 'inboundBytes' | 'outboundBytes', bytes: number): boolean {
    this.#context.work('byte', bytes)
    if (this.#context.budget.take(budget, bytes)) return true
    this.limited(`Raise limits.${budget}`)
    return false
  }
}

function note(
  context: InvocationContext,
  action: string,
  event: Omit<CapabilityEvent, 'capability' | 'action' | 'target'> & { target?: string },
): void {
  context.record({ capability: 'websocket', action, target: 'a client', ...event })
}
