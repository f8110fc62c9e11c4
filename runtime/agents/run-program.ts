/**
 * Runs a component that exports `wasi:cli/run`: arguments and standard input in, an exit code out.
 *
 * @module
 */
import { ProgramExit, type AbortSource, type ByteSink } from '../host-module/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { Invocation } from './invocation.ts'
import { bodyTooLarge, tooManyBodies } from './web-bridge.ts'

export interface RunOptions {
  /**
   * Arguments, without the name of the program.
   *
   * @default none
   */
  args?: readonly string[]
  /**
   * Standard input.
   *
   * @default empty
   */
  stdin?: ReadableStream<Uint8Array> | Uint8Array | string
  /**
   * Takes standard output as it is written.
   *
   * @default it is collected, within `responseBodyBytes` of the manifest
   */
  stdout?: ByteSink
  /**
   * Takes standard error as it is written.
   *
   * @default it is collected, like standard output
   */
  stderr?: ByteSink
  /**
   * The request id, for logs and audit.
   *
   * @default a random UUID
   */
  id?: string
  /** Aborting it stops the program. */
  signal?: AbortSource
}

export interface ProgramOutcome {
  /** 0 when it returned; 1 when it returned an error. */
  readonly exitCode: number
  /** What was collected. */
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

const RUN = 'wasi:cli/run#run'

export async function runProgram(
  invocation: Invocation,
  { args = [], stdin, stdout, stderr }: RunOptions,
  { responseBodyBytes }: Manifest['limits'],
  run: (name: string) => Promise<unknown>,
): Promise<ProgramOutcome> {
  let left = responseBodyBytes
  const take = (bytes: Uint8Array): void => {
    left -= bytes.byteLength
    if (left < 0)
      invocation.halt(bodyTooLarge('response-body', responseBodyBytes - left, responseBodyBytes))
    else if (!invocation.held.take(bytes.byteLength)) invocation.halt(tooManyBodies())
  }
  const out = new Collected(take)
  const err = new Collected(take)
  invocation.program = {
    args: [invocation.agent, ...args],
    stdin: stdin === undefined ? undefined : streamOf(stdin),
    stdout: stdout ?? out,
    stderr: stderr ?? err,
  }
  const exitCode = await exitCodeOf(run(RUN))
  return { exitCode, stdout: out.bytes(), stderr: err.bytes() }
}

async function exitCodeOf(running: Promise<unknown>): Promise<number> {
  try {
    await running
    return 0
  } catch (error) {
    if (error instanceof ProgramExit) return error.code
    // The error arm of `run`, which says nothing more.
    if (typeof error === 'object' && error !== null && 'payload' in error) return 1
    throw error
  }
}

const ROOM_BYTES = 65_536

class Collected implements ByteSink {
  readonly #chunks: Uint8Array[] = []
  readonly #take: (bytes: Uint8Array) => void
  #length = 0

  constructor(take: (bytes: Uint8Array) => void) {
    this.#take = take
  }

  room(): number {
    return ROOM_BYTES
  }

  write(bytes: Uint8Array): void {
    this.#take(bytes)
    this.#chunks.push(bytes)
    this.#length += bytes.byteLength
  }

  wait(): Promise<void> {
    return Promise.resolve()
  }

  bytes(): Uint8Array {
    const whole = new Uint8Array(this.#length)
    let offset = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset)
      offset += chunk.byteLength
    }
    return whole
  }
}

function streamOf(
  input: ReadableStream<Uint8Array> | Uint8Array | string,
): ReadableStream<Uint8Array> {
  return input instanceof ReadableStream ? input : new Blob([input as BlobPart]).stream()
}
