/** The middleware and helpers of Hono that the other programs have not, with what they need of a host given. @module */
import { Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { cache } from 'hono/cache'
import { css, Style } from 'hono/css'
import { createFactory } from 'hono/factory'
import { html, raw } from 'hono/html'
import { ipRestriction } from 'hono/ip-restriction'
import { jsxRenderer } from 'hono/jsx-renderer'
import { jwk } from 'hono/jwk'
import { logger } from 'hono/logger'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { mount } from 'hono/mount'
import { proxy } from 'hono/proxy'
import { routePath } from 'hono/route'
import { serveStatic } from 'hono/serve-static'
import { stream, streamText } from 'hono/streaming'
import { testClient } from 'hono/testing'
import { endTime, setMetric, startTime, timing } from 'hono/timing'
import { appendTrailingSlash } from 'hono/trailing-slash'

const FILES: Readonly<Record<string, string>> = { 'files/a.txt': 'a file', 'files/b.txt.gz': 'no' }

function makeApp(server: string, lines: string[]): Hono {
  const app = new Hono()
  const factory = createFactory<{ Variables: { greeting: string } }>()
  const greet = factory.createMiddleware(async (c, next) => {
    c.set('greeting', 'hello')
    await next()
  })
  const inner = new Hono().get('/deep', (c) => c.text('mounted'))
  app.use(
    methodNotAllowed({ app }),
    logger((line) => lines.push(line.replace(/\d+m?s/, 'TIME'))),
  )
  app.use('/slash/*', appendTrailingSlash())
  app.use(
    '/inside',
    ipRestriction((c) => c.req.header('x-ip') ?? '', { allowList: ['10.0.0.0/8', '::1'] }),
  )
  app.use('/token', jwk({ jwks_uri: `${server}/jwks`, alg: ['ES256'] }))
  app.use('/timed', timing({ total: false }))
  app.use('/cached', cache({ cacheName: 'none', onCacheNotAvailable: false }))
  app.use(
    '/page',
    jsxRenderer(({ children }) => html`<main>${children}</main>`),
  )
  app.all('/mounted/*', mount(inner.fetch))
  app.get(
    '/files/*',
    serveStatic({ getContent: async (path) => FILES[path.replace(/^\.?\//, '')] ?? null }),
  )
  app.get('/accepts', (c) =>
    c.text(accepts(c, { header: 'Accept-Language', supports: ['de', 'en'], default: 'en' })),
  )
  app.get('/greet', ...factory.createHandlers(greet, (c) => c.text(c.var.greeting)))
  app.get('/html', (c) => {
    const style = css`
      color: red;
    `
    return c.html(
      html`${Style({})}
        <p class="${style}">${'<escaped>'}${raw('<b>raw</b>')}</p>`,
    )
  })
  app.get('/page', (c) => c.render(html`<p>page</p>`))
  app.get('/timed', (c) => {
    setMetric(c, 'rows', 3)
    startTime(c, 'query')
    endTime(c, 'query')
    return c.text('timed')
  })
  app.get('/proxied', (c) => proxy(`${server}/limited`, { headers: c.req.header() }))
  app.get('/pieces', (c) =>
    streamText(c, async (out) => {
      for (const word of ['a', 'b']) await out.writeln(word)
    }),
  )
  app.get('/bytes', (c) => stream(c, (out) => out.pipe(new Blob(['bytes']).stream())))
  app.get('/:rest', (c) => c.text(routePath(c)))
  return app
}

export default async function run(server: string): Promise<unknown> {
  const lines: string[] = []
  const app = makeApp(server, lines)
  const issued = (await (await fetch(`${server}/token?sub=ada`)).json()) as { token: string }
  const get = async (
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<unknown> => {
    const response = await app.request(path, { headers, method })
    const fields = [...response.headers].filter(([name]) => !['date', 'keep-alive'].includes(name))
    const shown = fields.map(
      ([name, value]) => `${name}: ${value.replaceAll(/dur=[\d.]+/g, 'dur')}`,
    )
    return [path, response.status, shown.toSorted(), await response.text()]
  }
  const client = testClient(new Hono().get('/typed', (c) => c.json({ typed: true })))
  return [
    await get('/slash/x'),
    await get('/inside', { 'x-ip': '10.1.2.3' }),
    await get('/inside', { 'x-ip': '192.168.1.1' }),
    await get('/token', { authorization: `Bearer ${issued.token}` }),
    await get('/token', { authorization: `Bearer ${issued.token.slice(0, -4)}AAAA` }),
    await get('/token'),
    await get('/timed'),
    await get('/cached'),
    await get('/page'),
    await get('/mounted/deep'),
    await get('/files/a.txt'),
    await get('/files/none.txt'),
    await get('/accepts', { 'accept-language': 'fr, de;q=0.8' }),
    await get('/greet'),
    await get('/greet', {}, 'DELETE'),
    await get('/html'),
    await get('/proxied'),
    await get('/pieces'),
    await get('/bytes'),
    await (await client.typed.$get()).json(),
    lines,
  ]
}
