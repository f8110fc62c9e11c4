/** @module */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { PACKAGE_DIRECTORY } from '../toolchain/index.ts'
import { testAgent, type TestAgent, type TestAgentOptions } from './index.ts'

// Shared with other tests: the engine takes long to put together.
const CACHE = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
const folder = mkdtempSync(join(tmpdir(), 'mayfly-test-agent-'))

afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, manifest: object, source: string): string {
  const directory = join(folder, name)
  mkdirSync(directory)
  writeFileSync(
    join(directory, 'agent.json'),
    JSON.stringify({ name, source: 'agent.js', ...manifest }),
  )
  writeFileSync(join(directory, 'agent.js'), source)
  return directory
}

const SHOP = write(
  'shop',
  {
    capabilities: {
      kv: { visits: { access: 'write' }, prices: { access: 'read' } },
      http: [
        {
          host: 'api.example',
          methods: ['GET', 'POST'],
          headers: { authorization: 'Bearer {secret:API_KEY}' },
        },
        { host: '127.0.0.1', scheme: 'http', port: 8080 },
      ],
      config: { GREETING: 'hello', REGION: { env: 'REGION' } },
    },
  },
  `const text = async (response) => response.status + ' ' + (await response.text())
  const routes = {
    '/visit': ({ env }) => env.kv.open('visits').increment('all'),
    '/price': ({ env }) => env.kv.open('prices').get('tea'),
    '/keep': async ({ env }) => { await env.kv.open('visits').set('k', 'v', { ttlMs: 60_000 }); return 'kept' },
    '/write': ({ env }) => env.kv.open('prices').set('tea', 'free'),
    '/stranger': ({ env }) => env.kv.open('orders').get('a'),
    '/ask': async ({ url }) => text(await fetch(url.searchParams.get('url'))),
    '/post': async () => text(await fetch('https://api.example/notes', { method: 'POST', body: '{"a":1}' })),
    '/try': async ({ url }) => { try { await fetch(url.searchParams.get('url')) } catch { return 'caught' } },
    '/time': () => new Date().toISOString(),
    '/random': () => crypto.randomUUID(),
    '/sleep': async () => {
      const start = Date.now()
      await new Promise((done) => setTimeout(done, 25_000))
      return 'slept ' + (Date.now() - start)
    },
    '/config': ({ env }) => env.config.GREETING + ' ' + env.config.REGION,
    '/later': ({ env, context }) => {
      context.waitUntil((async () => { await 0; console.warn('after') })())
      return 'now'
    },
  }
  export default {
    async fetch(request, env, context) {
      const url = new URL(request.url)
      console.log('asked ' + url.pathname)
      return new Response(String(await routes[url.pathname]({ env, context, url })))
    },
  }`,
)

const OPTIONS: TestAgentOptions = {
  cacheDirectory: CACHE,
  environment: { REGION: 'eu' },
  secrets: { API_KEY: 'k-1234567890' },
}

function shop(options: TestAgentOptions = {}): Promise<TestAgent> {
  return testAgent(SHOP, { ...OPTIONS, ...options })
}

async function get(agent: TestAgent, path: string): Promise<string> {
  return (await agent.fetch(path)).text()
}

