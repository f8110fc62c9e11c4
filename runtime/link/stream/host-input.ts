/**
 * A stream of the host, as it gives it to a guest: a `ReadableStream`, or an iterable of chunks, async or not.
 *
 * @module
 */

import { mismatch } from '../../abi/index.ts'

/** Gives one chunk after another. */
export interface HostInput {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  /** The guest wants no more. */
  cancel(reason: unknown): void
}

/** A stream of which nothing was read. */
export type GivenInput =
  | { readonly kind: 'stream'; readonly stream: ReadableStream<unknown> }
  | { readonly kind: 'iterable'; readonly iterable: AsyncIterable<unknown> | Iterable<unknown> }

/** @throws {ValueMismatch} */
export function checkHostInput(value: unknown): GivenInput {
  if (value instanceof ReadableStream) {
    if (value.locked) return mismatch('ReadableStream that is not locked', value)
    return { kind: 'stream', stream: value }
  }
  if (isIterable(value)) return { kind: 'iterable', iterable: value }
  return mismatch('ReadableStream or iterable', value)
}

/** Takes the stream for itself. @throws {TypeError} It was locked meanwhile */
export function openHostInput(given: GivenInput): HostInput {
  if (given.kind === 'stream') {
    const reader = given.stream.getReader()
    return {
      next: () => reader.read(),
      cancel: (reason) => void reader.cancel(reason).catch(() => {}),
    }
  }
  const iterator = iteratorOf(given.iterable)
  return {
    next: async () => iterator.next(),
    cancel: () => void closeIterator(iterator),
  }
}

/** Nothing was read of it and nothing will be. */
export function cancelHostInput(given: GivenInput, reason: unknown): void {
  if (given.kind === 'iterable' || given.stream.locked) return
  given.stream.cancel(reason).catch(() => {})
}

/** The guest that would have had it is gone. @throws {ValueMismatch} It is no stream */
export function abandonHostInput(value: unknown): void {
  cancelHostInput(checkHostInput(value), undefined)
}

function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return false
  return [Symbol.asyncIterator, Symbol.iterator].some(
    (key) => typeof (value as Record<symbol, unknown>)[key] === 'function',
  )
}

function iteratorOf(
  iterable: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in iterable
    ? iterable[Symbol.asyncIterator]()
    : iterable[Symbol.iterator]()
}

// What it does at its end is the business of the host, and too late for the guest.
async function closeIterator(iterator: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {}
}
