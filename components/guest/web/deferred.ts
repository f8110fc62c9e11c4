/** Promises that are settled from outside, as streams have many. @module */

export class Deferred<Value = undefined> {
  isPending = true
  readonly promise: Promise<Value>
  #resolve!: (value: Value | PromiseLike<Value>) => void
  #reject!: (reason: unknown) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  static resolved(): Deferred {
    const deferred = new Deferred()
    deferred.resolve(undefined)
    return deferred
  }

  /** One that is rejected, which nothing has to handle. */
  static rejected(reason: unknown): Deferred {
    const deferred = new Deferred()
    deferred.reject(reason)
    deferred.handled()
    return deferred
  }

  resolve(value: Value | PromiseLike<Value>): void {
    this.isPending = false
    this.#resolve(value)
  }

  reject(reason: unknown): void {
    this.isPending = false
    this.#reject(reason)
  }

  /** Has a rejection count as handled: a caller that looks sees it all the same. */
  handled(): void {
    this.promise.catch(nothing)
  }
}

export function nothing(): undefined {
  return undefined
}

/**
 * A promise of `value`. One that is a promise itself settles it two steps later than `Promise.resolve`, as the standard has
 * it for what `start` of a stream returns.
 */
export function resolvedWith(value: unknown): Promise<unknown> {
  return new Promise((resolve) => resolve(value))
}

/** A promise of what `call` returns, rejected with what it throws. */
export function attempt(call: () => unknown): Promise<unknown> {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** What a method says that was called on another object, or with one. */
export function foreign(what: string): TypeError {
  return new TypeError(`Cannot use this as a ${what}: it is none`)
}
