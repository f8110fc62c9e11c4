/**
 * Pipes one stream into another, as in the Streams standard: whatever ends first ends the other side.
 *
 * @module
 */

import { AbortSignal } from '../../web/abort.ts'
import { Deferred, nothing } from '../../web/deferred.ts'
import { requireObject } from '../../web/queuing-strategy.ts'
import { Reader, type Readable, type ReadRequest } from '../../web/readable-state.ts'
import { Writer, type Writable } from './writable-state.ts'

export interface PipeOptions {
  preventAbort?: boolean
  preventCancel?: boolean
  preventClose?: boolean
  signal?: AbortSignal
}

/** Reads the options of a pipe. @throws {TypeError} for a signal that is none */
export function toPipeOptions(options: unknown): PipeOptions {
  if (options === undefined || options === null) return {}
  const given = requireObject(options, 'options of a pipe') as PipeOptions
  const preventAbort = Boolean(given.preventAbort)
  const preventCancel = Boolean(given.preventCancel)
  const preventClose = Boolean(given.preventClose)
  const { signal } = given
  if (signal === undefined) return { preventAbort, preventCancel, preventClose }
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError('Cannot pipe: "signal" is not an AbortSignal')
  }
  return { preventAbort, preventCancel, preventClose, signal }
}

/** What a pipe ends with: an error that may be undefined. */
type Failure = { readonly error: unknown } | undefined

export function pipe(
  source: Readable,
  target: Writable,
  { preventAbort, preventCancel, preventClose, signal }: PipeOptions,
): Promise<undefined> {
  const reader = new Reader(source)
  const writer = new Writer(target)
  source.isDisturbed = true
  const piped = new Deferred()
  let isEnding = false
  let written: Promise<unknown> = Promise.resolve()

  const finish = (failure: Failure): void => {
    writer.release()
    reader.release()
    signal?.removeEventListener('abort', onAbort)
    if (failure === undefined) piped.resolve(undefined)
    else piped.reject(failure.error)
  }
  const whenWritten = (): Promise<unknown> => {
    const last = written
    return last.then(() => (last === written ? undefined : whenWritten()))
  }
  const end = (failure: Failure, action?: () => Promise<unknown>): void => {
    if (isEnding) return
    isEnding = true
    const act = (): void => {
      if (action === undefined) finish(failure)
      else
        void action().then(
          () => finish(failure),
          (error: unknown) => finish({ error }),
        )
    }
    // What was read is written first.
    if (target.state === 'writable' && !target.isClosing) void whenWritten().then(act)
    else act()
  }
  const onAbort = (): void => {
    const error: unknown = signal?.reason
    end({ error }, () =>
      Promise.all([
        preventAbort === true || target.state !== 'writable' ? undefined : target.abort(error),
        preventCancel === true || source.state !== 'readable' ? undefined : source.cancel(error),
      ]),
    )
  }
  const sourceFailed = (error: unknown): void =>
    end({ error }, preventAbort === true ? undefined : () => target.abort(error))
  const sourceClosed = (): void =>
    end(undefined, preventClose === true ? undefined : () => writer.finish())
  const targetFailed = (error: unknown): void =>
    end({ error }, preventCancel === true ? undefined : () => source.cancel(error))

  const request: ReadRequest = {
    chunk(chunk) {
      // Not awaited: `ready` says when to continue, and an error shows in `closed`.
      written = writer.write(chunk).catch(nothing)
      step()
    },
    close: nothing,
    error: nothing,
  }
  const read = (): void => {
    if (!isEnding) source.read(request)
  }
  const step = (): void => {
    if (!isEnding) void writer.ready.promise.then(read, nothing)
  }

  if (signal?.aborted === true) {
    onAbort()
    return piped.promise
  }
  signal?.addEventListener('abort', onAbort)
  // In this order: an error of the source counts before one of the target.
  if (source.state === 'errored') sourceFailed(source.error)
  else reader.closed.promise.catch(() => source.state === 'errored' && sourceFailed(source.error))
  if (target.state === 'errored') targetFailed(target.error)
  else writer.closed.promise.catch(() => target.state === 'errored' && targetFailed(target.error))
  if (source.state === 'closed') sourceClosed()
  else void reader.closed.promise.then(sourceClosed, nothing)
  if (target.isClosing || target.state === 'closed') {
    targetFailed(new TypeError('Cannot pipe: the target is closed'))
  }
  step()
  return piped.promise
}
