/**
 * `wasi:keyvalue` over the capability `kv`: a bucket is a store the manifest names.
 *
 * Whether a store is granted is known when the guest first uses it, not when it opens it: `open` asks for
 * one key, so that a guest learns early.
 *
 * A swap compares the stored value with the one the guest has seen, in one step of the driver. If another host has
 * written meanwhile, the swap fails, and the guest gets the present value to try again. Values that are written together
 * are one step as far as they fit one batch of `kv`.
 *
 * @module
 */
import { GuestError, type Capability, type Imports } from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'
import { opaque } from '../opaque.ts'

const PAGE_KEYS = 1000
// The bounds of a batch of `kv`: 100 keys, and 8 MiB of values of 1 MiB at most.
const MAX_KEYS = 100
const MAX_VALUES = 8

type StoreError =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string }

type CasError =
  | { readonly tag: 'store-error'; readonly val: StoreError }
  | { readonly tag: 'cas-failed'; readonly val: Cas }

/** Calls a function of `kv` and translates the error it throws. */
type Call = (name: string, ...args: unknown[]) => unknown

/** Adds `wasi:keyvalue` to `kv`. */
export function wasiKeyvalue(kv: Capability): Capability {
  return extend(kv, {
    interfaces: ['wasi:keyvalue/store', 'wasi:keyvalue/atomics', 'wasi:keyvalue/batch'],
    suspends: 'as-own',
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

  static getMany(bucket: Bucket, keys: readonly string[]): unknown {
    const values = inOrder(chunks(keys, MAX_VALUES), (some) => bucket.#call('getMany', some))
    return then(values, (lists) =>
      // The type of the answers of `kv`, chunk by chunk.
      (lists as readonly (readonly unknown[])[])
        .flat()
        .map((value, index) => (value === undefined ? undefined : [keys[index], value])),
    )
  }

  static setMany(bucket: Bucket, entries: readonly (readonly [string, Uint8Array])[]): unknown {
    const all = chunks(entries, MAX_VALUES)
    return then(
      inOrder(all, (some) => bucket.#call('setMany', some)),
      nothing,
    )
  }

  static deleteMany(bucket: Bucket, keys: readonly string[]): unknown {
    return then(
      inOrder(chunks(keys, MAX_KEYS), (some) => bucket.#call('deleteMany', some)),
      nothing,
    )
  }

  static see(bucket: Bucket, key: string): unknown {
    // The type of the answer of `get`.
    return then(bucket.get(key), (seen) => new Cas(bucket, key, seen as Uint8Array | undefined))
  }

  static swap(
    bucket: Bucket,
    key: string,
    seen: Uint8Array | undefined,
    value: Uint8Array,
  ): unknown {
    return bucket.#call('compareAndSet', key, seen, value, undefined)
  }
}

/** The value that a guest has seen under a key. */
class Cas {
  readonly #bucket: Bucket
  readonly #key: string
  readonly #seen: Uint8Array | undefined

  constructor(bucket: Bucket, key: string, seen: Uint8Array | undefined) {
    this.#bucket = bucket
    this.#key = key
    this.#seen = seen
  }

  current(): Uint8Array | undefined {
    return this.#seen
  }

  static swap(cas: Cas, value: Uint8Array): unknown {
    const swapped = failing(() => Bucket.swap(cas.#bucket, cas.#key, cas.#seen, value))
    return then(swapped, (done) => {
      if (done === true) return undefined
      const next = failing(() => Bucket.see(cas.#bucket, cas.#key))
      return then(next, (now) => {
        // `see` makes nothing else.
        throw new GuestError<CasError>({ tag: 'cas-failed', val: now as Cas })
      })
    })
  }
}

function adapt(call: Call): Imports {
  return {
    'wasi:keyvalue/store': {
      Bucket: opaque(Bucket),
      open: (store: string) =>
        then(call('keys', store, '', undefined, 1), () => new Bucket(store, call)),
    },
    'wasi:keyvalue/atomics': {
      Cas: opaque(Cas, { new: Bucket.see }),
      increment: Bucket.increment,
      swap: Cas.swap,
    },
    'wasi:keyvalue/batch': {
      getMany: Bucket.getMany,
      setMany: Bucket.setMany,
      deleteMany: Bucket.deleteMany,
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

/** Runs `work`, and turns its error into the error of a swap. */
function failing(work: () => unknown): unknown {
  const wrap = (error: unknown): never => {
    if (!(error instanceof GuestError)) throw error
    // `translate` made this type.
    throw new GuestError<CasError>({ tag: 'store-error', val: error.payload as StoreError })
  }
  try {
    const answer = work()
    return answer instanceof Promise ? answer.catch(wrap) : answer
  } catch (error) {
    return wrap(error)
  }
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const all: Item[][] = []
  for (let start = 0; start < items.length; start += size)
    all.push(items.slice(start, start + size))
  return all
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
