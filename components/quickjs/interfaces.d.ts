/**
 * What the prelude adds to the host's interfaces: what only this engine has.
 *
 * @module
 */

declare module 'mayfly:agent/engine' {
  export function encodeUtf8(text: string): Uint8Array<ArrayBuffer>
  /** Nothing when `bytes` are not UTF-8. */
  export function decodeUtf8(bytes: Uint8Array): string | undefined
  export function decodeLatin1(bytes: Uint8Array): string
  export function quiet(): Promise<void>
  /** What `promise` is fulfilled with when nothing else is left to run. Nothing otherwise. */
  export function settledValue(promise: unknown): unknown
}
