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
  /** Has the invocation go on after its answer until it is called with false. */
  export function stay(stays: boolean): void
}
