/**
 * The side of an invocation that its client sees: whether it still waits, and whether it has its answer.
 *
 * @module
 */
import type { MayflyError } from '../errors/index.ts'
import type { AbortSource, WebSocketOffer } from '../host-module/index.ts'
import type { HostCall } from '../link/index.ts'
import type { ArrivingBody, BodySink, ReturnedCall } from '../serve/index.ts'
import { ClientWatch, type WatchedInvocation } from './client-watch.ts'
import { FuelUse } from './fuel-use.ts'

/** A class of its own, not an object: each request has one. */
export abstract class ClientSide extends FuelUse implements WatchedInvocation {
  /** The sink for a streamed answer, when it answers a request. */
  answer: { readonly body: BodySink } | undefined
  /** The body of its request, when that was not there with the head. */
  requestBody: ArrivingBody | undefined
  /** The WebSocket that its request asks for. */
  webSocket: WebSocketOffer | undefined
  /** The call of its guest, while that runs in another process. */
  elsewhere: Pick<HostCall, 'requestCancellation'> | undefined
  #client: AbortSource | undefined
  #watch: ClientWatch | undefined
  #returned: ReturnedCall | undefined
  #onReturn: ((call: ReturnedCall) => void) | undefined
  #isServed = false

  /** `client` reports that the client does not wait for the answer any more. */
  constructor(fuel: number, client: AbortSource | undefined) {
    super(fuel)
    this.#client = client
  }

  abstract clientGone(): MayflyError
  abstract asksToEnd(reason: MayflyError): boolean
  abstract halt(reason: MayflyError): void

  /** Its client, until that has its answer. */
  protected get client(): AbortSource | undefined {
    return this.#client
  }

  /** Whether its client left before it had its answer. */
  get departed(): boolean {
    return this.#watch?.hasLeft === true
  }

  /** Whether its client has left, and its guest has had its time to react. */
  protected get isForsaken(): boolean {
    return this.#client?.aborted === true && this.#watch?.isPatient !== true
  }

  /** Makes sure that the guest hears of it when its client goes away: from now on others run in between. */
  watchClient(): void {
    const client = this.#client
    if (client === undefined || this.#isServed) return
    this.#watch ??= new ClientWatch(this, client)
    if (client.aborted) this.#watch.left()
  }

  clientLeft(): void {
    if (this.#isServed) return
    this.#watch ??= new ClientWatch(this, this.#client)
    this.#watch.left()
  }

  /** The guest has returned its result, and goes on. */
  hasReturned(call: ReturnedCall): void {
    this.#returned = call
    this.#onReturn?.(call)
  }

  whenReturned(give: (call: ReturnedCall) => void): void {
    this.#onReturn = give
    if (this.#returned !== undefined) give(this.#returned)
  }

  answered(): void {
    this.#isServed = true
    this.#watch?.end()
    this.#client = undefined
    // An idle slot knows whom it served last, which must not keep a connection.
    this.answer = undefined
    this.requestBody = undefined
    this.webSocket = undefined
    this.#returned = undefined
    this.#onReturn = undefined
  }
}
