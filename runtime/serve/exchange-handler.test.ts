import { afterAll, describe, expect, it } from 'vitest'
import { trailersOf } from '../host-module/index.ts'
import { Runtime } from '../presets/index.ts'
import { ANSWER, END, HELLO, INPUT, RESPONSE, service, textAt } from '../wasi/testing/service.ts'
import type { Agent } from '../agents/index.ts'
import type { InvocationRecord } from '../agents/index.ts'

const records: InvocationRecord[] = []
const runtime = new Runtime({ onInvocation: (record) => records.push(record) })

afterAll(() => runtime.close())

async function load(code: string, limits: object = {}): Promise<Agent> {
  return runtime.load({ component: await service(code), manifest: { name: 'service', limits } })
}

async function ask(agent: Agent, init?: RequestInit): Promise<Response> {
  return agent.fetch(new Request('http://host/path?query', init))
}

async function outcomes(agent: Agent): Promise<InvocationRecord['outcome'] | undefined> {
  // A body may end before the guest has returned.
  while (agent.stats().active > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  return records.at(-1)?.outcome
}

async function expectBadGateway(response: Response): Promise<void> {
  expect(response.status).toBe(502)
  const id = response.headers.get('x-request-id')
  expect(await response.json()).toEqual({ error: 'agent failed', requestId: id })
}

/** Copies the body of the request into that of the response, as far as it goes. */
const ECHO = `${RESPONSE} ${INPUT} ${ANSWER}
  (loop $more
    (call $splice (local.get $s) (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${END}`

/** Reads the body to its end. */
const WAIT_FOR_INPUT = `
  (loop $all
    (call $read (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $all (i32.eqz (i32.load8_u (i32.const 16)))))`

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31) & 255)
}

