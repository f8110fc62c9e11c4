/**
 * Serves web requests with an export that some standard defines, `wasi:http/handler` say.
 *
 * @module
 */

import type { InvocationContext } from './invocation-context.ts'
import type { Program } from './program.ts'
import type { WebRequest } from './web-request.ts'

/** The context of a request, for its handler. */
export interface ExchangeContext {
  /** The invocation that the request is. */
  readonly invocation: InvocationContext
  /** Bytes that the body of the request may have. */
  readonly maxRequestBytes: number
  /** Bytes that the body of the answer may have. */
  readonly maxResponseBytes: number
  /** A body has grown past its bound: the guest must stop. */
  exceeded(body: 'request-body' | 'response-body', bytes: number): void
  /** The client has gone: the guest must stop. */
  cancelled(): void
}

/** One request on its way through a guest. */
export interface Exchange {
  /** The arguments for the export. */
  readonly args: readonly unknown[]
  /** Arguments and streams, when the export is that of a program. */
  readonly program?: Program
  /**
   * Returns the answer once the guest has given one, and only once.
   *
   * @throws {MayflyError} ERR_GUEST_FAILED when the response is not valid
   */
  take(): Response | undefined
  /**
   * The guest has returned `value`. Returns whether there is an answer, and all of its body has been written, if it had to
   * be by now.
   */
  returned(value: unknown): boolean
  /**
   * Settles when nothing more of the answer will be sent; nothing when that is so already.
   *
   * @default the guest writes all of it before it ends
   */
  readonly delivering?: () => Promise<void> | undefined
  /**
   * Whether the body has the length that the answer declares, or breaks off.
   *
   * @default false
   */
  readonly checksLength?: () => boolean
  /** Whether the guest has asked for more of the request than has come. */
  awaitsRequest(): boolean
  /** The guest has failed with `error`: the rest of the answer will not be written. */
  fail(error: unknown): void
}

/** Serves web requests with an export that some standard defines, such as `wasi:http/incoming-handler`. */
export interface RequestHandler {
  /** The export, without version: `wasi:http/incoming-handler#handle`. */
  readonly export: string
  /** Begins an exchange. The engine then calls the export with its `args`. */
  open(request: WebRequest, context: ExchangeContext): Exchange
}
