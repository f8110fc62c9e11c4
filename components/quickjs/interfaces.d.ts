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
  /** A body that arrives. */
  export class ByteStream {
    private constructor()
    /** The next bytes, at once when they are there; nothing at the end. Throws the error of the body. One at a time. */
    read(): Uint8Array | undefined | Promise<Uint8Array | undefined>
    /** Gives the rest up: a read that is under way finds no more. */
    cancel(): void
  }
  /** A body that is sent while it is made. */
  export class ByteSink {
    /** What the host reads. */
    readonly stream: ByteStream
    /** Returns whether the host has taken all of `bytes`, once it has: otherwise it wants no more. One at a time. */
    write(bytes: Uint8Array): boolean | Promise<boolean>
    /** Ends the body, which is all there or was broken off. */
    end(isWhole: boolean): void
  }
  /** Has the invocation go on after its answer until it is called with false. */
  export function stay(stays: boolean): void
}
