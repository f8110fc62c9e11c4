/** `node:util`. What it writes about values is for people, and shorter than Node's. @module */
import { format, inspect as describe } from '../node-host.ts'
import { deepEqual } from './deep-equal.ts'
import types from './util-types.ts'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

const CUSTOM = Symbol.for('nodejs.util.promisify.custom')
const CUSTOM_INSPECT = Symbol.for('nodejs.util.inspect.custom')
// Colours of terminals and the like.
// oxlint-disable-next-line no-control-regex -- control characters are what it finds
const CONTROL = /[\u001b\u009b][[\]()#;?]*(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g

const inspect = Object.assign(
  function inspect(value: unknown): string {
    const own = (value as { [CUSTOM_INSPECT]?: unknown } | null | undefined)?.[CUSTOM_INSPECT]
    if (typeof own === 'function') {
      const made: unknown = own.call(value, 2, {}, inspect)
      return typeof made === 'string' ? made : describe(made)
    }
    return describe(value)
  },
  { custom: CUSTOM_INSPECT, defaultOptions: {} },
)

function formatAll(...[first, ...rest]: unknown[]): string {
  if (typeof first !== 'string') return format([first, ...rest])
  let at = 0
  // The library has no `%j`.
  const text = first.replace(/%[sdifoOjc%]/g, (whole) => {
    if (whole === '%%' || at >= rest.length) return whole
    const which = at++
    if (whole !== '%j') return whole
    rest[which] = toJson(rest[which])
    return '%s'
  })
  return format([text, ...rest])
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined'
  } catch {
    return '[Circular]'
  }
}

function inherits(constructor: AnyFunction, parent: AnyFunction): void {
  Object.defineProperty(constructor, 'super_', {
    value: parent,
    writable: true,
    configurable: true,
  })
  Object.setPrototypeOf(constructor.prototype as object, parent.prototype as object)
}

const promisify = Object.assign(
  function promisify(original: AnyFunction): AnyFunction {
    const own = (original as { [CUSTOM]?: AnyFunction })[CUSTOM]
    if (own !== undefined) return own
    const made = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      return new Promise((resolve, reject) => {
        original.call(this, ...args, (error: unknown, value: unknown) =>
          error ? reject(error as Error) : resolve(value),
        )
      })
    }
    return Object.setPrototypeOf(made, Object.getPrototypeOf(original) as object) as AnyFunction
  },
  { custom: CUSTOM },
)

function callbackify(original: AnyFunction): AnyFunction {
  return function (...args) {
    const done = args.pop() as (error: unknown, value?: unknown) => void
    void Promise.resolve(original.apply(this, args)).then(
      (value) => queueMicrotask(() => done(null, value)),
      (error: unknown) => queueMicrotask(() => done(error ?? new Error('rejected without reason'))),
    )
  }
}

function deprecate<Value>(value: Value): Value {
  return value
}

/** Lines for the log, if `NODE_DEBUG` of the configuration names `section`. */
function debuglog(section: string): AnyFunction & { enabled: boolean } {
  const log = (...values: unknown[]): void => {
    if (log.enabled) console.debug(`${section.toUpperCase()} ${format(values)}`)
  }
  log.enabled = false
  return log
}

function stripVTControlCharacters(text: string): string {
  return text.replaceAll(CONTROL, '')
}

function styleText(_style: unknown, text: string): string {
  return text
}

function isDeepStrictEqual(left: unknown, right: unknown): boolean {
  return deepEqual(left, right, true)
}

function toUSVString(text: string): string {
  return text.toWellFormed()
}

const { TextDecoder, TextEncoder } = globalThis
const { isArray } = Array
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isNull = (value: unknown): boolean => value === null
const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isString = (value: unknown): boolean => typeof value === 'string'
const isSymbol = (value: unknown): boolean => typeof value === 'symbol'
const isUndefined = (value: unknown): boolean => value === undefined
const isRegExp = (value: unknown): boolean => value instanceof RegExp
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const isDate = (value: unknown): boolean => value instanceof Date
const isError = (value: unknown): boolean => value instanceof Error
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isPrimitive = (value: unknown): boolean => !isObject(value) && !isFunction(value)
const _extend = (target: object, source: unknown): object => Object.assign(target, source)
const debug = debuglog

export {
  _extend,
  callbackify,
  debug,
  debuglog,
  deprecate,
  formatAll as format,
  inherits,
  inspect,
  isArray,
  isBoolean,
  isDate,
  isDeepStrictEqual,
  isError,
  isFunction,
  isNull,
  isNullOrUndefined,
  isNumber,
  isObject,
  isPrimitive,
  isRegExp,
  isString,
  isSymbol,
  isUndefined,
  promisify,
  stripVTControlCharacters,
  styleText,
  TextDecoder,
  TextEncoder,
  toUSVString,
  types,
}
export default {
  _extend,
  callbackify,
  debug,
  debuglog,
  deprecate,
  format: formatAll,
  inherits,
  inspect,
  isArray,
  isBoolean,
  isDate,
  isDeepStrictEqual,
  isError,
  isFunction,
  isNull,
  isNullOrUndefined,
  isNumber,
  isObject,
  isPrimitive,
  isRegExp,
  isString,
  isSymbol,
  isUndefined,
  promisify,
  stripVTControlCharacters,
  styleText,
  TextDecoder,
  TextEncoder,
  toUSVString,
  types,
}
