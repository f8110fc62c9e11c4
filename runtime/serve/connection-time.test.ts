/** How long streamed answers may go on: `limits.connectionMs`. */
import { describe, expect, it } from 'vitest'
import type { Agent } from '../agents/index.ts'
import { RecordedRuntime } from '../testing/recorded-runtime.ts'
import { ANSWER, END, HELLO, RESPONSE, service } from '../wasi/testing/service.ts'
import { PASS_ON, streamingService } from '../wasi/testing/streaming-service.ts'
import { COMPUTE, READ_ALL, RELAY, streamingAgent } from './testing/streaming-agent.ts'

const recorded = new RecordedRuntime()
const { runtime } = recorded

type Limits = { deadlineMs: number; connectionMs?: number }

async function load(
  component: Promise<Uint8Array>,
  limits: Limits,
  http?: readonly object[],
): Promise<Agent> {
  const capabilities = http === undefined ? {} : { http }
  return runtime.load({
    component: await component,
    manifest: { name: 'streaming', capabilities, limits },
  })
}

const EVENT_MS = 10

/** A body that sends an event every ten milliseconds, `count` of them. */
function events(count: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, EVENT_MS))
      if (sent++ === count) controller.close()
      else controller.enqueue(new Uint8Array([120]))
    },
  })
}

function post(body: BodyInit | null): Request {
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
  return new Request('http://host.test/', init)
}

const KINDS: Readonly<Record<string, (limits: Limits) => Promise<Agent>>> = {
  'mayfly:agent': (limits) =>
    load(streamingAgent(RELAY, ['request-body', 'response-body', 'http']), limits, [
      { host: 'up.test', scheme: 'http' },
    ]),
  'wasi:http 0.2': (limits) =>
    load(service(`${RESPONSE} ${ANSWER} ${HELLO} (call $wait (i64.const 300)) ${END}`), limits),
  'wasi:http 0.3, whose guest has ended': (limits) => load(streamingService(PASS_ON), limits),
}

describe.each(Object.entries(KINDS))('a streamed answer of %s', (_, loadKind) => {
  it('ends by the deadline where the manifest says no more', async () => {
    recorded.upstream = async () => new Response(events(30))
    const agent = await loadKind({ deadlineMs: 100 })
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post(events(30)))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect((await ending).outcome.state).toBe('limited')
  })

  it('goes on in its own time', async () => {
    recorded.upstream = async () => new Response(events(30))
    const agent = await loadKind({ deadlineMs: 100, connectionMs: 5_000 })
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post(events(30)))
    expect((await response.text()).length).toBeGreaterThan(10)
    const { outcome, durationMs } = await ending
    expect(outcome).toMatchObject({ state: 'completed', status: 200 })
    expect(durationMs).toBeGreaterThan(250)
    expect(agent.stats().active).toBe(0)
  })

  it('ends when that is over', async () => {
    recorded.upstream = async () => new Response(events(1_000))
    const agent = await loadKind({ deadlineMs: 50, connectionMs: 120 })
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post(events(1_000)))
    await expect(response.text()).rejects.toThrow()
    const { outcome, durationMs } = await ending
    expect(outcome.state).toBe('limited')
    expect(durationMs).toBeGreaterThan(110)
    expect(agent.stats().active).toBe(0)
  })
})

describe('limits.connectionMs', () => {
  const limits = { deadlineMs: 50, connectionMs: 60_000 }

  it('gives no time to answers that have not begun', async () => {
    const agent = await load(streamingAgent(READ_ALL, ['request-body', 'response-body']), limits)
    expect((await agent.fetch(post(events(1_000)))).status).toBe(408)
  })

  it('gives a guest no time to compute', async () => {
    const agent = await load(streamingAgent(COMPUTE, ['response-body']), limits)
    const ending = recorded.nextRecord()
    const response = await agent.fetch(post(null))
    await response.text().catch(() => {})
    const { outcome, durationMs } = await ending
    expect(outcome).toMatchObject({
      state: 'limited',
      limit: 'deadline',
      error: { hint: 'Raise limits.deadlineMs in the agent.json of "streaming"' },
    })
    expect(durationMs).toBeLessThan(5_000)
  })

  it('does not count for how long a host must wait when it stops', async () => {
    recorded.upstream = async () => new Response(events(1_000))
    const agent = await KINDS['mayfly:agent']?.(limits)
    const started = performance.now()
    const response = await agent?.fetch(post(null))
    expect(agent?.busyUntil).toBeLessThan(started + 1_000)
    await response?.body?.cancel()
  })
})
