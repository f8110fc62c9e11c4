/**
 * Where the lines of agents go.
 *
 * @module
 */

import { printable } from '../../errors/index.ts'

/** How much a line matters, the least first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
/** How much a line matters. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One line of an agent. */
export interface LogLine {
  /** The name of the agent. */
  readonly agent: string
  /** Digest of the component that wrote it, `sha256:…`: another version of the agent may run beside it. */
  readonly digest?: string | undefined
  /** The request id. */
  readonly id: string
  /** How much it matters, as the agent says. */
  readonly level: LogLevel
  /** Text of the agent: not escaped. */
  readonly message: string
}

/** Takes the lines of agents. It must return at once and never throw: a guest waits for it. */
export interface LogDriver {
  /** Takes one line. */
  write(line: LogLine): void
}

/** Writes to the console of the host, one line a line: line breaks and controls in it are escaped. */
export function consoleLog(): LogDriver {
  return {
    write({ agent, id, level, message }) {
      console[level](printable(`[${agent} ${id}] ${message}`))
    },
  }
}
