/** A page in Chromium answers by agents that were packed for browsers. @module */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { writeFiles } from '../cli/testing/mayfly-process.ts'
import { CONFORMANCE_AGENT } from '../targets/conformance.ts'
import {
  chromium,
  HAS_CHROMIUM,
  type Chromium,
  type Page,
} from '../targets/node/testing/chromium.ts'
import { buildAgent } from '../toolchain/index.ts'
import { writePack } from './index.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.html': 'text/html',
}
// No scripts but its own, and none from texts.
const CSP = "script-src 'self' 'wasm-unsafe-eval'"

describe.runIf(HAS_PEERS && HAS_CHROMIUM)(`a page in Chromium (${NEEDS_PEERS})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-page-'))
  const out = join(folder, 'out')
  let server: Server
  let browser: Chromium
  let page: Page

  beforeAll(async () => {
    const directory = writeFiles(join(folder, 'probe'), CONFORMANCE_AGENT)
    await writePack({
      agents: [await buildAgent({ directory })],
      target: 'browser',
      directory: out,
    })
    writeFiles(out, { 'index.html': '<!doctype html><title>page</title>' })
    server = createServer(({ url = '' }, response) => {
      const file = url === '/' ? '/index.html' : url
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      response.setHeader('content-security-policy', CSP)
      if (existsSync(join(out, file))) response.end(readFileSync(join(out, file)))
      else response.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    browser = await chromium()
    page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  }, 240_000)

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Status and text of the answer. */
  function ask(path: string, init: object = {}): Promise<unknown> {
    return page.run(`
      const { fetch } = await import('/agents.js')
      const request = new Request(new URL(${JSON.stringify(path)}, location), ${JSON.stringify(init)})
      const response = await fetch(request)
      return response.status + ' ' + (response.ok ? await response.text() : '')`)
  }

  it('has clean state, bodies, streams and stores; what is not granted is denied, what loops is ended', async () => {
    for (let times = 0; times < 3; times++) expect(await ask('/probe/count')).toBe('200 1')
    expect(await ask('/probe/echo', { method: 'POST', body: 'hello' })).toBe('200 HELLO')
    expect(await ask('/probe/parts')).toBe('200 abc')
    expect([await ask('/probe/notes'), await ask('/probe/notes')]).toEqual(['200 1', '200 2'])
    expect(await ask('/probe/other')).toBe('500 ')
    expect(await ask('/probe/spin')).toBe('504 ')
    expect(await ask('/probe/wait')).toBe('504 ')
    expect(await ask('/probe/count')).toBe('200 1')
  })
})
