/** The files of the page, their policy, and the names that it answers to. */
import { expect, it } from 'vitest'
import { pageFiles } from './page-files.ts'
import { servePage } from './serve-page.ts'

const serve = servePage({
  files: pageFiles,
  isHostAllowed: (host) => host === 'localhost:1',
  control: () => Response.json({ by: 'control' }),
})

function ask(path: string, init: RequestInit = {}, host = 'localhost:1'): Promise<Response> {
  return serve(new Request(`http://${host}${path}`, init))
}

it.each([
  ['/', 'text/html; charset=utf-8', '<!doctype html>'],
  ['/page.js', 'text/javascript; charset=utf-8', 'sessionStorage'],
  ['/page.css', 'text/css; charset=utf-8', ':root'],
  ['/icon.svg', 'image/svg+xml', '<svg'],
])('servePage() answers %s', async (path, type, part) => {
  const response = await ask(path)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
  expect(await response.text()).toContain(part)
  const etag = response.headers.get('etag') ?? ''
  expect((await ask(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
})

it('servePage() lets nothing run but its own files, in no frame', async () => {
  const { headers } = await ask('/')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toMatch(/unsafe|http|\*/)
  expect(headers.get('x-frame-options')).toBe('DENY')
  const html = await (await ask('/')).text()
  expect(html).not.toMatch(/<script>|<style|\son\w+=|style=|https?:\/\//)
})

it('servePage() gives the same headers to the control plane, whose answers hold text of guests', async () => {
  const response = await ask('/-/agents')
  expect(await response.json()).toEqual({ by: 'control' })
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  expect(response.headers.get('cache-control')).toBe('no-store')
})

it('servePage() refuses other names, and methods that change', async () => {
  const rebound = await ask('/', {}, 'rebound.example:1')
  expect([rebound.status, await rebound.text()]).toEqual([
    403,
    expect.stringContaining('--allow-host'),
  ])
  expect((await ask('/', { method: 'POST' })).status).toBe(405)
})
