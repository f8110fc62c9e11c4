/**
 * `console`, to the operator's log. No method throws, whatever it is given.
 *
 * @module
 */

import { monotonic, writeLog } from '../host.ts'
import { parts } from '../parts.ts'
import { format, inspect } from './inspect.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'
type Write = (...values: unknown[]) => void

const counts = new Map<string, number>()
const started = new Map<string, number>()
let indent = ''

export const console = {
  log: ((...values) => write('info', values)) as Write,
  info: ((...values) => write('info', values)) as Write,
  debug: ((...values) => write('debug', values)) as Write,
  warn: ((...values) => write('warn', values)) as Write,
  error: ((...values) => write('error', values)) as Write,
  dirxml: ((...values) => write('info', values)) as Write,
  trace(...values: unknown[]): void {
    const { stack = '' } = new Error()
    // Above the frames are the line of the error and this function.
    const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
    const line = values.length === 0 ? 'Trace' : `Trace: ${toText(values)}`
    put('debug', [line, ...frames.slice(1)].join('\n'))
  },
  dir(value?: unknown): void {
    put('info', inspect(value))
  },
  table(value?: unknown, columns?: unknown): void {
    put('info', parts.table?.(value, columns) ?? toText([value]))
  },
  group(...values: unknown[]): void {
    if (values.length > 0) write('info', values)
    indent += '  '
  },
  groupCollapsed(...values: unknown[]): void {
    console.group(...values)
  },
  groupEnd(): void {
    indent = indent.slice(2)
  },
  clear(): void {
    // A log has no screen.
  },
  assert(condition?: unknown, ...values: unknown[]): void {
    if (condition) return
    const [first, ...rest] = values
    if (values.length === 0) put('error', 'Assertion failed')
    else if (typeof first === 'string') write('error', [`Assertion failed: ${first}`, ...rest])
    else write('error', ['Assertion failed:', ...values])
  },
  count(label?: unknown): void {
    const name = toLabel(label)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    put('info', `${name}: ${count}`)
  },
  countReset(label?: unknown): void {
    const name = toLabel(label)
    if (!counts.delete(name)) put('warn', `Count for '${name}' does not exist`)
  },
  time(label?: unknown): void {
    const name = toLabel(label)
    if (started.has(name)) put('warn', `Label '${name}' already exists for console.time()`)
    else started.set(name, monotonic())
  },
  timeLog(label?: unknown, ...values: unknown[]): void {
    writeTime('timeLog', toLabel(label), values)
  },
  timeEnd(label?: unknown): void {
    const name = toLabel(label)
    writeTime('timeEnd', name, [])
    started.delete(name)
  },
  timeStamp(): void {
    // There is no profile that it could be in.
  },
}

function write(level: Level, values: readonly unknown[]): void {
  put(level, toText(values))
}

function put(level: Level, text: string): void {
  writeLog(level, indent === '' ? text : text.replace(/^/gm, indent))
}

function toText(values: readonly unknown[]): string {
  try {
    return format(values)
  } catch {
    return '[values that cannot be shown]'
  }
}

function toLabel(label: unknown): string {
  if (label === undefined) return 'default'
  try {
    return String(label)
  } catch {
    return inspect(label)
  }
}

function writeTime(method: string, label: string, values: readonly unknown[]): void {
  const from = started.get(label)
  if (from === undefined) return put('warn', `No such label '${label}' for console.${method}()`)
  const passed = monotonic() - from
  const time = passed >= 1000 ? `${(passed / 1000).toFixed(3)}s` : `${Number(passed.toFixed(3))}ms`
  put('info', [`${label}: ${time}`, ...(values.length === 0 ? [] : [toText(values)])].join(' '))
}
