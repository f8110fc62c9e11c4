/**
 * The page of the operator in a real browser: what it shows of hostile text, that people can use it, and that no page of an
 * agent reads it or presses its buttons.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type MayflyServer } from './index.ts'
import { chromium, HAS_CHROMIUM, type Chromium, type Page } from './testing/chromium.ts'

/** Logs and throws what its client sends, asks where it may not, or answers with a page. */
const SOURCE = `
  export default {
    async fetch(request) {
      if (new URL(request.url).searchParams.has('page'))
        return new Response('<title>evil</title>', { headers: { 'content-type': 'text/html' } })
      const text = decodeURIComponent(request.headers.get('x-text') ?? '')
      console.log('log ' + text)
      console.log('header ' + request.headers.get('user-agent'))
      await fetch('https://not.granted.example/').catch(() => {})
      throw new Error('error ' + text)
    },
  }`

/** Each would set \`owned\`, load something, or forge an event. */
const PAYLOADS: readonly string[] = [
  '<script>globalThis.owned=1</script>',
  '<img src=x onerror="globalThis.owned=1">',
  '"><svg onload=globalThis.owned=1>',
  "'-(globalThis.owned=1)-'",
  'javascript:globalThis.owned=1',
  '</code><iframe srcdoc="<script>parent.owned=1</script>"></iframe>',
  "{{constructor.constructor('globalThis.owned=1')()}}",
  '<a href="javascript:globalThis.owned=1" autofocus onfocus="globalThis.owned=1">x</a>',
  '<style>@import url(/-/health);</style><math><mtext><style><img src onerror=globalThis.owned=1>',
  'x\n\nevent: state\ndata: {"agents":[{"name":"<img src=x onerror=globalThis.owned=1>"}]}\n\n\u202e',
]
/** Where text of guests and clients is on the page. */
const PLACES = ['name', 'description', 'path', 'log', 'header', 'error'] as const
const AXE = join(import.meta.dirname, '../../../.github/checks/axe')
const START_MS = 300_000

