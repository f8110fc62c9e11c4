/**
 * The interface that the prelude adds to those of the host: functions of this engine only.
 *
 * @module
 */

declare module 'mayfly:agent/engine' {
  export function encodeUtf8(text: string): Uint8Array<ArrayBuffer>
  /** Nothing when `bytes` are not UTF-8. */
  export function decodeUtf8(bytes: Uint8Array): string | undefined
  export function decodeLatin1(bytes: Uint8Array): string
  /** Nothing when `bytes` are not UTF-8, or begin with a byte order mark. */
  export function parseJson(bytes: Uint8Array): unknown
  /** Answers the request. The first answer counts. A body that is a text is sent in UTF-8. */
  export function respond(
    status: number,
    headers: [name: string, value: string][],
    body: Uint8Array | string,
  ): void
  export function quiet(): Promise<void>
  /** Returns the value of a fulfilled `promise` when no job is left to run; otherwise `undefined`. */
  export function settledValue(promise: unknown): unknown
  /**
   * Gives up on the call of the host that returned `promise`, which then never settles. Returns whether it was under
   * way.
   */
  export function cancelCall(promise: unknown): boolean
  /** Has `listener` called once the caller has gone. Returns a function that takes it back. */
  export function onCancel(listener: () => void): () => void
  /** Has `listener` called with the reason of each rejection that nothing handles. */
  export function onRejection(listener: (reason: unknown) => void): void
  /** Handles of the ends of a stream of bytes, and of the future that says whether it was whole. */
  export type Ends = [bytes: number, end: number]
  // Each function traps for an end that is not there, or is none for it: that ends the agent.
  export function makeEnds(): [...readable: Ends, ...writable: Ends]
  /** The next bytes, or an array of the last, or null when none are left; nothing when it was cancelled. */
  export function readStream(
    end: number,
  ):
    | Uint8Array
    | [last: Uint8Array]
    | null
    | Promise<Uint8Array | [last: Uint8Array] | null | undefined>
  /** How many were taken, times 16, and 1 more when the other end is gone; nothing when it was cancelled. */
  export function writeStream(end: number, bytes: Uint8Array): number | Promise<number | undefined>
  /** Rejects with the error of the body when it was not whole. */
  export function readFuture(end: number): void | Promise<void>
  /** 0 says that the body was whole, and each other number the error of the number before. */
  export function writeFuture(end: number, which: number): void | Promise<void>
  /** Of the kinds 0 to 3, odd ones are writable, and those from 2 on of futures. No copy may be under way. */
  export function dropEnd(end: number, kind: number): void
  /** Ends the copy that may be under way. */
  export function cancelCopy(end: number): void
  /** Has the invocation go on after its answer until it is called with false. */
  export function stay(stays: boolean): void
}
