/**
 * What a function of the host returns when it can fail.
 *
 * @module
 */

/** How a call ended. */
export class Outcome {
  constructor(
    /** Why it failed, as the WIT of the interface names it; empty when it did not. */
    readonly error: string = '',
  ) {}

  /** The one of a call that did not fail: nothing is freed, and there may be any number of such calls. */
  static get ok(): Outcome {
    return OK
  }

  get isOk(): bool {
    return this.error.length === 0
  }
}

// @ts-ignore: its compiler knows the decorator
@lazy const OK: Outcome = new Outcome()

/** An outcome with a value. */
export class Result<T> extends Outcome {
  constructor(
    error: string,
    private readonly held: T,
  ) {
    super(error)
  }

  /** Traps when the call failed: look at `error` before. */
  get value(): T {
    if (!this.isOk) unreachable()
    return this.held
  }
}

/** The result of a call that failed. */
export function failed<T>(error: string): Result<T> {
  if (isReference<T>()) return new Result<T>(error, changetype<T>(<usize>0))
  else return new Result<T>(error, <T>0)
}

/** The outcome of a function without a result: it cannot fail. */
export function nothing(_at: usize): Outcome {
  return Outcome.ok
}