describe('Agent.fetch() with wasi:http/incoming-handler', () => {
  it('answers, again and again from the same state', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`)
    for (let round = 0; round < 3; round++) {
      const response = await ask(agent)
      expect(response.status).toBe(200)
      expect(response.headers.get('x-request-id')).toMatch(/-/)
      expect(await response.text()).toBe('hello world')
    }
    expect(await outcomes(agent)).toEqual({ state: 'completed', status: 200 })
  })

  it('sends status and headers', async () => {
    const agent = await load(`
      (local.set $i (call $fields))
      (call $append (local.get $i) (i32.const 1041) (i32.const 7) (i32.const 1050) (i32.const 4) (i32.const 16))
      (local.set $r (call $response (local.get $i)))
      (drop (call $status (local.get $r) (i32.const 404)))
      ${ANSWER}`)
    const response = await ask(agent)
    expect(response.status).toBe(404)
    expect(response.headers.get('x-agent')).toBe('test')
    expect(response.body).toBeNull()
  })

  it.for([100, 103, 199, 600, 999])('answers 502 for status %i, and says why', async (status) => {
    const agent = await load(
      `${RESPONSE} (drop (call $status (local.get $r) (i32.const ${status}))) ${ANSWER} ${HELLO} ${END}`,
    )
    await expectBadGateway(await ask(agent))
    expect(await outcomes(agent)).toMatchObject({
      state: 'failed',
      error: { hint: 'Answer with a status from 200 to 599' },
    })
  })

  it('answers 408 at the deadline when the rest of the request has not come', async () => {
    const agent = await load(`${INPUT} ${WAIT_FOR_INPUT} ${RESPONSE} ${ANSWER} ${HELLO} ${END}`, {
      deadlineMs: 200,
    })
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(3)),
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const response = await ask(agent, init)
    expect([response.status, response.headers.get('connection')]).toEqual([408, 'close'])
    expect(await outcomes(agent)).toMatchObject({ state: 'limited', limit: 'request-time' })
    // A body that has arrived and is not read does not concern the client.
    const asleep = await load(`${INPUT} (call $wait (i64.const 60000))`, { deadlineMs: 200 })
    expect((await ask(asleep, { method: 'POST', body: 'abc' })).status).toBe(504)
  })

  it('answers before the guest has returned, and streams what it writes later', async () => {
    const agent = await load(
      `${RESPONSE} ${ANSWER} ${HELLO} (call $wait (i64.const 30)) ${HELLO} ${END}`,
    )
    const response = await ask(agent)
    expect(agent.stats().active).toBe(1)
    expect(await response.text()).toBe('hello worldhello world')
    expect(await outcomes(agent)).toEqual({ state: 'completed', status: 200 })
  })

  it.for([0, 1, 65_537, 1_048_576])('streams a body of %i bytes in and out', async (length) => {
    const agent = await load(ECHO)
    const sent = pattern(length)
    const response = await ask(agent, { method: 'POST', body: sent })
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(sent)
  })

  it('streams 100 MB with a few hundred KB in memory', { timeout: 60_000 }, async () => {
    const chunk = pattern(65_536)
    const chunks = 1600
    const agent = await load(ECHO, {
      requestBodyBytes: 2 ** 30,
      responseBodyBytes: 2 ** 30,
      deadlineMs: 60_000,
    })
    let pulled = 0
    let mostAhead = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled++ === chunks) controller.close()
        else controller.enqueue(chunk)
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const response = await ask(agent, init)
    let received = 0
    for await (const part of response.body ?? []) {
      received += part.byteLength
      mostAhead = Math.max(mostAhead, pulled - received / chunk.byteLength)
    }
    expect(received).toBe(chunks * chunk.byteLength)
    // Chunks that were read and not passed on: in the request, in the guest, in the pipe.
    expect(mostAhead).toBeLessThan(8)
  })

  it('keeps the guest waiting while the client does not read', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER}
      (loop $more
        (call $write (local.get $s) (i32.const 1024) (i32.const 65536) (i32.const 16))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $n) (i32.const 10))))
      ${END}`)
    const response = await ask(agent)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(agent.stats().active).toBe(1)
    expect((await response.arrayBuffer()).byteLength).toBe(655_360)
    expect(await outcomes(agent)).toEqual({ state: 'completed', status: 200 })
  })

  it('stops the guest when the client goes away', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} (loop $more ${HELLO} (br $more))`)
    const response = await ask(agent)
    await response.body?.cancel()
    expect(await outcomes(agent)).toMatchObject({ state: 'abandoned' })
    const again = await ask(agent)
    await again.body?.cancel()
    await outcomes(agent)
  })

  it.for([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ] as const)('sends no body for %s with status %i', async ([method, status]) => {
    const agent = await load(`${RESPONSE}
      (drop (call $status (local.get $r) (i32.const ${status}))) ${ANSWER}
      (call $wait (i64.const 1)) ${HELLO} ${END}`)
    const response = await ask(agent, { method })
    expect(response.status).toBe(status)
    expect(await response.text()).toBe('')
    expect(await outcomes(agent)).toEqual({ state: 'completed', status })
  })

  it('answers without the request having been read', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`)
    const response = await ask(agent, { method: 'POST', body: pattern(200_000) })
    expect(await response.text()).toBe('hello world')
  })

  it('gives trailers to the holder of the connection', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} ${HELLO}
      (local.set $i (call $fields))
      (call $append (local.get $i) (i32.const 1041) (i32.const 7) (i32.const 1050) (i32.const 4) (i32.const 16))
      (call $drop-stream (local.get $s))
      (call $finish (local.get $b) (i32.const 1) (local.get $i) (i32.const 32))`)
    const response = await ask(agent)
    expect(await response.text()).toBe('hello world')
    expect((await trailersOf(response))?.get('x-agent')).toBe('test')
  })

  it('leaves out what reaches other agents of its origin, and tells of it once', async () => {
    // Fields of the answer, and one of them again as a trailer.
    const agent = await load(`${textAt(2048, 'Clear-Site-Data')} ${textAt(2080, '"*"')}
      (local.set $i (call $fields))
      (call $append (local.get $i) (i32.const 2048) (i32.const 15) (i32.const 2080) (i32.const 3) (i32.const 16))
      (local.set $r (call $response (local.get $i)))
      (local.set $b (call $body-of (local.get $r)))
      (local.set $s (call $stream-of (local.get $b)))
      ${ANSWER} ${HELLO}
      (local.set $i (call $fields))
      (call $append (local.get $i) (i32.const 2048) (i32.const 15) (i32.const 2080) (i32.const 3) (i32.const 16))
      (call $drop-stream (local.get $s))
      (call $finish (local.get $b) (i32.const 1) (local.get $i) (i32.const 32))`)
    const origin = { state: 'shared', folder: '/service', isInside: true } as const
    for (const events of [1, 0]) {
      const response = await agent.fetch(new Request('http://host/'), { origin })
      expect([response.status, response.headers.get('clear-site-data')]).toEqual([200, null])
      expect(await response.text()).toBe('hello world')
      expect((await trailersOf(response))?.has('clear-site-data')).toBe(false)
      await outcomes(agent)
      expect(records.at(-1)?.events).toHaveLength(events)
    }
    expect((await ask(agent)).headers.get('clear-site-data')).toBe('"*"')
  })
})

describe('Agent.fetch() answers 502 with the request id when a guest', () => {
  it.for([
    ['never answers', ''],
    ['drops the response', '(call $drop-outparam (local.get $out))'],
    ['answers with an error', '(call $refuse (local.get $out))'],
    ['answers twice', `${RESPONSE} ${ANSWER} ${ANSWER}`],
    ['traps before it answers', 'unreachable'],
    ['traps after it answered', `${RESPONSE} ${ANSWER} ${HELLO} unreachable`],
    ['does not finish its body', `${RESPONSE} ${ANSWER} ${HELLO}`],
    [
      'drops its body',
      `${RESPONSE} ${ANSWER} (call $drop-stream (local.get $s)) (call $drop-body (local.get $b))`,
    ],
    ['exits with an error', '(call $exit (i32.const 1))'],
    ['exits before it answers', '(call $exit (i32.const 0))'],
    [
      'answers with a status that is none',
      `${RESPONSE} (drop (call $status (local.get $r) (i32.const 999))) ${ANSWER} ${END}`,
    ],
  ] as const)('%s', async ([, code]) => {
    const agent = await load(code)
    await expectBadGateway(await ask(agent))
    const outcome = await outcomes(agent)
    expect(outcome?.state).toMatch(/failed|trapped/)
    await expectBadGateway(await ask(agent))
  })
})

describe('Agent.fetch() when a guest fails after the answer went out', () => {
  it.for([
    ['traps', 'unreachable'],
    ['answers again', ANSWER],
    ['returns with the body unfinished', ''],
  ] as const)('breaks the body off: it %s', async ([, code]) => {
    const agent = await load(`${RESPONSE} ${ANSWER} ${HELLO} (call $wait (i64.const 100)) ${code}`)
    const response = await ask(agent)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect((await outcomes(agent))?.state).toMatch(/failed|trapped/)
  })

  it('ends an exit with 0 after a finished answer well', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} ${HELLO} ${END} (call $exit (i32.const 0))`)
    expect(await (await ask(agent)).text()).toBe('hello world')
    expect(await outcomes(agent)).toEqual({ state: 'completed', status: 200 })
  })
})

