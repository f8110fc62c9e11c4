/**
 * The log of the host: one JSON line for each event, on stderr, so that stdout stays free for the output of a command.
 * On a terminal it is text. Both escape characters that a terminal would act on, because people also read JSON there.
 *
 * @module
 */

import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { pino, type DestinationStream, type Logger } from 'pino'
import type { LogDriver } from '../../../runtime/capabilities/log/index.ts'
import type { GroupEnd } from '../../../runtime/isolation/index.ts'
import { statusOf, type InvocationRecord } from '../../../runtime/agents/index.ts'
import { printableJson } from '../../../runtime/errors/index.ts'
import type { SocketCrowd } from '../../drivers/guarded-fetch/index.ts'
import type { RequestLine } from '../../app/index.ts'
import type { ControlLine } from '../../control/index.ts'
import type { SourceMaps } from '../../source-maps/index.ts'
import { logText } from './log-text.ts'
import type { LogThreshold } from './log-threshold.ts'

export type { Logger }

const STDERR = 2
const FORBIDDEN = 403

/** Synchronous, so that the last lines of a crashing process get out. */
export function createLogger(level: LogThreshold): Logger {
  return pino(
    { level, base: null, formatters: { level: (label) => ({ level: label }) } },
    isatty(STDERR) ? { write: (line) => void writeSync(STDERR, logText(line)) } : jsonLines(),
  )
}

function jsonLines(): DestinationStream {
  const stderr = pino.destination({ dest: STDERR, sync: true })
  return { write: (line) => void stderr.write(printableJson(line)) }
}

/** The source maps of agents, for the stacks in their texts. */
export type TextMaps = Pick<SourceMaps, 'map'>

/** Writes the lines of agents into the log of the host. */
export function agentLog(logger: Logger, maps?: TextMaps): LogDriver {
  return {
    write({ agent, digest, id, level, message }) {
      // It is written nowhere.
      if (!logger.isLevelEnabled(level)) return
      logger[level](
        { event: 'agent', agent, id },
        maps?.map({ name: agent, digest }, message) ?? message,
      )
    },
  }
}

/** Logs the facts about an ended invocation that an operator needs: the reason of a failure, and denials. */
export function logInvocation(logger: Logger, record: InvocationRecord, maps?: TextMaps): void {
  const { agent, id, outcome } = record
  for (const { capability, action, target, outcome: result, hint } of record.events) {
    if (result === 'allowed') continue
    logger.warn({ event: 'capability', agent, id, capability, action, target, result, hint })
  }
  if (outcome.state === 'completed') return
  const { code, hint } = outcome.error
  const message = failureText(record, maps)
  const facts = { event: 'invocation', agent, id, state: outcome.state, code, hint }
  if (outcome.state === 'abandoned') logger.info({ ...facts, status: statusOf(outcome) }, message)
  else logger.error(facts, message)
}

/** Returns why an invocation failed, with places in the sources of its agent; nothing when it completed. */
export function failureText(
  { agent: name, digest, outcome }: InvocationRecord,
  maps?: TextMaps,
): string {
  if (outcome.state === 'completed') return ''
  const { message } = outcome.error
  return maps?.map({ name, digest }, message) ?? message
}

/** The level of the line of a request. */
export function levelOfRequest({
  fault,
  refusal,
}: Pick<RequestLine, 'fault' | 'refusal'>): 'info' | 'warn' | 'error' {
  if (fault !== undefined) return 'error'
  return refusal === undefined ? 'info' : 'warn'
}

/** Says that a request waits for a connection to another server, and which option gives it one. */
export function logCrowd(logger: Logger, crowd: SocketCrowd): void {
  const hint = 'Raise --max-upstream-sockets: an agent gets a quarter of them'
  logger.warn({ event: 'upstream-sockets', ...crowd, hint }, 'Requests wait for a connection')
}

/** Logs who changed something over the control plane, and what a token was refused. */
export function logControl(
  logger: Logger,
  { caller, method, path, status, id }: ControlLine,
): void {
  const facts = { event: 'control', caller, method, path, status, ...(id === '' ? {} : { id }) }
  logger[status === FORBIDDEN ? 'warn' : 'info'](facts)
}

/** Logs that the process of a group has ended; the records of its calls follow. */
export function logGroupEnd(
  logger: Logger,
  { group, reason, agents, calls, restartMs }: GroupEnd,
): void {
  logger.error(
    { event: 'group', group, reason, agents, calls, restartMs },
    'Process of a group ended: starting another',
  )
}
