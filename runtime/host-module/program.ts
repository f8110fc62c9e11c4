/**
 * A guest that runs as a program: with arguments, from standard input to standard output.
 *
 * @module
 */

/** Takes bytes at the speed of their reader. */
export interface ByteSink {
  /** How many bytes it takes now; 0 when the guest must wait. */
  room(): number
  /** Takes `bytes`, which are the sink's from now on. */
  write(bytes: Uint8Array): void
  /** Settles when there is room again or never will be. Never rejects. */
  wait(): Promise<void>
  /** No more will be written. */
  close?(): void
}

/** Arguments and streams of a guest that is a program. */
export interface Program {
  /** The first is the name of the program. */
  readonly args: readonly string[]
  /** `undefined` is an empty one. */
  readonly stdin: ReadableStream<Uint8Array> | undefined
  /** Takes standard output. */
  readonly stdout: ByteSink
  /** @default the log */
  readonly stderr?: ByteSink
}

/** Thrown by a host function to end the program: not a failure. */
export class ProgramExit extends Error {
  override readonly name = 'ProgramExit'
  /** The exit code, 0 to 255. */
  readonly code: number

  constructor(code: number) {
    super(`Program exited with code ${code}`)
    this.code = code
  }
}
