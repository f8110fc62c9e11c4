/**
 * Tells an engine that has no room for another memory from a guest that did something wrong.
 *
 * V8 allows some 16,000 memories in a process and throws a `RangeError` for the next one.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'

/** Returns the error to report when `cause` says that a memory or table cannot be allocated. */
export function outOfMemory(cause: unknown): MayflyError | undefined {
  if (!(cause instanceof RangeError) || !/memory|table|allocat/i.test(cause.message))
    return undefined
  return new MayflyError('ERR_POOL_EXHAUSTED', `Cannot make a slot: ${cause.message}`, {
    cause,
    hint: 'Lower the bounds of the pool, or serve fewer agents from one process',
  })
}
