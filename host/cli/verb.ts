/**
 * The contract of one verb of the command line.
 *
 * A verb prints its own results on stdout and everything else on stderr. It throws `MayflyError` for an error that the
 * user can correct; `main.ts` prints message and hint and exits with 1.
 *
 * @module
 */

import type { ParseArgsConfig } from 'node:util'

/** The words after the verb, parsed by `parseArgs`. */
export interface ParsedArguments {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>
  readonly positionals: readonly string[]
}

export interface Verb {
  readonly name: string
  /** One line for the list that `mayfly --help` prints. */
  readonly summary: string
  /** The whole of `mayfly <verb> --help` but the heading: usage line, options, an example. */
  readonly usage: string
  /** `help` is added by `main.ts`. */
  readonly options: NonNullable<ParseArgsConfig['options']>
  /**
   * Whether all words after the first argument are passed on unchanged, options or not; without a `--` just behind it.
   *
   * @default false
   */
  readonly passesArguments?: boolean
  /** Returns the exit code: 0 done, 1 failed, 2 used wrongly. */
  run(parsed: ParsedArguments): Promise<number>
}
