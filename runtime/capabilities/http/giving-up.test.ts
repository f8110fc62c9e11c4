import { describe, expect, it, vi } from 'vitest'
import { configured, functionsOf, payloadOf, testInvocation } from '../../host-module/testing.ts'
import { manifestFromObject } from '../../manifest/index.ts'
import type { HttpDriver } from './driver.ts'
import { http } from './http.ts'

// Drivers here never read the signal.
async function open(fetch: () => Promise<Response>, timeoutMs = 500) {
  const driver: HttpDriver = { name: 'test', fetch }
  const capability = http(driver, { timeoutMs })
  const grant = manifestFromObject({
    name: 'tester',
    capabilities: { http: [{ host: 'a.test' }] },
  }).capabilities.http
  const invocation = testInvocation()
  const ready = await configured(capability, grant)
  const { send } = functionsOf<'send'>(capability, ready, invocation)
  const request = { method: 'GET', url: 'https://a.test/', headers: [], body: new Uint8Array(0) }
  return { invocation, ask: () => payloadOf(() => send(request)) }
}

interface Watched {
  readonly response: Response
  readonly cancelled: Promise<void>
}

/** A response whose body begins and never ends. */
function stalled(): Watched {
  const { promise, resolve } = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
    cancel: () => resolve(),
  })
  return { response: new Response(body), cancelled: promise }
}

describe('http, with a driver that does not give up', () => {
  it('ends a response that stalls when its time is up, and cancels its body', async () => {
    vi.useFakeTimers()
    const { response, cancelled } = stalled()
    const { ask, invocation } = await open(async () => response)
    const answer = ask()
    await vi.advanceTimersByTimeAsync(500)
    expect(await answer).toBe('timeout')
    await cancelled
    expect(invocation.events).toMatchObject([{ outcome: 'failed', bytesIn: 1 }])
    vi.useRealTimers()
  })

  it('ends a response that stalls with its invocation', async () => {
    const { response, cancelled } = stalled()
    const { ask, invocation } = await open(async () => response)
    const answer = ask()
    invocation.end()
    expect(await answer).toBe('unavailable')
    await cancelled
  })

  it('cancels a response that comes after its invocation', async () => {
    const { response, cancelled } = stalled()
    const late = Promise.withResolvers<Response>()
    const { ask, invocation } = await open(() => late.promise)
    const answer = ask()
    invocation.end()
    expect(await answer).toBe('unavailable')
    late.resolve(response)
    await cancelled
  })

  it('gives up at once what an invocation asks for that is over', async () => {
    const { ask, invocation } = await open(() => new Promise(() => {}))
    invocation.end()
    expect(await ask()).toBe('unavailable')
  })
})
