/**
 * What is made of a readable stream, or becomes one: its two branches, its iterator, and a stream over values.
 *
 * @module
 */

import { Deferred, foreign } from './deferred.ts'
import { ChunkSource, PromisedRead, Readable, Reader, type ReadRequest } from './readable-state.ts'

/**
 * Two streams of the chunks of `stream`, as it is asked for them by either.
 *
 * @param copy - makes the chunks of the second of those of the first; else both have the same
 */
export function tee(stream: Readable, copy?: (chunk: unknown) => unknown): [Readable, Readable] {
  if (stream.source.tee !== undefined) return stream.source.tee()
  const reader = new Reader(stream)
  const cancelled = new Deferred<unknown>()
  const reasons: unknown[] = []
  const isCancelled = [false, false]
  let isReading = false
  let readsAgain = false
  const each = (action: (branch: ChunkSource) => void): void => {
    for (const [at, branch] of branches.entries()) if (isCancelled[at] !== true) action(branch)
  }
  const settle = (): void => {
    if (isCancelled.includes(false)) cancelled.resolve(undefined)
  }
  const request: ReadRequest = {
    // Later: an error of the source that has come with the chunk is to be seen first.
    chunk: (value) =>
      void Promise.resolve().then(() => {
        readsAgain = false
        let other = value
        try {
          // The first may be cancelled: then no one else has the chunk.
          if (copy !== undefined && !isCancelled.includes(true)) other = copy(value)
        } catch (error) {
          for (const branch of branches) branch.fail(error)
          cancelled.resolve(stream.cancel(error))
          return
        }
        each((branch) => branch.enqueue(branch === branches[1] ? other : value))
        isReading = false
        if (readsAgain) pull()
      }),
    close() {
      isReading = false
      each((branch) => branch.close())
      settle()
    },
    error() {
      isReading = false
    },
  }
  const pull = (): void => {
    if (isReading) {
      readsAgain = true
      return
    }
    isReading = true
    stream.read(request)
  }
  const branchOf = (at: number): ChunkSource => {
    const cancel = (reason: unknown): Promise<unknown> => {
      isCancelled[at] = true
      reasons[at] = reason
      if (!isCancelled.includes(false)) cancelled.resolve(stream.cancel([...reasons]))
      return cancelled.promise
    }
    return new ChunkSource(new Readable(), { pull, cancel }, 1)
  }
  const branches = [branchOf(0), branchOf(1)] as const
  for (const branch of branches) branch.start(undefined)
  reader.closed.promise.catch((reason: unknown) => {
    for (const branch of branches) branch.fail(reason)
    settle()
  })
  return [branches[0].stream, branches[1].stream]
}

/** Reads a stream step by step, each after the one before it. */
export class StreamIterator {
  readonly #reader: Reader
  readonly #keeps: boolean
  #ongoing: Promise<unknown> | undefined
  #isDone = false
  /** The next read need not wait for one that is over. */
  readonly #passed = (result: IteratorResult<unknown, unknown>): typeof result => {
    this.#ongoing = undefined
    return result
  }

  constructor(reader: Reader, preventCancel: boolean) {
    this.#reader = reader
    this.#keeps = preventCancel
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    if (!(#reader in this)) return Promise.reject(foreign('iterator'))
    const before = this.#ongoing
    const next = before === undefined ? this.#next() : this.#after(() => this.#next())
    this.#ongoing = next
    return next
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.#after(async () => {
      if (!this.#isDone) {
        this.#isDone = true
        const stream = this.#reader.held()
        const cancelled = this.#keeps ? undefined : stream.cancel(value)
        this.#reader.release()
        await cancelled
      }
      return { value, done: true }
    })
  }

  #after<Result>(step: () => Promise<Result>): Promise<Result> {
    const before = this.#ongoing
    const result = before === undefined ? step() : before.then(step, step)
    this.#ongoing = result
    return result
  }

  // One step later than the read, as the standard counts.
  #next(): Promise<IteratorResult<unknown, unknown>> {
    if (this.#isDone) return Promise.resolve({ value: undefined, done: true })
    const stream = this.#reader.held()
    const read = stream.readReady() ?? this.#read(stream)
    return read.then(this.#passed)
  }

  #read(stream: Readable): Promise<IteratorResult<unknown, unknown>> {
    const request = new PromisedRead<IteratorResult<unknown, unknown>>()
    const { resolve, error } = request
    const end = (): void => {
      this.#isDone = true
      this.#reader.release()
    }
    request.close = () => {
      end()
      resolve({ value: undefined, done: true })
    }
    request.error = (reason) => {
      end()
      error(reason)
    }
    stream.read(request)
    return request.promise
  }
}

const asyncGenerator: object = Object.getPrototypeOf(
  Object.getPrototypeOf((async function* () {})()) as object,
) as object
Object.setPrototypeOf(StreamIterator.prototype, Object.getPrototypeOf(asyncGenerator) as object)
for (const name of ['next', 'return']) {
  Object.defineProperty(StreamIterator.prototype, name, { enumerable: true })
}
// `constructor` is no part of it in the standard.
Reflect.deleteProperty(StreamIterator.prototype, 'constructor')

/** A stream over what `values`, an iterable of either kind, gives. */
export function fromValues(values: unknown): Readable {
  const iterator = iteratorOf(values)
  const { next } = iterator as { next: () => unknown }
  const source: ChunkSource = new ChunkSource(
    new Readable(),
    {
      async pull() {
        const result = requireResult(await Reflect.apply(next, iterator, []))
        if (result.done) source.close()
        else source.enqueue(await result.value)
      },
      async cancel(reason) {
        const { return: end } = iterator as { return?: unknown }
        if (end === undefined || end === null) return
        requireResult(await Reflect.apply(end as (reason: unknown) => unknown, iterator, [reason]))
      },
    },
    0,
  )
  source.start(undefined)
  return source.stream
}

function iteratorOf(values: unknown): object {
  if (values !== null && values !== undefined) {
    const owner = values as Record<symbol, unknown>
    const method = owner[Symbol.asyncIterator] ?? owner[Symbol.iterator]
    if (typeof method === 'function') {
      const iterator: unknown = Reflect.apply(method, values, [])
      if (isObject(iterator)) return iterator
    }
  }
  throw new TypeError('Cannot make a stream of the values: they are not iterable')
}

function requireResult(result: unknown): IteratorResult<unknown> {
  if (isObject(result)) return result as IteratorResult<unknown>
  throw new TypeError('Cannot read the values: their iterator returned no object')
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
