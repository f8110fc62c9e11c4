/**
 * `console`, to the operator's log.
 *
 * @module
 */

import { monotonic, writeLog } from '../host.ts'
import { format } from './inspect.ts'

const counts = new Map<string, number>()
const started = new Map<string, number>()

export const console = {
  log: (...values: unknown[]): void => writeLog('info', format(values)),
  info: (...values: unknown[]): void => writeLog('info', format(values)),
  debug: (...values: unknown[]): void => writeLog('debug', format(values)),
  trace: (...values: unknown[]): void =>
    writeLog('debug', `${format(values)}\n${new Error().stack ?? ''}`.trim()),
  warn: (...values: unknown[]): void => writeLog('warn', format(values)),
  error: (...values: unknown[]): void => writeLog('error', format(values)),
  dir: (value: unknown): void => writeLog('info', format([value])),
  table: (value: unknown): void => writeLog('info', format([value])),
  group: (...values: unknown[]): void => writeLog('info', format(values)),
  groupCollapsed: (...values: unknown[]): void => writeLog('info', format(values)),
  groupEnd: (): void => undefined,
  assert(condition?: unknown, ...values: unknown[]): void {
    if (!condition) writeLog('error', `Assertion failed: ${format(values)}`)
  },
  count(label = 'default'): void {
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    writeLog('info', `${label}: ${count}`)
  },
  time(label = 'default'): void {
    started.set(label, monotonic())
  },
  timeLog(label = 'default', ...values: unknown[]): void {
    const from = started.get(label)
    if (from !== undefined)
      writeLog('info', `${label}: ${monotonic() - from}ms ${format(values)}`.trim())
  },
  timeEnd(label = 'default'): void {
    console.timeLog(label)
    started.delete(label)
  },
}
