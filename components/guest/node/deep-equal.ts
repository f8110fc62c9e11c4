/** Whether two values are the same all the way down, as `node:assert` and `node:util` have it. @module */

/** Pairs under comparison: a pair within itself is equal. */
type Pairs = Map<object, object>

/** @param isStrict - whether `1` and `'1'`, and objects of different classes, differ */
export function deepEqual(
  left: unknown,
  right: unknown,
  isStrict: boolean,
  pairs: Pairs = new Map(),
): boolean {
  if (Object.is(left, right)) return true
  if (!isObject(left) || !isObject(right)) {
    // The loose comparison is what the caller asks for.
    // oxlint-disable-next-line eqeqeq -- of assert.deepEqual
    return !isStrict && !isObject(left) && !isObject(right) && left == right
  }
  if (pairs.get(left) === right) return true
  if (isStrict && Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false
  if (tagOf(left) !== tagOf(right) || Array.isArray(left) !== Array.isArray(right)) return false
  pairs.set(left, right)
  const same = (one: unknown, other: unknown): boolean => deepEqual(one, other, isStrict, pairs)
  return sameContent(left, right, same) && sameProperties(left, right, same)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value)
}

type Same = (left: unknown, right: unknown) => boolean

/** Of what is not in properties. */
function sameContent(left: object, right: object, same: Same): boolean {
  if (left instanceof Date && right instanceof Date) return Object.is(+left, +right)
  if (left instanceof RegExp && right instanceof RegExp) {
    return String(left) === String(right) && left.lastIndex === right.lastIndex
  }
  if (left instanceof Error && right instanceof Error) {
    return (
      left.name === right.name && left.message === right.message && same(left.cause, right.cause)
    )
  }
  if (isBoxed(left) && isBoxed(right)) return Object.is(left.valueOf(), right.valueOf())
  if (left instanceof Map && right instanceof Map) {
    return (
      left.size === right.size &&
      [...left].every(
        ([key, value]) =>
          (right.has(key) && same(value, right.get(key))) ||
          (isObject(key) && [...right].some(([k, v]) => same(key, k) && same(value, v))),
      )
    )
  }
  if (left instanceof Set && right instanceof Set) {
    return (
      left.size === right.size &&
      [...left].every(
        (value) => right.has(value) || (isObject(value) && [...right].some((v) => same(value, v))),
      )
    )
  }
  if (left instanceof ArrayBuffer && right instanceof ArrayBuffer) {
    return same(new Uint8Array(left), new Uint8Array(right))
  }
  return true
}

function isBoxed(value: object): boolean {
  return [Number, String, Boolean, BigInt, Symbol].some((each) => value instanceof each)
}

function sameProperties(left: object, right: object, same: Same): boolean {
  const keys = keysOf(left)
  const isSameKeys = keys.length === keysOf(right).length
  const values = (of: object, key: string | symbol): unknown => Reflect.get(of, key) as unknown
  return (
    isSameKeys &&
    keys.every((key) => Object.hasOwn(right, key) && same(values(left, key), values(right, key)))
  )
}

function keysOf(value: object): (string | symbol)[] {
  const symbols = Object.getOwnPropertySymbols(value)
  return [
    ...Object.keys(value),
    ...symbols.filter((key) => Object.prototype.propertyIsEnumerable.call(value, key)),
  ]
}
