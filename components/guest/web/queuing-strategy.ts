/** How much a stream takes before it asks to be given less: what streams read of a strategy. @module */

export interface QueuingStrategy<T> {
  highWaterMark?: number
  size?(chunk: T): number
}

/** What a stream reads of a strategy: the mark is undefined where none is given. */
export interface Strategy {
  readonly mark: number | undefined
  readonly size: ((chunk: unknown) => unknown) | undefined
}

const DEFAULT: Strategy = { mark: undefined, size: undefined }

/**
 * Reads `strategy` as the standard does.
 *
 * @throws {TypeError} for what is no strategy
 * @throws {RangeError} for a mark that is no number of at least 0; found when `markOf` is called
 */
export function toStrategy(strategy: unknown): Strategy {
  if (strategy === undefined || strategy === null) return DEFAULT
  const { highWaterMark, size } = requireObject(strategy, 'a queuing strategy') as {
    highWaterMark?: unknown
    size?: unknown
  }
  if (size !== undefined && typeof size !== 'function') {
    throw new TypeError('Cannot make a stream: "size" of its strategy is not a function')
  }
  return {
    mark: highWaterMark === undefined ? undefined : Number(highWaterMark),
    // Called without the strategy, as the standard has it.
    size: size as Strategy['size'],
  }
}

/** The mark of `strategy`, or `fallback`. */
export function markOf({ mark }: Strategy, fallback: number): number {
  if (mark === undefined) return fallback
  if (Number.isNaN(mark) || mark < 0) {
    throw new RangeError('Cannot make a stream: its high water mark is not a number of at least 0')
  }
  return mark
}

/** @throws {RangeError} for a size that a queue cannot count */
export function checkSize(size: unknown): number {
  const number = Number(size)
  if (number >= 0 && number < Infinity) return number
  throw new RangeError(`Cannot queue a chunk: its size is ${String(size)}, not a finite number`)
}

/** The object of `value`. @throws {TypeError} when it is none */
export function requireObject(value: unknown, what: string): object {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value
  throw new TypeError(`Cannot make a stream: ${what} has to be an object`)
}

/** The method `name` of `owner`, bound to it. @throws {TypeError} when it is something else */
export function methodOf<Args extends unknown[]>(
  owner: object,
  name: string,
): ((...args: Args) => unknown) | undefined {
  const method: unknown = Reflect.get(owner, name)
  if (method === undefined) return undefined
  if (typeof method !== 'function') {
    throw new TypeError(`Cannot make a stream: "${name}" is not a function`)
  }
  return (...args) => Reflect.apply(method, owner, args) as unknown
}
