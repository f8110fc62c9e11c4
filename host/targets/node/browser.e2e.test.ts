/**
 * A real browser and pages of agents that mean harm: to agents of the same origin, and to a host of its machine from
 * other sites.
 *
 * Each harm is also done where it is allowed, so that it shows that the browser would do it.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type MayflyServer } from './index.ts'
import { chromium, HAS_CHROMIUM, type Chromium, type Page } from './testing/chromium.ts'

/** Answers with the fields that the query names: a page, or a service worker that answers in place of the host. */
const SOURCE = `
  const WORKER = \`
    addEventListener('install', () => skipWaiting())
    addEventListener('activate', (event) => event.waitUntil(clients.claim()))
    addEventListener('fetch', (event) => {
      if (new URL(event.request.url).searchParams.has('ask')) event.respondWith(new Response('taken'))
    })\`
  export default {
    async fetch(request) {
      const { searchParams } = new URL(request.url)
      const headers = new Headers()
      for (const [name, value] of JSON.parse(searchParams.get('fields') ?? '[]'))
        headers.append(name, value)
      const isWorker = searchParams.has('worker')
      headers.set('content-type', isWorker ? 'text/javascript' : 'text/html')
      return new Response(isWorker ? WORKER : 'genuine', { headers })
    },
  }`

const PLACES: Readonly<Record<string, object>> = {
  evil: {},
  shop: {},
  rest: { route: '/*' },
  own: { hosts: ['own.site.localhost', 'own.example'] },
  near: { hosts: ['near.site.localhost'] },
}
const START_MS = 120_000
const REBOUND = 'rebound.example'

