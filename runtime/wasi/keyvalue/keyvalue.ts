/**
 * `wasi:keyvalue` over the capability `kv`: a bucket is a store the manifest names.
 *
 * Whether a store is granted is known when the guest first uses it, not when it opens it: `open` asks for
 * one key, so that a guest learns early.
 *
 * @module
 */
import { GuestError, type Capability, type Imports } from '../../capability/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'
import { opaque } from '../opaque.ts'

const PAGE_KEYS = 1000

type StoreError =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string }

/** Calls a function of `kv` and translates the error it throws. */
type Call = (name: string, ...args: unknown[]) => unknown

/** Adds `wasi:keyvalue` to `kv`. */
export function wasiKeyvalue(kv: Capability): Capability {
  return extend(kv, {
    interfaces: ['wasi:keyvalue/store', 'wasi:keyvalue/atomics', 'wasi:keyvalue/batch'],
    suspends: true,
    adapt: (functions) => adapt(caller(functions)),
  })
}

class Bucket {
  readonly #call: Call

  constructor(store: string, call: Call) {
    this.#call = (name, ...args) => call(name, store, ...args)
  }

  get(key: string): unknown {
    return this.#call('get', key)
  }

  set(key: string, value: Uint8Array): unknown {
    return this.#call('set', key, value)
  }

  delete(key: string): unknown {
    return this.#call('delete', key)
  }

  exists(key: string): unknown {
    return then(this.#call('get', key), (value) => value !== undefined)
  }

  listKeys(cursor: string | undefined): unknown {
    return this.#call('keys', '', cursor, PAGE_KEYS)
  }

  static increment(bucket: Bucket, key: string, delta: bigint): unknown {
    return bucket.#call('increment', key, delta)
  }
}

function adapt(call: Call): Imports {
  return {
    'wasi:keyvalue/store': {
      Bucket: opaque(Bucket),
      open: (store: string) =>
        then(call('keys', store, '', undefined, 1), () => new Bucket(store, call)),
    },
    'wasi:keyvalue/atomics': { increment: Bucket.increment },
    'wasi:keyvalue/batch': {
      getMany: (bucket: Bucket, keys: readonly string[]) =>
        inOrder(keys, (key) =>
          then(bucket.get(key), (value) => (value === undefined ? undefined : [key, value])),
        ),
      setMany: (bucket: Bucket, entries: readonly (readonly [string, Uint8Array])[]) =>
        then(
          inOrder(entries, ([key, value]) => bucket.set(key, value)),
          nothing,
        ),
      deleteMany: (bucket: Bucket, keys: readonly string[]) =>
        then(
          inOrder(keys, (key) => bucket.delete(key)),
          nothing,
        ),
    },
  }
}

function caller(functions: GuestFunctions): Call {
  return (name, ...args) => {
    try {
      const answer = functions[name]?.(...args)
      return answer instanceof Promise ? answer.catch(translate) : answer
    } catch (error) {
      return translate(error)
    }
  }
}

function translate(error: unknown): never {
  if (!(error instanceof GuestError)) throw error
  throw new GuestError<StoreError>(
    error.payload === 'denied'
      ? { tag: 'access-denied' }
      : { tag: 'other', val: String(error.payload) },
  )
}

/** One after the other, so that a budget that is spent stops the rest. */
function inOrder<Item>(
  items: readonly Item[],
  work: (item: Item) => unknown,
  done: unknown[] = [],
): unknown {
  for (let index = done.length; index < items.length; index++) {
    // An index below the length.
    const answer = work(items[index] as Item)
    if (answer instanceof Promise)
      return answer.then((value) => inOrder(items, work, [...done, value]))
    done.push(answer)
  }
  return done
}

function then<Value>(answer: unknown, finish: (value: unknown) => Value): Value | Promise<Value> {
  return answer instanceof Promise ? answer.then(finish) : finish(answer)
}

function nothing(): void {}
