/**
 * JavaScript agents where the engine of the host cannot switch stacks: whatever they wait for.
 *
 * @module
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import { memoryKv, type KvDriver } from '../../runtime/capabilities/kv/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

// Before the runtime is imported: it looks for them once.
vi.hoisted(() => {
  Object.assign(WebAssembly, { Suspending: undefined, promising: undefined })
})

const SOURCE = `import { serve } from 'mayfly/guest/serve'
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  let calls = 0
  const paths = {
    '/timer': async (url) => {
      const order = []
      setTimeout(() => order.push('late'), 40)
      setTimeout(() => clearTimeout(gone), 5)
      const gone = setTimeout(() => order.push('cleared'), 20)
      const every = setInterval(() => order.push('every') > 2 && clearInterval(every), 2)
      await sleep(50)
      return order
    },
    '/kv': async (url, { kv }) => {
      const store = kv.open('notes')
      await store.set('a', { b: 1 })
      const values = await Promise.all([store.get('a', { type: 'json' }), store.increment('n', 2)])
      const denied = await kv.open('other').get('a').catch(({ code }) => code)
      return [...values, (await store.keys({ prefix: 'a' })).keys, denied]
    },
    '/fetch': async () => {
      const [fast, slow] = ['2', '20'].map((ms) => fetch('http://up.test/' + ms))
      const texts = []
      for (const response of [fast, slow]) texts.push(await (await response).text())
      const controller = new AbortController()
      // Due before the answer, and set while that is waited for.
      void store().then(() => setTimeout(() => controller.abort(new Error('stop')), 1))
      const given = await fetch('http://up.test/60000', controller).catch(({ message }) => message)
      const denied = await fetch('http://other.test/').catch(({ code }) => code)
      return [...texts, given, denied]
      function store() { return sleep(1) }
    },
    '/tools': async (url, { tools, blobs }) => {
      const blob = blobs.make('x')
      const both = ['/timer', '/timer'].map(() => tools.call('self', 7, { blobs: [blob] }))
      // The host has it until the calls are over.
      blob.close()
      return [await Promise.all(both), await (await tools.callForBlob('self', 8)).json()]
    },
    '/self': async (url, { blobs }, body) => {
      await sleep(2)
      return [body, blobs.given.length]
    },
    '/never': () => new Promise(() => {}),
  }
  export const handler = serve(async (request, env) => {
    const url = new URL(request.url)
    if (url.pathname === '/stream') return new Response(chunks(Number(url.search.slice(1))))
    const body = request.method === 'POST' ? await request.json() : null
    const value = await paths[url.pathname](url, env, body)
    return Response.json(url.search === '' ? value : [url.search, ++calls])
  })
  function chunks(count) {
    return new ReadableStream({
      async pull(controller) {
        await sleep(0)
        controller.enqueue(new Uint8Array(20_000).fill(count))
        if (--count === 0) controller.close()
      },
    })
  }`

/** Answers a little later, each time. */
function slowKv(): KvDriver {
  const inner = memoryKv()
  return {
    async open(agent) {
      const space = await inner.open(agent)
      return new Proxy(space, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function' || typeof name !== 'string') return value
          return async (...args: unknown[]) => {
            await new Promise((resolve) => setTimeout(resolve, 1))
            return value.apply(target, args) as unknown
          }
        },
      })
    },
  }
}

let runtime: Runtime
let agent: Awaited<ReturnType<Runtime['load']>>

beforeAll(async () => {
  runtime = new Runtime({
    codeStore: sharedCode,
    drivers: {
      kv: slowKv(),
      http: {
        name: 'delays',
        async fetch({ url }, { signal }) {
          const ms = Number(new URL(url).pathname.slice(1))
          await new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, ms)
            signal.addEventListener('abort', () => {
              clearTimeout(timer)
              reject(signal.reason)
            })
          })
          return new Response(`after ${ms}`)
        },
      },
      log: { write() {} },
    },
  })
  agent = await runtime.load({
    component: await scriptAgent(SOURCE),
    manifest: {
      name: 'stackless',
      capabilities: {
        http: [{ host: 'up.test', scheme: 'http' }],
        kv: { notes: { access: 'write' } },
        tools: { self: { agent: 'stackless' } },
      },
    },
  })
}, 60_000)

afterAll(() => runtime.close())

async function ask(path: string): Promise<unknown> {
  const response = await agent.fetch(new Request(`http://agent${path}`))
  return response.ok ? response.json() : response.status
}

it('waits for timers, in their order', async () => {
  expect(WebAssembly).toMatchObject({ promising: undefined })
  expect(await ask('/timer')).toEqual(['every', 'every', 'every', 'late'])
})

it('waits for a store that answers later', async () => {
  expect(await ask('/kv')).toEqual([{ b: 1 }, 2, ['a'], 'denied'])
})

it('waits for responses, and gives one up', async () => {
  expect(await ask('/fetch')).toEqual(['after 2', 'after 20', 'stop', 'denied'])
})

it('waits for tools that have blobs', async () => {
  const tool = [7, 1]
  expect(await ask('/tools')).toEqual([
    [tool, tool],
    [8, 0],
  ])
})

it('waits for a client that reads slowly', async () => {
  const response = await agent.fetch(new Request('http://agent/stream?30'))
  let length = 0
  for await (const chunk of response.body ?? []) length += chunk.length
  expect(length).toBe(600_000)
})

it('fails when nothing can happen any more', async () => {
  expect(await ask('/never')).toBe(500)
})

it('waits many times at once, each on its own', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => ask(`/timer?${at}`)))
  expect(answers).toEqual(answers.map((_, at) => [`?${at}`, 1]))
})
