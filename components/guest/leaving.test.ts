import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import { memoryKv } from '../../runtime/capabilities/kv/index.ts'
import { memorySite } from '../../runtime/isolation/testing/memory-process.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const SOURCE = `import { serve } from 'mayfly/guest/serve'
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const never = () => new Promise(() => setTimeout(() => {}, 60_000))
  const paths = {
    '/signal': async (request) => {
      console.log('begun')
      request.signal.addEventListener('abort', () => {
        console.log('heard', request.signal.reason.name)
        sleep(5).then(() => console.log('went on'))
      })
      await never()
    },
    '/deaf': async () => {
      console.log('begun')
      await never()
    },
    '/rejects': (request) => new Promise((_, reject) => {
      console.log('begun')
      request.signal.onabort = () => reject(request.signal.reason)
      void never()
    }),
    '/fetch': async (request) => {
      const response = await fetch('http://up.test/', { signal: request.signal }).catch((error) => {
        console.log('gave up', error.name)
        throw error
      })
      return response
    },
    '/stream': () => {
      let sent = 0
      return new Response(new ReadableStream({
        async pull(controller) {
          if (sent++ > 0) await never()
          controller.enqueue(new Uint8Array([1]))
        },
        cancel: (reason) => console.log('cancelled', reason.name),
      }))
    },
    '/throws': (request) => {
      console.log('begun')
      request.signal.onabort = () => { throw new Error('careless') }
      request.signal.addEventListener('abort', () => {
        console.log('heard')
        sleep(5).then(() => console.log('went on'))
      })
      return never()
    },
    '/after': (_request, _env, context) => {
      context.waitUntil(sleep(30).then(() => console.log('afterwards')))
      context.waitUntil(sleep(1).then(() => Promise.reject(new Error('no luck'))))
      return new Response('answered')
    },
    '/after-failure': (request, _env, context) => {
      const ms = Number(new URL(request.url).searchParams.get('ms') ?? 30)
      context.waitUntil(sleep(ms).then(() => console.log('afterwards')))
      throw new Error('broken')
    },
    '/after-never': (_request, _env, context) => {
      context.waitUntil(new Promise(() => {}))
      return new Response('answered')
    },
    '/unread': () => new Response('unread'),
  }
  export const handler = serve((request, env, context) =>
    paths[new URL(request.url).pathname](request, env, context))`

const lines: string[] = []
const ends: string[] = []
let runtime: Runtime
let agent: Awaited<ReturnType<Runtime['load']>>

/** Resolves once the agent, or its end, has written `line`. */
function seen(list: readonly string[], line: string): Promise<void> {
  return vi.waitFor(() => expect(list).toContain(line), { timeout: 5_000, interval: 2 })
}

describe.each([
  ['on this thread', () => undefined],
  ['in the process of its group', () => memorySite().site],
])('%s', (_place, siteOf) => {
  beforeAll(async () => {
    runtime = new Runtime({
      codeStore: sharedCode,
      site: siteOf(),
      drivers: {
        kv: memoryKv(),
        http: {
          name: 'silent',
          fetch: (_request, { signal }) =>
            new Promise((_, reject) => {
              lines.push('asked')
              signal.addEventListener('abort', () => {
                lines.push('no longer asked')
                reject(signal.reason)
              })
            }),
        },
        log: { write: ({ message }) => void lines.push(message) },
      },
      onInvocation: ({ outcome }) => void ends.push(outcome.state),
    })
    const capabilities = { http: [{ host: 'up.test', scheme: 'http' }] }
    agent = await runtime.load({
      component: await scriptAgent(SOURCE),
      manifest: { name: 'leaving', capabilities, limits: { deadlineMs: 20_000 } },
    })
  }, 60_000)

  afterAll(() => runtime.close())

  /** Asks for `path`, and leaves once the agent has written `line`. */
  async function leave(path: string, line: string): Promise<void> {
    lines.length = ends.length = 0
    const client = new AbortController()
    const answer = agent.fetch(new Request(`http://agent${path}`), { signal: client.signal })
    await seen(lines, line)
    client.abort()
    await answer
  }

  describe('the signal of a request', () => {
    it('aborts when the client leaves, and the agent has a moment to react', async () => {
      await leave('/signal', 'begun')
      await seen(lines, 'went on')
      expect(lines).toEqual(['begun', 'heard AbortError', 'went on'])
      await vi.waitFor(() => expect(ends).toEqual(['abandoned']), { timeout: 5_000 })
    })

    it('is heard by all listeners though a handler throws', async () => {
      await leave('/throws', 'begun')
      await seen(lines, 'went on')
      const heads = lines.map((line) => line.split('\n', 1)[0])
      expect(heads).toEqual(['begun', 'Uncaught Error: careless', 'heard', 'went on'])
      await vi.waitFor(() => expect(ends).toEqual(['abandoned']), { timeout: 5_000 })
    })

    it('ends an agent that rejects with its reason', async () => {
      await leave('/rejects', 'begun')
      await vi.waitFor(() => expect(ends).toEqual(['abandoned']))
      expect(agent.stats().active).toBe(0)
    })

    it('ends a fetch that was given it', async () => {
      await leave('/fetch', 'asked')
      await vi.waitFor(() => expect(ends).toEqual(['abandoned']))
      expect(lines).toEqual(['asked', 'no longer asked', 'gave up AbortError'])
    })

    it('is not waited for where the agent does not read it', async () => {
      await leave('/deaf', 'begun')
      await vi.waitFor(() => expect(ends).toEqual(['abandoned']))
    })

    it('does nothing where the client stays', async () => {
      const response = await agent.fetch(new Request('http://agent/unread'))
      expect(await response.text()).toBe('unread')
    })
  })

  describe('a streamed body', () => {
    it('is cancelled when the client leaves', async () => {
      lines.length = ends.length = 0
      const response = await agent.fetch(new Request('http://agent/stream'))
      const reader = response.body?.getReader()
      expect((await reader?.read())?.value).toEqual(new Uint8Array([1]))
      await reader?.cancel()
      await seen(lines, 'cancelled AbortError')
      await vi.waitFor(() => expect(ends).toEqual(['abandoned']))
    })
  })

  describe('waitUntil()', () => {
    it('does not delay the answer, and says what was rejected', async () => {
      lines.length = ends.length = 0
      const response = await agent.fetch(new Request('http://agent/after'))
      expect(await response.text()).toBe('answered')
      expect(lines).not.toContain('afterwards')
      await seen(ends, 'completed')
      expect(lines).toContain('afterwards')
      expect(lines.join()).toContain('was rejected: Error: no luck')
    })

    it('does not delay the answer of one that failed, which is recorded once', async () => {
      lines.length = ends.length = 0
      expect((await agent.fetch(new Request('http://agent/after-failure'))).status).toBe(500)
      expect(lines).not.toContain('afterwards')
      await seen(ends, 'failed')
      expect(lines).toContain('afterwards')
      expect(ends).toEqual(['failed'])
    })

    it('can be stopped after a failure, which is what is recorded', async () => {
      ends.length = 0
      expect((await agent.fetch(new Request('http://agent/after-failure?ms=60000'))).status).toBe(
        500,
      )
      expect(agent.kill()).toBe(1)
      await seen(ends, 'failed')
      await vi.waitFor(() => expect(agent.stats().active).toBe(0))
    })

    it('ends when nothing can ever settle', async () => {
      ends.length = 0
      const response = await agent.fetch(new Request('http://agent/after-never'))
      expect(await response.text()).toBe('answered')
      await seen(ends, 'completed')
    })
  })
})
