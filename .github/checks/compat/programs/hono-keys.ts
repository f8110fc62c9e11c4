/** Hono's middleware that compares, signs or digests. @module */
import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { bearerAuth } from 'hono/bearer-auth'
import { getSignedCookie, setSignedCookie } from 'hono/cookie'
import { etag } from 'hono/etag'
import { jwt, sign } from 'hono/jwt'

const app = new Hono()
app.use('/basic', basicAuth({ username: 'ada', password: 'secret' }))
app.use('/bearer', bearerAuth({ token: 'token' }))
app.use('/jwt', jwt({ secret: 'secret', alg: 'HS256' }))
app.use('/etag', etag())
app.get('/cookie', async (c) => {
  await setSignedCookie(c, 'a', 'b', 'secret')
  return c.text(String(await getSignedCookie(c, 'secret', 'x')))
})
app.get('/*', (c) => c.text('in'))

export default async function run(): Promise<unknown> {
  const token = await sign({ sub: 'ada' }, 'secret', 'HS256')
  const requests: [string, string][] = [
    ['/basic', `Basic ${btoa('ada:secret')}`],
    ['/basic', `Basic ${btoa('ada:other')}`],
    ['/bearer', 'Bearer token'],
    ['/bearer', 'Bearer other'],
    ['/jwt', `Bearer ${token}`],
    ['/jwt', `Bearer ${token}x`],
    ['/etag', ''],
    ['/cookie', ''],
  ]
  const answers: unknown[] = []
  for (const [path, authorization] of requests) {
    const { status, headers } = await app.request(path, { headers: { authorization } })
    answers.push([path, status, headers.get('etag'), headers.get('set-cookie')])
  }
  return answers
}