describe('Agent.fetch() keeps the limits', () => {
  it('refuses a request body that says it is too large, and stops at one that does not', async () => {
    const agent = await load(ECHO, { requestBodyBytes: 1000 })
    const headers = { 'content-length': '1001' }
    const declared = await ask(agent, { method: 'POST', body: pattern(1001), headers })
    expect(declared.status).toBe(413)
    const body = new Blob([pattern(1001)]).stream()
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    await (await ask(agent, init)).arrayBuffer().catch(() => {})
    expect(await outcomes(agent)).toMatchObject({ state: 'limited', limit: 'request-body' })
  })

  it('breaks a response off that is too large', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} (loop $more ${HELLO} (br $more))`, {
      responseBodyBytes: 200_000,
    })
    await expect((await ask(agent)).arrayBuffer()).rejects.toThrow()
    expect(await outcomes(agent)).toMatchObject({ state: 'limited', limit: 'response-body' })
  })

  it('answers 504 when nothing was answered in time', async () => {
    const agent = await load('(call $wait (i64.const 60000))', { deadlineMs: 30 })
    expect((await ask(agent)).status).toBe(504)
  })

  it('answers 431 to more headers than a guest may get', async () => {
    const agent = await load(`${RESPONSE} ${ANSWER} ${END}`)
    const headers = Array.from({ length: 32_769 }, (_, index): [string, string] => [
      `x-${index}`,
      '',
    ])
    expect((await ask(agent, { headers })).status).toBe(431)
    expect((await ask(agent)).status).toBe(200)
  })

  it('lets a hundred guests sleep at once', async () => {
    const agent = await load(`(call $wait (i64.const 300)) ${RESPONSE} ${ANSWER} ${HELLO} ${END}`)
    const started = performance.now()
    const responses = await Promise.all(Array.from({ length: 100 }, () => ask(agent)))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    // One after the other they would take thirty seconds.
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