describe('testAgent()', () => {
  it('gives stores that a test seeds and reads', async () => {
    await using agent = await shop({ kv: { visits: { all: '41' }, prices: { tea: 'three' } } })
    expect([await get(agent, '/visit'), await get(agent, '/price')]).toEqual(['42', 'three'])
    expect(await agent.kv('visits').json('all')).toBe(42)
    await agent.kv('prices').set('milk', 'one')
    expect(await agent.kv('prices').keys()).toEqual(['milk', 'tea'])
    expect(agent.usage).toMatchObject({ invocations: 2, calls: { kv: 2 } })
    expect(agent.usage.fuel).toBeGreaterThan(0)
  })

  it('denies what the manifest does not grant, with the line that would', async () => {
    await using agent = await shop()
    expect((await agent.fetch('/visit')).status).toBe(200)
    expect(agent.denied).toEqual([])
    expect((await agent.fetch('/write')).status).toBe(500)
    expect((await agent.fetch('/stranger')).status).toBe(500)
    expect(agent.denied).toMatchObject([
      { agent: 'shop', capability: 'kv', action: 'set', target: 'prices' },
      { capability: 'kv', target: 'orders', hint: expect.stringContaining('"orders"') },
    ])
    expect(agent.invocations.at(-1)?.outcome.state).toBe('failed')
  })

  it('answers requests as the test says, with headers of the rule, and keeps them', async () => {
    await using agent = await shop()
    const notes = agent.http.on('post', 'https://api.example/notes')
    notes.reply(new Response('first', { status: 201 })).reply(({ json }) => Response.json(json()))
    expect(await get(agent, '/post')).toBe('201 first')
    expect(await get(agent, '/post')).toBe('200 {"a":1}')
    expect(await get(agent, '/post')).toBe('200 {"a":1}')
    expect(notes.requests.map((each) => each.text())).toEqual(['{"a":1}', '{"a":1}', '{"a":1}'])
    expect(agent.http.requests[0]?.headers.get('authorization')).toBe('Bearer k-1234567890')
  })

  it('takes the later of two answers that fit, by pattern and by query', async () => {
    await using agent = await shop()
    agent.http.on('*', /api\.example\//).reply(new Response('any'))
    agent.http.on('GET', 'https://api.example/a').reply(new Response('a'))
    agent.http.on('GET', 'https://api.example/a?q=1').reply(new Response('query'))
    agent.http.on('GET', new URLPattern('https://api.example/items/:id')).stream(['o', 'ne'])
    const paths = ['b', 'a?q=2', 'a?q=1', 'items/7']
    const asked = paths.map(
      (path) => `/ask?url=${encodeURIComponent(`https://api.example/${path}`)}`,
    )
    const answers = []
    for (const path of asked) answers.push(await get(agent, path))
    expect(answers).toEqual(['200 any', '200 a', '200 query', '200 one'])
  })

  it('fails the test for a request without an answer, also one that the agent has caught', async () => {
    const agent = await shop()
    await expect(agent.fetch('/try?url=https://api.example/x?y=1')).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message:
        'Cannot answer GET https://api.example/x?y=1 of agent "shop": the test has no answer for it',
      hint: "http.on('GET', 'https://api.example/x').reply(new Response('...'))",
    })
    agent.http.on('GET', 'https://api.example/x').fail()
    expect(await get(agent, '/try?url=https://api.example/x')).toBe('caught')
    await agent[Symbol.asyncDispose]()
  })

  it('lets no request through that a host would not', async () => {
    await using agent = await shop()
    agent.http.on('*', /./).reply(new Response('reached'))
    expect(await get(agent, '/try?url=https://other.example/')).toBe('caught')
    // Granted by name, and in a network that is not.
    expect(await get(agent, '/try?url=http://127.0.0.1:8080/')).toBe('caught')
    expect(agent.http.requests).toEqual([])
    expect(agent.denied.map(({ target, hint }) => [target, hint])).toEqual([
      ['other.example', expect.stringContaining('other.example')],
      ['127.0.0.1:8080', expect.stringContaining('"network": "loopback"')],
    ])
  })

  it('stops the clock until the test moves it, and repeats random numbers', async () => {
    await using agent = await shop({ now: new Date('2026-05-01T12:00:00Z') })
    expect(await get(agent, '/time')).toBe('2026-05-01T12:00:00.000Z')
    await get(agent, '/keep')
    agent.clock.advance(59_000)
    expect(await agent.kv('visits').get('k')).toBe('v')
    agent.clock.set(new Date('2026-05-01T12:01:01Z'))
    expect(await get(agent, '/time')).toBe('2026-05-01T12:01:01.000Z')
    expect(await agent.kv('visits').get('k')).toBeUndefined()
    const drawn = [await get(agent, '/random'), await get(agent, '/random')]
    expect(drawn[0]).not.toBe(drawn[1])
    await using again = await shop()
    expect([await get(again, '/random'), await get(again, '/random')]).toEqual(drawn)
    await using other = await shop({ seed: 'other' })
    expect(drawn).not.toContain(await get(other, '/random'))
  })

  it('ends what an agent waits for when the test moves the clock', async () => {
    await using agent = await shop()
    const answer = get(agent, '/sleep')
    await agent.clock.asleep()
    agent.clock.advance(25_000)
    expect(await answer).toBe('slept 25000')
    expect(() => agent.clock.advance(-1)).toThrow(RangeError)
    expect(() => agent.clock.set(new Date('no'))).toThrow(RangeError)
  })

  it('sets config and environment, and keeps the lines of the agent', async () => {
    await using agent = await shop({ config: { GREETING: 'bye' } })
    expect(await get(agent, '/config')).toBe('bye eu')
    expect(await get(agent, '/later')).toBe('now')
    await agent.ended()
    const lines = agent.log.map(({ level, message }) => [level, message])
    expect(lines).toEqual([
      ['info', 'asked /config'],
      ['info', 'asked /later'],
      ['warn', 'after'],
    ])
  })

  it('refuses options that the manifest knows nothing of', async () => {
    const refusals: readonly [TestAgentOptions, string][] = [
      [{ kv: { visit: {} } }, 'Cannot use store "visit": not in the manifest'],
      [{ config: { toString: 'x' } }, 'Cannot use config "toString": not in the manifest'],
      [{ tools: { calc: () => 1 } }, 'Cannot use tool "calc": agent "shop" does not call it'],
    ]
    for (const [options, message] of refusals) await expect(shop(options)).rejects.toThrow(message)
    await expect(shop({ secrets: {} })).rejects.toMatchObject({
      hint: expect.stringContaining('Add API_KEY to the option secrets of testAgent'),
    })
    await using agent = await shop()
    expect(() => agent.kv('visit')).toThrow('Cannot use store "visit": not in the manifest')
  })

  it('stops an agent whose answer the test does not read', async () => {
    const agent = await shop()
    const answer = agent.fetch('/sleep')
    await agent.clock.asleep()
    await agent[Symbol.asyncDispose]()
    expect((await answer).status).toBe(503)
  })
})

