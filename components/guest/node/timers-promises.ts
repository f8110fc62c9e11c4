/** `node:timers/promises`. @module */
export interface Options {
  readonly signal?: AbortSignal
}

/** Resolves with `value` after `delayMs`, unless `signal` is aborted first. */
export function setTimeout<Value>(
  delayMs?: number,
  value?: Value,
  { signal }: Options = {},
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal))
    const onAbort = (): void => {
      globalThis.clearTimeout(timer)
      reject(abortError(signal))
    }
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve(value)
    }, delayMs)
    signal?.addEventListener('abort', onAbort)
  })
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

export function setImmediate<Value>(value?: Value, options?: Options): Promise<Value | undefined> {
  return setTimeout(0, value, options)
}

/** Yields `value` after each `delayMs`. */
export async function* setInterval<Value>(
  delayMs?: number,
  value?: Value,
  options?: Options,
): AsyncGenerator<Value | undefined> {
  for (;;) yield await setTimeout(delayMs, value, options)
}

export const scheduler = {
  wait: (delayMs: number, options?: Options): Promise<undefined> =>
    setTimeout<undefined>(delayMs, undefined, options),
  yield: (): Promise<undefined> => setTimeout<undefined>(0),
}

export default { scheduler, setImmediate, setInterval, setTimeout }
