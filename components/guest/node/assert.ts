/** `node:assert`. Its messages of its own are shorter than Node's. @module */
import { inspect } from '../node-host.ts'
import { deepEqual as isDeepEqual } from './deep-equal.ts'

interface Failure {
  readonly actual?: unknown
  readonly expected?: unknown
  readonly operator?: string
  readonly message?: unknown
}
type Check = (error: unknown) => unknown
type Expected = Check | Readonly<Record<string, unknown>> | RegExp | Error | string
type Message = string | Error

export class AssertionError extends Error {
  readonly actual: unknown
  readonly expected: unknown
  readonly operator: string
  readonly generatedMessage: boolean
  readonly code = 'ERR_ASSERTION'

  constructor({ actual, expected, operator = 'fail', message }: Failure) {
    super(
      message === undefined
        ? `Expected values: ${inspect(actual)} ${operator} ${inspect(expected)}`
        : String(message),
    )
    this.name = 'AssertionError'
    this.actual = actual
    this.expected = expected
    this.operator = operator
    this.generatedMessage = message === undefined
  }
}

function check(holds: boolean, failure: Failure): void {
  if (holds) return
  if (failure.message instanceof Error) throw failure.message
  throw new AssertionError(failure)
}

export function ok(value?: unknown, message?: Message): void {
  const text = 'The expression evaluated to a falsy value'
  check(Boolean(value), { actual: value, expected: true, operator: '==', message: message ?? text })
}

export function fail(message: Message = 'Failed'): never {
  if (message instanceof Error) throw message
  throw new AssertionError({ message })
}

type Comparison = (actual: unknown, expected: unknown, message?: Message) => void

function comparison(operator: string, holds: (a: unknown, b: unknown) => boolean): Comparison {
  return (actual, expected, message) =>
    check(holds(actual, expected), { actual, expected, operator, message })
}

// oxlint-disable-next-line eqeqeq -- the loose comparison is the contract
const isEqual = (a: unknown, b: unknown): boolean => a == b || (a !== a && b !== b)
export const equal = comparison('==', isEqual)
export const notEqual = comparison('!=', (a, b) => !isEqual(a, b))
export const strictEqual = comparison('strictEqual', Object.is)
export const notStrictEqual = comparison('notStrictEqual', (a, b) => !Object.is(a, b))
export const deepEqual = comparison('deepEqual', (a, b) => isDeepEqual(a, b, false))
export const notDeepEqual = comparison('notDeepEqual', (a, b) => !isDeepEqual(a, b, false))
export const deepStrictEqual = comparison('deepStrictEqual', (a, b) => isDeepEqual(a, b, true))
export const notDeepStrictEqual = comparison(
  'notDeepStrictEqual',
  (a, b) => !isDeepEqual(a, b, true),
)

export function match(text: string, pattern: RegExp, message?: Message): void {
  check(pattern.test(text), { actual: text, expected: pattern, operator: 'match', message })
}

export function doesNotMatch(text: string, pattern: RegExp, message?: Message): void {
  const failure = { actual: text, expected: pattern, operator: 'doesNotMatch', message }
  check(!pattern.test(text), failure)
}

export function ifError(error: unknown): void {
  if (error !== null && error !== undefined) throw error
}

export function throws(run: () => unknown, expected?: Expected, message?: Message): void {
  try {
    run()
  } catch (error) {
    return mustFit(error, expected, 'throws', message)
  }
  const text = typeof expected === 'string' ? expected : (message ?? 'Missing expected exception.')
  fail(text)
}

export function doesNotThrow(run: () => unknown): void {
  run()
}

export async function rejects(
  given: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected,
  message?: Message,
): Promise<void> {
  try {
    await (typeof given === 'function' ? given() : given)
  } catch (error) {
    return mustFit(error, expected, 'rejects', message)
  }
  fail(typeof expected === 'string' ? expected : (message ?? 'Missing expected rejection.'))
}

export async function doesNotReject(
  given: Promise<unknown> | (() => Promise<unknown>),
): Promise<void> {
  await (typeof given === 'function' ? given() : given)
}

function mustFit(
  error: unknown,
  expected: Expected | undefined,
  operator: string,
  message: Message | undefined,
): void {
  if (expected === undefined || typeof expected === 'string') return
  if (typeof expected === 'function') {
    if (isClass(expected)) {
      if (error instanceof expected) return
      // Of another class: it was not expected.
      throw error
    }
    return check(expected(error) === true, {
      actual: error,
      expected,
      operator,
      message: message ?? 'The function that validates the error did not return true',
    })
  }
  check(fits(error, expected), { actual: error, expected, operator, message })
}

function isClass(value: Check): value is Check & typeof Error {
  return value === Error || value.prototype instanceof Error
}

function fits(error: unknown, expected: object): boolean {
  if (expected instanceof RegExp) return expected.test(String(error))
  const keys = [...Object.keys(expected), ...(expected instanceof Error ? ['name', 'message'] : [])]
  return keys.every((key) => {
    const [has, wants] = [error, expected].map(
      (each) => Reflect.get(each as object, key) as unknown,
    )
    return wants instanceof RegExp && typeof has === 'string'
      ? wants.test(has)
      : isDeepEqual(has, wants, true)
  })
}

const all = {
  AssertionError,
  deepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal,
  fail,
  ifError,
  match,
  notDeepEqual,
  notDeepStrictEqual,
  notEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
}
/** The same with strict comparisons only. */
export const strict: object = Object.assign(
  (value?: unknown, message?: Message) => ok(value, message),
  all,
  {
    deepEqual: deepStrictEqual,
    equal: strictEqual,
    notDeepEqual: notDeepStrictEqual,
    notEqual: notStrictEqual,
  },
)
const assert: object = Object.assign(
  (value?: unknown, message?: Message) => ok(value, message),
  all,
  { strict },
)
Object.assign(strict, { strict })
export default assert
