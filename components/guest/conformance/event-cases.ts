/** Events, abort signals, timers, the order of things, time and randomness. @module */
import type { Cases } from './case.ts'

const sleep = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs)
  })

export const eventCases: Cases = {
  'EventTarget calls in order, once, until stopped': () => {
    const target = new EventTarget()
    const log: string[] = []
    target.addEventListener('x', () => log.push('a'), { once: true })
    target.addEventListener('x', {
      handleEvent(event) {
        log.push(`b ${event.type} ${event.target === target}`)
      },
    })
    const stop = (event: Event): void => event.stopImmediatePropagation()
    target.dispatchEvent(new Event('x'))
    target.addEventListener('x', stop)
    target.addEventListener('x', () => log.push('never'))
    target.dispatchEvent(new Event('x'))
    return log
  },
  'EventTarget.dispatchEvent leaves out a listener that another has removed': () => {
    const target = new EventTarget()
    const log: string[] = []
    const second = (): void => void log.push('second')
    target.addEventListener('x', () => target.removeEventListener('x', second))
    target.addEventListener('x', second)
    target.dispatchEvent(new Event('x'))
    return log
  },
  'EventTarget.addEventListener passive, and a signal that is null': () => {
    const target = new EventTarget()
    target.addEventListener('x', (event) => event.preventDefault(), { passive: true })
    const passive = target.dispatchEvent(new Event('x', { cancelable: true }))
    try {
      target.addEventListener('x', () => {}, { signal: null as never })
      return [passive]
    } catch (error) {
      return [passive, error instanceof TypeError]
    }
  },
  'Event before, on and after its way': () => {
    const target = new EventTarget()
    const event = new Event('x')
    const at = (): unknown[] => [
      event.target === target,
      event.currentTarget === target,
      event.eventPhase,
      event.composedPath().length,
    ]
    const log = [at()]
    target.addEventListener('x', () => log.push(at()))
    target.dispatchEvent(event)
    return [...log, at(), Event.AT_TARGET]
  },
  'setTimeout of 2 ** 32 milliseconds': () =>
    new Promise((resolve) => {
      setTimeout(() => resolve('at once'), 2 ** 32)
    }),
  'Event without a type': () => new (Event as unknown as new () => Event)(),
  'AbortSignal.onabort keeps its place, and the event its target': () => {
    const controller = new AbortController()
    const { signal } = controller
    const log: unknown[] = []
    signal.onabort = () => log.push('never')
    signal.addEventListener('abort', (event) => log.push(event.isTrusted, event.target === signal))
    signal.onabort = () => log.push('first')
    controller.abort()
    return log
  },
  'EventTarget.dispatchEvent tells of preventDefault': () => {
    const target = new EventTarget()
    target.addEventListener('x', (event) => event.preventDefault())
    return [
      target.dispatchEvent(new Event('x')),
      target.dispatchEvent(new Event('x', { cancelable: true })),
    ]
  },
  AbortController: () => {
    const controller = new AbortController()
    const log: unknown[] = [controller.signal.aborted]
    controller.signal.onabort = () => log.push('onabort')
    controller.signal.addEventListener('abort', () => log.push('listener'))
    controller.abort()
    controller.abort()
    return [log, controller.signal.aborted, (controller.signal.reason as Error).name]
  },
  'AbortSignal.throwIfAborted': () => AbortSignal.abort(new RangeError()).throwIfAborted(),
  'AbortSignal.any': () => {
    const controller = new AbortController()
    const any = AbortSignal.any([new AbortController().signal, controller.signal])
    controller.abort('why')
    return [any.aborted, any.reason, AbortSignal.any([AbortSignal.abort(1)]).reason]
  },
  'AbortSignal.timeout': async () => {
    const signal = AbortSignal.timeout(5)
    await sleep(20)
    return [signal.aborted, (signal.reason as Error).name]
  },
  'AbortSignal has no constructor to use': () => {
    const Constructor = AbortSignal as unknown as new () => AbortSignal
    return new Constructor()
  },
  'timers fire in order of their time': async () => {
    const log: string[] = []
    setTimeout(() => log.push('20'), 20)
    setTimeout((text: string) => log.push(text), 1, '1')
    const gone = setTimeout(() => log.push('never'), 5)
    clearTimeout(gone)
    clearTimeout(undefined)
    queueMicrotask(() => log.push('microtask'))
    log.push('sync')
    await sleep(40)
    return log
  },
  'setInterval until cleared': async () => {
    let count = 0
    const done = new Promise<void>((resolve) => {
      const interval = setInterval(() => {
        if (++count === 3) {
          clearInterval(interval)
          resolve()
        }
      }, 2)
    })
    await done
    await sleep(10)
    return count
  },
  'time passes and is now': async () => {
    const started = performance.now()
    await sleep(10)
    const passed = performance.now() - started
    const year = new Date().getUTCFullYear()
    return [
      passed >= 8 && passed < 1000,
      year >= 2025,
      Math.abs(Date.now() - Number(new Date())) < 50,
    ]
  },
  'Date stays a Date': () => [
    new Date(0).toISOString(),
    new Date(2020, 1, 3) instanceof Date,
    new Date('2020-02-03T00:00:00Z').getTime(),
    typeof Date(),
    Date.UTC(2020, 1),
    new Date(5).constructor === Date,
    Date.length,
    Object.prototype.toString.call(new Date(0)),
  ],
  'crypto draws': () => {
    const bytes = crypto.getRandomValues(new Uint8Array(32))
    const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    return [bytes.some((byte) => byte > 0), pattern.test(crypto.randomUUID()), bytes.length]
  },
  'crypto refuses floats': () => crypto.getRandomValues(new Float32Array(1) as never),
  'crypto refuses too much': () => crypto.getRandomValues(new Uint8Array(65_537)),
  'Math.random is in range and moves': () => {
    const numbers = Array.from({ length: 100 }, () => Math.random())
    return [numbers.every((number) => number >= 0 && number < 1), new Set(numbers).size]
  },
  'Symbol.toStringTag': () =>
    [new Headers(), new Response(), new URL('a:b'), new Blob(), new FormData()].map(String),
}