describe.runIf(HAS_PEERS && HAS_CHROMIUM)(`the page in Chromium (${NEEDS_PEERS})`, () => {
  let directory = ''
  let server: MayflyServer
  let browser: Chromium
  let page: Page
  let link = ''

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mayfly-page-'))
    writeFiles(directory, {
      'agent.json': { name: 'any', source: 'agent.js' },
      'agent.js': SOURCE,
    })
    const [built] = await Promise.all([
      buildAgent({ directory, cacheDirectory: join(directory, 'cache') }),
      promisify(execFile)('npm', ['ci', '--prefix', AXE, '--silent', '--no-audit', '--no-fund']),
    ])
    const component = new Uint8Array(built.component)
    const agents = PAYLOADS.map((payload, index) => ({
      manifest: manifestFromObject({ name: `agent-${index}`, description: marked(index, payload) }),
      component,
      revision: `agent-${index}`,
    }))
    server = await startServer({
      agents,
      port: 0,
      controlPort: 'next',
      workers: 1,
      logLevel: 'silent',
    })
    browser = await chromium()
    link = server.pageLink()?.url ?? ''
    page = await browser.open(link)
    await shown(page, 'agent-0')
  }, START_MS)

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  /** So that each can be found on the page. */
  function marked(index: number, payload: string): string {
    return `p${index}p ${payload}`
  }

  /** Waits until the page has a text. */
  function shown(of: Page, text: string): Promise<unknown> {
    return until(of, `document.body.textContent.includes(${JSON.stringify(text)})`)
  }

  /** Waits until a condition holds. No frames: a tab behind another draws none. */
  function until(of: Page, condition: string): Promise<unknown> {
    return of.run(`
      await new Promise((resolve) => {
        const check = () => ${condition} && resolve()
        const options = { subtree: true, childList: true, characterData: true, attributes: true }
        new MutationObserver(check).observe(document.documentElement, options)
        check()
      })`)
  }

  async function press(key: string, code = key): Promise<void> {
    const text = key === 'Enter' ? { text: '\r' } : {}
    const event = { key, code, windowsVirtualKeyCode: key === 'Enter' ? 13 : 9, ...text }
    await page.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
    await page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
  }

  /** Presses Tab until a button has the focus. */
  async function tabTo(text: string): Promise<void> {
    for (let presses = 0; presses < 200; presses++) {
      if ((await page.run('return document.activeElement.textContent')) === text) return
      await press('Tab')
    }
    throw new Error(`no button "${text}" by the keyboard`)
  }

  it('takes the code out of the address, and keeps its token from other tabs and from cookies', async () => {
    expect(await page.run('return location.href')).toBe(`${server.controlUrl}/`)
    expect(await page.run('return document.cookie')).toBe('')
    expect(await page.run("return sessionStorage.getItem('mayfly-page')")).toMatch(/^mfp_/)
    const again = await browser.open(link)
    await shown(again, 'This link does not open the page any more')
    expect(await again.run('return sessionStorage.length')).toBe(0)
  })

  it('shows hostile text of 60 places as text', async () => {
    for (const [index, payload] of PAYLOADS.entries()) {
      // A name of an agent is never anything else.
      expect(() => manifestFromObject({ name: payload })).toThrow()
      const path = encodeURIComponent(marked(index, payload.replaceAll('/', '')))
      const line = payload.replaceAll(/[^\x20-\x7e]/g, ' ')
      await fetch(`${server.url}/agent-${index}/${path}`, {
        headers: {
          'x-text': encodeURIComponent(marked(index, payload)),
          'user-agent': marked(index, line),
        },
      })
    }
    const last = PAYLOADS.length - 1
    await shown(page, `error p${last}p`)
    await shown(page, `header p${last}p`)
    const found = (await page.run(`
      const text = document.body.textContent
      const all = [...document.querySelectorAll('#page *')]
      const odd = all.filter(
        ({ tagName, attributes }) =>
          /^(?:script|iframe|img|svg|style|math|object|embed|base|link)$/i.test(tagName) ||
          [...attributes].some(({ name, value }) => /^on/.test(name) || /^\\s*javascript:/i.test(value)),
      )
      const places = { description: '', path: 'agent-.{0,3}', log: 'log ', header: 'header ', error: 'error ' }
      const missing = []
      for (let index = 0; index < ${PAYLOADS.length}; index++)
        for (const [place, before] of Object.entries(places))
          if (!new RegExp(before + 'p' + index + 'p').test(text)) missing.push(place + index)
      const forged = [...document.querySelectorAll('h3')].filter((h) => !/^agent-\\d$/.test(h.textContent))
      return { owned: globalThis.owned ?? null, odd: odd.map((e) => e.outerHTML), missing, forged: forged.length }`)) as object
    expect(found).toEqual({ owned: null, odd: [], missing: [], forged: 0 })
    expect(PAYLOADS.length * PLACES.length).toBe(60)
  })

  it('says which line of agent.json would allow what was denied, and where the source has failed', async () => {
    const text = String(await page.run('return document.body.textContent'))
    expect(text).toContain('"host": "not.granted.example"')
    expect(text).toContain('agent.js:')
  })

  it.each([
    [1440, 'light'],
    [1440, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ])(
    'has no fault that axe finds at %s px, %s, and is no wider than that',
    async (width, scheme) => {
      await page.send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 844,
        deviceScaleFactor: 1,
        mobile: width < 500,
      })
      const features = [{ name: 'prefers-color-scheme', value: scheme }]
      await page.send('Emulation.setEmulatedMedia', { features })
      const axe = readFileSync(join(AXE, 'node_modules/axe-core/axe.min.js'), 'utf8')
      const faults = await page.run(`
      if (globalThis.axe === undefined) (0, eval)(${JSON.stringify(axe)})
      const { violations } = await axe.run()
      return violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join())`)
      expect(faults).toEqual([])
      const scroll = 'return document.documentElement.scrollWidth'
      expect(await page.run(scroll)).toBeLessThanOrEqual(width)
    },
  )

  it('a page of an agent neither reads it nor presses a button', async () => {
    const evil = await browser.open(`${server.url}/agent-0/?page`)
    const at = server.controlUrl ?? ''
    for (const path of ['/', '/-/agents', '/-/health', '/-/page/events'])
      await expect(evil.run(`await fetch('${at}${path}')`)).rejects.toThrow('Failed to fetch')
    // A request that asks for no answer is sent, and does nothing.
    const blind = "{ method: 'POST', mode: 'no-cors', credentials: 'include' }"
    await expect(evil.run(`await fetch('${at}/-/stop', ${blind})`)).rejects.toThrow(
      'Failed to fetch',
    )
    const framed = evil.run(`
      const frame = document.createElement('iframe')
      const loaded = new Promise((resolve) => (frame.onload = resolve))
      frame.src = '${at}/'
      document.documentElement.append(frame)
      await loaded
      return frame.contentWindow.document.body.textContent`)
    await expect(framed).rejects.toThrow()
    expect((await fetch(`${server.url}/agent-1/?page`)).status).toBe(200)
  })

  it('is used by the keyboard: stops all agents after a question, and starts one', async () => {
    await page.send('Page.bringToFront')
    await page.run('document.activeElement.blur()')
    await tabTo('Stop all')
    await press('Enter')
    await until(page, "document.querySelector('dialog').open")
    // From the first button of the question to the second.
    await press('Tab')
    await tabTo('Stop all')
    await press('Enter')
    await shown(page, '10 agents stopped in')
    expect((await fetch(`${server.url}/agent-1/?page`)).status).not.toBe(200)
    await tabTo('Start all')
    await press('Enter')
    await shown(page, 'started in')
    while ((await fetch(`${server.url}/agent-1/?page`)).status !== 200);
  })
})
