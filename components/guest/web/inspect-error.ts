/** Shows errors as Node does: the stack, the own properties, the cause, and the errors of an `AggregateError`. @module */

import { braced, nameOf, ownValue } from './object-names.ts'

const HIDDEN = ['cause', 'errors']
const FRAME = /^ {4}at /m
// As SpiderMonkey writes it. It puts no line of the error above.
const OTHER_FRAME = /^\S*@\S+:\d+:\d+$/m

/**
 * Returns the text of `error`.
 *
 * @param show - shows a value inside of it
 * @param properties - texts of its own properties that are enumerable
 */
export function inspectError(
  error: Error,
  show: (value: unknown) => string,
  properties: readonly string[],
): string {
  const hidden = HIDDEN.filter(
    (key) =>
      Object.hasOwn(error, key) &&
      Object.getOwnPropertyDescriptor(error, key)?.enumerable === false,
  ).map((key) => `[${key}]: ${show(ownValue(error, key))}`)
  const own = ['name', 'message', 'stack'].map((key) => `${key}: `)
  const parts = [
    ...properties.filter((text) => !own.some((key) => text.startsWith(key))),
    ...hidden,
  ]
  const text = stackOf(error)
  const whole = framesIn(text) === null ? `[${text}]` : text
  return parts.length === 0 ? whole : `${whole} ${braced('{', parts, '}')}`
}

/** With the line of the error, which the name of its class is part of. */
function stackOf(error: Error): string {
  const name = textOf(error, 'name') ?? 'Error'
  const message = textOf(error, 'message') ?? ''
  const line = message === '' ? name : `${name}: ${message}`
  const stack = readStack(error)
  const frames = framesIn(stack)
  // The name of a field comes after the stack was made, as that of a class does that sets `name`.
  if (frames === null) return stack === '' ? line : stack
  const head = stack.slice(0, frames.index).trimEnd()
  const known = head === '' || !head.includes(message) ? line : head
  const className = nameOf(error)
  const isNamed = known.includes(name) || known.includes(className)
  const shown = isNamed ? known : known.replace(/^\w*Error/, name)
  return `${shown}\n${stack.slice(frames.index).trimEnd()}`
}

function framesIn(stack: string): RegExpExecArray | null {
  return FRAME.exec(stack) ?? OTHER_FRAME.exec(stack)
}

const accessor = Object.getOwnPropertyDescriptor(Error.prototype, 'stack')

function readStack(error: Error): string {
  const own = Object.getOwnPropertyDescriptor(error, 'stack')
  const stack: unknown = own === undefined ? accessor?.get?.call(error) : own.value
  return typeof stack === 'string' ? stack : ''
}

/** Of the nearest object that has the property, unless a getter of the agent has it. */
function textOf(error: Error, key: 'name' | 'message'): string | undefined {
  for (
    let at: object | null = error;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const found = Object.getOwnPropertyDescriptor(at, key)
    if (found === undefined) continue
    // That of a DOMException is the engine's.
    const value: unknown =
      found.get !== undefined && at === DOMException.prototype ? error[key] : found.value
    return typeof value === 'string' ? value : undefined
  }
  return undefined
}
