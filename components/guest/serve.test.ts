import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { memoryKv } from '../../runtime/capabilities/kv/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { withPeers } from '../../runtime/testing/peers.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

type Agent = Awaited<ReturnType<Runtime['load']>>

const lines: string[] = []
const failures: string[] = []
let runtime: Runtime
let agent: Agent

describe.each(['quickjs', ...withPeers('componentize-qjs' as const)] as const)(
  'on %s',
  (engine) => {
    beforeAll(async () => {
      runtime = new Runtime({
        codeStore: sharedCode,
        drivers: {
          kv: memoryKv(),
          http: { name: 'fake', fetch: answerUpstream },
          log: { write: ({ level, message }) => void lines.push(`${level} ${message}`) },
        },
        onInvocation: ({ outcome }) => {
          if ('error' in outcome) failures.push(String(outcome.error))
        },
      })
      const directory = fileURLToPath(new URL('fixture', import.meta.url))
      agent = await runtime.load(await buildAgent({ directory, engine }))
    })

    afterAll(() => runtime.close())

    const get = (path: string, init?: RequestInit): Promise<Response> =>
      agent.fetch(new Request(`http://agent${path}`, init))
    const json = async (path: string, init?: RequestInit): Promise<unknown> =>
      (await get(path, init)).json()

    describe('serve()', () => {
      it('keeps time, randomness and requests out of the build', async () => {
        expect(await json('/built')).toEqual({
          builtAt: 0,
          drawnWhileBuilding: 'Error: Cannot draw random numbers while the agent is built',
          fetched: 'Cannot fetch while the agent is built',
          timer: 'Error: Cannot set a timer while the agent is built',
        })
      })

      it('gives each request numbers of its own', async () => {
        const [first, second] = [await json('/random'), await json('/random')]
        expect(first).not.toEqual(second)
      })

      it('hands over the request', async () => {
        const init = { method: 'PUT', body: 'ä', headers: { 'x-b': '1', 'X-A': '2' } }
        const [method, url, headers, body] = (await json('/request?q', init)) as unknown[]
        expect([method, url, body]).toEqual(['PUT', 'http://agent/request?q', 'ä'])
        expect(headers).toContainEqual(['x-a', '2'])
      })

      it('reads a body as text and as JSON, without a byte order mark, once', async () => {
        const post = (body: string | Uint8Array<ArrayBuffer>): RequestInit => ({
          method: 'POST',
          body,
        })
        const text = (await json('/request', post('\ufeffä\ufeff'))) as unknown[]
        expect(text[3]).toBe('ä\ufeff')
        const isUsed = [true, 'TypeError']
        expect(await json('/json', post('null'))).toEqual([null, ...isUsed])
        expect(await json('/json', post('{"ä":[1]}'))).toEqual([{ ä: [1] }, ...isUsed])
        expect(await json('/json', post('\ufeff[1]'))).toEqual([[1], ...isUsed])
        const malformed = Uint8Array.of(0x22, 0xff, 0x22)
        expect(await json('/json', post(malformed))).toEqual(['\ufffd', ...isUsed])
        const broken = (await json('/json', post('{'))) as unknown[]
        expect(broken).toEqual(['SyntaxError', ...isUsed])
      })

      it('sends cookies as lines of their own', async () => {
        expect((await get('/cookies')).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      })

      it('runs what was to run before the answer', async () => {
        expect(await (await get('/job')).text()).toBe('ok')
        expect(lines).toContain('info ran before the answer')
      })

      it('sends bytes as they are', async () => {
        expect([...new Uint8Array(await (await get('/bytes')).arrayBuffer())]).toEqual([0, 255])
      })

      it('streams a body', async () => {
        const response = await get('/stream')
        expect([response.status, await response.text()]).toEqual([201, 'one two three'])
      })

      it('waits for what waitUntil was given', async () => {
        expect(await json('/wait')).toBe('answered')
        expect(await json('/kv')).toContainEqual({
          keys: ['count', 'json'],
          cursor: expect.anything(),
        })
      })

      it('reports message, stack and cause of an error to the operator only', async () => {
        const response = await get('/throw')
        expect(response.status).toBe(500)
        expect(await response.text()).not.toContain('Out of range')
        // The answer leaves before the call has ended.
        await vi.waitFor(() =>
          expect(failures.at(-1)).toMatch(
            /RangeError: Out of range[^]*at [^]*\[cause\]: 'a cause'/,
          ),
        )
      })

      it('says when an agent returns no response', async () => {
        expect((await get('/nothing')).status).toBe(500)
        await vi.waitFor(() =>
          expect(failures.at(-1)).toContain('the agent returned undefined, not a Response'),
        )
      })

      it('does not hang when nothing can settle the answer', async () => {
        expect((await get('/never')).status).toBe(500)
      })
    })

    describe('fetch()', () => {
      it('runs requests side by side', async () => {
        // Upstream answers neither before both have arrived.
        expect(await json('/parallel')).toEqual(['GET /left ', 'GET /right '])
      })

      it('sends method, headers and body', async () => {
        const url = 'https://api.example.com/echo'
        expect(await json('/post')).toEqual([200, url, 'POST /echo ä'])
      })

      it('rejects with a TypeError when the host is not granted, caused by a CapabilityError', async () => {
        expect(await json('/denied')).toEqual(['TypeError', 'http', 'denied'])
      })

      it('rejects when its signal fires', async () => {
        expect(await json('/abort')).toBe('TimeoutError')
      })
    })

    describe('env', () => {
      it('has the configuration', async () => {
        expect(await json('/config')).toEqual(['Hi', null, { GREETING: 'Hi' }])
      })

      it('reads and writes stores, and says why not', async () => {
        expect(await json('/kv')).toEqual([
          'ä',
          { a: [1] },
          null,
          expect.any(Number),
          expect.any(Number),
          { keys: ['count', 'json'], cursor: expect.anything() },
          ['CapabilityError', 'kv', 'denied'],
          ['CapabilityError', 'kv', 'denied'],
          ['CapabilityError', 'kv', 'malformed'],
        ])
      })

      it('swaps, expires and batches', async () => {
        expect(await json('/kv-more')).toEqual([
          [false, true, false, true, true],
          ['ä', null, '\0\ufffd', 'ä', null, 'x'],
          [[0, 255]],
          [],
          ['CapabilityError', 'kv', 'malformed'],
          ['CapabilityError', 'kv', 'malformed'],
          ['CapabilityError', 'kv', 'denied'],
          ['CapabilityError', 'kv', 'denied'],
          ['CapabilityError', 'kv', 'denied'],
        ])
      })

      it('writes the log', async () => {
        await get('/log')
        expect(lines.slice(-3)).toEqual([
          "info plain text { a: [ 1, 'b' ] }",
          "error Map(1) { 1 => Set(1) { 'x' } }",
          'warn from env \ufffd',
        ])
      })
    })
  },
)

let arrived: (() => void)[] = []

/** Until a second request arrives. */
function meet(): Promise<void> {
  return new Promise((resolve) => {
    arrived.push(resolve)
    if (arrived.length < 2) return
    for (const go of arrived) go()
    arrived = []
  })
}

async function answerUpstream(
  request: Request,
  { signal }: { signal: AbortSignal },
): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/left' || pathname === '/right') await meet()
  if (pathname === '/never') await once(signal, 'abort')
  return new Response(`${request.method} ${pathname} ${await request.text()}`)
}
