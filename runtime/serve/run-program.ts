/**
 * Runs a component that exports `wasi:cli/run`: arguments and standard input in, an exit code out.
 *
 * @module
 */
import { ProgramExit, type AbortSource, type ByteSink } from '../host-module/index.ts'
import { CollectedOutput, OutputBound } from './collected-output.ts'
import { enter, fail, type Ending } from './enter.ts'
import { WASI_PROGRAM } from './exports.ts'
import { isErrorArm } from './guest-failure.ts'
import type { Outcome } from './outcome.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'

/** Options of a run of a program. */
export interface RunOptions {
  /**
   * Arguments, without the name of the program.
   *
   * @default none
   */
  args?: readonly string[]
  /**
   * The name of the program, which it gets before its arguments.
   *
   * @default the name of the agent
   */
  programName?: string
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

/** The outcome of a program that returned or exited. */
export interface ProgramOutcome {
  /** 0 when it returned; 1 when it returned an error. */
  readonly exitCode: number
  /** The collected output. */
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/**
 * Runs the program until it returns or exits.
 *
 * @throws as `agent.run` does
 */
export function runProgram<Invocation extends ServedInvocation>(
  runs: Runs<Invocation>,
  invocation: Invocation,
  options: RunOptions,
): ProgramOutcome | Promise<ProgramOutcome> {
  const ending = new ProgramEnding(invocation, runs.limits.responseBodyBytes)
  try {
    ending.begins(options)
  } catch (error) {
    return fail(runs, invocation, ending, error)
  }
  return enter(runs, invocation, ending, WASI_PROGRAM, [])
}

/** However a program exits, it has completed: its caller gets the code. */
class ProgramEnding implements Ending<ProgramOutcome> {
  readonly #invocation: ServedInvocation
  readonly #stdout: CollectedOutput
  readonly #stderr: CollectedOutput
  #exitCode = 0
  #error: unknown

  constructor(invocation: ServedInvocation, maxBytes: number) {
    const bound = new OutputBound(invocation, maxBytes)
    this.#invocation = invocation
    this.#stdout = new CollectedOutput(bound)
    this.#stderr = new CollectedOutput(bound)
  }

  /** @throws the error of the platform for a `stdin` of another type */
  begins({ args = [], programName, stdin, stdout, stderr }: RunOptions): void {
    this.#invocation.program = {
      args: [programName ?? this.#invocation.agent, ...args],
      stdin: stdin === undefined ? undefined : streamOf(stdin),
      stdout: stdout ?? this.#stdout,
      stderr: stderr ?? this.#stderr,
    }
  }

  returned(): Outcome {
    return { state: 'completed', status: 200 }
  }

  threw(error: unknown): Outcome {
    const exitCode = exitCodeOf(error)
    if (exitCode === undefined) {
      this.#error = error
      return this.#invocation.outcomeOf(error)
    }
    this.#exitCode = exitCode
    return this.returned()
  }

  answer(outcome: Outcome): ProgramOutcome {
    if (outcome.state !== 'completed') throw this.#error
    return {
      exitCode: this.#exitCode,
      stdout: this.#stdout.bytes(),
      stderr: this.#stderr.bytes(),
    }
  }
}

/** Nothing when the program has neither exited nor returned an error. */
function exitCodeOf(thrown: unknown): number | undefined {
  if (thrown instanceof ProgramExit) return thrown.code
  // The error arm of `run`, which says nothing more.
  return isErrorArm(thrown) ? 1 : undefined
}

function streamOf(
  input: ReadableStream<Uint8Array> | Uint8Array | string,
): ReadableStream<Uint8Array> {
  return input instanceof ReadableStream ? input : new Blob([input as BlobPart]).stream()
}
