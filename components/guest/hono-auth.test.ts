/** Middleware of Hono that needs `crypto.subtle`, unchanged. @module */
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const directory = fileURLToPath(new URL('fixture/hono-auth', import.meta.url))
const runtime = new Runtime({ codeStore: sharedCode })
afterAll(() => runtime.close())
const agent = await runtime.load(await buildAgent({ directory }))

async function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return agent.fetch(new Request(`http://agent${path}`, { headers }))
}

it.for([
  ['/basic/a', `Basic ${btoa('ada:pass')}`, `Basic ${btoa('ada:other')}`],
  ['/bearer/a', 'Bearer token', 'Bearer other'],
] as const)('%s lets the right credential in and no other', async ([path, right, wrong]) => {
  expect((await ask(path, { authorization: right })).status).toBe(200)
  expect((await ask(path, { authorization: wrong })).status).toBe(401)
  expect((await ask(path)).status).toBe(401)
})

it('jwt takes a token that it signed, and none that was changed', async () => {
  const token = await (await ask('/sign')).text()
  expect((await ask('/jwt/a', { authorization: `Bearer ${token}` })).status).toBe(200)
  const changed = token.replace(/\.[^.]+$/, '.AAAA')
  expect((await ask('/jwt/a', { authorization: `Bearer ${changed}` })).status).toBe(401)
})

it('etag answers 304 to the tag that it gave', async () => {
  const tag = (await ask('/etag/a')).headers.get('etag') ?? ''
  expect(tag).toMatch(/^"[0-9a-f]{40}"$/)
  expect((await ask('/etag/a', { 'if-none-match': tag })).status).toBe(304)
  expect((await ask('/etag/a', { 'if-none-match': '"other"' })).status).toBe(200)
})
