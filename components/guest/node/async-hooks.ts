/**
 * `node:async_hooks`: `AsyncLocalStorage`, across `await` as well.
 *
 * A context follows callbacks: of promises, microtasks and timers. An engine does not ask `Promise.prototype.then` when
 * it awaits, so the build makes generators of the async functions of an agent that imports this module; their helper
 * does ask. Async functions of the guest library stay as they are: what an agent awaits of them goes on in its context.
 *
 * @module
 */
type Context = ReadonlyMap<AsyncLocalStorage<unknown>, unknown>
// What they are called with is not looked at.
type Callback = (...args: never[]) => unknown

const NONE: Context = new Map()
let current = NONE

function runIn<Result>(
  context: Context,
  callback: (...args: never[]) => Result,
  args: unknown[],
  self?: unknown,
): Result {
  const before = current
  current = context
  try {
    return callback.apply(self, args as never[])
  } finally {
    current = before
  }
}

/** `callback`, which runs in the context of now whenever it is called. */
function kept<Value>(callback: Value): Value {
  if (typeof callback !== 'function') return callback
  const context = current
  return function (this: unknown, ...args: unknown[]) {
    return runIn(context, callback as unknown as Callback, args, this)
  } as Value
}

const { then } = Promise.prototype
// oxlint-disable-next-line unicorn/no-thenable -- it has one, and this calls it
Object.defineProperty(Promise.prototype, 'then', {
  value: function (this: Promise<unknown>, fulfilled?: unknown, rejected?: unknown) {
    return then.call(this, kept(fulfilled) as never, kept(rejected) as never)
  },
  writable: true,
  configurable: true,
})
for (const name of ['queueMicrotask', 'setTimeout', 'setInterval'] as const) {
  const start = globalThis[name] as (...args: unknown[]) => unknown
  Object.defineProperty(globalThis, name, {
    value: (callback: unknown, ...rest: unknown[]) => start(kept(callback), ...rest),
    writable: true,
    configurable: true,
  })
}

/** A value that all that is started in `run` finds, however late. */
export class AsyncLocalStorage<Value> {
  readonly #defaultValue: Value | undefined
  readonly name: string

  constructor({ defaultValue, name = '' }: { defaultValue?: Value; name?: string } = {}) {
    this.#defaultValue = defaultValue
    this.name = name
  }

  static bind<Bound>(callback: Bound): Bound {
    return kept(callback)
  }

  static snapshot(): (callback: Callback, ...args: unknown[]) => unknown {
    const context = current
    return (callback, ...args) => runIn(context, callback, args)
  }

  getStore(): Value | undefined {
    return current.has(this) ? (current.get(this) as Value) : this.#defaultValue
  }

  run<Result>(value: Value, callback: (...args: never[]) => Result, ...args: unknown[]): Result {
    return runIn(new Map(current).set(this, value), callback, args)
  }

  exit<Result>(callback: (...args: never[]) => Result, ...args: unknown[]): Result {
    const without = new Map(current)
    without.delete(this)
    return runIn(without, callback, args)
  }

  enterWith(value: Value): void {
    current = new Map(current).set(this, value)
  }

  disable(): void {
    const without = new Map(current)
    without.delete(this)
    current = without
  }
}

/** Something that calls back in the context that it was made in. */
export class AsyncResource {
  readonly type: string
  readonly #context = current

  constructor(type: string) {
    this.type = type
  }

  static bind<Bound>(callback: Bound): Bound {
    return kept(callback)
  }

  bind<Bound>(callback: Bound): Bound {
    return runIn(this.#context, () => kept(callback), [])
  }

  runInAsyncScope<Result>(
    callback: (...args: never[]) => Result,
    self?: unknown,
    ...args: unknown[]
  ): Result {
    return runIn(this.#context, callback, args, self)
  }

  emitDestroy(): this {
    return this
  }

  asyncId(): number {
    return 1
  }

  triggerAsyncId(): number {
    return 0
  }
}

export const executionAsyncId = (): number => 1
export const triggerAsyncId = (): number => 0
export const executionAsyncResource = (): object => ({})
/** Nothing is reported: the engine has no such events. */
export const createHook = (): object => {
  const hook = { enable: () => hook, disable: () => hook }
  return hook
}

export default {
  AsyncLocalStorage,
  AsyncResource,
  createHook,
  executionAsyncId,
  executionAsyncResource,
  triggerAsyncId,
}
