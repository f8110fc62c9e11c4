/**
 * The connection of a request, by what Node's server has of it.
 *
 * Made for every request: it holds what Node has parsed, and works out nothing before it is asked for.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AbortSource, WebHeaders, WebSocketOffer } from '../../../runtime/host-module/index.ts'
import type { Connection, Passage } from '../../app/index.ts'
import { directPassage, type TrustedProxies } from './trusted-proxies.ts'
import { unreadBody, type UnreadMessage } from './unread-body.ts'

type Incoming = Pick<
  IncomingMessage,
  'rawHeaders' | 'rawTrailers' | 'once' | 'read' | 'readableLength'
> &
  UnreadMessage & {
    readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean }
  }

interface Outgoing extends Pick<
  ServerResponse,
  'destroyed' | 'writableEnded' | 'writableFinished' | 'addTrailers' | 'on' | 'writeHead'
> {
  readonly req: Pick<IncomingMessage, 'httpVersionMinor'>
}

const TYPE = /^content-type$/i

export class NodeConnection implements Connection {
  readonly startedAt: number = performance.now()
  readonly headers: WebHeaders
  readonly #incoming: Incoming
  readonly #outgoing: Outgoing
  readonly webSocket: WebSocketOffer | undefined
  readonly #proxies: TrustedProxies | undefined
  #unread: ReadableStream<Uint8Array> | undefined

  /**
   * @param proxies - that may say who the client is; none by default
   * @param webSocket - that the client asks to open; none by default
   */
  constructor(
    incoming: Incoming,
    outgoing: Outgoing,
    proxies?: TrustedProxies,
    webSocket?: WebSocketOffer,
  ) {
    this.webSocket = webSocket
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#proxies = proxies
    this.headers = new HeaderList(incoming.rawHeaders)
  }

  get passage(): Passage {
    const { remoteAddress, encrypted = false } = this.#incoming.socket
    return this.#proxies === undefined
      ? directPassage(remoteAddress, encrypted)
      : this.#proxies.passageOf(remoteAddress, encrypted, this.headers)
  }

  get mayHaveBody(): boolean {
    // https://www.rfc-editor.org/rfc/rfc9112#section-6-4
    const length = this.headers.get('content-length')
    return (length !== null && length !== '0') || this.headers.get('transfer-encoding') !== null
  }

  get unreadBody(): ReadableStream<Uint8Array> {
    return (this.#unread ??= unreadBody(this.#incoming, (drain) =>
      this.#outgoing.on('close', drain),
    ))
  }

  /** Whether all of the body is there. Node has the bytes a little before it sees that they were the last. */
  get isBodyThere(): boolean {
    const { complete, readableLength } = this.#incoming
    return complete || readableLength === Number(this.headers.get('content-length') ?? NaN)
  }

  arrivedBody(): Uint8Array | undefined {
    if (!this.isBodyThere) return undefined
    const incoming = this.#incoming
    const chunk = incoming.read() as Buffer | null // Without an encoding
    // So that its end is seen, for which Node waits before it forgets the message.
    if (!incoming.complete) incoming.resume()
    // Copied: Node may give it from a buffer that it uses again.
    return chunk === null ? new Uint8Array(0) : Uint8Array.from(chunk)
  }

  sendUntyped(): void {
    const outgoing = this.#outgoing
    const { writeHead } = outgoing
    // The adapter calls it once, with all headers, and with a type of its own where there was none.
    outgoing.writeHead = (status: number, headers?: unknown) => {
      const sent = Object.entries(headers ?? {}).filter(([name]) => !TYPE.test(name))
      return writeHead.call(outgoing, status, Object.fromEntries(sent))
    }
  }

  /** By Node's response: the platform's signal is built with the rest of its request. */
  get client(): AbortSource {
    return new NodeClient(this.#outgoing)
  }

  receiveTrailers(): Promise<Headers | undefined> | undefined {
    // Only a chunked body has room for them. https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2
    if (this.headers.get('transfer-encoding') === null) return undefined
    const incoming = this.#incoming
    return new Promise((resolve, reject) => {
      incoming.once('close', () => {
        if (incoming.complete) resolve(toHeaders(incoming.rawTrailers))
        else reject(new Error('The body broke off'))
      })
    })
  }

  sendTrailers(headers: Headers, following: Promise<Headers | undefined>): void {
    const outgoing = this.#outgoing
    // It has no chunks, which Node asks for where trailers are announced.
    // https://www.rfc-editor.org/rfc/rfc9112#section-7.1
    if (outgoing.req.httpVersionMinor === 0) headers.delete('trailer')
    // They are known before the body has ended, and so before the adapter, which writes it, ends the response.
    following.then(
      (trailers) => {
        if (trailers !== undefined && !outgoing.writableEnded) outgoing.addTrailers([...trailers])
      },
      // The body broke off, which the adapter sees too.
      () => {},
    )
  }
}

/** The end of a response, for all who wait for it: Node warns of more than ten listeners. */
class NodeClient implements AbortSource {
  readonly #outgoing: Outgoing
  #listener: (() => void) | undefined
  #closing: ((isSent: boolean) => void)[] | undefined

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  get aborted(): boolean {
    return this.#outgoing.destroyed && !this.#outgoing.writableFinished
  }

  /** One listener at a time: the engine has one an invocation. */
  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener
    this.#watch()
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  onClose(listener: (isSent: boolean) => void): void {
    this.#watch().push(listener)
  }

  #watch(): ((isSent: boolean) => void)[] {
    if (this.#closing !== undefined) return this.#closing
    const closing: ((isSent: boolean) => void)[] = (this.#closing = [])
    const outgoing = this.#outgoing
    // Left in place: the response ends with the request. Taking a listener off costs more than the rest of the
    // answer, in objects that outlive every scavenge (Node 26).
    outgoing.on('close', () => {
      const isSent = outgoing.writableFinished
      // An answer that was sent to its end closes the response too.
      if (!isSent) this.#listener?.()
      for (const listener of closing) listener(isSent)
    })
    return closing
  }
}

/** Of strings in turn, as Node's parser has them: name, value, name, value. */
class HeaderList implements WebHeaders {
  readonly #pairs: readonly [string, string][]

  constructor(list: readonly string[]) {
    const pairs: [string, string][] = []
    let cookies: [string, string] | undefined
    for (let i = 0; i + 1 < list.length; i += 2) {
      const pair: [string, string] = [(list[i] ?? '').toLowerCase(), list[i + 1] ?? '']
      if (pair[0] === 'cookie') {
        if (cookies !== undefined) {
          // Servers in front take them apart: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
          cookies[1] += `; ${pair[1]}`
          continue
        }
        cookies = pair
      }
      pairs.push(pair)
    }
    this.#pairs = pairs
  }

  get(name: string): string | null {
    let found: string | null = null
    for (const [each, value] of this.#pairs)
      if (each === name) found = found === null ? value : `${found}, ${value}`
    return found
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#pairs[Symbol.iterator]()
  }
}

function toHeaders(list: readonly string[]): Headers | undefined {
  if (list.length === 0) return undefined
  const headers = new Headers()
  for (let i = 0; i + 1 < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '')
  return headers
}