describe('tools of testAgent()', () => {
  const source = `export default { async fetch(request, env) {
    try { return Response.json(await env.tools.call(new URL(request.url).pathname.slice(1), await request.json())) }
    catch (error) { return new Response(error.code, { status: 502 }) }
  } }`
  const caller = write(
    'caller',
    { capabilities: { tools: { double: { agent: 'doubler' } } } },
    source,
  )
  write(
    'doubler',
    {},
    'export default { async fetch(request) { return Response.json(2 * (await request.json())) } }',
  )
  const ask = (agent: TestAgent): Promise<Response> =>
    agent.fetch('/double', { method: 'POST', body: '21' })

  it('are agents beside it, or where the test says', async () => {
    await using agent = await testAgent(pathToFileURL(caller), { cacheDirectory: CACHE })
    expect(await (await ask(agent)).json()).toBe(42)
    expect(agent.invocations.map((each) => each.agent)).toEqual(['doubler', 'caller'])
    expect(agent.usage).toMatchObject({ invocations: 1, calls: { tools: 1 } })
    const wrong = testAgent(caller, { cacheDirectory: CACHE, tools: { doubler: SHOP } })
    await expect(wrong).rejects.toThrow(`for tool "doubler": its name is "shop"`)
  })

  it.for<[string, (input: unknown) => unknown, number, string]>([
    ['a value', (input) => ({ input }), 200, '{"input":21}'],
    ['a promise of nothing', async () => {}, 200, 'null'],
    ['a response', () => Response.json('no', { status: 422 }), 502, 'malformed'],
    [
      'an error',
      () => {
        throw new Error('broken')
      },
      502,
      'failed',
    ],
  ])('may be a function that gives %s', async ([, doubler, status, body]) => {
    await using agent = await testAgent(caller, { cacheDirectory: CACHE, tools: { doubler } })
    const response = await ask(agent)
    expect([response.status, await response.text()]).toEqual([status, body])
  })

  it('are denied and counted as ever where a function stands for them', async () => {
    const limits = { toolDepth: 0 }
    const tools = { double: {} }
    const deep = write('deep', { capabilities: { tools }, limits }, source)
    const double = () => 1
    await using agent = await testAgent(deep, { cacheDirectory: CACHE, tools: { double } })
    expect(await (await ask(agent)).text()).toBe('limited')
    const unknown = await agent.fetch('/other', { method: 'POST', body: '21' })
    expect(await unknown.text()).toBe('denied')
    expect(agent.denied).toMatchObject([{ capability: 'tools', target: 'other' }])
    // Neither beside it nor named by the test.
    await expect(testAgent(deep, { cacheDirectory: CACHE })).rejects.toMatchObject({
      message: 'Cannot test agent "deep": its tool "double" is not there',
      hint: expect.stringContaining('option tools'),
    })
  })
})
