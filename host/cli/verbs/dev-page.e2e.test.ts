/** What a real browser shows of `mayfly dev`. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { chromium, HAS_CHROMIUM, type Chromium } from '../../targets/node/testing/chromium.ts'
import { serving, writeFiles, type Serving } from '../testing/mayfly-process.ts'

const WAIT = { timeout: 30_000, interval: 50 }

function page(text: string): string {
  return `export default { async fetch(request: Request) {
    if (request.url.endsWith('/fail')) throw new Error('<i>thrown</i>')
    const headers = { 'content-type': 'text/html' }
    return new Response('<title>own</title><p id=text>${text}', { headers })
  } }`
}

describe.runIf(HAS_PEERS && HAS_CHROMIUM)(`in Chromium (${NEEDS_PEERS})`, () => {
  let folder = ''
  let host: Serving
  let browser: Chromium

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mayfly-page-'))
    const manifest = { name: 'shop', source: 'agent.ts', hosts: ['shop.localhost'] }
    writeFiles(folder, { 'agent.json': { ...manifest, route: '/shop/*' }, 'agent.ts': page('one') })
    host = await serving(['dev', folder, '--port', '0', '--log-level', 'silent'], { cwd: folder })
    browser = await chromium()
  }, 120_000)

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await host?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['127.0.0.1', 'shop.localhost'])(
    'a page at %s shows a failed build and the page before, and loads again when it is mended',
    async (name) => {
      writeFiles(folder, { 'agent.ts': page('one') })
      const url = host.url.replace('127.0.0.1', name) + '/shop/'
      const text = async (): Promise<string> => (await fetch(`${host.url}/shop/`)).text()
      await vi.waitFor(async () => expect(await text()).toContain('one'), WAIT)
      writeFiles(folder, { 'agent.ts': `${page('two')}\n<script>document.title = 'ran'</script>` })
      await vi.waitFor(async () => {
        expect((await fetch(`${host.url}/shop/`)).headers.has('x-mayfly-dev')).toBe(true)
      }, WAIT)
      const tab = await browser.open(url)
      const shows = (expression: string) => tab.run(`return ${expression}`)
      expect(await shows('document.title')).toBe('Cannot build agent "shop": 1 problem')
      expect(await shows("document.querySelector('.hit').textContent")).toContain('<script>')
      // Its style is allowed, and nothing is wider than a phone.
      expect(await shows("getComputedStyle(document.querySelector('h1')).fontSize")).toBe('20px')
      await tab.run("document.querySelector('a').click()")
      await vi.waitFor(async () => {
        const framed = "document.querySelector('iframe').contentDocument.querySelector('#text')"
        expect(await shows(`${framed}?.textContent`)).toBe('one')
      }, WAIT)
      writeFiles(folder, { 'agent.ts': page('three') })
      await vi.waitFor(async () => {
        expect(await shows("document.querySelector('#text')?.textContent")).toBe('three')
      }, WAIT)
    },
    120_000,
  )

  it('a page of a request that failed shows why, and loads again after a change', async () => {
    writeFiles(folder, { 'agent.ts': page('one') })
    const tab = await browser.open(`${host.url}/shop/fail`)
    expect(await tab.run("return document.querySelector('.text').textContent")).toMatch(
      /<i>thrown<\/i>\n {4}at fetch \(agent\.ts:2:/,
    )
    writeFiles(folder, { 'agent.ts': page('two').replace('/fail', '/other') })
    await vi.waitFor(async () => {
      expect(await tab.run('return document.title')).toBe('own')
    }, WAIT)
  }, 120_000)
})
