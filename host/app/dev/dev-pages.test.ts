import { expect, it } from 'vitest'
import { createApp, DevPages, RouteTable, type AppOptions, type BuildFailure } from '../index.ts'

const FAILURE: BuildFailure = {
  agent: 'shop',
  hasOlder: true,
  title: 'Cannot build agent "shop": 1 problem',
  text: 'agent.ts:2:3: <script>alert(1)</script>',
  hint: 'Mend "it"',
  place: 'agent.ts:2:3',
  lines: [{ number: 2, text: '\ta<b', column: 3 }],
}
const DOCUMENT = { accept: 'text/html,*/*', 'sec-fetch-dest': 'document' }
const older = {
  name: 'shop',
  route: '/shop/*',
  hosts: ['shop.localhost'],
  requestBodyBytes: 10,
  fetch: async () => new Response('older'),
}

function app(options: Partial<AppOptions>) {
  const table = new RouteTable([older])
  return createApp({
    table: () => table,
    control: async () => new Response('control'),
    log: () => {},
    ...options,
  })
}

function failing(...failures: BuildFailure[]): DevPages {
  const dev = new DevPages()
  dev.show(failures, '1')
  return dev
}

it('DevPages.inPlaceOf() shows a failed build, as text, to a browser that opens a page', async () => {
  const page = await app({ dev: failing(FAILURE) }).request('/shop/a?b="', { headers: DOCUMENT })
  expect([page.status, page.headers.get('x-mayfly-dev')]).toEqual([500, 'build failed'])
  const html = await page.text()
  expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;')
  expect(html).toContain('\ta&#60;b</span>\n<b>     </b>\t <span class="caret">^</span>')
  expect(html).toContain('<a href="/shop/a?b=%22" target="older">')
  expect(html).not.toContain('alert(1)</script>')
  const policy = page.headers.get('content-security-policy')
  expect(policy).toMatch(/^default-src 'none'; .* style-src 'nonce-\S+'; script-src 'nonce-\S+'$/)
})

it.each([
  ['a program', {}],
  ['a frame', { ...DOCUMENT, 'sec-fetch-dest': 'iframe' }],
  ['a script of a page', { accept: '*/*', 'sec-fetch-dest': 'empty' }],
])('DevPages.inPlaceOf() leaves the answer of the version before to %s', async (_, headers) => {
  const answered = await app({ dev: failing(FAILURE) }).request('/shop/', { headers })
  expect(await answered.text()).toBe('older')
  expect(answered.headers.get('x-mayfly-dev')).toBe('build failed')
})

it('DevPages.inPlaceOf() shows builds of agents that no version is served of, where none answers', async () => {
  const first = { ...FAILURE, agent: 'new', hasOlder: false }
  const own = app({ dev: failing(FAILURE, first) })
  expect(await (await own.request('/new/', { headers: DOCUMENT })).text()).not.toContain(
    'iframe name',
  )
  expect((await own.request('/new/')).status).toBe(404)
  const only = app({ dev: failing(FAILURE) })
  expect((await only.request('/new/', { headers: DOCUMENT })).status).toBe(404)
})

it('DevPages does nothing for agents whose last build did not fail, and on other hosts', async () => {
  for (const dev of [failing(), failing({ ...FAILURE, agent: 'other' })]) {
    const answered = await app({ dev }).request('/shop/', { headers: DOCUMENT })
    expect([await answered.text(), answered.headers.get('x-mayfly-dev')]).toEqual(['older', null])
  }
  expect(await (await app({}).request('/-/dev/changes')).text()).toBe('control')
})

it('DevPages.changes() tells pages of another state, at once and later, at hosts of agents too', async () => {
  const dev = failing(FAILURE)
  const own = app({ dev })
  const open = async (url: string) => {
    const { body } = await own.request(url)
    const reader = (body ?? new ReadableStream<Uint8Array>()).getReader()
    return async () => new TextDecoder().decode((await reader.read()).value)
  }
  const late = await open('/-/dev/changes?seen=0')
  expect(await late()).toBe('data: changed\n\n')
  const next = await open('http://shop.localhost/-/dev/changes?seen=1')
  expect(await next()).toBe(': open\n\n')
  dev.show([], '2')
  expect(await next()).toBe('data: changed\n\n')
  dev.close()
  expect(await next()).toBe('')
})

it('DevPages.changes() is closed to names of other machines', async () => {
  const own = app({ dev: failing(FAILURE), isHostAllowed: (host) => host === 'localhost' })
  expect(await (await own.request('http://evil.example/-/dev/changes')).text()).toBe('control')
  const page = await own.request('http://evil.example/shop/', { headers: DOCUMENT })
  expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('--allow-host')])
})

it('DevPages.ofFailure() makes a page of a request that failed', async () => {
  const dev = failing()
  const refused = { ...older, hosts: [], fetch: async () => refusal() }
  const table = new RouteTable([refused])
  const own = app({ dev, table: () => table, takeDetail: () => 'Error: <b>\n    at agent.ts:1:1' })
  const page = await own.request('/shop/', { headers: DOCUMENT })
  expect([page.status, page.headers.get('content-type')]).toEqual([500, 'text/html; charset=utf-8'])
  expect(await page.text()).toContain('Error: &#60;b&#62;\n    at agent.ts:1:1</pre>')
  expect(await (await own.request('/shop/')).json()).toHaveProperty('detail')
})

function refusal(): Response {
  return Response.json({ error: 'agent failed' }, { status: 500 })
}