describe.runIf(HAS_PEERS && HAS_CHROMIUM)(`in Chromium (${NEEDS_PEERS})`, () => {
  let directory = ''
  let server: MayflyServer
  let browser: Chromium
  let port = ''

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mayfly-browser-'))
    writeFiles(directory, {
      'agent.json': { name: 'any', source: 'agent.js' },
      'agent.js': SOURCE,
    })
    const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
    const component = new Uint8Array(built.component)
    const agents = Object.entries(PLACES).map(([name, place]) => ({
      manifest: manifestFromObject({ name, ...place }),
      component,
      revision: name,
    }))
    server = await startServer({ agents, port: 0, workers: 1, logLevel: 'silent' })
    expect(server.refused).toEqual([])
    ;({ port } = new URL(server.url))
    browser = await chromium({ [REBOUND]: '127.0.0.1', 'own.example': '127.0.0.1' })
  }, START_MS)

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  function shared(path: string): Promise<Page> {
    return browser.open(server.url + path)
  }

  function own(path: string): Promise<Page> {
    return browser.open(`http://own.site.localhost:${port}${path}`)
  }

  /** Of the same site. */
  function near(path: string): Promise<Page> {
    return browser.open(`http://near.site.localhost:${port}${path}`)
  }

  function fields(...all: readonly (readonly [name: string, value: string])[]): string {
    return `fields=${encodeURIComponent(JSON.stringify(all))}`
  }

  /** Registers a service worker, and waits until it works. */
  function register(script: string, options: object = {}): string {
    return `
      const options = ${JSON.stringify(options)}
      const registration = await navigator.serviceWorker.register('${script}', options)
      const worker = registration.installing ?? registration.waiting ?? registration.active
      if (worker.state !== 'activated')
        await new Promise((resolve) => {
          worker.onstatechange = () => worker.state === 'activated' && resolve()
        })
      return new URL(registration.scope).pathname`
  }

  const ASK = "return await (await fetch('?ask')).text()"
  const widened = fields(['service-worker-allowed', '/'])

  it('a service worker sees requests to its own agent only', async () => {
    const evil = await shared('/evil/')
    const script = `/evil/sw.js?worker&${widened}`
    await expect(evil.run(register(script, { scope: '/' }))).rejects.toThrow('SecurityError')
    await expect(evil.run(register(script, { scope: '/shop/' }))).rejects.toThrow('SecurityError')
    // In the folder above, by default.
    for (const type of ['classic', 'module'])
      await expect(evil.run(register('/evil?worker', { type }))).rejects.toThrow('403')
    const rest = await shared('/')
    await expect(rest.run(register('/sw.js?worker'))).rejects.toThrow('403')
    expect(await evil.run(register(script))).toBe('/evil/')
    expect(await (await shared('/evil/')).run(ASK)).toBe('taken')
    expect(await (await shared('/shop/')).run(ASK)).toBe('genuine')
  })

  it('a service worker at a host of its own sees all of that', async () => {
    const page = await own('/folder/')
    expect(await page.run(register(`/folder/sw.js?worker&${widened}`, { scope: '/' }))).toBe('/')
    expect(await (await own('/any/')).run(ASK)).toBe('taken')
    expect(await (await shared('/shop/')).run(ASK)).toBe('genuine')
  })

  const COOKIES = 'return document.cookie'

  it('a cookie reaches its own agent only', async () => {
    await shared(
      `/evil/?${fields(
        ['set-cookie', 'all=1; Path=/'],
        ['set-cookie', 'shop=1; Path=/shop'],
        ['set-cookie', 'mine=1; Path=/evil'],
        ['set-cookie', 'plain=1'],
      )}`,
    )
    await shared(`/evil?${fields(['set-cookie', 'above=1'])}`)
    expect(await (await shared('/shop/')).run(COOKIES)).toBe('')
    expect(await (await shared('/evil/')).run(COOKIES)).toBe('mine=1; plain=1')
    await own(`/x/?${fields(['set-cookie', 'all=1; Path=/'])}`)
    expect(await (await own('/')).run(COOKIES)).toBe('all=1')
    await own(`/x/?${fields(['set-cookie', 'site=1; Domain=site.localhost'])}`)
    expect(await (await own('/')).run(COOKIES)).toBe('all=1')
    expect(await (await near('/')).run(COOKIES)).toBe('')
  })

  it('an agent clears the storage of its own host, and no other', async () => {
    const keep = "localStorage.setItem('kept', '1')"
    const kept = "return localStorage.getItem('kept')"
    const clear = fields(['clear-site-data', '"storage"'])
    await (await shared('/shop/')).run(keep)
    await shared(`/evil/?${clear}`)
    expect(await (await shared('/shop/')).run(kept)).toBe('1')
    await (await own('/')).run(keep)
    await own(`/?${clear}`)
    expect(await (await own('/')).run(kept)).toBeNull()
    // Browsers clear the cookies of the whole site.
    await (await near('/')).run("document.cookie = 'kept=1'")
    await own(`/?${fields(['clear-site-data', '"cookies"'])}`)
    expect(await (await near('/')).run(COOKIES)).toBe('kept=1')
  })

  const STATUS = (path: string, init = '{}'): string =>
    `return (await fetch(${JSON.stringify(path)}, ${init})).status`
  // By its host, or for want of a token.
  const REFUSED = [401, 403]
  const CHANGE = "{ method: 'POST', body: '{}' }"

  it('a website whose name leads to this machine reads and changes nothing', async () => {
    const page = await browser.open(`http://${REBOUND}:${port}/shop/`)
    expect(await page.run('return document.body.textContent')).toContain('--allow-host')
    expect(await page.run(STATUS('/shop/'))).toBe(403)
    expect(await page.run(STATUS('/shop/', CHANGE))).toBe(403)
    for (const path of ['/-/agents', '/-/functions', '/-/metrics'])
      expect(REFUSED).toContain(await page.run(STATUS(path)))
    for (const path of ['/-/agents/shop/disable', '/-/agents'])
      expect(REFUSED).toContain(await page.run(STATUS(path, CHANGE)))
    expect(await (await shared('/shop/')).run(STATUS('/shop/'))).toBe(200)
  })

  it('a name that leads to this machine is an agent when it is one of its own', async () => {
    const page = await browser.open(`http://own.example:${port}/`)
    expect(await page.run('return document.body.textContent')).toBe('genuine')
    expect(await page.run(STATUS('/-/agents'))).toBe(404)
  })

  it('a page of another origin reads no agent and no control plane, and changes no host', async () => {
    const page = await own('/')
    for (const path of ['/shop/', '/-/agents', '/-/health'])
      await expect(page.run(STATUS(server.url + path))).rejects.toThrow('Failed to fetch')
    for (const action of ['disable', 'kill']) {
      const target = `${server.url}/-/agents/shop/${action}`
      await expect(page.run(STATUS(target, CHANGE))).rejects.toThrow('Failed to fetch')
      const blind = "{ method: 'POST', mode: 'no-cors', credentials: 'include' }"
      expect(await page.run(STATUS(target, blind))).toBe(0)
    }
    // Nothing of it was done. What agents let pages of others read, they say themselves.
    expect(await (await shared('/shop/')).run(STATUS('/shop/'))).toBe(200)
    const open = `${server.url}/shop/?${fields(['access-control-allow-origin', '*'])}`
    expect(await page.run(STATUS(open))).toBe(200)
  })

  it('a page of an agent changes nothing by the control plane of its origin', async () => {
    const page = await shared('/evil/')
    for (const action of ['disable', 'kill', 'grants'])
      expect(REFUSED).toContain(await page.run(STATUS(`/-/agents/shop/${action}`, CHANGE)))
    expect(await page.run(STATUS('/shop/'))).toBe(200)
  })
})
