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
}
