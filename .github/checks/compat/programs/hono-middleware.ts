/** Hono's middleware that needs no keys. @module */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { every, some } from 'hono/combine'
import { contextStorage, getContext } from 'hono/context-storage'
import { getCookie, setCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { csrf } from 'hono/csrf'
import { languageDetector } from 'hono/language'
import { methodOverride } from 'hono/method-override'
import { poweredBy } from 'hono/powered-by'
import { prettyJSON } from 'hono/pretty-json'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import { streamSSE } from 'hono/streaming'
import { timeout } from 'hono/timeout'
import { trimTrailingSlash } from 'hono/trailing-slash'
import { validator } from 'hono/validator'

const app = new Hono()
app.use('/all/*', contextStorage(), cors(), poweredBy(), secureHeaders(), timeout(1000))
app.use('/all/*', requestId({ generator: () => 'id' }), prettyJSON(), trimTrailingSlash())
app.use('/all/*', languageDetector({ supportedLanguages: ['en', 'de'], fallbackLanguage: 'en' }))
app.use('/forms/*', csrf({ origin: 'https://a.test' }), bodyLimit({ maxSize: 10 }))
app.use('/forms/*', methodOverride({ app }))
app.use(
  '/some',
  some(
    () => false,
    every(async (_, next) => next()),
  ),
)
app.get('/some', (c) => c.text('some'))
app.get('/all/x', async (c) => {
  await Promise.resolve()
  const inner = getContext<{ Variables: { requestId: string; language: string } }>()
  setCookie(c, 'seen', 'yes', { httpOnly: true })
  return c.json([inner.var.requestId, inner.var.language, getCookie(c, 'a') ?? null])
})
app.post(
  '/forms/x',
  validator('form', (value) => value),
  (c) => c.json(c.req.valid('form')),
)
app.get('/events', (c) =>
  streamSSE(c, async (stream) => {
    for (const data of ['1', '2']) await stream.writeSSE({ data })
  }),
)

const FORM = 'application/x-www-form-urlencoded'
const REQUESTS: readonly (readonly [path: string, init?: RequestInit])[] = [
  ['/all/x?pretty', { headers: { cookie: 'a=b', 'accept-language': 'de' } }],
  ['/all/x/'],
  ['/all/x', { method: 'OPTIONS', headers: { origin: 'https://b.test' } }],
  ['/some'],
  ['/events'],
  ['/forms/x', { method: 'POST', body: 'a=b', headers: { 'content-type': FORM } }],
  [
    '/forms/x',
    { method: 'POST', body: 'a=b', headers: { 'content-type': FORM, origin: 'https://a.test' } },
  ],
  [
    '/forms/x',
    {
      method: 'POST',
      body: 'a='.padEnd(20, 'b'),
      headers: { 'content-type': FORM, origin: 'https://a.test' },
    },
  ],
]

export default async function run(): Promise<unknown> {
  const answers: unknown[] = []
  for (const [path, init] of REQUESTS) {
    const response = await app.request(path, init)
    answers.push([path, response.status, [...response.headers].sort(), await response.text()])
  }
  return answers
}
