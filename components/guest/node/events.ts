/** `node:events`. A function and not a class, because old code calls it on its own objects. @module */
import EventEmitter from 'events/events.js'

const { once } = EventEmitter
const { defaultMaxListeners } = EventEmitter
const errorMonitor: symbol = Symbol.for('events.errorMonitor')
const captureRejectionSymbol: symbol = Symbol.for('nodejs.rejection')

function listenerCount(emitter: Emitter, name: string | symbol): number {
  return emitter.listenerCount(name)
}

function getEventListeners(emitter: Emitter, name: string | symbol): unknown[] {
  return emitter.listeners(name)
}

function setMaxListeners(count: number, ...emitters: Partial<Emitter>[]): void {
  // A target of events of the Web has no such limit.
  for (const emitter of emitters) emitter.setMaxListeners?.(count)
}

/** Each event `name` as an item of an iterator that ends with `signal`. */
async function* on(
  emitter: Emitter,
  name: string | symbol,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<unknown[]> {
  const events: unknown[][] = []
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}
  const onEvent = (...args: unknown[]): void => {
    events.push(args)
    wake()
  }
  const onError = (error: unknown): void => {
    failure = { error }
    wake()
  }
  const onAbort = (): void => onError(signal?.reason)
  signal?.throwIfAborted()
  emitter.on(name, onEvent)
  emitter.on('error', onError)
  signal?.addEventListener('abort', onAbort)
  try {
    for (;;) {
      const event = events.shift()
      if (event !== undefined) yield event
      else if (failure !== undefined) throw failure.error
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    emitter.removeListener(name, onEvent)
    emitter.removeListener('error', onError)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Calls `listener` when `signal` aborts, at once if it has. */
function addAbortListener(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) queueMicrotask(listener)
  else signal.addEventListener('abort', listener, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) }
}

interface Emitter {
  listenerCount(name: string | symbol): number
  listeners(name: string | symbol): unknown[]
  setMaxListeners(count: number): void
  on(name: string | symbol, listener: (...args: unknown[]) => void): void
  removeListener(name: string | symbol, listener: (...args: unknown[]) => void): void
}

Object.assign(EventEmitter, {
  EventEmitter,
  addAbortListener,
  captureRejectionSymbol,
  errorMonitor,
  getEventListeners,
  listenerCount,
  on,
  setMaxListeners,
})

export {
  addAbortListener,
  captureRejectionSymbol,
  defaultMaxListeners,
  errorMonitor,
  EventEmitter,
  getEventListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
}
export default EventEmitter
