/**
 * Opens WebSockets that a rule has allowed, with the headers of the rule, and takes secrets out of what comes.
 *
 * A message is complete, so it is searched as a whole, in every spelling. A server that sends half of a secret in one
 * message and half in another has it anyway.
 *
 * @module
 */
import { HttpRefusal, type HttpDriver } from './driver.ts'
import type { HttpDriverOptions } from './driver-options.ts'
import type { Redactor } from './redactor.ts'
import { unlessStopped, type Stoppable } from './unless-stopped.ts'
import type { WebSocketAsked, WebSocketChannel, WebSocketOptions } from './websocket-driver.ts'
import { withoutOpening } from './websocket-request.ts'

/** A connection that was just opened. */
export interface OpenedChannel {
  readonly channel: WebSocketChannel
  /** Takes secrets out of what has come over it. */
  redact(content: string | Uint8Array): string | Uint8Array
}

export interface WebSocketSendOptions extends Pick<WebSocketOptions, 'maxMessageBytes' | 'idleMs'> {
  /** Gets the number of bytes that were searched for secrets, because the invocation pays for the search. */
  onSearch(bytes: number): void
}

interface ConnectParts extends WebSocketSendOptions {
  readonly driver: HttpDriver
  /** The headers of the rule, filled in. */
  readonly filled: readonly (readonly [name: string, value: string])[]
  /** Nothing when the agent has no secrets. */
  readonly redactor: Redactor | undefined
  readonly options: HttpDriverOptions
}

/** @throws {HttpRefusal}, {Error} */
export async function openChannel(
  asked: WebSocketAsked,
  work: Stoppable,
  { driver, filled, redactor, options, maxMessageBytes, idleMs, onSearch }: ConnectParts,
): Promise<OpenedChannel> {
  const { webSocket } = driver
  if (webSocket === undefined)
    throw new Error(`The http driver "${driver.name}" opens no WebSockets`)
  const own = withoutOpening(filled)
  const others = asked.headers.filter(([name]) => !own.some(([each]) => each === name))
  const request = { ...asked, headers: [...others, ...own] }
  const bounded = { ...options, maxMessageBytes, idleMs }
  try {
    const channel = await unlessStopped(webSocket.connect(request, bounded), work, (late) =>
      late.abort(),
    )
    checkProtocol(channel, asked)
    return {
      channel,
      redact: (content) => redactor?.message(content, { onSearch }) ?? content,
    }
  } catch (error) {
    if (redactor === undefined || error instanceof HttpRefusal || !(error instanceof Error))
      throw error
    // No cause: it may hold the request.
    throw new Error(redactor.text(error.message))
  }
}

function checkProtocol(channel: WebSocketChannel, { protocols }: WebSocketAsked): void {
  const { protocol } = channel
  if (protocol === '' || protocols.includes(protocol)) return
  channel.abort()
  throw new Error('The other side has chosen a protocol that was not offered')
}
