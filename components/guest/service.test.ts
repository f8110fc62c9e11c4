/** Service workers as agents, built and run by our engine. @module */
import { describe, expect, it } from 'vitest'
import { WrittenAgents } from '../../host/toolchain/testing/written-agents.ts'

const agents = new WrittenAgents()
const { lines, records } = agents

type Ask = (path?: string, body?: string) => Promise<[status: number, body: string]>

async function load(source: string): Promise<Ask> {
  const manifest = { name: 'service', source: 'agent.js', capabilities: { config: { WHO: 'Ada' } } }
  const agent = await agents.load(manifest, { 'agent.js': source })
  return async (path = '/', body) => {
    const init = body === undefined ? {} : { method: 'POST', body }
    const response = await agent.fetch(new Request(`http://agent${path}`, init))
    return [response.status, await response.text()]
  }
}

function lastError(): unknown {
  const outcome = records.at(-1)?.outcome
  return outcome?.state === 'failed' ? String(outcome.error.cause ?? outcome.error) : outcome
}

describe('a service worker', () => {
  it('answers by its listeners, the first that responds, with a response or a promise of one', async () => {
    const ask = await load(`
      let asked = 0
      self.addEventListener('install', () => {})
      addEventListener('fetch', (event) => {
        asked++
        if (event.request.url.endsWith('/now')) event.respondWith(new Response('now ' + asked))
      })
      addEventListener('fetch', {
        handleEvent: (event) => event.respondWith(later(event.request, event.env.config.WHO)),
      })
      async function later(request, who) {
        return new Response([await request.text(), who, event, asked].join(), { status: 201 })
      }
      let event
      onfetch = (given) => { event = given.constructor.name }
    `)
    expect(await ask('/now')).toEqual([200, 'now 1'])
    expect(await ask('/now')).toEqual([200, 'now 1'])
    expect(await ask('/', 'text')).toEqual([201, 'text,Ada,,1'])
  })

  it('answers by onfetch, which may be replaced and taken away', async () => {
    const ask = await load(`
      self.onfetch = () => { throw new Error('replaced') }
      globalThis.onfetch = function (event) {
        event.respondWith(new Response([typeof self.onfetch, this === self, event.type, event.clientId].join()))
      }
    `)
    expect(await ask()).toEqual([200, 'function,true,fetch,'])
    const without = await load(`onfetch = () => {}; onfetch = 'nothing'`)
    expect((await without())[0]).toBe(500)
    expect(lastError()).toContain('no listener for "fetch" has called')
  })

  it('goes on after its answer for waitUntil, also for promises that are added meanwhile', async () => {
    const ask = await load(`
      addEventListener('fetch', (event) => {
        const first = new Promise((done) => setTimeout(done, 5))
        event.waitUntil(first)
        first.then(() => event.waitUntil(new Promise((done) => setTimeout(done, 5)).then(() => console.log('second'))))
        event.respondWith(new Response('answer'))
      })
    `)
    expect(await ask()).toEqual([200, 'answer'])
    await expect.poll(() => lines.some(({ message }) => message === 'second')).toBe(true)
  })

  it('refuses by name what an event cannot do', async () => {
    const ask = await load(`
      const attempt = (act) => {
        try { act() } catch (error) { return error.name + ': ' + error.message }
        return 'done'
      }
      addEventListener('fetch', (event) => {
        const found = [attempt(() => event.passThroughOnException()), attempt(() => new FetchEvent('fetch'))]
        const own = new FetchEvent('fetch', { request: event.request })
        found.push(attempt(() => own.respondWith(new Response(''))))
        event.respondWith(new Promise((done) => setTimeout(() => {
          found.push(attempt(() => event.respondWith(new Response(''))))
          done(Response.json(found))
        })))
        found.push(attempt(() => event.respondWith(new Response(''))))
      })
    `)
    const [, body] = await ask()
    expect(JSON.parse(body)).toEqual([
      expect.stringMatching(/^NotSupportedError: Cannot use passThroughOnException: no origin/),
      expect.stringMatching(/^TypeError: Cannot make a FetchEvent/),
      expect.stringMatching(/^InvalidStateError: .*not one that the host has sent/),
      'InvalidStateError: Cannot answer a second time',
      'InvalidStateError: Cannot answer: the listeners of the event have returned',
    ])
  })

  it('fails with what a listener threw in the log, and with what its promise rejects with', async () => {
    const ask = await load(`
      addEventListener('fetch', (event) => {
        if (event.request.url.endsWith('/throws')) throw new Error('thrown early')
        event.respondWith(event.request.url.endsWith('/text') ? 'text' : Promise.reject(new Error('rejected')))
      })
    `)
    expect((await ask('/throws'))[0]).toBe(500)
    expect(lines.some(({ message }) => message.includes('thrown early'))).toBe(true)
    expect((await ask('/rejects'))[0]).toBe(500)
    expect(lastError()).toContain('rejected')
    expect((await ask('/text'))[0]).toBe(500)
    expect(lastError()).toContain('not a Response')
  })

  it('is one as a module without a default export, and what has one is an agent as before', async () => {
    const module = await load(`
      export const named = 1
      const { text } = await Promise.resolve({ text: 'awaited' })
      addEventListener('fetch', (event) => event.respondWith(new Response(text)))
    `)
    expect(await module()).toEqual([200, 'awaited'])
    const agent = await load(
      `module["exports"] = { fetch: () => new Response(typeof addEventListener) }`,
    )
    expect(await agent()).toEqual([200, 'undefined'])
  })

  it.for([
    ['app.fire()', '', 'app.fire()'],
    ['fire(app)', "import { fire } from 'hono/service-worker'", 'fire(app)'],
  ])('is an app of Hono with %s', async ([, line, call]) => {
    const ask = await load(`
      import { Hono } from 'hono'
      ${line}
      const app = new Hono()
      app.get('/hello/:name', (c) => c.text('Hello, ' + c.req.param('name')))
      ${call}
    `)
    expect(await ask('/hello/Ada')).toEqual([200, 'Hello, Ada'])
  })

  it.for([
    ['a module', 'export const x = 1\n'],
    ['a script', 'const x = 1\n'],
    ['listeners for other events', 'addEventListener("scheduled", () => {})\n'],
  ])('needs a listener or a default export: %s', async ([, source]) => {
    await expect(load(source ?? '')).rejects.toThrow(
      /agent\.js: no default export: export default .*, and no listener: addEventListener\("fetch", …\)/,
    )
  })
})
